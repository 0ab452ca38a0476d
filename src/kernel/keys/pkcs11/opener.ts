import { rm, writeFile } from 'node:fs/promises'
import { keyBytes, keyOf, randomBytes } from '#kernel/crypto/index.ts'
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
import { askToken } from './token.ts'
import type { TokenAnswer } from './messages.ts'
import type { Pkcs11Secret } from './place.ts'

type Refusal = DeviceRefusal | { status: 'opener-unreadable'; kind: 'pkcs11' }

const keyIdBytes = 16
const pinBytesMax = 256

/** A key that a token made and keeps. The PIN is typed, or read from a file that home.json names. */
export const pkcs11Opener: Opener<Pkcs11Secret, Refusal> = {
  async create(secret) {
    // Whoever makes an opener is there.
    const pin = await pinOf({ ...secret, attended: true })
    if (pin.status !== 'ok') return pin
    const { module, token, house, timeoutSeconds: seconds = timeoutSecondsDefault } = secret.place
    const keyId = randomBytes(keyIdBytes)
    const key = Buffer.from(keyId).toString('hex')
    const nonce = randomBytes(deviceNonceBytes)
    const plaintext = newDeviceKey()
    const place = placeOfBlob('pkcs11', house, key)
    const request = {
      act: 'seal',
      module,
      seconds,
      token,
      keyId,
      nonce,
      place,
      plaintext,
      ...pin.with,
    } as const
    const made = await askToken(request)
    await pin.note(made)
    if (made.status !== 'done') return refusalOf(made)
    const parameters = writeParameters({ key, house, nonce, blob: made.bytes })
    return await proven('pkcs11', { status: 'ok', key: keyOf(plaintext), parameters }, (stored) =>
      pkcs11Opener.key({ ...secret, attended: true }, stored),
    )
  },

  async key(secret, parameters) {
    const stored = readParameters(parameters)
    const { module, token, house, timeoutSeconds: seconds = timeoutSecondsDefault } = secret.place
    if (!stored?.nonce || !/^[0-9a-f]{32}$/.test(stored.key)) {
      return { status: 'opener-unreadable', kind: 'pkcs11' }
    }
    if (stored.house !== house) return refused({ fault: 'other-house' })
    const { nonce, blob } = stored
    const pin = await pinOf(secret)
    if (pin.status !== 'ok') return pin
    const keyId = Buffer.from(stored.key, 'hex')
    const place = placeOfBlob('pkcs11', house, stored.key)
    const request = { act: 'open', module, seconds, token, keyId, nonce, place, blob, ...pin.with } as const
    const opened = await askToken(request)
    await pin.note(opened)
    if (opened.status !== 'done') return refusalOf(opened)
    if (opened.bytes.length !== keyBytes) return refused({ fault: 'blob-altered' })
    return { status: 'ok', key: keyOf(opened.bytes) }
  },
}

const refused = (fault: DeviceFault): DeviceRefusal => ({
  status: 'device-refused',
  kind: 'pkcs11',
  ...fault,
})

function refusalOf(answer: Exclude<TokenAnswer, { status: 'done' }>): DeviceRefusal {
  if (answer.status === 'seen') throw new Error('the token was asked to act, and told what it is')
  return { ...answer, status: 'device-refused', kind: 'pkcs11' }
}

interface Pin {
  status: 'ok'
  with: { pin: string; attended: boolean }
  /** Remembers what became of it. */
  note(answer: TokenAnswer): Promise<void>
}

async function pinOf({
  pin,
  place,
  attended = false,
  refusedFile,
}: Pkcs11Secret): Promise<Pin | DeviceRefusal> {
  if (pin !== undefined) return { status: 'ok', with: { pin, attended: true }, note: async () => {} }
  const path = place.pinFile
  if (path === undefined) return refused({ fault: 'pin-absent' })
  const read = await readClosedFile(path, pinBytesMax)
  if (read.status === 'refused') return refused({ fault: 'file-refused', path, reason: read.reason })
  const text = read.bytes.toString('utf8').replace(/\r?\n$/, '')
  read.bytes.fill(0)
  if (text === '') return refused({ fault: 'file-refused', path, reason: 'not-understood' })
  if (!attended && refusedFile !== undefined && (await readText(refusedFile)) === read.version) {
    return refused({ fault: 'pin-refused-before', path })
  }
  return {
    status: 'ok',
    with: { pin: text, attended },
    async note(answer) {
      if (refusedFile === undefined) return
      const wrong =
        answer.status === 'refused' && (answer.fault === 'pin-wrong' || answer.fault === 'pin-locked')
      if (wrong) await writeFile(refusedFile, read.version, { mode: 0o600 })
      else if (answer.status === 'done') await rm(refusedFile, { force: true })
    },
  }
}

async function readText(path: string): Promise<string | undefined> {
  const read = await readClosedFile(path, 4096)
  return read.status === 'ok' ? read.bytes.toString('utf8') : undefined
}
