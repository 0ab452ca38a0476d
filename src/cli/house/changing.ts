import type { Keys, OpenerKnown, OpenersChanged } from '#kernel/keys/index.ts'
import type { Home } from '../home/home.ts'
import { isDeviceKind, placeOf, type Places } from '../home/places.ts'
import { secretOf, zeroSecret, type SecretSent } from '../openers/sent.ts'
import type { SecretRefused } from '../openers/texts.ts'
import { rememberOpeners, removeKeyFile, writeHome } from './settling.ts'
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
  /** `id`: a UUID, which the new opener has from then on. */
  change(request: ChangeRequest, id?: string): Promise<ChangeAnswer>
}

/**
 * Changes what opens the vault while it serves. A kit takes the place of kits, everything else that of all but kits.
 *
 *     home.json (place of the device) → openers and root key, one transaction → home.json (opener) → old key file
 *
 * Stopped in between, the next start finds in the database what opens the vault, and home.json follows (`settling.ts`).
 */
export function createChanging(keys: Keys, home: Home, unsealing: Unsealing): Changing {
  const changeNow = async ({ proof, to, place }: ChangeRequest, id?: string): Promise<ChangeAnswer> => {
    if (keys.state() === 'sealed') return { status: 'sealed' }
    const proven = await unsealing.prove(proof)
    if (proven.status !== 'ok') return { status: 'not-proven', why: proven }
    const { places } = home.record
    const planned = planOf(home, to, place)
    if (planned !== home.record) writeHome(home, planned)
    const read = secretOf(to, home)
    if (read.status !== 'ok') return read
    const known = await keys.openers()
    if (to.kind === 'key-file' && !known.some(({ kind }) => kind === 'key-file')) removeKeyFile(home)
    let changed: OpenersChanged | undefined
    try {
      changed = await keys.replaceOpener(idsReplaced(known, to), read.secret, id)
    } finally {
      zeroSecret(read.secret)
      if (changed?.status !== 'ok') putBack(home, places)
    }
    if (changed.status !== 'ok') return changed
    await rememberOpeners(keys, home)
    if (to.kind === 'recovery-kit') return { status: 'ok' }
    writeHome(home, { ...home.record, opener: to.kind })
    if (to.kind !== 'key-file') removeKeyFile(home)
    return { status: 'ok' }
  }

  // One after the other: two at once would each remove what the other made.
  let last: Promise<unknown> = Promise.resolve()
  return {
    change(request, id) {
      const mine = last.then(() => changeNow(request, id))
      last = mine.catch(() => {})
      return mine
    },
  }
}

/** Nothing came of it: the devices are where they were. */
function putBack(home: Home, places: Places | undefined): void {
  if (home.record.places === places) return
  const { places: _, ...record } = home.record
  writeHome(home, { ...record, ...(places ? { places } : {}) })
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
