/**
 * The process that loads the vendor's module, and nothing else: a module that crashes, hangs or looks around in memory
 * does so here, where there is one PIN and one key, for a second. It is asked once, answers, and ends.
 */
import { accessSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Attribute, Handle, PKCS11, TokenInfo } from 'pkcs11js'
import type { DeviceFault } from '../device.ts'
import type { TokenAnswer, TokenRequest, TokenSeen } from './messages.ts'

type Library = typeof import('pkcs11js')
type Acting = Exclude<TokenRequest, { act: 'look' }>

/** PKCS #11 v2.40 §3.2, CK_TOKEN_INFO flags. */
const flags = { pinSet: 0x8, countLow: 0x1_0000, finalTry: 0x2_0000, locked: 0x4_0000 }

class Refused extends Error {
  readonly answer: TokenAnswer
  constructor(fault: DeviceFault) {
    super(fault.fault)
    this.answer = { status: 'refused', ...fault }
  }
}

/** A module that hangs holds this thread; another one ends the process, should whoever asked be gone by then. */
const endingMs = 1000
const ending = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), require('worker_threads').workerData)`

process.once('message', (request: TokenRequest) => {
  const workerData = request.seconds * 1000 + endingMs
  new Worker(ending, { eval: true, workerData, env: {} }).unref()
  void answer(request).then((found) =>
    process.send?.(found, undefined, undefined, () => {
      close()
      process.disconnect?.()
    }),
  )
})

/** What is open in the module; the last is closed first. */
const closers: (() => void)[] = []

/** Once it is told what came of it: a module that fails or hangs over its end must not hide that a PIN was wrong. */
function close(): void {
  for (const closer of closers.toReversed()) {
    try {
      closer()
    } catch {
      // The process ends, and the module with it.
    }
  }
}

async function answer(request: TokenRequest): Promise<TokenAnswer> {
  try {
    let library: Library
    try {
      library = (await import('pkcs11js')).default as Library
    } catch {
      throw new Refused({ fault: 'software-absent' })
    }
    const module = load(library, request.module)
    closers.push(() => module.C_Finalize())
    const slots = module.C_GetSlotList(true).map((slot) => ({ slot, info: module.C_GetTokenInfo(slot) }))
    if (request.act === 'look') return { status: 'seen', tokens: slots.map(({ info }) => seen(info)) }
    return { status: 'done', bytes: act(library, module, slots, request) }
  } catch (error) {
    if (error instanceof Refused) return error.answer
    return { status: 'refused', ...faultOf(error) }
  }
}

function load(library: Library, path: string): PKCS11 {
  try {
    accessSync(path)
  } catch {
    throw new Refused({ fault: 'module-absent', path })
  }
  const module = new library.PKCS11()
  try {
    module.load(path)
    module.C_Initialize()
  } catch (error) {
    throw new Refused({ fault: 'module-unloadable', path, reason: (error as Error).message })
  }
  return module
}

function seen({ label, serialNumber, flags: bits }: TokenInfo): TokenSeen {
  const pin =
    (bits & flags.locked) !== 0
      ? 'locked'
      : (bits & flags.finalTry) !== 0
        ? 'one-left'
        : (bits & flags.countLow) !== 0
          ? 'few-left'
          : (bits & flags.pinSet) === 0
            ? 'unset'
            : 'fine'
  // Padded to their length with blanks, by some with zeros.
  const plain = (text: string) => text.replace(/[\s\0]+$/, '')
  return { label: plain(label), serial: plain(serialNumber), pin }
}

function act(
  library: Library,
  module: PKCS11,
  slots: { slot: Handle; info: TokenInfo }[],
  request: Acting,
): Uint8Array {
  const { token } = request
  const all = slots.map(({ slot, info }) => ({ slot, ...seen(info) }))
  const named = all.filter(({ label, serial }) => label === token || serial === token)
  const [found] = named
  if (!found) {
    throw new Refused({ fault: 'token-absent', token, found: all.map(({ label }) => label).filter(Boolean) })
  }
  if (named.length > 1) {
    throw new Refused({ fault: 'token-ambiguous', token, serials: named.map(({ serial }) => serial) })
  }
  if (found.pin === 'locked') throw new Refused({ fault: 'pin-locked' })
  // Somebody was wrong since the last right PIN: what is left is for a person to spend.
  if (!request.attended && (found.pin === 'few-left' || found.pin === 'one-left'))
    throw new Refused({ fault: 'pin-last-try' })
  checkMechanism(library, module, found)
  const session = module.C_OpenSession(found.slot, library.CKF_SERIAL_SESSION | library.CKF_RW_SESSION)
  logIn(library, module, session, found.slot, request.pin)
  closers.push(() => module.C_Logout(session))
  return request.act === 'seal'
    ? makeKey(library, module, session, request)
    : openBlob(library, module, session, request)
}

function checkMechanism(library: Library, module: PKCS11, { slot, label }: { slot: Handle; label: string }) {
  const list = module.C_GetMechanismList(slot)
  if (list.includes(library.CKM_AES_GCM) && list.includes(library.CKM_AES_KEY_GEN)) return
  throw new Refused({ fault: 'mechanism-absent', token: label })
}

function logIn(library: Library, module: PKCS11, session: Handle, slot: Handle, pin: string): void {
  try {
    module.C_Login(session, library.CKU_USER, pin)
  } catch (error) {
    const { code } = error as { code?: number }
    if (code === library.CKR_PIN_LOCKED) throw new Refused({ fault: 'pin-locked' })
    // A PIN that is too short, or has other characters, is wrong like any other.
    const wrong = [library.CKR_PIN_INCORRECT, library.CKR_PIN_INVALID, library.CKR_PIN_LEN_RANGE]
    if (code === undefined || !wrong.includes(code)) throw error
    const after = pinNow(module, slot)
    if (after === 'locked') throw new Refused({ fault: 'pin-locked' })
    const left = after === 'one-left' ? 'one' : after === 'few-left' ? 'few' : 'unknown'
    throw new Refused({ fault: 'pin-wrong', left })
  }
}

/** Undefined where the token does not tell: it was wrong all the same. */
function pinNow(module: PKCS11, slot: Handle): TokenSeen['pin'] | undefined {
  try {
    return seen(module.C_GetTokenInfo(slot)).pin
  } catch {
    return undefined
  }
}

/** A new AES-256 key, made in the token and never to leave it, and the plaintext sealed under it. */
function makeKey(
  library: Library,
  module: PKCS11,
  session: Handle,
  request: Acting & { act: 'seal' },
): Uint8Array {
  const template: Attribute[] = [
    { type: library.CKA_CLASS, value: library.CKO_SECRET_KEY },
    { type: library.CKA_KEY_TYPE, value: library.CKK_AES },
    { type: library.CKA_VALUE_LEN, value: 32 },
    { type: library.CKA_ID, value: Buffer.from(request.keyId) },
    { type: library.CKA_LABEL, value: 'sigilo' },
    { type: library.CKA_TOKEN, value: true },
    { type: library.CKA_PRIVATE, value: true },
    { type: library.CKA_SENSITIVE, value: true },
    { type: library.CKA_EXTRACTABLE, value: false },
    { type: library.CKA_ENCRYPT, value: true },
    { type: library.CKA_DECRYPT, value: true },
  ]
  const key = module.C_GenerateKey(session, { mechanism: library.CKM_AES_KEY_GEN }, template)
  // The token's word for it, not what was asked of it.
  const kept = module.C_GetAttributeValue(session, key, [
    { type: library.CKA_ALWAYS_SENSITIVE },
    { type: library.CKA_NEVER_EXTRACTABLE },
  ])
  if (!kept.every(({ value }) => Buffer.isBuffer(value) && value[0] === 1)) {
    module.C_DestroyObject(session, key)
    throw new Refused({ fault: 'key-extractable' })
  }
  module.C_EncryptInit(session, gcm(library, request), key)
  const plaintext = Buffer.from(request.plaintext)
  return module.C_Encrypt(session, plaintext, Buffer.alloc(plaintext.length + 64))
}

function openBlob(
  library: Library,
  module: PKCS11,
  session: Handle,
  request: Acting & { act: 'open' },
): Uint8Array {
  const keyId = Buffer.from(request.keyId)
  module.C_FindObjectsInit(session, [
    { type: library.CKA_CLASS, value: library.CKO_SECRET_KEY },
    { type: library.CKA_ID, value: keyId },
  ])
  const [key] = module.C_FindObjects(session, 1)
  module.C_FindObjectsFinal(session)
  if (!key) throw new Refused({ fault: 'key-absent', key: keyId.toString('hex') })
  module.C_DecryptInit(session, gcm(library, request), key)
  const blob = Buffer.from(request.blob)
  try {
    return module.C_Decrypt(session, blob, Buffer.alloc(blob.length + 64))
  } catch (error) {
    const { code } = error as { code?: number }
    // What tokens say to a wrong tag; SoftHSM says "general error".
    const altered = [
      library.CKR_ENCRYPTED_DATA_INVALID,
      library.CKR_ENCRYPTED_DATA_LEN_RANGE,
      library.CKR_GENERAL_ERROR,
      library.CKR_FUNCTION_FAILED,
    ]
    if (code !== undefined && altered.includes(code)) throw new Refused({ fault: 'blob-altered' })
    throw error
  }
}

function gcm(library: Library, { nonce, place }: { nonce: Uint8Array; place: Uint8Array }) {
  const parameter = {
    type: library.CK_PARAMS_AES_GCM,
    iv: Buffer.from(nonce),
    ivBits: nonce.length * 8,
    aad: Buffer.from(place),
    tagBits: 128,
  }
  return { mechanism: library.CKM_AES_GCM, parameter }
}

/** CKR_ codes that say that the device is not there: PKCS #11 v2.40 §5.1. */
const awayCodes = [0x30, 0x31, 0x32, 0xe0, 0xe1]

function faultOf(error: unknown): DeviceFault {
  const { message, code } = error as { message: string; code?: number }
  if (code !== undefined && awayCodes.includes(code)) {
    return { fault: 'unreachable', where: 'PKCS#11', seconds: 0, reason: message }
  }
  return { fault: 'failed', where: 'PKCS#11', reason: message }
}
