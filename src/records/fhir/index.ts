export { resourceTypes, typeCode, typeName } from './types.ts'
