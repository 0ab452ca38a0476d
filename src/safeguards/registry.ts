/** Every safeguard, one line each. */
export { access } from './access/index.ts'
export { usage } from './usage/index.ts'
