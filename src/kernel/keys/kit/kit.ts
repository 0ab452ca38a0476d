import { keyBytes, randomBytes } from '#kernel/crypto/index.ts'
import { readCode, writeCode, type CodeFault } from '../code/index.ts'
import { houseNameBytes, houseNameOf, houseNameText, isHouseName, isShortName } from '../house-name.ts'

/**
 * What a recovery kit says: the identity to which the root key is encrypted, and the bond by which that is known to
 * be the house's own doing. Neither is in the database in a form that the kit would be needed for.
 */
export interface Kit {
  /** Name of the house, as `keys.name` gives it. */
  house: string
  /** Which kit of the house: six hexadecimal digits. */
  id: string
  /** Seed of the hybrid identity, 32 bytes. */
  seed: Uint8Array
  bond: Uint8Array
}

/** Why a kit does not open this house. */
export type KitRefused =
  | { reason: 'of-another-house'; house: string; wanted: string }
  /** A newer kit took its place. */
  | { reason: 'replaced'; id: string; wanted: string }
  | { reason: 'no-kit' }

const idBytes = 3

/** What the database holds of a kit: its names. */
export function kitParameters({ house, id }: { house: string; id: string }): string {
  return JSON.stringify({ house, kit: id })
}

/** Says why a kit did not open the house, by the parameters of those that there are; undefined where it should. */
export function judgeKit(kit: Pick<Kit, 'house' | 'id'>, stored: readonly string[]): KitRefused | undefined {
  const known = stored.flatMap((text) => readParameters(text) ?? [])
  const [newest] = known.slice(-1)
  if (!newest) return { reason: 'no-kit' }
  if (known.some(({ house, id }) => house === kit.house && id === kit.id)) return undefined
  if (newest.house !== kit.house) {
    return { reason: 'of-another-house', house: kit.house, wanted: newest.house }
  }
  return { reason: 'replaced', id: kit.id, wanted: newest.id }
}

/** The names that a kit's row says; undefined where they are damaged. */
export function readParameters(text: string): { house: string; id: string } | undefined {
  try {
    const { house, kit } = JSON.parse(text) ?? {}
    return isHouseName(house) && isShortName(kit) ? { house, id: kit } : undefined
  } catch {
    return undefined
  }
}

export function newKit(house: string): Kit {
  const id = Buffer.from(randomBytes(idBytes)).toString('hex')
  return { house, id, seed: randomBytes(keyBytes), bond: randomBytes(keyBytes) }
}

export function zeroKit({ seed, bond }: Kit): void {
  seed.fill(0)
  bond.fill(0)
}

/** What is printed. */
export function kitText({ house, id, seed, bond }: Kit): string {
  const payload = Buffer.concat([houseNameOf(house), Buffer.from(id, 'hex'), seed, bond])
  const text = writeCode('kit', payload)
  payload.fill(0)
  return text
}

export function readKit(text: string): { status: 'ok'; kit: Kit } | CodeFault {
  const read = readCode('kit', text)
  if (read.status !== 'ok') return read
  const { payload } = read
  const seedAt = houseNameBytes + idBytes
  const kit = {
    house: houseNameText(payload.subarray(0, houseNameBytes)),
    id: Buffer.from(payload.subarray(houseNameBytes, seedAt)).toString('hex'),
    seed: payload.slice(seedAt, seedAt + keyBytes),
    bond: payload.slice(seedAt + keyBytes),
  }
  payload.fill(0)
  return { status: 'ok', kit }
}
