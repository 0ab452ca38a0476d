import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Keys, OpenerKnown, OpenersChanged } from '#kernel/keys/index.ts'
import { homeFiles, homeOpeners, writeHomeRecord, type Home, type HomeOpener } from '../home/home.ts'
import { isDeviceKind, placeOf } from '../home/places.ts'
import { secretOf, zeroSecret, type SecretSent } from '../openers/sent.ts'
import type { SecretRefused } from '../openers/texts.ts'
import type { Unsealing } from './unsealing.ts'

export interface ChangeRequest {
  /** What opens the vault now: who cannot open it changes nothing about who can. */
  proof: SecretSent
  to: SecretSent
  /** Where the device is, of one that is new. */
  place?: unknown
}

export type ChangeAnswer =
  | { status: 'ok' }
  | { status: 'sealed' }
  | { status: 'not-proven'; why: SecretRefused }
  | Exclude<OpenersChanged, { status: 'ok' }>
  | SecretRefused

export interface Changing {
  change(request: ChangeRequest): Promise<ChangeAnswer>
}

/**
 * Changes what opens the vault while it serves. A kit takes the place of kits, everything else that of all but kits.
 *
 *     home.json (place of the device) → openers and root key, one transaction → home.json (opener) → old key file
 *
 * Stopped in between, the next start finds in the database what opens the vault, and home.json follows (`settleHome`).
 */
export function createChanging(keys: Keys, home: Home, unsealing: Unsealing): Changing {
  const changeNow = async ({ proof, to, place }: ChangeRequest): Promise<ChangeAnswer> => {
    if (keys.state() === 'sealed') return { status: 'sealed' }
    const proven = await unsealing.prove(proof)
    if (proven.status !== 'ok') return { status: 'not-proven', why: proven }
    const before = home.record
    const planned = planOf(home, to, place)
    if (planned !== before) writeHome(home, planned)
    const read = secretOf(to, home)
    if (read.status !== 'ok') return read
    const known = await keys.openers()
    if (to.kind === 'key-file' && !known.some(({ kind }) => kind === 'key-file')) removeKeyFile(home)
    try {
      const changed = await keys.replaceOpener(idsReplaced(known, to), read.secret)
      if (changed.status !== 'ok') {
        writeHome(home, before)
        return changed
      }
    } finally {
      zeroSecret(read.secret)
    }
    if (to.kind !== 'recovery-kit') follow(home, to.kind)
    return { status: 'ok' }
  }

  // One after the other: two at once would each remove what the other made.
  let last: Promise<unknown> = Promise.resolve()
  return {
    change(request) {
      const mine = last.then(() => changeNow(request))
      last = mine.catch(() => {})
      return mine
    },
  }
}

/** Makes home.json say what the database does, where a change was cut off between the two. */
export async function settleHome(keys: Keys, home: Home): Promise<void> {
  const kinds = new Set((await keys.openers()).map(({ kind }) => kind))
  if (kinds.size === 0 || kinds.has(home.record.opener)) return
  const found = homeOpeners.find((kind) => kinds.has(kind))
  const placed = found && (!isDeviceKind(found) || home.record.places?.[found])
  if (found && placed) follow(home, found)
}

function follow(home: Home, opener: HomeOpener): void {
  writeHome(home, { ...home.record, opener })
  if (opener !== 'key-file') removeKeyFile(home)
}

function planOf(home: Home, to: SecretSent, place: unknown): Home['record'] {
  const { record } = home
  if (place === undefined || !isDeviceKind(to.kind)) return record
  const read = placeOf(to.kind, place)
  if (read.status === 'wrong') throw new Error(`places.${to.kind}.${read.member}`)
  return { ...record, places: { ...record.places, [to.kind]: read.place } }
}

function idsReplaced(known: readonly OpenerKnown[], to: SecretSent): string[] {
  const isKit = to.kind === 'recovery-kit'
  return known.filter(({ kind }) => (kind === 'recovery-kit') === isKit).map(({ id }) => id)
}

function writeHome(home: Home, record: Home['record']): void {
  writeHomeRecord(home.path, record)
  home.record = record
}

function removeKeyFile({ path }: Home): void {
  rmSync(join(path, homeFiles.keyFile), { force: true })
}
