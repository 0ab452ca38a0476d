import { equalBytes } from '#kernel/crypto/index.ts'
import { fromDecimal, hashesFrom, toBase64 } from './base64.ts'
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { openNote, signatureLine } from './note.ts'
import type { NoteKey } from './note-keys.ts'
import { verifyConsistency } from './proofs.ts'
import { openCheckpoint } from './signed-checkpoint.ts'
import { emptyRoot } from './tree.ts'

/*
 * C2SP tlog-witness, `add-checkpoint`: what a log asks of a witness and what each makes of the other's words. Decisions only:
 * who asks, stores and answers is elsewhere.
 */

/** C2SP tlog-witness: so many lines at most. */
const proofHashesMax = 63

export interface AddCheckpoint {
  /** Of the checkpoint that the witness has signed last; 0 if it has signed none. */
  oldSize: number
  /** From there to the checkpoint. */
  proof: readonly Uint8Array[]
  /** The signed note. */
  checkpoint: string
}

/** The body of the request. */
export function formatAddCheckpoint({ oldSize, proof, checkpoint }: AddCheckpoint): string {
  return [`old ${oldSize}`, ...proof.map(toBase64), '', checkpoint].join('\n')
}

/** Undefined where the body is none. The checkpoint is not looked at. */
export function parseAddCheckpoint(body: string): AddCheckpoint | undefined {
  const end = body.indexOf('\n\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = body.slice(0, end).split('\n')
  const oldSize = first.startsWith('old ') ? fromDecimal(first.slice('old '.length)) : undefined
  const proof = hashesFrom(lines)
  if (oldSize === undefined || !proof || proof.length > proofHashesMax) return undefined
  return { oldSize, proof, checkpoint: body.slice(end + 2) }
}

/** What a witness remembers of a log: the checkpoint that it signed last. */
export interface Witnessed {
  size: number
  root: Uint8Array
}

export type WitnessVerdict =
  /**
   * 200, once the checkpoint has taken the place of the one remembered, in a statement that fails if it is no longer that one:
   *
   *     A: 10 → 12 is consistent    B: 10 → 15 is consistent
   *                                 B: stores 15, signs
   *     A: stores 12, signs: five leaves rolled back
   */
  | { status: 'sign'; checkpoint: Checkpoint; text: string }
  /** 400 */
  | { status: 'malformed' }
  /** 404 */
  | { status: 'unknown-log' }
  /** 403: none of the log's keys has signed, or in one's name somebody else. */
  | { status: 'unsigned' }
  /** 409, with the size remembered as `text/x.tlog.size`: the log is to begin there. */
  | { status: 'other-size'; size: number }
  /** 409: another tree of the same size. The log has two stories: this is evidence, keep it. */
  | { status: 'forked'; checkpoint: Checkpoint; text: string }
  /** 422: the tree does not begin with the one remembered, or it is not shown: by whoever asks, so it is no evidence. */
  | { status: 'inconsistent'; checkpoint: Checkpoint; text: string }

/** What the witness answers. `logOf` knows the logs that it serves and what it remembers of each. */
export function judgeAddCheckpoint(
  body: string,
  logOf: (origin: string) => { keys: readonly NoteKey[]; last: Witnessed | undefined } | undefined,
): WitnessVerdict {
  const request = parseAddCheckpoint(body)
  const claimed = request && parseCheckpoint(textOf(request.checkpoint))
  if (!request || !claimed) return { status: 'malformed' }
  const log = logOf(claimed.origin)
  if (!log) return { status: 'unknown-log' }
  const opened = openCheckpoint(request.checkpoint, { origin: claimed.origin, keys: log.keys, need: 'any' })
  if (opened.status === 'malformed') return { status: 'malformed' }
  if (opened.status !== 'ok') return { status: 'unsigned' }
  const { checkpoint, text } = opened
  const { oldSize, proof } = request
  if (oldSize > checkpoint.size) return { status: 'malformed' }
  const last = log.last ?? { size: 0, root: emptyRoot }
  if (oldSize !== last.size) return { status: 'other-size', size: last.size }
  const { size, root } = checkpoint
  if (size === last.size && !equalBytes(last.root, root)) return { status: 'forked', checkpoint, text }
  return verifyConsistency({ oldSize, oldRoot: last.root, size, root, proof })
    ? { status: 'sign', checkpoint, text }
    : { status: 'inconsistent', checkpoint, text }
}

export type WitnessAnswer =
  /** Lines to add to the checkpoint. */
  | { status: 'cosigned'; lines: string[]; timeSeconds: number }
  /** Ask again, with the proof from this size. */
  | { status: 'begin-at'; size: number }
  /**
   * The witness has signed a larger tree of ours than we have, or another of this size, or one that is not the beginning of ours:
   * what we have was rolled back, or is not what we showed before. To be told to people.
   */
  | { status: 'we-disagree'; size?: number }
  /** It does not know us, cannot, or its answer is no answer. */
  | { status: 'no-answer'; reason: string }

/** What the log makes of the answer to `sent`. */
export function judgeWitnessAnswer(
  sent: AddCheckpoint,
  answer: { code: number; contentType: string; body: string },
  witnessKeys: readonly NoteKey[],
): WitnessAnswer {
  const asked = parseCheckpoint(textOf(sent.checkpoint))
  if (!asked) throw new Error('what was sent is no checkpoint')
  const { code, body } = answer
  if (code === 200) return cosignaturesIn(body, textOf(sent.checkpoint), witnessKeys)
  if (code === 409 && answer.contentType.startsWith('text/x.tlog.size')) {
    const size = body.endsWith('\n') ? fromDecimal(body.slice(0, -1)) : undefined
    if (size === undefined) return { status: 'no-answer', reason: 'its size is no number' }
    if (size > asked.size) return { status: 'we-disagree', size }
    // Of the size that was said to be the old one: it contradicts itself, and would for ever.
    if (size === sent.oldSize) return { status: 'no-answer', reason: 'it refuses its own size' }
    return { status: 'begin-at', size }
  }
  if (code === 409 || code === 422) return { status: 'we-disagree' }
  return { status: 'no-answer', reason: `it answers ${code}` }
}

/** Signatures of other keys are ignored; one in a known key's name that does not hold makes the answer none. */
function cosignaturesIn(body: string, text: string, keys: readonly NoteKey[]): WitnessAnswer {
  const opened = openNote(`${text}\n${body}`, keys)
  if (opened.status !== 'ok') return { status: 'no-answer', reason: `its signatures are ${opened.status}` }
  const timed = opened.signatures.flatMap(({ key, signature, timeSeconds }) =>
    timeSeconds === undefined || timeSeconds === 0 ? [] : [{ key, signature, timeSeconds }],
  )
  if (timed.length === 0) return { status: 'no-answer', reason: 'its signatures say no time' }
  return {
    status: 'cosigned',
    // Of each key the one that was verified: what else the witness says in its name is kept nowhere.
    lines: timed.map(({ key, signature }) => signatureLine(key, signature)),
    timeSeconds: Math.min(...timed.map(({ timeSeconds }) => timeSeconds)),
  }
}

/** The text of a note, with its last newline. */
function textOf(note: string): string {
  return note.slice(0, note.lastIndexOf('\n\n') + 1)
}
