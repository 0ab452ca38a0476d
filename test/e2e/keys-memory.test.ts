/** What of the keys is left in the memory of a server that was sealed. */
import assert from 'node:assert/strict'
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { bech32 } from '@scure/base'
import {
  contextOf,
  keyOf,
  open,
  randomKey,
  uuidBytes,
  unwrapKey,
  wrapKey,
  type SealKey,
} from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import * as queries from '#kernel/keys/queries.ts'
import { rootOf, secretsOf, type SealedOpener } from '#kernel/keys/sealed-opener.ts'
import { fhir, madeElsewhere, root, serve, sigilo, temporaryHome, tokenOf } from './cli-process.ts'

test('sealed, no key is in a heap snapshot, and none that was held is in the memory of the process', async (t) => {
  const { sql, url, home } = await madeElsewhere(t)
  const variables = { SIGILO_HOME: home, DATABASE_URL: url }
  const diagnostics = temporaryHome(t)
  const program = [
    process.execPath,
    '--heapsnapshot-signal=SIGUSR2',
    `--diagnostic-dir=${diagnostics}`,
    join(root, 'src/cli/main.ts'),
  ]
  const server = await serve(t, ['serve'], variables, program)
  const pid = server.child.pid as number
  const token = await tokenOf(home)
  for (let n = 1; n <= 2; n++) {
    assert.equal((await fhir(server.origin, `Patient/paciente-00000${n}/$everything`, token)).status, 200)
  }
  const put = { resourceType: 'Patient', id: 'nuevo' }
  assert.equal((await fhir(server.origin, 'Patient/nuevo', token, put)).status, 201)
  assert.equal((await sigilo(['keys', 'rotate', '--root'], variables)).code, 0)

  const keys = await keysOf(sql, readFileSync(join(home, 'opener.key')))
  const held = countIn(pid, keys)
  assert.ok(
    held.get('root')! > 0,
    'the root key is not found while the vault is open: the search sees nothing',
  )
  assert.ok(held.get('epoch')! > 0)

  assert.equal((await sigilo(['keys', 'seal'], variables)).code, 0)
  const heap = await snapshot(pid, diagnostics)
  assert.ok(heap.includes('KeyCache'), 'this is no snapshot of the server')
  for (const [name, bytes] of keys) {
    for (const text of textsOf(bytes)) assert.ok(!heap.includes(text), `${name} as ${text.slice(0, 20)}…`)
  }
  const left = countIn(pid, keys)
  t.diagnostic(`copies while open: ${told(held)}; sealed: ${told(left)}`)
  for (const [name, count] of left) {
    // Of the root key the library of age makes copies, which are freed and overwritten some time later.
    if (name === 'root') assert.ok(count < held.get(name)!, `${count} copies`)
    else assert.equal(count, 0, `${name} is in memory ${count} times`)
  }
})

const told = (counts: Map<string, number>) => [...counts].map(([name, n]) => `${name} ${n}`).join(', ')

/** The keys that the server had to hold or to use, by what they are. */
async function keysOf(sql: Sql, file: Buffer): Promise<Map<string, Buffer>> {
  const [opener] = await queries.openers(sql)
  const secrets = secretsOf(opener as SealedOpener, keyOf(Buffer.from(file)))!
  const rootKey = (await rootOf(opener as SealedOpener, secrets))!
  const keys = new Map([
    ['key file', file],
    ['seed', bytesOf(secrets.seed)],
    ['bond', bytesOf(secrets.bond)],
    ['root', bytesOf(rootKey)],
  ])
  const [newest] =
    await sql`select compartment, epoch, generation, wrapped from compartment order by opened_at desc limit 1`
  const rows = await sql`select id, purpose, wrapped from keyring`
  for (const { id, purpose, wrapped } of rows) {
    const key = unwrapKey(rootKey, contextOf('keyring key', uuidBytes(id), purpose), wrapped)
    if (purpose === 'epoch' && id !== newest!['epoch']) continue
    keys.set(purpose, bytesOf(key))
    if (purpose !== 'epoch') continue
    const { compartment, epoch, generation, wrapped: patientKey } = newest!
    const context = contextOf('patient key', uuidBytes(compartment), uuidBytes(epoch), generation)
    keys.set('patient', bytesOf(unwrapKey(key, context, patientKey)))
  }
  return keys
}

function bytesOf(key: SealKey): Buffer {
  const [over, context] = [randomKey(), contextOf('test')]
  return Buffer.from(open(over, context, wrapKey(over, context, key)))
}

/** How a key may stand in a string. */
function textsOf(bytes: Buffer): string[] {
  const age = bech32.encodeFromBytes('AGE-SECRET-KEY-PQ-', bytes)
  const numbers = [...bytes].join(',')
  return [
    bytes.toString('hex'),
    bytes.toString('base64').slice(0, 42),
    bytes.toString('base64url'),
    age,
    age.toUpperCase(),
    numbers,
  ]
}

/** How often each is in the memory that the process can write. */
function countIn(pid: number, keys: Map<string, Buffer>): Map<string, number> {
  const counts = new Map([...keys.keys()].map((name) => [name, 0]))
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const part = Buffer.alloc(16 * 1024 * 1024)
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [, from = '', to = ''] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? []
    for (let at = Number.parseInt(from, 16); at < Number.parseInt(to, 16); at += part.length - 32) {
      const want = Math.min(part.length, Number.parseInt(to, 16) - at)
      let got = 0
      try {
        got = readSync(memory, part, 0, want, at)
      } catch {
        // Reserved, and never used.
      }
      const read = part.subarray(0, got)
      for (const [name, bytes] of keys) {
        for (let found = read.indexOf(bytes); found >= 0; found = read.indexOf(bytes, found + 1)) {
          counts.set(name, counts.get(name)! + 1)
        }
      }
    }
  }
  closeSync(memory)
  return counts
}

/** The process writes it when it is signalled; it is whole when it no longer grows. */
async function snapshot(pid: number, folder: string): Promise<Buffer> {
  process.kill(pid, 'SIGUSR2')
  for (let before = -1; ;) {
    await delay(500)
    const [name] = readdirSync(folder)
    const size = name === undefined ? -1 : statSync(join(folder, name)).size
    if (name !== undefined && size > 0 && size === before) return readFileSync(join(folder, name))
    before = size
  }
}
