import type { Child } from './child.ts'
import type { Floors, Measure } from './measure.ts'
import type { Result } from './results.ts'

/** What is measured on one assembly of layers, all of it in turns. */
export interface Area {
  /** The server under load. */
  server: Child
  /** For the report's `machine`. */
  facts: Record<string, string>
  /** One slice of each; they start and prepare what they need when they are first run. */
  floors: Floors
  measures: Measure[]
  /** Turns, where fewer than usual are enough. */
  rounds?: number
  /** What is measured before and after the turns. */
  before(): Promise<Result[]>
  after(): Promise<Result[]>
  bytesFloor(): Record<string, number>
}
