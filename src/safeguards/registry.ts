/** Every safeguard, one line each. */
export { access } from './access/index.ts'
export { breakglass } from './breakglass/index.ts'
export { consent } from './consent/index.ts'
export { reviews } from './reviews/index.ts'
export { snooping } from './snooping/index.ts'
export { sensitivity } from './sensitivity/index.ts'
export { training } from './training/index.ts'
export { usage } from './usage/index.ts'
