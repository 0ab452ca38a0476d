/** One request to somebody outside: bounded in time and size, and no redirect is followed. */
import { readFile } from 'node:fs/promises'
import { request as requestPlain } from 'node:http'
import { request as requestSecure } from 'node:https'
import type { HttpAnswer } from '#kernel/ledger/index.ts'

/** From the connection to the last byte. */
const answerMsMax = 10_000
/** A time stamp has a chain of certificates in it; cosignatures are smaller. */
const answerBytesMax = 262_144

export interface Posted {
  url: string
  contentType: string
  body: Uint8Array | string
  /** PEM file; absent, the authorities that Node trusts. */
  tlsCa: string | undefined
}

/** Rejects where there is no answer. */
export async function post({ url, contentType, body, tlsCa }: Posted): Promise<HttpAnswer> {
  const ca = tlsCa === undefined ? {} : { ca: await readFile(tlsCa) }
  const bytes = Buffer.from(body)
  const isSecure = url.startsWith('https:')
  const signal = AbortSignal.timeout(answerMsMax)
  const headers = { 'content-type': contentType, 'content-length': bytes.length, connection: 'close' }
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', headers, signal, agent: false } as const
    const outgoing = isSecure
      ? requestSecure(url, { ...options, ...ca, minVersion: 'TLSv1.2' })
      : requestPlain(url, options)
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      let length = 0
      response.on('error', reject)
      response.on('data', (chunk: Buffer) => {
        length += chunk.length
        if (length > answerBytesMax) outgoing.destroy(new Error(`its answer is over ${answerBytesMax} bytes`))
        else chunks.push(chunk)
      })
      response.on('end', () =>
        resolve({
          code: response.statusCode ?? 0,
          contentType: response.headers['content-type'] ?? '',
          body: Buffer.concat(chunks),
        }),
      )
    })
    outgoing.end(bytes)
  })
}
