/** What this browser keeps: its key, which cannot leave it, the id of its session and whose it is, and the language somebody chose. */

const databaseName = 'sigilo'
const storeName = 'kept'

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(databaseName, 1)
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(storeName))
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error ?? new Error('no database')))
  })
}

async function within<Result>(
  mode: IDBTransactionMode,
  act: (store: IDBObjectStore) => IDBRequest<Result>,
): Promise<Result> {
  const database = await open()
  try {
    return await new Promise((resolve, reject) => {
      const request = act(database.transaction(storeName, mode).objectStore(storeName))
      request.addEventListener('success', () => resolve(request.result))
      request.addEventListener('error', () => reject(request.error ?? new Error('not kept')))
    })
  } finally {
    database.close()
  }
}

export const kept = (name: string): Promise<unknown> => within('readonly', (store) => store.get(name))
export const keep = (name: string, value: unknown): Promise<unknown> =>
  within('readwrite', (store) => store.put(value, name))
export const drop = (name: string): Promise<unknown> => within('readwrite', (store) => store.delete(name))

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }

/** The browser's key: made once, and used without ever being seen. */
export async function ownKey(): Promise<CryptoKeyPair> {
  const known = await kept('key')
  if (known !== undefined) return known as CryptoKeyPair
  const made = await crypto.subtle.generateKey(algorithm, false, ['sign'])
  await keep('key', made)
  return made
}

/** A new session has a new key. */
export async function newKey(): Promise<CryptoKeyPair> {
  await drop('key')
  return ownKey()
}

export async function publicJwk(pair: CryptoKeyPair): Promise<JsonWebKey> {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return { kty, crv, x, y } as JsonWebKey
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

export function base64url(bytes: ArrayBuffer | Uint8Array): string {
  const text = String.fromCharCode(...new Uint8Array(bytes))
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** RFC 9449: that whoever asks has the key. */
export async function proofOf(claims: {
  htm: string
  htu: string
  nonce?: string
  session?: string
}): Promise<string> {
  const pair = await ownKey()
  const { htm, htu, nonce, session } = claims
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: await publicJwk(pair) }
  const payload = {
    htm,
    htu,
    jti: crypto.randomUUID(),
    iat: Math.floor(Date.now() / 1000),
    ...(nonce === undefined ? {} : { nonce }),
    ...(session === undefined
      ? {}
      : { ath: base64url(await crypto.subtle.digest('SHA-256', bytesOf(session))) }),
  }
  const signed = [header, payload].map((part) => base64url(bytesOf(JSON.stringify(part)))).join('.')
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    pair.privateKey,
    bytesOf(signed),
  )
  return `${signed}.${base64url(signature)}`
}

/** Of programs, as docs/spec/programs.md takes them. */
const algorithms: (EcKeyImportParams | RsaHashedImportParams | { name: string })[] = [
  { name: 'ECDSA', namedCurve: 'P-256' },
  { name: 'ECDSA', namedCurve: 'P-384' },
  { name: 'Ed25519' },
  { name: 'RSA-PSS', hash: 'SHA-256' },
]

/** Of a public key in DER. */
export async function publicJwkOf(spki: Uint8Array<ArrayBuffer>): Promise<JsonWebKey | undefined> {
  for (const algorithm of algorithms) {
    const key = await crypto.subtle
      .importKey('spki', spki, algorithm, true, ['verify'])
      .catch(() => undefined)
    if (key) return crypto.subtle.exportKey('jwk', key)
  }
  return undefined
}
