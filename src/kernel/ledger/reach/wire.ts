/** What goes between the server's thread and those that read for reaches. `reach`: which one it is of. */
import type { Portion, Read } from './reading.ts'

export type Request =
  | { reach: number; portion: Portion; device?: string | undefined }
  /** What was read until now; the thread forgets it. */
  | { reach: number; portion?: undefined }

export type Reply = { reach: number } & (
  | { status: 'taken' | 'too-many' }
  | { status: 'read'; read: Read }
  | { status: 'failed'; message: string }
)
