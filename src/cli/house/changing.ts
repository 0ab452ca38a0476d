import { randomUuid } from '#kernel/crypto/index.ts'
import type { Keys, OpenerKnown, OpenersChanged } from '#kernel/keys/index.ts'
import type { Home } from '../home/home.ts'
import { isDeviceKind, placeOf } from '../home/places.ts'
import { secretOf, zeroSecret, type SecretSent } from '../openers/sent.ts'
import type { SecretRefused } from '../openers/texts.ts'
import { placed, rememberOpeners, removeKeyFile, settleHome, writeHome } from './settling.ts'
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
 *     home.json (`changing`) → openers and root key, one transaction → home.json (place of the device, opener) → old key file
 *
 * Stopped in between, or left without an answer of the database, the next start finds there what opens the vault, and home.json
 * follows (`settling.ts`): until the new opener is seen in it, devices are where they were, since the one of before may be of the same kind.
 */
export function createChanging(keys: Keys, home: Home, unsealing: Unsealing): Changing {
  const changeNow = async (
    { proof, to, place }: ChangeRequest,
    id: string = randomUuid(),
  ): Promise<ChangeAnswer> => {
    if (keys.state() === 'sealed') return { status: 'sealed' }
    const proven = await unsealing.prove(proof)
    if (proven.status !== 'ok') return { status: 'not-proven', why: proven }
    await settleHome(keys, home)
    const planned = planOf(home, to, place, id)
    const read = secretOf(to, { ...home, record: placed(planned) })
    if (read.status !== 'ok') return read
    // Of a change that came to nothing, what it left goes.
    if (planned.changing ?? home.record.changing) writeHome(home, planned)
    const known = await keys.openers()
    if (to.kind === 'key-file' && !known.some(({ kind }) => kind === 'key-file')) removeKeyFile(home)
    let changed: OpenersChanged
    try {
      changed = await keys.replaceOpener(idsReplaced(known, to), read.secret, id)
    } finally {
      zeroSecret(read.secret)
    }
    if (changed.status !== 'ok') {
      if (planned.changing) writeHome(home, unchanged(home.record))
      return changed
    }
    const isKit = to.kind === 'recovery-kit'
    writeHome(home, { ...placed(home.record), ...(isKit ? {} : { opener: to.kind }) })
    await rememberOpeners(keys, home)
    if (isKit) return { status: 'ok' }
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
const unchanged = ({ changing: _, ...record }: Home['record']): Home['record'] => record

function planOf(home: Home, to: SecretSent, place: unknown, id: string): Home['record'] {
  const record = unchanged(home.record)
  if (place === undefined || !isDeviceKind(to.kind)) return record
  const read = placeOf(to.kind, place)
  if (read.status === 'wrong') throw new Error(`places.${to.kind}.${read.member}`)
  return { ...record, changing: { id, places: { [to.kind]: read.place } } }
}

function idsReplaced(known: readonly OpenerKnown[], to: SecretSent): string[] {
  const isKit = to.kind === 'recovery-kit'
  return known.filter(({ kind }) => (kind === 'recovery-kit') === isKit).map(({ id }) => id)
}
