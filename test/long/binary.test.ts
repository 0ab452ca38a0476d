/** Large contents and the real server: its memory, its death, and its disk. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '#kernel/db/index.ts'
import { startDemo, superuserUrlOf, testHome, type VaultProcess } from '#test/kit/process.ts'
import { createThief, filesBelow } from '#test/kit/thief.ts'

const block = randomBytes(1024 * 1024)

/** Sends so many bytes as the content of a Binary; the hash of what was sent. */
async function upload(
  { origin, token }: VaultProcess,
  id: string,
  bytes: number,
  onSent?: (sent: number) => void,
) {
  const outgoing = request(`${origin}/fhir/R4/Binary/${id}`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/x-test',
      'content-length': bytes,
    },
  })
  const answered = once(outgoing, 'response')
  answered.catch(() => {})
  const hash = createHash('sha256')
  for (let sent = 0; sent < bytes; sent += block.length) {
    block.writeUInt32BE(sent / block.length)
    const piece = Buffer.from(block.subarray(0, Math.min(block.length, bytes - sent)))
    hash.update(piece)
    if (!outgoing.write(piece)) await Promise.race([once(outgoing, 'drain'), answered])
    onSent?.(sent)
  }
  outgoing.end()
  const [response] = await answered
  response.resume()
  return { status: response.statusCode as number, sha256: hash.digest('hex') }
}

async function download({ origin, token }: VaultProcess, id: string, accept = '*/*') {
  const response = await fetch(`${origin}/fhir/R4/Binary/${id}`, {
    headers: { authorization: `Bearer ${token}`, accept },
  })
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of response.body ?? []) {
    hash.update(piece)
    bytes += piece.length
  }
  return { status: response.status, bytes, sha256: hash.digest('hex') }
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

/** The most that a process grows by while something goes on. */
async function growth<Result>(
  pid: number,
  act: () => Promise<Result>,
): Promise<{ grown: number; result: Result }> {
  const before = residentBytes(pid)
  let most = before
  const looking = setInterval(() => (most = Math.max(most, residentBytes(pid))), 20)
  try {
    const result = await act()
    return { grown: Math.max(most, residentBytes(pid)) - before, result }
  } finally {
    clearInterval(looking)
  }
}

const size = 500_000_000
const grownMax = 64_000_000

test(
  '500 MB in and out, and the server grows by less than 64 MB',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const vault = await startDemo(t, await testHome(t))
    const pid = vault.child.pid as number
    // The code of it is read, and the pools are open.
    await upload(vault, 'warm', 3_000_000)
    await download(vault, 'warm')
    await delay(500)
    const sent = await growth(pid, () => upload(vault, 'large', size))
    assert.equal(sent.result.status, 201)
    const got = await growth(pid, () => download(vault, 'large'))
    assert.deepEqual(got.result, { status: 200, bytes: size, sha256: sent.result.sha256 })
    const json = await growth(pid, () => download(vault, 'large', 'application/fhir+json'))
    assert.ok(json.result.bytes > (size / 3) * 4)
    const megabytes = [sent, got, json].map(({ grown }) => Math.round(grown / 1e6))
    t.diagnostic(`grown by ${megabytes.join(', ')} MB: in, out, out as JSON`)
    for (const { grown } of [sent, got, json]) assert.ok(grown < grownMax, `${megabytes.join(', ')} MB`)
  },
)

const abandoned = (vault: VaultProcess) =>
  inDatabase(
    vault,
    (sql) => sql<{ pieces: number; attachments: number }[]>`
      select (select count(*)::int from attachment_piece p where not exists (
          select from attachment a where a.compartment = p.compartment and a.attachment = p.attachment and a.state = 'kept'
        )) as pieces,
        (select count(*)::int from attachment where state <> 'kept') as attachments`,
  )

async function inDatabase<Row>(
  vault: VaultProcess,
  act: (sql: ReturnType<typeof connect>) => Promise<Row[]>,
): Promise<Row> {
  const sql = connect(superuserUrlOf(vault.home), { max: 1 })
  try {
    return (await act(sql))[0] as Row
  } finally {
    await sql.end()
  }
}

