/**
 * A small server of our own that speaks what AWS KMS speaks: AWS JSON 1.1 over https, Encrypt and Decrypt under AES-256
 * keys that stay in it, with an encryption context, key policies, and requests signed by Signature Version 4, which it
 * verifies. It is not AWS KMS, and whatever AWS does otherwise is not seen here.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { testAuthority, type Authority, type Issued } from './certificates.ts'
import { atEnd, type Scope } from './scope.ts'

interface Key {
  bytes: Buffer
  state: 'enabled' | 'disabled' | 'gone'
  /** Access keys that may use it. */
  allowed: Set<string>
}

export interface OwnKmsServer {
  authority: Authority
  endpoint: string
  region: string
  /** An access key and its secret. */
  user: { accessKeyId: string; secretAccessKey: string }
  /** ARN of a key that the user may use. */
  arn: string
  set(state: Key['state']): void
  allow(allowed: boolean): void
  /** Until then it answers nothing, while it listens. */
  hang(hanging: boolean): void
  start(server?: Issued): Promise<void>
  stop(): Promise<void>
  /** What was asked of it: operation and encryption context. */
  trail: { operation: string; context: Record<string, string> }[]
}

const region = 'mx-central-1'
const skewMsMax = 5 * 60_000

export async function ownKmsServer(t: Scope): Promise<OwnKmsServer> {
  const authority = await testAuthority(t)
  const own = await authority.issue('kms-server', 'serverAuth')
  const arn = `arn:aws:kms:${region}:000000000000:key/0b7c1b9e-7a53-4a42-9c3a-5f6d0c9a1e11`
  const user = {
    accessKeyId: 'AKIATESTTESTTESTTEST',
    secretAccessKey: randomBytes(30).toString('base64url'),
  }
  const key: Key = { bytes: randomBytes(32), state: 'enabled', allowed: new Set([user.accessKeyId]) }
  const trail: OwnKmsServer['trail'] = []
  let server: Server | undefined
  let port = 0
  let hanging = false

  const answer = async (request: IncomingMessage): Promise<[number, object]> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const signed = verifySignature(request, body, user)
    if (signed !== 'ok') return [400, { __type: signed, message: 'The request signature does not hold.' }]
    const operation = String(request.headers['x-amz-target']).replace('TrentService.', '')
    const asked = JSON.parse(body.toString('utf8'))
    trail.push({ operation, context: asked.EncryptionContext ?? {} })
    const names = [arn, arn.replace(/^.*\//, ''), 'alias/sigilo']
    if (!names.includes(asked.KeyId)) return [400, { __type: 'NotFoundException' }]
    if (key.state === 'gone')
      return [400, { __type: 'NotFoundException', message: `Key ${arn} does not exist` }]
    if (!key.allowed.has(user.accessKeyId)) {
      const message = `User is not authorized to perform: kms:${operation}`
      return [400, { __type: 'AccessDeniedException', message }]
    }
    if (key.state === 'disabled')
      return [400, { __type: 'DisabledException', message: `${arn} is disabled.` }]
    return act(operation, asked, key, arn)
  }

  const stop = async () => {
    const closing = server
    server = undefined
    if (!closing) return
    closing.closeAllConnections()
    closing.close()
    await once(closing, 'close')
  }
  atEnd(t, stop)
  return {
    authority,
    get endpoint() {
      return `https://localhost:${port}`
    },
    region,
    user,
    arn,
    trail,
    set: (state) => void (key.state = state),
    allow: (allowed) => void (allowed ? key.allowed.add(user.accessKeyId) : key.allowed.clear()),
    hang: (now) => void (hanging = now),
    stop,
    async start(issued = own) {
      const pem = { cert: await readFile(issued.certificate), key: await readFile(issued.key) }
      server = createServer(pem, (request, response) => {
        if (hanging) return
        void answer(request).then(([status, value]) =>
          response
            .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
            .end(JSON.stringify(value)),
        )
      })
      server.on('tlsClientError', () => {})
      server.listen(port)
      await once(server, 'listening')
      port = (server.address() as AddressInfo).port
    },
  }
}

interface Asked {
  Plaintext?: string
  CiphertextBlob?: string
  EncryptionContext?: Record<string, string>
}

function act(operation: string, asked: Asked, key: Key, arn: string): [number, object] {
  const context = Buffer.from(JSON.stringify(Object.entries(asked.EncryptionContext ?? {}).toSorted()))
  if (operation === 'Encrypt') {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(context)
    const sealed = Buffer.concat([
      cipher.update(Buffer.from(asked.Plaintext ?? '', 'base64')),
      cipher.final(),
    ])
    const blob = Buffer.concat([nonce, sealed, cipher.getAuthTag()])
    return [200, { KeyId: arn, CiphertextBlob: blob.toString('base64') }]
  }
  if (operation !== 'Decrypt') return [400, { __type: 'UnknownOperationException' }]
  const blob = Buffer.from(asked.CiphertextBlob ?? '', 'base64')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key.bytes, blob.subarray(0, 12)).setAAD(context)
    decipher.setAuthTag(blob.subarray(-16))
    const opened = Buffer.concat([decipher.update(blob.subarray(12, -16)), decipher.final()])
    return [200, { KeyId: arn, Plaintext: opened.toString('base64') }]
  } catch {
    return [400, { __type: 'InvalidCiphertextException' }]
  }
}

/** AWS Signature Version 4, for a request with no query. */
function verifySignature(request: IncomingMessage, body: Buffer, user: OwnKmsServer['user']): string {
  const { authorization = '', 'x-amz-date': date = '' } = request.headers as Record<string, string>
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/kms\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
  const [, id, day = '', place, names = '', signature = ''] = form.exec(authorization) ?? []
  if (id === undefined) return 'MissingAuthenticationTokenException'
  if (id !== user.accessKeyId) return 'UnrecognizedClientException'
  const moment = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (place !== region || !date.startsWith(day) || !(Math.abs(Date.now() - moment) < skewMsMax)) {
    return 'InvalidSignatureException'
  }
  const signed = names.split(';')
  if (!['host', 'x-amz-date', 'x-amz-target'].every((name) => signed.includes(name))) {
    return 'InvalidSignatureException'
  }
  const headers = signed.map((name) => `${name}:${String(request.headers[name] ?? '').trim()}\n`).join('')
  const hash = (data: Buffer | string) => createHash('sha256').update(data).digest('hex')
  const canonical = [request.method, request.url, '', headers, names, hash(body)].join('\n')
  const scope = `${day}/${place}/kms/aws4_request`
  const text = ['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n')
  const hmac = (key: Buffer | string, data: string) => createHmac('sha256', key).update(data).digest()
  const key = [day, place, 'kms', 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${user.secretAccessKey}`))
  const right = hmac(key, text)
  return timingSafeEqual(right, Buffer.from(signature, 'hex')) ? 'ok' : 'InvalidSignatureException'
}
