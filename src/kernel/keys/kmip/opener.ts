import { readFile } from 'node:fs/promises'
import { certificateOf, keyBytes, keyOf, randomBytes } from '#kernel/crypto/index.ts'
import { readClosedFile } from '../closed-file.ts'
import {
  deviceNonceBytes,
  newDeviceKey,
  placeOfBlob,
  proven,
  readParameters,
  timeoutSecondsDefault,
  writeParameters,
  type DeviceFault,
  type DeviceRefusal,
} from '../device.ts'
import type { Opener } from '../opening.ts'
import { KmipFault, withServer, type KmipAnswer, type KmipConversation, type KmipIdentity } from './client.ts'
import type { KmipPlace, KmipSecret } from './place.ts'
import { encryptAndDecrypt, enumerated, operation, reason, tag } from './tags.ts'
import { boolean, bytes, enumeration, find, integer, structure, text, type Item } from './ttlv.ts'

type Refusal = DeviceRefusal | { status: 'opener-unreadable'; kind: 'kmip' }

const tagBytes = 16
const fileBytesMax = 256 * 1024

/** A key that a KMIP server made and keeps; who we are to it is a certificate. */
export const kmipOpener: Opener<KmipSecret, Refusal> = {
  async create({ place, now }) {
    const plaintext = newDeviceKey()
    const nonce = randomBytes(deviceNonceBytes)
    const made = await asking({ place, now }, async (server, where) => {
      const key = await makeKey(server, where)
      const payload = okOf(
        await server.ask(
          operation.encrypt,
          text(tag.uniqueIdentifier, key),
          gcm,
          bytes(tag.data, plaintext),
          bytes(tag.nonce, nonce),
          bytes(tag.additionalData, placeOfBlob('kmip', place.house, key)),
        ),
        where,
        key,
      )
      const sealed = bytesOf(payload, tag.data)
      const authentication = bytesOf(payload, tag.authenticationTag)
      if (!sealed || authentication?.length !== tagBytes) {
        throw new KmipFault({ fault: 'failed', where, reason: 'it encrypts without an authentication tag' })
      }
      const blob = Buffer.concat([sealed, authentication])
      const parameters = writeParameters({ key, house: place.house, nonce, blob })
      return { status: 'ok', key: keyOf(plaintext), parameters } as const
    })
    return await proven('kmip', made, (stored) => kmipOpener.key({ kind: 'kmip', place, now }, stored))
  },

  async key({ place, now }, parameters) {
    const stored = readParameters(parameters)
    if (!stored?.nonce) return { status: 'opener-unreadable', kind: 'kmip' }
    const { key, house, nonce, blob } = stored
    if (house !== place.house) return refused({ fault: 'other-house' })
    return await asking({ place, now }, async (server, where) => {
      const answer = await server.ask(
        operation.decrypt,
        text(tag.uniqueIdentifier, key),
        gcm,
        bytes(tag.data, blob.subarray(0, -tagBytes)),
        bytes(tag.nonce, nonce),
        bytes(tag.additionalData, placeOfBlob('kmip', house, key)),
        bytes(tag.authenticationTag, blob.subarray(-tagBytes)),
      )
      if (answer.status === 'failed' && brokenReasons.includes(answer.reason)) {
        throw new KmipFault({ fault: 'blob-altered' })
      }
      const opened = bytesOf(okOf(answer, where, key), tag.data)
      if (opened?.length !== keyBytes) throw new KmipFault({ fault: 'blob-altered' })
      return { status: 'ok', key: keyOf(opened) } as const
    })
  },
}

const refused = (fault: DeviceFault): DeviceRefusal => ({ status: 'device-refused', kind: 'kmip', ...fault })

/** What servers say when a tag does not fit; PyKMIP says "general failure". */
const brokenReasons: readonly number[] = [reason.cryptographicFailure, reason.generalFailure]

const gcm = structure(
  tag.cryptographicParameters,
  enumeration(tag.blockCipherMode, enumerated.gcm),
  enumeration(tag.cryptographicAlgorithm, enumerated.aes),
  integer(tag.tagLength, tagBytes),
)

