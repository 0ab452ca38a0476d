/** A version of a row that confers authority, as bytes: docs/spec/authority.md. */
import {
  contextOf,
  floors,
  keyedHash,
  open,
  pack,
  seal,
  SealBroken,
  sha256,
  unpack,
  uuidBytes,
  type SealKey,
} from '#kernel/crypto/index.ts'
import { commitmentHash } from '#kernel/ledger/index.ts'

/** Numbers are on disk: none is changed or used again. */
export const kinds = {
  program: 1,
  token: 2,
  account: 3,
  login: 4,
  session: 5,
  request: 6,
  invitation: 7,
  sessions: 8,
  safeguard: 9,
} as const

export type Kind = keyof typeof kinds

const kindNames = new Map<number, Kind>(Object.entries(kinds).map(([name, number]) => [number, name as Kind]))

/** Of a number that is none of ours: the number. */
export const kindName = (number: number): string => kindNames.get(number) ?? String(number)

/** Where a version stands. */
export interface Place {
  id: string
  kind: Kind
  version: number
  /** SHA-256 of the sealed bytes before it; empty of the first. */
  previous: Uint8Array
}

type NamedPlace = Omit<Place, 'kind'> & { kind: string }

const padding = { floor: floors.version, dictionary: 0 }

export function sealValue(key: SealKey, place: Place, value: object): Uint8Array {
  return seal(key, contextAt('authority', place), pack(Buffer.from(JSON.stringify(value)), padding))
}

/** Undefined where the bytes were not sealed for this place. */
export function openValue(key: SealKey, place: Place, sealed: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(unpack(open(key, contextAt('authority', place), sealed))).toString())
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}

/** What the ledger commits to. */
export function hashOf(place: NamedPlace, sealed: Uint8Array): Uint8Array {
  return commitmentHash(contextAt('authority row', place), sealed)
}

/** The place of what comes after. */
export function nextPlace(place: Place, sealed: Uint8Array): Place {
  return { ...place, version: place.version + 1, previous: sha256(sealed) }
}

/** What something is called on disk: only who has the key can tell what it is the name of. */
export function rowName(key: SealKey, kind: string, name: string): string {
  const hex = Buffer.from(keyedHash(key, kind, name)).toString('hex', 0, 16)
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const contextAt = (
  format: 'authority' | 'authority row',
  { id, kind, version, previous }: NamedPlace,
): Uint8Array =>
  format === 'authority'
    ? contextOf('authority', uuidBytes(id), kind, version, previous)
    : contextOf('authority row', uuidBytes(id), kind, version, previous)

/** What the entry of a row that ends says of it, as its reason. */
export const endText = (endsAt: Date): string => `until ${endsAt.toISOString()}`

export function endOf(reason: string | undefined): Date | undefined {
  const [, time] = /^until (\S+)$/.exec(reason ?? '') ?? []
  return time === undefined ? undefined : new Date(time)
}
