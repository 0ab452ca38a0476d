import { isAbsolute } from 'node:path'
import {
  timeoutSecondsMax,
  type AwsKmsPlace,
  type DeviceKind,
  type KmipPlace,
  type Pkcs11Place,
} from '#kernel/keys/index.ts'

/**
 * Where the devices are that open this home, and who we are to them. Only here: whoever can write the database must not
 * make the vault load a library, or speak to a host, of his choice.
 */
export interface Places {
  pkcs11?: Pkcs11Place
  kmip?: KmipPlace
  'aws-kms'?: AwsKmsPlace
}

export const deviceKinds = ['pkcs11', 'kmip', 'aws-kms'] as const satisfies readonly DeviceKind[]

export const isDeviceKind = (kind: string): kind is DeviceKind =>
  (deviceKinds as readonly string[]).includes(kind)

type Look = (value: unknown) => boolean

const isPath: Look = (value) => typeof value === 'string' && isAbsolute(value)
const isText: Look = (value) => typeof value === 'string' && value !== '' && value.length <= 2048
const isPort: Look = (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535
const isHouse: Look = (value) => typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value)
const isSeconds: Look = (value) =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= timeoutSecondsMax
const isRegion: Look = (value) => typeof value === 'string' && /^[a-z]{2}(-[a-z]+)+-\d$/.test(value)
const isHost: Look = (value) =>
  typeof value === 'string' && /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252})$|^[0-9a-fA-F:]+$/.test(value)
const isCredentials: Look = (value) => value === 'instance-role' || isPath(value)
/** Whole names and addresses: `localhost.example.org` is somebody else's. */
const thisMachine = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/
/** The opener's key goes over it: in the clear on this machine at most. */
const isEndpoint: Look = (value) => {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (!url || url.username !== '' || url.search !== '' || url.hash !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && thisMachine.test(url.hostname))
}

/** What each member must be; those after the bar may be absent. */
const members: Record<DeviceKind, { needed: Record<string, Look>; optional: Record<string, Look> }> = {
  pkcs11: {
    needed: { house: isHouse, module: isPath, token: isText },
    optional: { pinFile: isPath, timeoutSeconds: isSeconds },
  },
  kmip: {
    needed: { house: isHouse, host: isHost, port: isPort, ca: isPath, certificate: isPath, key: isPath },
    optional: { timeoutSeconds: isSeconds },
  },
  'aws-kms': {
    needed: { house: isHouse, region: isRegion, key: isText, credentials: isCredentials },
    optional: { endpoint: isEndpoint, ca: isPath, timeoutSeconds: isSeconds },
  },
}

/** A place of this kind, with nothing else in it; or the name of the member that is wrong. */
export function placeOf<Kind extends DeviceKind>(
  kind: Kind,
  value: unknown,
): { status: 'ok'; place: NonNullable<Places[Kind]> } | { status: 'wrong'; member: string } {
  const given = (value ?? {}) as Record<string, unknown>
  const { needed, optional } = members[kind]
  const place: Record<string, unknown> = {}
  for (const [member, look] of Object.entries({ ...needed, ...optional })) {
    if (given[member] === undefined && Object.hasOwn(optional, member)) continue
    if (!look(given[member])) return { status: 'wrong', member }
    place[member] = given[member]
  }
  const strange = Object.keys(given).find((member) => !Object.hasOwn(place, member))
  if (strange !== undefined && given[strange] !== undefined) return { status: 'wrong', member: strange }
  // Every member was looked at above, by the table of this kind: the compiler cannot tell that from a loop.
  return { status: 'ok', place: place as unknown as NonNullable<Places[Kind]> }
}

/** Every place in home.json; or where it is wrong, such as `places.kmip.port`. */
export function placesOf(value: unknown): Places | string {
  if (typeof value !== 'object' || value === null) return 'places'
  const places: Record<string, unknown> = {}
  for (const [kind, given] of Object.entries(value)) {
    if (!isDeviceKind(kind)) return `places.${kind}`
    const read = placeOf(kind, given)
    if (read.status === 'wrong') return `places.${kind}.${read.member}`
    places[kind] = read.place
  }
  return places
}
