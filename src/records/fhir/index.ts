export { resourceTypes, typeCode, typeName } from './types.ts'
export { validate } from './validate.ts'
export type { ValidateOptions } from './validate.ts'
export type { Issue } from './faults.ts'
