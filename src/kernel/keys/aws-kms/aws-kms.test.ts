import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { keyedHash, randomUuid, type SealKey } from '#kernel/crypto/index.ts'
import { noAuthority, testAuthority } from '#test/kit/certificates.ts'
import { setVariables } from '#test/kit/environment.ts'
import { ownKmsServer } from '#test/kit/kms-server.ts'
import { awsKmsOpener } from './opener.ts'
import type { AwsKmsPlace } from './place.ts'

const print = (key: SealKey): string => Buffer.from(keyedHash(key, 'print')).toString('hex')

test("the key in a server of our own that speaks AWS KMS's protocol", { skip: noAuthority }, async (t) => {
  const server = await ownKmsServer(t)
  await server.start()
  const { authority, arn, region, user } = server
  const credentials = join(authority.folder, 'credentials')
  const write = (id: string, secret: string) =>
    writeFile(credentials, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`, {
      mode: 0o600,
    })
  await write(user.accessKeyId, user.secretAccessKey)
  const place: AwsKmsPlace = {
    house: randomUuid(),
    region,
    key: 'alias/sigilo',
    credentials,
    endpoint: server.endpoint,
    ca: authority.ca,
    timeoutSeconds: 5,
  }
  const made = await awsKmsOpener.create({ kind: 'aws-kms', place })
  assert.equal(made.status, 'ok', JSON.stringify(made))
  if (made.status !== 'ok') return
  const { parameters } = made
  const stored = JSON.parse(parameters)

  const faultOf = async (change: Partial<AwsKmsPlace> = {}, text = parameters): Promise<string> => {
    const found = await awsKmsOpener.key({ kind: 'aws-kms', place: { ...place, ...change } }, text)
    return found.status === 'device-refused' ? found.fault : found.status
  }

  await t.test(
    'it opens what it sealed; the alias became an ARN, and the trail names the house',
    async () => {
      const opened = await awsKmsOpener.key({ kind: 'aws-kms', place }, parameters)
      assert.equal(opened.status, 'ok', JSON.stringify(opened))
      if (opened.status === 'ok') assert.equal(print(opened.key), print(made.key))
      assert.equal(stored.key, arn)
      const context = { 'sigilo:opener': place.house }
      assert.deepEqual(server.trail, [
        { operation: 'Encrypt', context },
        { operation: 'Decrypt', context },
        { operation: 'Decrypt', context },
      ])
    },
  )

  await t.test('what whoever writes the database may have put there', async () => {
    const other = (text: string) => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`)
    assert.equal(await faultOf({}, JSON.stringify({ ...stored, blob: other(stored.blob) })), 'blob-altered')
    assert.equal(await faultOf({}, JSON.stringify({ ...stored, key: `${arn}0` })), 'key-absent')
    assert.equal(await faultOf({}, JSON.stringify({ ...stored, endpoint: 'https://evil.example' })), 'ok')
    // An account of theirs, whose policy lets everybody decrypt: ours is asked, which has a key of that id or has none.
    const theirs = JSON.stringify({ ...stored, key: arn.replace(':000000000000:', ':111111111111:') })
    assert.equal(await faultOf({}, theirs), 'ok')
    assert.equal(await faultOf({ key: arn }, theirs), 'ok')
    const own = arn.replace(':000000000000:', ':222222222222:')
    assert.equal(await faultOf({ key: own }), 'key-absent')
    for (const key of ['alias/theirs', `${arn}/x`, 'https://evil.example'])
      assert.equal(await faultOf({}, JSON.stringify({ ...stored, key })), 'opener-unreadable')
    const house = randomUuid()
    assert.equal(await faultOf({ house }), 'other-house')
    assert.equal(await faultOf({ house }, JSON.stringify({ ...stored, house })), 'blob-altered')
  })

  await t.test('credentials that are wrong, unknown, open to others, or none', async () => {
    await write(user.accessKeyId, 'x'.repeat(40))
    assert.equal(await faultOf(), 'access-denied')
    await write('AKIAOTHER', user.secretAccessKey)
    assert.equal(await faultOf(), 'access-denied')
    await writeFile(credentials, 'nothing of the kind')
    assert.equal(await faultOf(), 'file-refused')
    await write(user.accessKeyId, user.secretAccessKey)
    await chmod(credentials, 0o644)
    assert.equal(await faultOf(), 'file-refused')
    await chmod(credentials, 0o600)
    assert.equal(await faultOf(), 'ok')
  })

  await t.test('the policy denies it; the key is disabled; the key is gone', async () => {
    server.allow(false)
    assert.equal(await faultOf(), 'access-denied')
    server.allow(true)
    server.set('disabled')
    assert.equal(await faultOf(), 'key-unusable')
    server.set('gone')
    assert.equal(await faultOf(), 'key-absent')
    server.set('enabled')
  })

  await t.test('a certificate of another authority, or expired', async () => {
    const strange = await testAuthority(t)
    assert.equal(await faultOf({ ca: strange.ca }), 'certificate-untrusted')
    // Of the right authority, for another name: those of the test are for 127.0.0.1 and localhost.
    const endpoint = server.endpoint.replace('localhost', '127.0.0.2')
    assert.equal(await faultOf({ endpoint }), 'certificate-untrusted')
    await server.stop()
    await server.start(await authority.issue('expired', 'serverAuth', -1))
    assert.equal(await faultOf({ endpoint: server.endpoint }), 'certificate-expired')
    await server.stop()
    await server.start()
    assert.equal(await faultOf({ endpoint: server.endpoint }), 'ok')
  })

  await t.test('the role of an instance, by the metadata service', async () => {
    let hasRole = true
    const metadata = createServer((request, response) => {
      if (request.method === 'PUT' && request.url === '/latest/api/token') return response.end('token')
      if (request.headers['x-aws-ec2-metadata-token'] !== 'token' || !hasRole) {
        return response.writeHead(hasRole ? 401 : 404).end()
      }
      if (request.url?.endsWith('/security-credentials/')) return response.end('vault')
      return response.end(
        JSON.stringify({
          Code: 'Success',
          AccessKeyId: user.accessKeyId,
          SecretAccessKey: user.secretAccessKey,
          Token: 'session',
          Expiration: new Date(Date.now() + 3_600_000).toISOString(),
        }),
      )
    })
    metadata.listen(0, '127.0.0.1')
    await once(metadata, 'listening')
    t.after(() => metadata.close())
    const at = `http://127.0.0.1:${(metadata.address() as AddressInfo).port}`
    setVariables({ AWS_EC2_METADATA_SERVICE_ENDPOINT: at })
    const { endpoint } = server
    assert.equal(await faultOf({ endpoint, credentials: 'instance-role' }), 'ok')
    hasRole = false
    assert.equal(await faultOf({ endpoint, credentials: 'instance-role' }), 'unreachable')
  })

  await t.test('keys in the environment are not asked', async () => {
    setVariables({ AWS_ACCESS_KEY_ID: user.accessKeyId, AWS_SECRET_ACCESS_KEY: user.secretAccessKey })
    await write('AKIAOTHER', 'x'.repeat(40))
    assert.equal(await faultOf({ endpoint: server.endpoint }), 'access-denied')
    assert.equal(await faultOf({ endpoint: server.endpoint, credentials: 'instance-role' }), 'unreachable')
    await write(user.accessKeyId, user.secretAccessKey)
  })

  await t.test('an environment that trusts everybody is not followed', async () => {
    setVariables({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })
    const strange = await testAuthority(t)
    assert.equal(await faultOf({ endpoint: server.endpoint, ca: strange.ca }), 'certificate-untrusted')
    setVariables({ NODE_TLS_REJECT_UNAUTHORIZED: '1' })
  })

  await t.test('an answer that does not end is not gathered', async () => {
    const issued = await authority.issue('endless', 'serverAuth')
    const pem = { cert: await readFile(issued.certificate), key: await readFile(issued.key) }
    let sent = 0
    const endless = createTlsServer(pem, (request, response) => {
      request.resume()
      const chunk = Buffer.alloc(1024 * 1024, ' ')
      const send = (): void => {
        sent += chunk.length
        response.write(chunk, (error) => error ?? send())
      }
      response.on('error', () => {})
      send()
    })
    endless.listen(0)
    await once(endless, 'listening')
    t.after(() => endless.close())
    const endpoint = `https://localhost:${(endless.address() as AddressInfo).port}`
    const found = await awsKmsOpener.key(
      { kind: 'aws-kms', place: { ...place, endpoint, timeoutSeconds: 60 } },
      parameters,
    )
    endless.closeAllConnections()
    assert.partialDeepStrictEqual(found, { fault: 'unreachable', reason: 'the answer is too long' })
    // What the system holds for a connection, and no more.
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes`)
  })

  await t.test('a server that hangs, or is away', async () => {
    server.hang(true)
    const before = performance.now()
    assert.equal(await faultOf({ endpoint: server.endpoint, timeoutSeconds: 1 }), 'unreachable')
    assert.ok(performance.now() - before < 3000)
    server.hang(false)
    await server.stop()
    assert.equal(await faultOf({ endpoint: server.endpoint }), 'unreachable')
  })
})
