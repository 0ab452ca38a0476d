import { fromBase64, fromDecimal, toBase64 } from './base64.ts'
import { hashBytes } from './tree.ts'

/** C2SP tlog-checkpoint: a tree of a size, of the log whose name is `origin`. */
export interface Checkpoint {
  origin: string
  size: number
  root: Uint8Array
}

/** The text to sign. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  if (!/^[^\n]+$/.test(origin)) throw new RangeError('an origin is one line')
  if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`no tree has ${size} leaves`)
  if (root.length !== hashBytes) throw new RangeError('a root has 32 bytes')
  return `${origin}\n${size}\n${toBase64(root)}\n`
}

/**
 * Undefined where the text is no checkpoint. Extension lines are let pass and not looked at: ours have none, and what signs by
 * ML-DSA-44 does not sign them.
 */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  if (!text.endsWith('\n')) return undefined
  const lines = text.slice(0, -1).split('\n')
  const [origin, sizeText, rootText] = lines
  if (!origin || sizeText === undefined || rootText === undefined || lines.includes('')) return undefined
  const size = fromDecimal(sizeText)
  const root = fromBase64(rootText)
  if (size === undefined || root?.length !== hashBytes) return undefined
  return { origin, size, root }
}
