import type { KMSClient } from '@aws-sdk/client-kms'
import { readFile } from 'node:fs/promises'
import { Agent } from 'node:https'
import { Readable } from 'node:stream'
import { keyBytes, keyOf } from '#kernel/crypto/index.ts'
import {
  newDeviceKey,
  proven,
  readParameters,
  timeoutSecondsDefault,
  writeParameters,
  type DeviceFault,
  type DeviceRefusal,
} from '../device.ts'
import type { Opener } from '../opening.ts'
import { connectionFault } from '../tls-fault.ts'
import { readCredentials } from './credentials.ts'
import type { AwsKmsPlace, AwsKmsSecret } from './place.ts'

type Library = typeof import('@aws-sdk/client-kms')
type Refusal = DeviceRefusal | { status: 'opener-unreadable'; kind: 'aws-kms' }

/** A key that AWS KMS keeps: it encrypts 32 bytes for us, and decrypts them for whom its policy allows. */
export const awsKmsOpener: Opener<AwsKmsSecret, Refusal> = {
  async create({ place }) {
    const plaintext = newDeviceKey()
    const made = await asking(place, place.key, async (library, client, abortSignal) => {
      const command = new library.EncryptCommand({
        KeyId: place.key,
        Plaintext: plaintext,
        EncryptionContext: contextOf(place),
      })
      // KeyId of the answer is the key's ARN, whatever alias it was asked by.
      const { CiphertextBlob: blob, KeyId: key } = await client.send(command, { abortSignal })
      if (!blob || key === undefined) throw new Error('KMS gave no ciphertext')
      const parameters = writeParameters({ key, house: place.house, blob })
      return { status: 'ok', key: keyOf(plaintext), parameters } as const
    })
    return await proven('aws-kms', made, (stored) => awsKmsOpener.key({ kind: 'aws-kms', place }, stored))
  },

  async key({ place }, parameters) {
    const stored = readParameters(parameters)
    if (!stored) return { status: 'opener-unreadable', kind: 'aws-kms' }
    if (stored.house !== place.house) return refused({ fault: 'other-house' })
    const keyId = ownKeyOf(place, stored.key)
    if (keyId === undefined) return { status: 'opener-unreadable', kind: 'aws-kms' }
    return await asking(place, stored.key, async (library, client, abortSignal) => {
      const command = new library.DecryptCommand({
        KeyId: keyId,
        CiphertextBlob: stored.blob,
        EncryptionContext: contextOf(place),
      })
      const { Plaintext: opened } = await client.send(command, { abortSignal })
      if (opened?.length !== keyBytes) return refused({ fault: 'blob-altered' })
      return { status: 'ok', key: keyOf(opened) } as const
    })
  },
}

const refused = (fault: DeviceFault): DeviceRefusal => ({
  status: 'device-refused',
  kind: 'aws-kms',
  ...fault,
})

/**
 * The stored key by its own id, in the account that home.json means: that of its ARN, else whose credentials we have. In
 * an account of their own, whoever writes the database could let us open what they chose. Undefined where it is no key's.
 */
function ownKeyOf({ key }: AwsKmsPlace, stored: string): string | undefined {
  const id = /^(?:arn:[^:]+:kms:[^:]+:\d+:key\/)?([0-9A-Za-z-]{1,64})$/.exec(stored)?.[1]
  const account = /^arn:[^:]+:kms:[^:]+:\d+:/.exec(key)?.[0]
  return id === undefined || account === undefined ? id : `${account}key/${id}`
}

/** Additional authenticated data, which KMS also writes into its trail in the clear: it names the house, no more. */
const contextOf = ({ house }: AwsKmsPlace): Record<string, string> => ({ 'sigilo:opener': house })

const whereOf = ({ endpoint, region }: AwsKmsPlace): string => endpoint ?? `AWS KMS ${region}`

