import { connect, type TLSSocket } from 'node:tls'
import type { DeviceFault } from '../device.ts'
import { connectionFault } from '../tls-fault.ts'
import { decode, encode, enumeration, find, integer, messageLength, structure, type Item } from './ttlv.ts'
import { reason, tag } from './tags.ts'

export interface KmipIdentity {
  host: string
  port: number
  ca: Buffer
  certificate: Buffer
  key: Buffer
  seconds: number
}

export type KmipAnswer =
  | { status: 'ok'; payload: Item | undefined }
  /** The server's refusal: KMIP 1.4 §9.1.3.2.29, and what it says about it. */
  | { status: 'failed'; reason: number; message: string }

/** Thrown inside of a conversation, and caught where it began. */
export class KmipFault extends Error {
  readonly fault: DeviceFault
  constructor(fault: DeviceFault) {
    super(fault.fault)
    this.fault = fault
  }
}

export interface KmipConversation {
  ask(operation: number, ...payload: Item[]): Promise<KmipAnswer>
}

/** An answer is some hundred bytes. */
const messageBytesMax = 64 * 1024

/** One connection, for as long as `converse` takes, and no longer than the identity's seconds. */
export async function withServer<Result>(
  identity: KmipIdentity,
  converse: (server: KmipConversation) => Promise<Result>,
): Promise<Result> {
  const { host, port, ca, certificate: cert, key, seconds } = identity
  const where = `${host}:${port}`
  let socket: TLSSocket
  try {
    socket = connect({
      host,
      port,
      ca,
      cert,
      key,
      servername: nameOf(host),
      minVersion: 'TLSv1.2',
      // Said, since NODE_TLS_REJECT_UNAUTHORIZED would otherwise decide it.
      rejectUnauthorized: true,
    })
  } catch (error) {
    // Certificate and key that do not fit, or are none.
    throw new KmipFault({ fault: 'failed', where, reason: (error as Error).message })
  }
  const timer = setTimeout(
    () => socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
    seconds * 1000,
  )
  // Before it is known what the server says, the end of a connection is told to whoever waits.
  const ended = new Promise<never>((_, reject) => {
    socket.once('error', (error) => reject(new KmipFault(connectionFault(error, where, seconds))))
    socket.once('close', () => {
      reject(new KmipFault({ fault: 'unreachable', where, seconds, reason: 'connection closed' }))
    })
  })
  ended.catch(() => {})
  try {
    await Promise.race([new Promise<void>((resolve) => socket.once('secureConnect', resolve)), ended])
    return await converse({
      async ask(operation, ...payload) {
        const answered = readMessage(socket, where)
        socket.write(requestOf(operation, payload))
        return answerOf(await Promise.race([answered, ended]), { where, operation })
      },
    })
  } finally {
    clearTimeout(timer)
    socket.destroy()
  }
}

/** Server Name Indication takes no addresses (RFC 6066 §3). */
const nameOf = (host: string): string => (/^[\d.]+$|:/.test(host) ? '' : host)

function requestOf(operation: number, payload: Item[]): Buffer {
  const version = structure(
    tag.protocolVersion,
    integer(tag.protocolVersionMajor, 1),
    integer(tag.protocolVersionMinor, 4),
  )
  return encode(
    structure(
      tag.requestMessage,
      structure(tag.requestHeader, version, integer(tag.batchCount, 1)),
      structure(
        tag.batchItem,
        enumeration(tag.operation, operation),
        structure(tag.requestPayload, ...payload),
      ),
    ),
  )
}

function readMessage(socket: TLSSocket, where: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let read: Buffer = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk])
      const length = messageLength(read)
      if (length === undefined) return
      if (length <= messageBytesMax && read.length < length) return
      socket.off('data', onData)
      if (length > messageBytesMax) reject(noKmip(where))
      else resolve(read.subarray(0, length))
    }
    socket.on('data', onData)
  })
}

function answerOf(message: Buffer, { where, operation }: { where: string; operation: number }): KmipAnswer {
  let item: Item
  try {
    item = decode(message)
  } catch {
    throw noKmip(where)
  }
  const batch = find(item, tag.batchItem)
  const status = find(batch, tag.resultStatus)
  if (item.tag !== tag.responseMessage || status?.type !== 'enumeration') throw noKmip(where)
  // KMIP 1.4 §7.2: the operation that was asked for. Of another, a refusal or a success says nothing of ours.
  const answered = find(batch, tag.operation)
  if (answered?.type === 'enumeration' && answered.value !== operation) {
    throw new KmipFault({ fault: 'failed', where, reason: 'it answered what it was not asked' })
  }
  if (status.value === 0) return { status: 'ok', payload: find(batch, tag.responsePayload) }
  const why = find(batch, tag.resultReason)
  const said = find(batch, tag.resultMessage)
  return {
    status: 'failed',
    reason: why?.type === 'enumeration' ? why.value : reason.generalFailure,
    message: said?.type === 'text' ? said.value : '',
  }
}

const noKmip = (where: string): KmipFault =>
  new KmipFault({ fault: 'failed', where, reason: 'what answers there does not speak KMIP' })
