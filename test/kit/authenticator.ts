/** A passkey in software: what a browser and an authenticator make of options (WebAuthn Level 3), and what they should not make. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'

/** What is otherwise than it should be. */
export interface Otherwise {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  crossOrigin?: boolean
  topOrigin?: string
  /** False: nobody was asked for finger or PIN. */
  isVerified?: boolean
  isPresent?: boolean
  counter?: number
  userHandle?: string | null
  isBackedUp?: boolean
  /** Signs instead of the passkey's own. */
  key?: KeyObject
  /** Of an attestation, with a certificate that nobody is to look at. */
  certificate?: Uint8Array
}

export interface SoftAuthenticator {
  /** Credential id, base64url. */
  id: string
  counter: number
  create(options: PublicKeyCredentialCreationOptionsJSON, otherwise?: Otherwise): RegistrationResponseJSON
  get(options: PublicKeyCredentialRequestOptionsJSON, otherwise?: Otherwise): AuthenticationResponseJSON
  /** The same passkey on another device, as it is now. */
  clone(): SoftAuthenticator
}

const flagsOf = { present: 0x01, verified: 0x04, eligible: 0x08, backedUp: 0x10, attested: 0x40 } as const

interface State {
  id: Uint8Array
  key: KeyObject
  publicKey: Uint8Array
  counter: number
  userHandle: string
}

/** `counts`: as security keys do; those that are kept in step between devices always say 0. */
export function softAuthenticator(
  origin: string,
  { counts = false, algorithm = 'ES256' }: { counts?: boolean; algorithm?: 'ES256' | 'EdDSA' } = {},
): SoftAuthenticator {
  return of(origin, counts, { id: randomBytes(64), ...keyPair(algorithm), counter: 0, userHandle: '' })
}

function of(origin: string, counts: boolean, state: State): SoftAuthenticator {
  const id = Buffer.from(state.id).toString('base64url')
  const host = new URL(origin).hostname

  const clientData = (type: string, challenge: string, otherwise: Otherwise) => {
    const { topOrigin, crossOrigin = false } = otherwise
    const data = {
      type: otherwise.type ?? type,
      challenge: otherwise.challenge ?? challenge,
      origin: otherwise.origin ?? origin,
      crossOrigin,
      ...(topOrigin === undefined ? {} : { topOrigin }),
    }
    return Buffer.from(JSON.stringify(data))
  }

  const authenticatorData = (rpId: string, otherwise: Otherwise, attested?: Uint8Array) => {
    const { isVerified = true, isPresent = true, isBackedUp = !counts } = otherwise
    const flags =
      (isPresent ? flagsOf.present : 0) |
      (isVerified ? flagsOf.verified : 0) |
      (isBackedUp ? flagsOf.eligible | flagsOf.backedUp : 0) |
      (attested ? flagsOf.attested : 0)
    if (counts) state.counter++
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(otherwise.counter ?? state.counter)
    return Buffer.concat([sha256(Buffer.from(rpId)), Buffer.of(flags), counter, attested ?? Buffer.alloc(0)])
  }

  const signed = (data: Uint8Array, client: Uint8Array, otherwise: Otherwise) => {
    const key = otherwise.key ?? state.key
    const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
    return sign(algorithm, Buffer.concat([data, sha256(client)]), key)
  }

  return {
    id,
    get counter() {
      return state.counter
    },

    create(options, otherwise = {}) {
      state.userHandle = options.user.id
      const client = clientData('webauthn.create', options.challenge, otherwise)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(state.id.length)
      // An authenticator that signs its own attestation has 16 zero bytes as its model; all say that here.
      const attested = Buffer.concat([Buffer.alloc(16), length, state.id, state.publicKey])
      const data = authenticatorData(otherwise.rpId ?? options.rp.id ?? host, otherwise, attested)
      const { certificate } = otherwise
      const statement = certificate
        ? map([
            ['alg', int(-7)],
            ['sig', bytes(signed(data, client, otherwise))],
            ['x5c', list([bytes(certificate)])],
          ])
        : map([])
      const attestation = map([
        ['fmt', text(certificate ? 'packed' : 'none')],
        ['attStmt', statement],
        ['authData', bytes(data)],
      ])
      return {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          attestationObject: attestation.toString('base64url'),
          transports: counts ? ['usb'] : ['internal', 'hybrid'],
        },
      }
    },

    get(options, otherwise = {}) {
      const client = clientData('webauthn.get', options.challenge, otherwise)
      const data = authenticatorData(otherwise.rpId ?? options.rpId ?? host, otherwise)
      const userHandle = otherwise.userHandle === undefined ? state.userHandle : otherwise.userHandle
      return {
        id,
        rawId: id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signed(data, client, otherwise).toString('base64url'),
          ...(userHandle === null ? {} : { userHandle }),
        },
      }
    },

    clone: () => of(origin, counts, { ...state }),
  }
}

function keyPair(algorithm: 'ES256' | 'EdDSA'): { key: KeyObject; publicKey: Uint8Array } {
  const { privateKey, publicKey } =
    algorithm === 'EdDSA'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const part = (value: string) => bytes(Buffer.from(value, 'base64url'))
  // COSE_Key, RFC 9053 §7: kty, alg, crv, x, y.
  const cose =
    algorithm === 'EdDSA'
      ? [pair(1, int(1)), pair(3, int(-8)), pair(-1, int(6)), pair(-2, part(x))]
      : [pair(1, int(2)), pair(3, int(-7)), pair(-1, int(1)), pair(-2, part(x)), pair(-3, part(y))]
  return { key: privateKey, publicKey: Buffer.concat([head(5, cose.length), ...cose]) }
}

/** Another's key, to sign with. */
export function otherKey(): KeyObject {
  return keyPair('ES256').key
}

const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest()

// CBOR, RFC 8949: what of it there is here.
function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.of((major << 5) | value)
  if (value < 256) return Buffer.of((major << 5) | 24, value)
  return Buffer.of((major << 5) | 25, value >> 8, value & 255)
}
const int = (value: number) => (value < 0 ? head(1, -1 - value) : head(0, value))
const bytes = (data: Uint8Array) => Buffer.concat([head(2, data.length), data])
const text = (value: string) => Buffer.concat([head(3, value.length), Buffer.from(value)])
const list = (items: readonly Buffer[]) => Buffer.concat([head(4, items.length), ...items])
const pair = (key: number, value: Buffer) => Buffer.concat([int(key), value])
const map = (entries: readonly [string, Buffer][]) =>
  Buffer.concat([head(5, entries.length), ...entries.flatMap(([key, value]) => [text(key), value])])
