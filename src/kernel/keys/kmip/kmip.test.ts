import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { keyedHash, randomUuid, type SealKey } from '#kernel/crypto/index.ts'
import { noAuthority, testAuthority } from '#test/kit/certificates.ts'
import { kmipServer, noKmipServer } from '#test/kit/kmip-server.ts'
import { kmipOpener } from './opener.ts'
import type { KmipPlace } from './place.ts'
import { operation, tag } from './tags.ts'
import { encode, enumeration, structure, text } from './ttlv.ts'

const print = (key: SealKey): string => Buffer.from(keyedHash(key, 'print')).toString('hex')

test(
  "the answer to another request is not taken for one of the database's row",
  { skip: noAuthority },
  async (t) => {
    const authority = await testAuthority(t)
    const issued = await authority.issue('confused', 'serverAuth')
    const client = await authority.issue('vault', 'clientAuth')
    const pem = { cert: await readFile(issued.certificate), key: await readFile(issued.key) }
    const item = structure(
      tag.batchItem,
      enumeration(tag.operation, operation.create),
      enumeration(tag.resultStatus, 0),
      structure(tag.responsePayload, text(tag.uniqueIdentifier, '1')),
    )
    const answer = encode(structure(tag.responseMessage, item))
    const confused = createTlsServer(
      { ...pem, ca: await readFile(authority.ca), requestCert: true },
      (socket) => socket.on('data', () => socket.write(answer)).on('error', () => {}),
    )
    confused.listen(0, '127.0.0.1')
    await once(confused, 'listening')
    t.after(() => confused.close())
    const { port } = confused.address() as AddressInfo
    const house = randomUuid()
    const place = { house, host: '127.0.0.1', port, ca: authority.ca, ...client }
    const base64url = (bytes: number) => Buffer.alloc(bytes).toString('base64url')
    const stored = JSON.stringify({ key: '1', house, nonce: base64url(12), blob: base64url(48) })
    const found = await kmipOpener.key({ now: Date.now, kind: 'kmip', place }, stored)
    assert.partialDeepStrictEqual(found, { fault: 'failed', reason: 'it answered what it was not asked' })
  },
)

test("PyKMIP's server keeps the key", { skip: noKmipServer }, async (t) => {
  const server = await kmipServer(t)
  await server.start()
  const { authority, client, port } = server
  const place: KmipPlace = {
    house: randomUuid(),
    host: '127.0.0.1',
    port,
    ca: authority.ca,
    ...client,
    timeoutSeconds: 5,
  }
  const made = await kmipOpener.create({ now: Date.now, kind: 'kmip', place })
  assert.equal(made.status, 'ok', JSON.stringify(made))
  if (made.status !== 'ok') return
  const { parameters } = made
  const stored = JSON.parse(parameters)

  const faultOf = async (change: Partial<KmipPlace>, text = parameters): Promise<string> => {
    const found = await kmipOpener.key({ now: Date.now, kind: 'kmip', place: { ...place, ...change } }, text)
    return found.status === 'device-refused' ? found.fault : found.status
  }

  await t.test('it opens what it sealed', async () => {
    const opened = await kmipOpener.key({ now: Date.now, kind: 'kmip', place }, parameters)
    assert.equal(opened.status, 'ok')
    if (opened.status === 'ok') assert.equal(print(opened.key), print(made.key))
    assert.deepEqual(Object.keys(stored).toSorted(), ['blob', 'house', 'key', 'nonce'])
  })

  await t.test('what whoever writes the database may have put there', async () => {
    const other = (text: string) => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`)
    assert.equal(await faultOf({}, JSON.stringify({ ...stored, blob: other(stored.blob) })), 'blob-altered')
    assert.equal(await faultOf({}, JSON.stringify({ ...stored, key: '999' })), 'key-absent')
    assert.equal(await faultOf({}, JSON.stringify({ ...stored, nonce: undefined })), 'opener-unreadable')
    // Half a surrogate pair, and a nonce of another length: of such a row the server is not asked.
    for (const damaged of [{ key: '\ud800' }, { nonce: 'AAAA' }])
      assert.equal(await faultOf({}, JSON.stringify({ ...stored, ...damaged })), 'opener-unreadable')
    assert.equal(await faultOf({}, JSON.stringify({ ...stored, host: 'evil.example' })), 'ok')
    const house = randomUuid()
    assert.equal(await faultOf({ house }), 'other-house')
    assert.equal(await faultOf({ house }, JSON.stringify({ ...stored, house })), 'blob-altered')
  })

  await t.test('another client, whom the server knows, is not shown the key', async () => {
    const another = await authority.issue('another', 'clientAuth')
    assert.equal(await faultOf(another), 'access-denied')
  })

  await t.test('a certificate that the server does not accept', async () => {
    const strange = await testAuthority(t)
    assert.equal(await faultOf(await strange.issue('vault', 'clientAuth')), 'certificate-refused')
    // Signed by the right authority, for another use.
    assert.equal(await faultOf(await authority.issue('vault-as-server', 'serverAuth')), 'certificate-refused')
  })

  await t.test('our certificate expired, absent, or its key open to others', async () => {
    assert.equal(await faultOf(await authority.issue('expired', 'clientAuth', -1)), 'certificate-expired')
    assert.equal(await faultOf({ certificate: '/nonexistent' }), 'file-refused')
    assert.equal(await faultOf({ ca: client.key }), 'file-refused')
    await chmod(client.key, 0o644)
    assert.equal(await faultOf({}), 'file-refused')
    await chmod(client.key, 0o600)
  })

  await t.test('a server of another authority, or with an expired certificate, is told nothing', async () => {
    const strange = await testAuthority(t)
    assert.equal(await faultOf({ ca: strange.ca }), 'certificate-untrusted')
    await server.stop()
    await server.start(await authority.issue('expired-server', 'serverAuth', -1))
    assert.equal(await faultOf({}), 'certificate-expired')
    await server.stop()
    await server.start()
  })

  await t.test('a server with a certificate of the right authority, for another name', async () => {
    const other = await authority.issue('other-server', 'serverAuth')
    const pem = { cert: await readFile(other.certificate), key: await readFile(other.key) }
    let told = 0
    const impostor = createTlsServer(pem, (socket) => socket.on('data', () => told++).on('error', () => {}))
    impostor.listen(0, '0.0.0.0')
    await once(impostor, 'listening')
    t.after(() => impostor.close())
    // Certificates of the test are for 127.0.0.1 and localhost.
    const at = { host: '127.0.0.2', port: (impostor.address() as AddressInfo).port }
    assert.equal(await faultOf(at), 'certificate-untrusted')
    assert.equal(told, 0)
  })

  await t.test('the key destroyed in the server', async () => {
    const second = await kmipOpener.create({ now: Date.now, kind: 'kmip', place })
    assert.ok(second.status === 'ok')
    await server.destroy(JSON.parse(second.parameters).key)
    assert.equal(await faultOf({}, second.parameters), 'key-absent')
    assert.equal(await faultOf({}), 'ok')
  })

  await t.test('the server away; the time is said', async () => {
    await server.stop()
    assert.equal(await faultOf({}), 'unreachable')
    // It listens and says nothing.
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    t.after(() => silent.close())
    const before = performance.now()
    const at = { port: (silent.address() as AddressInfo).port, timeoutSeconds: 1 }
    assert.equal(await faultOf(at), 'unreachable')
    assert.ok(performance.now() - before < 3000)
    await server.start()
    assert.equal(await faultOf({}), 'ok')
  })
})