for (const victim of ['server', 'PostgreSQL'] as const) {
  test(`${victim} killed in the middle of an upload: nothing is seen of it, and its pieces are swept`, async (t) => {
    const home = await testHome(t)
    let vault = await startDemo(t, home)
    let killed = false
    const done = upload(vault, 'cut', 60_000_000, (sent) => {
      if (sent < 30_000_000 || killed) return
      killed = true
      if (victim === 'server') vault.child.kill('SIGKILL')
      else
        process.kill(
          Number(readFileSync(join(home, 'postgres', 'data', 'postmaster.pid'), 'utf8').split('\n')[0]),
          'SIGKILL',
        )
    })
    const outcome = await done.catch(() => ({ status: 0 }))
    assert.ok(outcome.status === 0 || outcome.status === 503, `${outcome.status}`)
    if (victim === 'server') {
      if (vault.child.exitCode === null && vault.child.signalCode === null) await once(vault.child, 'exit')
      vault = await startDemo(t, home)
      assert.ok((await abandoned(vault)).pieces > 10, 'there is something to sweep')
    } else {
      for (
        const end = performance.now() + 20_000;
        (await vault.fhir('/Binary/cut')).status === 503;
        await delay(50)
      )
        assert.ok(performance.now() < end)
    }
    assert.equal((await vault.fhir('/Binary/cut')).status, 404)
    // A minute of lease, half a minute between two looks, and the sweeping.
    for (const end = performance.now() + 100_000; ; await delay(500)) {
      const { pieces, attachments } = await abandoned(vault)
      if (pieces === 0 && attachments === 0) break
      assert.ok(performance.now() < end, `${pieces} pieces are left`)
    }
    const { status, sha256 } = await upload(vault, 'cut', 3_000_000)
    assert.equal(status, 201)
    assert.equal((await download(vault, 'cut')).sha256, sha256)
  })
}

test('nothing of a content is on the disk, raw or in base64', async (t) => {
  const vault = await startDemo(t, await testHome(t))
  const words = [
    'Diagnóstico reservado de la paciente',
    'tomografía de abdomen con contraste',
    'consentimiento informado número',
  ]
  const text = Buffer.from(Array.from({ length: 9_000 }, (_, n) => `${words[n % 3]} ${n}\n`).join(''))
  const init = {
    method: 'PUT',
    headers: { 'content-type': 'text/plain', 'x-security-context': 'Patient/p1' },
  }
  assert.equal((await vault.fhir('/Binary/b1', { ...init, body: text })).status, 201)
  const attachment = { contentType: 'text/plain', data: text.toString('base64') }
  const document = {
    resourceType: 'DocumentReference',
    id: 'd1',
    status: 'current',
    content: [{ attachment }],
  }
  assert.equal(
    (await vault.fhir('/DocumentReference/d1', { method: 'PUT', body: JSON.stringify(document) })).status,
    201,
  )
  await inDatabase(vault, (sql) => sql`checkpoint`)
  const base64 = text.toString('base64')
  const thief = createThief([
    ...words,
    ...[0, 1, 2].map((n) => base64.slice(4_000 + n, 4_040 + n)),
    base64.slice(-60, -10),
  ])
  const found = new Set<string>()
  for (const { bytes } of filesBelow(vault.home)) for (const value of thief.search(bytes)) found.add(value)
  assert.deepEqual([...found], [])
  // The same search finds it where it is in the clear.
  await inDatabase(
    vault,
    (sql) => sql`create table canary as select ${text.toString('utf8')}::text as content`,
  )
  await inDatabase(vault, (sql) => sql`alter table canary alter content set storage external`)
  await inDatabase(vault, (sql) => sql`insert into canary select left(content, 2000) from canary`)
  await inDatabase(vault, (sql) => sql`checkpoint`)
  for (const { bytes } of filesBelow(vault.home)) for (const value of thief.search(bytes)) found.add(value)
  assert.ok(found.size > 0)
})
