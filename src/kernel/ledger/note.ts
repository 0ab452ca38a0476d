import { fromBase64, toBase64 } from './base64.ts'
import { isKeyName, type NoteKey, type NoteSigner } from './note-keys.ts'

/*
 * C2SP signed-note: a text, an empty line, and a line for each signature.
 */

/** As many as Go's implementation takes; the specification asks for 16 at least. */
const signaturesMax = 100
const idBytes = 4

interface SignatureLine {
  name: string
  id: number
  /** What follows the key id. */
  signature: Uint8Array
}

/** A signature that was verified. */
export interface NoteSignature {
  key: NoteKey
  signature: Uint8Array
  /** When it was made, in seconds since 1970, by those who say so: cosignatures. */
  timeSeconds?: number
}

export type Opened =
  | { status: 'ok'; text: string; signatures: readonly NoteSignature[] }
  | { status: 'malformed'; reason: string }
  /** The signature of a known key does not hold. */
  | { status: 'forged'; name: string }
  /** None of the known keys has signed. */
  | { status: 'unsigned' }
  /** Two of the keys given have one name and id. */
  | { status: 'ambiguous'; name: string }

/** The text, where a known key has signed it. Signatures of unknown keys are ignored. */
export function openNote(note: Uint8Array | string, keys: readonly NoteKey[]): Opened {
  const split = splitNote(note)
  if (typeof split === 'string') return { status: 'malformed', reason: split }
  const { text, lines } = split
  const signatures: NoteSignature[] = []
  for (const { name, id, signature } of lines) {
    const [key, second] = keys.filter((key) => key.name === name && key.id === id)
    if (second) return { status: 'ambiguous', name }
    if (!key || signatures.some((one) => one.key === key)) continue
    const verdict = key.verify(text, signature)
    if (!verdict.holds) return { status: 'forged', name }
    const { timeSeconds } = verdict
    signatures.push({ key, signature, ...(timeSeconds === undefined ? {} : { timeSeconds }) })
  }
  return signatures.length === 0 ? { status: 'unsigned' } : { status: 'ok', text, signatures }
}

/** The text signed by each. Throws for a text that no note can hold. */
export function signNote(text: string, signers: readonly NoteSigner[], nowSeconds: number): string {
  const signed = signers.map(({ key, sign }) => signatureLine(key, sign(text, nowSeconds)))
  const note = `${text}\n${signed.join('')}`
  const fault = splitNote(note)
  if (typeof fault === 'string') throw new RangeError(`no note can hold this text: ${fault}`)
  return note
}

/** One line of a note, its newline with it. */
export function signatureLine(key: Pick<NoteKey, 'name' | 'id'>, signature: Uint8Array): string {
  const id = Buffer.alloc(idBytes)
  id.writeUInt32BE(key.id)
  return `— ${key.name} ${toBase64(Buffer.concat([id, signature]))}\n`
}

/** The note with these signature lines after those that it has, but for those that it has already. */
export function addSignatures(note: string, lines: readonly string[]): string {
  const present = new Set(note.split('\n').map((line) => `${line}\n`))
  return note + lines.filter((line) => !present.has(line)).join('')
}

/** What is wrong with it, as text, where it is no note. */
function splitNote(note: Uint8Array | string): { text: string; lines: SignatureLine[] } | string {
  const whole = textOf(note)
  if (whole === undefined) return 'it is not UTF-8'
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  if (/[\u0000-\u0009\u000b-\u001f]/.test(whole)) return 'it has control characters'
  const end = whole.lastIndexOf('\n\n')
  if (end < 0) return 'there is no empty line before the signatures'
  if (!whole.endsWith('\n')) return 'it does not end with a newline'
  const signed = whole.slice(end + 2, -1).split('\n')
  if (signed.length > signaturesMax) return `it has more than ${signaturesMax} signatures`
  const lines = signed.map(parseSignatureLine)
  if (!lines.every((line) => line !== undefined)) return 'a line is no signature'
  return { text: whole.slice(0, end + 1), lines }
}

/** Of one line without its newline. */
export function parseSignatureLine(line: string): SignatureLine | undefined {
  const [dash, name, encoded, ...more] = line.split(' ')
  if (dash !== '—' || name === undefined || encoded === undefined || more.length > 0) return undefined
  const bytes = fromBase64(encoded)
  if (!isKeyName(name) || !bytes || bytes.length <= idBytes) return undefined
  return { name, id: Buffer.from(bytes).readUInt32BE(), signature: bytes.subarray(idBytes) }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(note: Uint8Array | string): string | undefined {
  if (typeof note === 'string') return note.isWellFormed() ? note : undefined
  try {
    return decoder.decode(note)
  } catch {
    return undefined
  }
}
