/** A job as it stands in its row: what was asked and how far it is, sealed, bound to the job, its owner and its place. */
import {
  contextOf,
  deriveKey,
  keyedHash,
  open,
  pack,
  randomKey,
  seal,
  unpack,
  unwrapKey,
  uuidBytes,
  wrapKey,
  zeroWhenDropped,
  type SealKey,
} from '#kernel/crypto/index.ts'
import type { By } from '../by.ts'
import { uuidOf, type CompartmentId } from '../place.ts'
import type { ExportFile } from './files.ts'
import type { Edge, JobRow } from './queries.ts'
import type { Request } from './request.ts'

/** Why an export has failed, for whoever asked. */
export type Failure = 'disk-full' | 'destroyed' | 'internal'

/** What is asked for, and of whom. It never changes. */
export interface Task {
  request: Request
  compartments?: readonly CompartmentId[]
  /** Who asked. */
  by: By
}

/** How far a job is. */
export interface Progress {
  /** On whose disk the files are. */
  server: string
  /** Milliseconds since 1970: `transactionTime`. */
  moment: number
  /** Patients who were destroyed before it began. */
  destroyed: number
  files: ExportFile[]
  resources: number
  /** Resources that did not open, because somebody changed their rows. */
  broken: number
  /** All up to there is in the files; absent at the beginning. */
  done?: Edge
  failure?: Failure
}

/** The keys of a job's row, derived from the house's: gone when the vault is sealed. */
export function exportKey(token: SealKey): SealKey {
  const key = deriveKey(token, 'export')
  zeroWhenDropped(key)
  return key
}

/** An owner's name on disk. */
export function ownerOf(key: SealKey, actor: string): string {
  return uuidOf(keyedHash(key, 'export owner', actor))
}

type Named = Pick<JobRow, 'id' | 'owner'>

export function makeJob(key: SealKey, named: Named, task: Task): Pick<JobRow, 'key' | 'request'> {
  const own = randomKey()
  try {
    return {
      key: wrapKey(key, place('export key', named), own),
      request: sealJson(key, place('export request', named), task),
    }
  } finally {
    own.zero()
  }
}

/** The key of its files. Throws `SealBroken` for a row that is not what was written, as the next two do. */
export function fileKeyOf(key: SealKey, row: JobRow): SealKey {
  return unwrapKey(key, place('export key', row), row.key)
}

export function taskOf(key: SealKey, row: JobRow): Task {
  return openJson(key, place('export request', row), row.request) as Task
}

export function progressOf(key: SealKey, row: JobRow): Progress | undefined {
  if (!row.progress) return undefined
  return openJson(key, progressPlace(row, row.saved), row.progress) as Progress
}

export function sealProgress(key: SealKey, named: Named, saved: number, progress: Progress): Uint8Array {
  return sealJson(key, progressPlace(named, saved), progress)
}

function place(format: 'export key' | 'export request', { id, owner }: Named): Uint8Array {
  return contextOf(format, uuidBytes(id), uuidBytes(owner))
}

/** With the count of what was saved: what was saved before does not open in its place. */
function progressPlace({ id, owner }: Named, saved: number): Uint8Array {
  return contextOf('export progress', uuidBytes(id), uuidBytes(owner), saved)
}

/** Padded, so that a row does not tell how much was asked. */
const floor = 1024

function sealJson(key: SealKey, context: Uint8Array, value: unknown): Uint8Array {
  return seal(key, context, pack(Buffer.from(JSON.stringify(value)), { floor, dictionary: 0 }))
}

function openJson(key: SealKey, context: Uint8Array, sealed: Uint8Array): unknown {
  return JSON.parse(Buffer.from(unpack(open(key, context, sealed))).toString())
}
