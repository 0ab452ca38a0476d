/** The PostgreSQL of a home: made, started, watched over and stopped. */
export { startEmbedded } from './embedded.ts'
export type { Embedded, EmbeddedEvent, EmbeddedOptions, EmbeddedRefusal } from './embedded.ts'
