/** The HTTP edge: FHIR R4 at /fhir/R4 and /health. See docs/spec/http.md. */
export type { Health, ServerOptions } from './edge.ts'
export { defaultLimits } from './limits.ts'
export type { Limits } from './limits.ts'
export { createServer } from './listen.ts'
export type { HttpServer, Listened } from './listen.ts'
