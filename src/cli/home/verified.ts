import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurablyBeside } from './durable.ts'
import { homeFiles } from './home.ts'

/** Of each verification. What was clean is where the next can begin. */
interface VerifiedNote {
  format: 1
  clean?: { size: number; root: string; untilMs: number; at: string }
  /** The newest, and the newest of everything. */
  last: { at: string; whole: boolean; found: number }
  whole?: { at: string; found: number }
}

/** What was noted of the last verification; undefined where there was none, or the note is damaged. */
export function readVerified(home: string): VerifiedNote | undefined {
  try {
    const note = JSON.parse(readFileSync(join(home, homeFiles.verified), 'utf8')) as VerifiedNote
    return note.format === 1 ? note : undefined
  } catch {
    return undefined
  }
}

export const writeVerified = (home: string, note: VerifiedNote): Promise<void> =>
  writeDurablyBeside(join(home, homeFiles.verified), `${JSON.stringify(note, undefined, 2)}\n`)
