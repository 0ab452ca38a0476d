/** What verify-ledger.mjs exports, for the tests that hold it to the vectors. */
interface Key {
  name: string
  id: string
  type: number
  publicKey: Uint8Array
}

export const actions: Record<number, string>
export const outcomes: Record<number, string>
export function readKey(text: string): Promise<Key | undefined>
export function kindsMissing(keys: readonly string[]): Promise<string[]>
export function openNote(note: string, keys: readonly string[]): Promise<string>
export function readCheckpoint(text: string): { origin: string; size: number; root: Uint8Array }
export function verifyInclusion(o: {
  index: number
  size: number
  leaf: Uint8Array
  root: Uint8Array
  proof: readonly Uint8Array[]
}): Promise<boolean>
export function verifyFolder(
  folder: string,
  o: {
    keys: readonly string[]
    witnesses?: readonly string[]
    earlier?: readonly { what: string; note: string }[]
    progress?: (done: number, all: number) => void
  },
): Promise<{ findings: string[]; size: number; origin?: string; streams?: number }>
export function verifyFile(
  text: string,
  o: { keys: readonly string[] },
): Promise<{
  findings: string[]
  entries: { number: number; time: Date; index: number; details?: unknown }[]
  checkpoint?: { origin: string; size: number }
  until?: Date
}>
