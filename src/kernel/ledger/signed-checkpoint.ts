import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { openNote, type NoteSignature, type Opened } from './note.ts'
import type { NoteKey } from './note-keys.ts'

export type CheckpointOpened =
  | { status: 'ok'; checkpoint: Checkpoint; text: string; signatures: readonly NoteSignature[] }
  | Exclude<Opened, { status: 'ok' }>
  /** Well signed, and no checkpoint, or another log's. */
  | { status: 'malformed'; reason: string }

/**
 * The checkpoint that these keys have signed. `need: 'all'` asks for a signature of each name and kind among them: a key that was
 * retired need not sign once another of its kind does. Signatures of others do no harm and are not told apart from none; one
 * that claims to be of these keys and is not makes the checkpoint `forged`.
 */
export function openCheckpoint(
  note: Uint8Array | string,
  o: { origin: string; keys: readonly NoteKey[]; need: 'all' | 'any' },
): CheckpointOpened {
  const opened = openNote(note, o.keys)
  if (opened.status !== 'ok') return opened
  const checkpoint = parseCheckpoint(opened.text)
  if (!checkpoint) return { status: 'malformed', reason: 'the text is no checkpoint' }
  if (checkpoint.origin !== o.origin) {
    return { status: 'malformed', reason: `it is of ${checkpoint.origin}, not of ${o.origin}` }
  }
  const missing = o.keys.filter(
    ({ name, kind }) => !opened.signatures.some(({ key }) => key.name === name && key.kind === kind),
  )
  if (o.need === 'all' && missing.length > 0) return { status: 'unsigned' }
  return { status: 'ok', checkpoint, text: opened.text, signatures: opened.signatures }
}