async function asking<Result>(
  { place, now }: Omit<KmipSecret, 'kind'>,
  converse: (server: KmipConversation, where: string) => Promise<Result>,
): Promise<Result | DeviceRefusal> {
  const where = `${place.host}:${place.port}`
  try {
    const identity = await identityOf(place, now())
    try {
      return await withServer(identity, (server) => converse(server, where))
    } finally {
      identity.key.fill(0)
    }
  } catch (error) {
    if (error instanceof KmipFault) return refused(error.fault)
    throw error
  }
}

async function identityOf(place: KmipPlace, now: number): Promise<KmipIdentity> {
  const { host, port, timeoutSeconds: seconds = timeoutSecondsDefault } = place
  const [ca, certificate] = await Promise.all([readOpen(place.ca), readOpen(place.certificate)])
  const seen = certificateOf(certificate)
  if (!seen) throw fileFault(place.certificate, 'not-understood')
  if (!certificateOf(ca)) throw fileFault(place.ca, 'not-understood')
  // Known before the server is asked: its alert would not say which of the two certificates it means.
  if (seen.validTo.getTime() < now || seen.validFrom.getTime() > now) {
    throw new KmipFault({ fault: 'certificate-expired', whose: 'ours', where: place.certificate })
  }
  const key = await readClosedFile(place.key, fileBytesMax)
  if (key.status === 'refused') throw fileFault(place.key, key.reason)
  return { host, port, ca, certificate, key: key.bytes, seconds }

  async function readOpen(path: string): Promise<Buffer> {
    try {
      return await readFile(path)
    } catch (error) {
      const absent = (error as NodeJS.ErrnoException).code === 'ENOENT'
      throw fileFault(path, absent ? 'absent' : 'unreadable')
    }
  }
}

const fileFault = (path: string, why: Extract<DeviceFault, { fault: 'file-refused' }>['reason']): KmipFault =>
  new KmipFault({ fault: 'file-refused', path, reason: why })

/** A new AES-256 key, active. Asked not to come out again, where the server knows such a thing. */
async function makeKey(server: KmipConversation, where: string): Promise<string> {
  const attributes = [
    attribute('Cryptographic Algorithm', enumeration(tag.attributeValue, enumerated.aes)),
    attribute('Cryptographic Length', integer(tag.attributeValue, 256)),
    attribute('Cryptographic Usage Mask', integer(tag.attributeValue, encryptAndDecrypt)),
  ]
  const kept = [
    attribute('Sensitive', boolean(tag.attributeValue, true)),
    attribute('Extractable', boolean(tag.attributeValue, false)),
  ]
  const create = (items: Item[]) =>
    server.ask(
      operation.create,
      enumeration(tag.objectType, enumerated.symmetricKey),
      structure(tag.templateAttribute, ...items),
    )
  const first = await create([...attributes, ...kept])
  // Sensitive and Extractable came with KMIP 1.4, and not every server has them.
  const answer = first.status === 'failed' && !isDenial(first.reason) ? await create(attributes) : first
  const id = find(okOf(answer, where, ''), tag.uniqueIdentifier)
  if (id?.type !== 'text') {
    throw new KmipFault({ fault: 'failed', where, reason: 'it made a key and did not name it' })
  }
  okOf(await server.ask(operation.activate, text(tag.uniqueIdentifier, id.value)), where, id.value)
  return id.value
}

function attribute(name: string, value: Item): Item {
  return structure(tag.attribute, text(tag.attributeName, name), value)
}

const isDenial = (why: number): boolean =>
  why === reason.permissionDenied || why === reason.authenticationNotSuccessful

/** The payload of an answer, or the fault that it says. */
function okOf(answer: KmipAnswer, where: string, key: string): Item | undefined {
  if (answer.status === 'ok') return answer.payload
  if (answer.reason === reason.itemNotFound) throw new KmipFault({ fault: 'key-absent', key })
  if (answer.reason === reason.authenticationNotSuccessful) {
    throw new KmipFault({ fault: 'certificate-refused', where })
  }
  if (answer.reason === reason.permissionDenied) {
    throw new KmipFault({ fault: 'access-denied', where, reason: answer.message })
  }
  throw new KmipFault({
    fault: 'failed',
    where,
    reason: answer.message || `KMIP result reason 0x${answer.reason.toString(16)}`,
  })
}

function bytesOf(payload: Item | undefined, wanted: number): Uint8Array | undefined {
  const found = find(payload, wanted)
  return found?.type === 'bytes' ? found.value : undefined
}
