/** Against ClamAV's own daemon, with a signature of the test's. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { eicar, noClamd, startClamd, type Clamd } from '#test/kit/clamd.ts'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'
import { createScanner } from './scanner.ts'

const hooks: (() => Promise<unknown> | void)[] = []
const scope = { after: (end: () => Promise<unknown> | void) => void hooks.push(end) }
after(async () => {
  for (const end of hooks.toReversed()) await end()
})

const infectedBytes = (length: number) => {
  const bytes = Buffer.alloc(length, 'a')
  bytes.write(eicar, length - 200)
  return bytes
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 60_000) yield bytes.subarray(at, at + 60_000)
}

const states = ({ sql }: TestVault) => sql<{ state: string }[]>`select state from attachment`
const resources = async ({ sql }: TestVault) =>
  (await sql<{ count: number }[]>`select count(*)::int as count from resource`)[0]?.count

describe('content is scanned before it is kept', { skip: noClamd }, () => {
  let clamd: Clamd
  before(async () => {
    clamd = await startClamd(scope, 4)
  })

  test('by a socket, and by TCP', async () => {
    for (const place of [clamd.socket, clamd.tcp]) {
      const { scan } = createScanner(place)
      assert.deepEqual(await scan([Buffer.from('harmless')]), { status: 'clean' })
      assert.deepEqual(await scan([]), { status: 'clean' })
      const infected = { status: 'infected', signature: 'Sigilo.Test.Eicar.UNOFFICIAL' }
      assert.deepEqual(await scan([Buffer.from(eicar)]), infected)
      assert.deepEqual(await scan(inPieces(infectedBytes(3_000_000))), infected)
      assert.deepEqual(await scan(inPieces(Buffer.alloc(30_000_000))), { status: 'too-long' })
    }
  })

  const sent: {
    name: string
    send: (vault: TestVault, bytes: Buffer) => Promise<{ status: string; cause?: unknown }>
  }[] = [
    {
      name: 'raw',
      send: ({ store }, bytes) =>
        store.attachments.upload({
          id: undefined,
          contentType: 'application/x-test',
          securityContext: undefined,
          content: inPieces(bytes),
        }),
    },
    {
      name: 'in a Binary of JSON',
      send: ({ store }, bytes) =>
        store.create(
          'Binary',
          bodyOf({ resourceType: 'Binary', contentType: 'text/plain', data: bytes.toString('base64') }),
          {},
        ),
    },
    {
      name: 'in a document',
      send: ({ store }, bytes) => store.create('DocumentReference', bodyOf(documentOf(bytes)), {}),
    },
    {
      name: 'in a transaction',
      send: async ({ store }, bytes) => {
        const entry = [{ resource: documentOf(bytes), request: { method: 'POST', url: 'DocumentReference' } }]
        const done = await store.bundle(bodyOf({ resourceType: 'Bundle', type: 'transaction', entry }), {})
        return 'cause' in done && done.cause ? (done.cause as { status: string }) : done
      },
    },
  ]
  function documentOf(bytes: Buffer): object {
    const attachment = { contentType: 'text/plain', data: bytes.toString('base64') }
    return { resourceType: 'DocumentReference', status: 'current', content: [{ attachment }] }
  }

  for (const { name, send } of sent) {
    test(`${name}, small or large`, async (t) => {
      const vault = await testVault(t, { attachments: { scanner: clamd.socket } })
      for (const bytes of [Buffer.from(eicar), infectedBytes(500_000)]) {
        const refused = await send(vault, bytes)
        assert.equal(refused.status, 'infected')
        assert.match(JSON.stringify(refused), /Sigilo\.Test\.Eicar/)
      }
      assert.equal(await resources(vault), 0)
      assert.deepEqual([...(await states(vault))], [])
      for (const bytes of [Buffer.from('harmless'), Buffer.alloc(500_000, 'b')])
        assert.equal((await send(vault, bytes)).status, 'ok')
      assert.equal((await send(vault, randomBytes(5_000_000))).status, 'scanner-limit')
      assert.equal(await resources(vault), 2)
      assert.deepEqual([...(await states(vault))], [{ state: 'kept' }])
    })
  }
})

describe('while the scanner is away, nothing is taken', () => {
  const answers: { name: string; answer: (socket: Socket) => void }[] = [
    { name: 'it hangs up', answer: (socket) => void socket.destroy() },
    { name: 'it says what it does not say', answer: (socket) => void socket.end('stream: maybe\0') },
    { name: 'it answers half', answer: (socket) => void socket.end('stream: O') },
  ]
  for (const { name, answer } of answers) {
    test(name, async (t) => {
      const server = createServer((socket) => {
        socket.on('error', () => {})
        socket.once('data', () => answer(socket))
      }).listen(0, '127.0.0.1')
      t.after(() => server.close())
      await new Promise((resolve) => server.once('listening', resolve))
      const { port } = server.address() as AddressInfo
      const { scan } = createScanner({ host: '127.0.0.1', port })
      assert.deepEqual(await scan(inPieces(Buffer.alloc(5_000_000))), { status: 'away' })
    })
  }

  test('it is not there', async (t) => {
    const vault = await testVault(t, { attachments: { scanner: { path: '/nonexistent/clamd.sock' } } })
    for (const bytes of [Buffer.from('x'), Buffer.alloc(500_000)]) {
      const upload = { id: undefined, contentType: 'application/x-test', securityContext: undefined }
      const refused = await vault.store.attachments.upload({ ...upload, content: inPieces(bytes) })
      assert.equal(refused.status, 'scanner-away')
    }
    assert.equal(await resources(vault), 0)
    assert.deepEqual([...(await states(vault))], [])
    const plain = { resourceType: 'Patient', id: 'p1' }
    assert.equal(
      (await vault.store.update('Patient', 'p1', bodyOf(plain), {})).status,
      'ok',
      'what has no content',
    )
  })
})
