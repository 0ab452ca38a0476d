export { startEmbedded } from './embedded.ts'
export type { Embedded, EmbeddedEvent, EmbeddedOptions, EmbeddedRefusal } from './embedded.ts'
