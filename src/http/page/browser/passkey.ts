/** Passkeys by the browser's own methods; those that read and write JSON are newer than some browsers. */
import { base64url } from './store.ts'

export const hasPasskeys = (): boolean => typeof PublicKeyCredential === 'function' && window.isSecureContext

export interface Json {
  [name: string]: unknown
}

export async function createPasskey(options: Json): Promise<Json | undefined> {
  return stopped(async () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON
      ? PublicKeyCredential.parseCreationOptionsFromJSON(
          options as unknown as PublicKeyCredentialCreationOptionsJSON,
        )
      : creationOf(options)
    return jsonOf((await navigator.credentials.create({ publicKey })) as PublicKeyCredential)
  })
}

export async function usePasskey(options: Json): Promise<Json | undefined> {
  return stopped(async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON
      ? PublicKeyCredential.parseRequestOptionsFromJSON(
          options as unknown as PublicKeyCredentialRequestOptionsJSON,
        )
      : requestOf(options)
    return jsonOf((await navigator.credentials.get({ publicKey })) as PublicKeyCredential)
  })
}

/** Whoever closes the browser's dialog, or has no passkey here: undefined. */
async function stopped<Value>(act: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof DOMException) return undefined
    throw error
  }
}

function bytesOf(text: unknown): Uint8Array<ArrayBuffer> {
  const binary = atob(String(text).replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

const listed = (list: unknown): PublicKeyCredentialDescriptor[] =>
  ((list ?? []) as Json[]).map((each) => ({ ...each, type: 'public-key', id: bytesOf(each['id']) }))

function creationOf(options: Json): PublicKeyCredentialCreationOptions {
  const user = options['user'] as Json
  return {
    ...(options as unknown as PublicKeyCredentialCreationOptions),
    challenge: bytesOf(options['challenge']),
    user: { ...(user as unknown as PublicKeyCredentialUserEntity), id: bytesOf(user['id']) },
    excludeCredentials: listed(options['excludeCredentials']),
  }
}

function requestOf(options: Json): PublicKeyCredentialRequestOptions {
  return {
    ...(options as unknown as PublicKeyCredentialRequestOptions),
    challenge: bytesOf(options['challenge']),
    allowCredentials: listed(options['allowCredentials']),
  }
}

function jsonOf(credential: PublicKeyCredential): Json {
  if (typeof credential.toJSON === 'function') return credential.toJSON() as unknown as Json
  const { id, rawId, type, response } = credential
  const given = response as AuthenticatorAttestationResponse & AuthenticatorAssertionResponse
  const parts: [string, ArrayBuffer | null | undefined][] = [
    ['clientDataJSON', given.clientDataJSON],
    ['attestationObject', given.attestationObject],
    ['authenticatorData', given.authenticatorData],
    ['signature', given.signature],
    ['userHandle', given.userHandle],
  ]
  const known = parts.flatMap(([name, bytes]) => (bytes ? [[name, base64url(bytes)]] : []))
  const transports = given.getTransports?.()
  return {
    id,
    rawId: base64url(rawId),
    type,
    clientExtensionResults: {},
    response: { ...Object.fromEntries(known), ...(transports ? { transports } : {}) },
  }
}