async function asking<Result>(
  place: AwsKmsPlace,
  key: string,
  act: (library: Library, client: KMSClient, abortSignal: AbortSignal) => Promise<Result>,
): Promise<Result | DeviceRefusal> {
  const { timeoutSeconds: seconds = timeoutSecondsDefault } = place
  const identity = await identityOf(place)
  if (identity.status !== 'ok') return identity.refusal
  const ca = await caOf(place)
  if (ca && 'fault' in ca) return refused(ca)
  // Read when it is needed: some 300 files.
  const library = await import('@aws-sdk/client-kms')
  const client = new library.KMSClient({
    region: place.region,
    ...(place.endpoint === undefined ? {} : { endpoint: place.endpoint }),
    credentials: identity.credentials,
    // Who asks again, and when, is decided above: a refusal must not be counted three times.
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: seconds * 1000,
      requestTimeout: seconds * 1000,
      // Said, since NODE_TLS_REJECT_UNAUTHORIZED would otherwise decide it.
      httpsAgent: new Agent({ keepAlive: false, rejectUnauthorized: true, ...(ca ? { ca: ca.pem } : {}) }),
    },
  })
  // Next to the connection, before anything is read of the answer.
  client.middlewareStack.add(
    (next) => async (args) => {
      const answered = await next(args)
      const response = answered.response as { body?: unknown }
      if (response.body instanceof Readable) response.body = Readable.from(bounded(response.body))
      return answered
    },
    { step: 'deserialize', priority: 'low' },
  )
  try {
    return await act(library, client, AbortSignal.timeout(seconds * 1000))
  } catch (error) {
    return refused(faultOf(error, place, key, seconds))
  } finally {
    client.destroy()
  }
}

/** An answer is some kilobytes. The library gathers all that comes, until the time is over. */
const answerBytesMax = 64 * 1024

async function* bounded(body: Readable): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > answerBytesMax) throw new Error('the answer is too long')
    yield chunk
  }
}

type Credentials = NonNullable<NonNullable<ConstructorParameters<Library['KMSClient']>[0]>['credentials']>

async function identityOf(
  place: AwsKmsPlace,
): Promise<{ status: 'ok'; credentials: Credentials } | { status: 'refused'; refusal: DeviceRefusal }> {
  if (place.credentials === 'instance-role') {
    const { fromInstanceMetadata } = await import('@smithy/credential-provider-imds')
    return { status: 'ok', credentials: fromInstanceMetadata({ timeout: 2000, maxRetries: 1 }) }
  }
  const read = await readCredentials(place.credentials)
  return 'fault' in read
    ? { status: 'refused', refusal: refused(read) }
    : { status: 'ok', credentials: read.keys }
}

async function caOf({ ca }: AwsKmsPlace): Promise<{ pem: Buffer } | DeviceFault | undefined> {
  if (ca === undefined) return undefined
  try {
    return { pem: await readFile(ca) }
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return { fault: 'file-refused', path: ca, reason: absent ? 'absent' : 'unreadable' }
  }
}

/** KMS's exceptions, by what they mean for us. */
const denied = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'InvalidClientTokenId',
  'ExpiredTokenException',
])
const broken = new Set(['InvalidCiphertextException', 'IncorrectKeyException'])
const unusable = new Set(['DisabledException', 'KMSInvalidStateException', 'InvalidKeyUsageException'])
const away = new Set([
  'ThrottlingException',
  'KMSInternalException',
  'DependencyTimeoutException',
  'KeyUnavailableException',
  'InternalFailure',
  'ServiceUnavailable',
  'TimeoutError',
  'AbortError',
  'CredentialsProviderError',
])

function faultOf(error: unknown, place: AwsKmsPlace, key: string, seconds: number): DeviceFault {
  const { name, message, $fault } = error as Error & { $fault?: string }
  const where = whereOf(place)
  const reason = message && message !== name ? `${name}: ${message}` : name
  if (denied.has(name)) return { fault: 'access-denied', where, reason }
  if (broken.has(name)) return { fault: 'blob-altered' }
  if (unusable.has(name)) return { fault: 'key-unusable', key, reason }
  if (name === 'NotFoundException') return { fault: 'key-absent', key }
  if (away.has(name) || $fault === 'server') return { fault: 'unreachable', where, seconds, reason }
  if ($fault === 'client') return { fault: 'failed', where, reason }
  return connectionFault(error, where, seconds)
}
