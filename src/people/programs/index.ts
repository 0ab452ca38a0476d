/** Programs: registered by their keys, signed in at /oauth, and known by what they send. See docs/spec/programs.md. */
export { createPrograms } from './programs.ts'
export type { Programs } from './programs.ts'
export { endpoints } from './provider.ts'
export { isScope, scopeOfAll } from './scopes.ts'
export type { Program } from './values.ts'
