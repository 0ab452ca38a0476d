/** Names on disk: keyed hashes in place of what a client or a person chose. */
import { keyedHash, KeyZeroed, type SealKey } from '#kernel/crypto/index.ts'

declare const brand: unique symbol
/** A resource's name on disk: a keyed hash of its type and id, as a UUID. */
export type ResourceKey = string & { readonly [brand]: 'ResourceKey' }
/**
 * A compartment's name on disk. A patient's is the `ResourceKey` of the Patient, so that whoever writes
 * about a patient first opens the compartment that the Patient joins when it comes.
 */
export type CompartmentId = string & { readonly [brand]: 'CompartmentId' }

export function resourceKey(locator: SealKey, type: string, id: string): ResourceKey {
  const known = namesOf(locator)
  const name = `${type}/${id}`
  const found = known.get(name)
  if (found !== undefined) return found
  const made = newResourceKey(locator, type, id)
  if (known.size === namesMax) known.clear()
  known.set(name, made)
  return made
}

/** The same of an id just drawn: not remembered, or an import would push out the names that are read. */
export function newResourceKey(locator: SealKey, type: string, id: string): ResourceKey {
  return uuidOf(keyedHash(locator, 'resource', type, id)) as ResourceKey
}

/** Names remembered at most: some 3 MB. A hash costs as much as reading a cached record. */
const namesMax = 20_000
/** They go with the key that made them. */
const namesByLocator = new WeakMap<SealKey, Map<string, ResourceKey>>()

function namesOf(locator: SealKey): Map<string, ResourceKey> {
  if (locator.zeroed) throw new KeyZeroed()
  let names = namesByLocator.get(locator)
  if (!names) namesByLocator.set(locator, (names = new Map()))
  return names
}

export function patientCompartment(locator: SealKey, patientId: string): CompartmentId {
  return resourceKey(locator, 'Patient', patientId) as string as CompartmentId
}

/** The compartment of what belongs to no patient. Never the key of a resource: the label differs. */
export function facilityCompartment(locator: SealKey): CompartmentId {
  return uuidOf(keyedHash(locator, 'facility')) as CompartmentId
}

/** The same, remembered: whatever is read is asked whether it lives there. */
export function facilityOf(locator: SealKey): CompartmentId {
  if (locator.zeroed) throw new KeyZeroed()
  let facility = facilities.get(locator)
  if (!facility) facilities.set(locator, (facility = facilityCompartment(locator)))
  return facility
}

const facilities = new WeakMap<SealKey, CompartmentId>()

/** The first 16 bytes as a UUID's text. */
export function uuidOf(bytes: Uint8Array): string {
  let at = 0
  for (let byte = 0; byte < 16; byte++) {
    if (byte === 4 || byte === 6 || byte === 8 || byte === 10) at++
    const value = bytes[byte] as number
    uuidText[at++] = digits[value >> 4] as number
    uuidText[at++] = digits[value & 15] as number
  }
  return uuidText.toString('latin1')
}

/** One flat text: pieces that are joined take four times the memory, and are put together when the name is looked up. */
const uuidText = Buffer.alloc(36, '-')
const digits = Buffer.from('0123456789abcdef')
