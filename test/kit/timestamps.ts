/** An authority that stamps the time: `openssl ts -reply` behind HTTP, as RFC 3161 §3.4 has it. */
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { testAuthority, type Authority } from './certificates.ts'
import type { Scope } from './scope.ts'
import { runProgram } from './installed.ts'

export interface TimeStampAuthority extends Authority {
  url: string
  /** Answers to a request as the server would. */
  reply(request: Uint8Array, signer?: string): Promise<Uint8Array>
  /** What the server does with its next answers; as it should, where it is undefined. */
  behave(how: ((response: Uint8Array) => { code?: number; body: Uint8Array }) | undefined): void
  requests: () => number
}

export async function timeStampAuthority(t: Scope): Promise<TimeStampAuthority> {
  const authority = await testAuthority(t)
  const { folder } = authority
  await authority.issue('stamps', 'critical,timeStamping')
  await authority.issue('expired', 'critical,timeStamping', -1)
  const config = (signer: string) => `
[tsa]
default_tsa = t
[t]
serial = ${folder}/serial
signer_cert = ${folder}/${signer}.pem
signer_key = ${folder}/${signer}.key
certs = ${folder}/ca.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
ess_cert_id_chain = no
`
  let count = 0
  const reply = async (request: Uint8Array, signer = 'stamps'): Promise<Uint8Array> => {
    const name = join(folder, `${count++}`)
    await writeFile(`${name}.cnf`, config(signer))
    await writeFile(`${name}.tsq`, request)
    const words = ['ts', '-reply', '-config', `${name}.cnf`, '-section', 't', '-queryfile', `${name}.tsq`]
    await runProgram('openssl', [...words, '-out', `${name}.tsr`])
    return readFile(`${name}.tsr`)
  }
  let behaviour: Parameters<TimeStampAuthority['behave']>[0]
  let requests = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      requests++
      reply(Buffer.concat(chunks))
        .then((body) => {
          const { code = 200, body: told } = behaviour?.(body) ?? { body }
          response.writeHead(code, { 'content-type': 'application/timestamp-reply' }).end(told)
        })
        .catch(() => response.writeHead(500).end())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections()))
  return {
    ...authority,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    reply,
    behave: (how) => void (behaviour = how),
    requests: () => requests,
  }
}
