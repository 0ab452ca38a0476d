/** Passkeys: WebAuthn Level 3 by SimpleWebAuthn, which is loaded when it is first asked. Pure: what was used is the caller's to know. */
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { Passkey } from '../accounts/index.ts'

/** As long as a flow lasts. */
const timeoutMs = 300_000
/** EdDSA, ES256, RS256: as authenticators in use have them. COSE's numbers. */
const algorithms = [-8, -7, -257]
/** WebAuthn §4: 1,023 bytes at most. */
const idTextMax = 1_364
/** Of a passkey as the person calls it. */
const labelMax = 60

const load = () => import('@simplewebauthn/server')

/**
 * The RP ID of an origin: its host. Undefined where that is an address: no authenticator takes one (WebAuthn §5.1.3).
 */
export function rpIdOf(origin: string): string | undefined {
  const { hostname } = new URL(origin)
  return /^\[|^[\d.]+$/.test(hostname) ? undefined : hostname
}

/** Names nobody's passkeys: which there are is for the authenticator to know. */
export async function requestOptions(
  rpId: string,
  challenge: string,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await load()
  return generateAuthenticationOptions({
    rpID: rpId,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    timeout: timeoutMs,
    userVerification: 'required',
  })
}

export interface NewOwner {
  /** UUID of the account. */
  id: string
  login: string
  name: string
  /** Those they have: no authenticator gets a second. */
  passkeys: readonly Passkey[]
}

export async function creationOptions(
  rpId: string,
  challenge: string,
  { id, login, name, passkeys }: NewOwner,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await load()
  return generateRegistrationOptions({
    rpName: 'Sigilo',
    rpID: rpId,
    userName: login,
    userDisplayName: name,
    userID: new Uint8Array(handleOf(id)),
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    timeout: timeoutMs,
    attestationType: 'none',
    excludeCredentials: passkeys.map((each) => ({ id: each.id, transports: [...each.transports] })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  })
}

/** What the answer of an authenticator is held against. */
export interface Expected {
  origin: string
  rpId: string
  challenge: string
}

export type NewPasskey = Omit<Passkey, 'label' | 'addedAt'>

/** Undefined where it is no answer to this challenge, by an authenticator that knows who holds it. */
export async function readCreation(
  response: RegistrationResponseJSON,
  { origin, rpId, challenge }: Expected,
): Promise<NewPasskey | undefined> {
  const { verifyRegistrationResponse } = await load()
  if (!isOfOurPage(response.response.clientDataJSON)) return undefined
  if (!(await isUnattested(response.response.attestationObject))) return undefined
  const { verified, registrationInfo } = await orNone(() =>
    verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    }),
  )
  if (!verified || !registrationInfo) return undefined
  const { credential, credentialDeviceType } = registrationInfo
  if (credential.id.length > idTextMax) return undefined
  return {
    id: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: (credential.transports ?? []).filter((each) => /^[a-z-]{1,20}$/.test(each)).slice(0, 8),
    deviceType: credentialDeviceType,
  }
}

/**
 * What the passkey says of how often it was used. Undefined where it has not signed this challenge, for this origin and RP ID, with its
 * holder verified.
 */
export async function readAssertion(
  response: AuthenticationResponseJSON,
  passkey: Passkey,
  { origin, rpId, challenge }: Expected,
): Promise<number | undefined> {
  const { verifyAuthenticationResponse } = await load()
  if (!isOfOurPage(response.response.clientDataJSON)) return undefined
  const { verified, authenticationInfo } = await orNone(() =>
    verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: rpId,
      expectedType: 'webauthn.get',
      requireUserVerification: true,
      credential: {
        id: passkey.id,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        // Whether it went back is for the caller to judge: an answer that somebody sends again must not look like a clone.
        counter: 0,
      },
    }),
  )
  if (!verified || !authenticationInfo) return undefined
  // WebAuthn §7.2: whether it may be on several devices never changes.
  return authenticationInfo.credentialDeviceType === passkey.deviceType
    ? authenticationInfo.newCounter
    : undefined
}

/** Of whose account an answer says that it is: the passkey's key then proves it. */
export function accountOf(userHandle: string | undefined): string | undefined {
  const bytes = Buffer.from(userHandle ?? '', 'base64url')
  if (bytes.length !== 16) return undefined
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** As it is shown: on one line, and not too long. */
export function normalLabel(label: string): string {
  const line = label
    .normalize('NFC')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  return [...line].slice(0, labelMax).join('')
}

const handleOf = (id: string): Buffer => Buffer.from(id.replaceAll('-', ''), 'hex')

/** SimpleWebAuthn takes an answer from within a page of another where the browser does not say which. Ours is in no other's. */
function isOfOurPage(clientDataJSON: string): boolean {
  try {
    const { crossOrigin } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString()) as {
      crossOrigin?: unknown
    }
    return crossOrigin === undefined || crossOrigin === false
  } catch {
    return false
  }
}

/**
 * We ask for no attestation, and browsers then send none, or the passkey's own signature. Another would have certificates, and
 * SimpleWebAuthn fetches what these say that it should.
 */
async function isUnattested(attestationObject: string): Promise<boolean> {
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
  try {
    const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')))
    const format = decoded.get('fmt')
    return format === 'none' || (format === 'packed' && !decoded.get('attStmt').get('x5c'))
  } catch {
    return false
  }
}

/** It throws of whatever is not as it should be, a wrong signature included; there is no telling which of these is a fault of ours. */
async function orNone<Result extends { verified: boolean }>(
  verify: () => Promise<Result>,
): Promise<Result | { verified: false; registrationInfo?: undefined; authenticationInfo?: undefined }> {
  try {
    return await verify()
  } catch {
    return { verified: false }
  }
}
