import { fromBase64, fromDecimal, hashesFrom, toBase64 } from './base64.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { NoteKey } from './note-keys.ts'
import { verifyInclusion } from './proofs.ts'
import { openCheckpoint } from './signed-checkpoint.ts'
import { leafHash } from './tree.ts'

const firstLine = 'c2sp.org/tlog-proof@v1'

/** C2SP tlog-proof: that an entry is in the tree of a checkpoint. */
export interface InclusionProof {
  index: number
  /** The leaf's sibling first. */
  hashes: readonly Uint8Array[]
  /** The signed note. */
  checkpoint: string
  /** Proven by nothing. */
  extra?: Uint8Array
}

export function formatProof({ index, hashes, checkpoint, extra }: InclusionProof): string {
  const lines = [
    firstLine,
    ...(extra ? [`extra ${toBase64(extra)}`] : []),
    `index ${index}`,
    ...hashes.map(toBase64),
    '',
  ]
  return `${lines.join('\n')}\n${checkpoint}`
}

/** Undefined where the text is none. The checkpoint is not looked at. */
export function parseProof(text: string): InclusionProof | undefined {
  const end = text.indexOf('\n\n')
  if (end < 0) return undefined
  const [first, ...lines] = text.slice(0, end).split('\n')
  if (first !== firstLine) return undefined
  const extra = lines[0]?.startsWith('extra ') ? fromBase64(lines.shift()!.slice('extra '.length)) : null
  const [, indexText] = /^index (.+)$/.exec(lines.shift() ?? '') ?? []
  const index = fromDecimal(indexText ?? '')
  const hashes = hashesFrom(lines)
  if (extra === undefined || index === undefined || !hashes) return undefined
  return { index, hashes, checkpoint: text.slice(end + 2), ...(extra && { extra }) }
}

export type ProofVerdict =
  | { status: 'ok'; index: number; checkpoint: Checkpoint }
  | { status: 'broken'; reason: string }

/** Whether the text proves that the entry is in the log whose keys (all of them) have signed. */
export function verifyProof(
  text: string,
  entry: Uint8Array,
  log: { origin: string; keys: readonly NoteKey[] },
): ProofVerdict {
  const proof = parseProof(text)
  if (!proof) return { status: 'broken', reason: 'this is no proof' }
  const opened = openCheckpoint(proof.checkpoint, { ...log, need: 'all' })
  if (opened.status !== 'ok') return { status: 'broken', reason: `its checkpoint is ${opened.status}` }
  const { checkpoint } = opened
  const { size, root } = checkpoint
  const { index, hashes } = proof
  return verifyInclusion({ index, size, root, leaf: leafHash(entry), proof: hashes })
    ? { status: 'ok', index, checkpoint }
    : { status: 'broken', reason: 'the hashes do not lead from the entry to the root' }
}
