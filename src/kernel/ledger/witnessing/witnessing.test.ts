/** A witness signs one story of each ledger, whatever is asked of it and whatever becomes of its database. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf, sha256 } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { testLedger } from '#test/kit/ledger.ts'
import { formatCheckpoint } from '../checkpoint.ts'
import { signNote } from '../note.ts'
import { formatNoteKey, noteSigner, parseNoteKey } from '../note-keys.ts'
import { createProver } from '../proofs.ts'
import { askWitness } from '../sending/witness.ts'
import { edgeRoot, emptyEdge, growTiles, partialTiles } from '../tiles.ts'
import { leafHash } from '../tree.ts'
import { formatAddCheckpoint, judgeWitnessAnswer } from '../witness.ts'
import { createWitnessing, type WitnessReply } from './witnessing.ts'

const origin = 'log.example/a'
const signers = (['ed25519', 'ml-dsa-44'] as const).map((kind) =>
  noteSigner(origin, kind, keyOf(sha256(`witnessed ${kind}`))),
)
const logKeys = signers.map(({ key }) => formatNoteKey(key))

/** A log of so many leaves; of another story from the leaf `fork` on. */
function logOf(size: number, fork = Infinity, by = signers) {
  const leaves = Array.from({ length: size }, (_, n) =>
    leafHash(Buffer.from(n < fork ? `${n}` : `other ${n}`)),
  )
  const { edge } = growTiles(emptyEdge, leaves)
  const note = signNote(formatCheckpoint({ origin, size, root: edgeRoot(edge) }), by, 1_764_000_000)
  const tiles = partialTiles(edge)
  const prover = createProver(size, (level) => tiles.find((tile) => tile.level === level)!.bytes)
  return {
    note,
    size,
    async request(oldSize: number) {
      const proof = oldSize <= size ? await prover.consistency(oldSize) : []
      return formatAddCheckpoint({ oldSize, proof, checkpoint: note })
    },
  }
}

function memory() {
  let text: string | undefined
  return { read: async () => text, write: async (written: string) => void (text = written) }
}

async function witnessOf(o: { sql: Sql; keys: Keys }, beside = memory()) {
  const witness = createWitnessing({ ...o, memory: beside, now: () => 1_764_000_100_000 })
  return {
    witness,
    beside,
    restarted: () => createWitnessing({ ...o, memory: beside, now: () => 1_764_000_200_000 }),
  }
}

const statusOf = ({ status }: WitnessReply) => status

test('it takes what goes on, and nothing else', async (t) => {
  const { sql, keys } = await testLedger(t)
  const { witness } = await witnessOf({ sql, keys })
  const ask = async (body: string | Promise<string>) => witness.addCheckpoint(await body)
  assert.deepEqual(await ask(logOf(5).request(0)), { status: 'unknown-log' })
  assert.deepEqual(await witness.add(logKeys), { status: 'ok', origin })

  const first = await ask(logOf(5).request(0))
  assert(first.status === 'cosigned')
  const answer = judgeWitnessAnswer(
    { oldSize: 0, proof: [], checkpoint: logOf(5).note },
    { code: 200, contentType: 'text/plain', body: first.body },
    witness.publicKeys().flatMap((key) => parseNoteKey(key) ?? []),
  )
  assert(answer.status === 'cosigned')
  assert.equal(answer.lines.length, 2)
  assert.equal(answer.timeSeconds, 1_764_000_100)

  assert.equal(statusOf(await ask(logOf(9).request(5))), 'cosigned')
  const forked = logOf(9, 3)
  const table: [want: WitnessReply['status'], body: string | Promise<string>][] = [
    ['malformed', 'old 5\n'],
    ['malformed', logOf(9).request(12)],
    ['unknown-log', (await logOf(9).request(9)).replaceAll(origin, 'log.example/b')],
    ['unsigned', logOf(12, Infinity, [noteSigner(origin, 'ed25519', keyOf(sha256('another')))]).request(9)],
    // A rollback: what it has cosigned is told.
    ['other-size', logOf(7).request(5)],
    ['other-size', logOf(12).request(5)],
    // Whoever has a checkpoint can send it with another's proof: nobody is accused of that.
    [
      'inconsistent',
      (await logOf(12).request(9)).replace(/\n.*=\n/, `\n${Buffer.alloc(32).toString('base64')}\n`),
    ],
    ['inconsistent', logOf(12, 3).request(9)],
    ['unknown-log', (await logOf(12).request(9)).replaceAll(origin, '\0')],
    ['forked', forked.request(9)],
    ['cosigned', logOf(9).request(9)],
    ['cosigned', logOf(12).request(9)],
  ]
  for (const [want, body] of table) assert.equal(statusOf(await ask(body)), want)
  const [known] = await witness.list()
  assert.equal(known?.size, 12)
  assert.equal(known?.evidence?.note, forked.note, 'the first that contradicts is kept')
})

test('of several processes none forgets what another has cosigned', async (t) => {
  const { sql, keys } = await testLedger(t)
  const { witness: one, beside } = await witnessOf({ sql, keys })
  const { witness: other } = await witnessOf({ sql, keys }, beside)
  const apart = memory()
  const { witness: third } = await witnessOf({ sql, keys }, apart)
  const name = 'log.example/b'
  const theirs = (['ed25519', 'ml-dsa-44'] as const).map((kind) =>
    noteSigner(name, kind, keyOf(sha256(`b ${kind}`))),
  )
  await one.add(logKeys)
  await one.add(theirs.map(({ key }) => formatNoteKey(key)))
  const first = await sql`select * from ledger_witnessed`
  const ofB = (size: number) => {
    const { edge } = growTiles(emptyEdge, [leafHash(Buffer.from('b'))])
    const note = signNote(
      formatCheckpoint({ origin: name, size, root: edgeRoot(edge) }),
      theirs,
      1_764_000_000,
    )
    return formatAddCheckpoint({ oldSize: 0, proof: [], checkpoint: note })
  }
  // The other has looked before the one cosigns, and writes after it.
  assert.equal(statusOf(await other.addCheckpoint(await logOf(5).request(0))), 'cosigned')
  assert.equal(statusOf(await one.addCheckpoint(await logOf(9).request(5))), 'cosigned')
  assert.equal(statusOf(await other.addCheckpoint(ofB(1))), 'cosigned')
  await third.follow()

  for (const { origin, size, root, tag } of first)
    await sql`
      update ledger_witnessed set size = ${size}::bigint, root = ${root}::bytea, tag = ${tag}::bytea
      where origin = ${origin}::text`
  const { witness: later } = await witnessOf({ sql, keys }, beside)
  for (const witness of [later, third]) {
    const reply = await witness.addCheckpoint(await logOf(12, 3).request(0))
    assert.deepEqual(reply, { status: 'other-size', size: 9 })
    assert.deepEqual(await witness.addCheckpoint(ofB(1)), { status: 'other-size', size: 1 })
  }
})

test('what could not be remembered is not signed', async (t) => {
  const { sql, keys } = await testLedger(t)
  const full = { read: async () => undefined, write: () => Promise.reject(new Error('ENOSPC')) }
  const { witness } = await witnessOf({ sql, keys }, full)
  await witness.add(logKeys)
  await assert.rejects(async () => witness.addCheckpoint(await logOf(5).request(0)), /ENOSPC/)
  assert.equal((await witness.list())[0]?.size, 0)
})

test('of many at once each goes on from the one before', async (t) => {
  const { sql, keys } = await testLedger(t)
  const { witness } = await witnessOf({ sql, keys })
  // Another process over the same database, with a home of its own.
  const { witness: other } = await witnessOf({ sql, keys })
  await witness.add(logKeys)
  const bodies = await Promise.all(Array.from({ length: 20 }, (_, n) => logOf(10 + n).request(0)))
  const replies = await Promise.all(
    bodies.map((body, n) => (n % 2 === 0 ? witness : other).addCheckpoint(body)),
  )
  assert.equal(replies.filter(({ status }) => status === 'cosigned').length, 1)
  assert.ok(replies.every(({ status }) => status === 'cosigned' || status === 'other-size'))
})

test('an earlier copy of its database, or rows of somebody else’s, make it sign nothing else', async (t) => {
  const { sql, keys } = await testLedger(t)
  const { witness, restarted } = await witnessOf({ sql, keys })
  await witness.add(logKeys)
  await witness.addCheckpoint(await logOf(5).request(0))
  const [earlier] = await sql`select * from ledger_witnessed`
  await witness.addCheckpoint(await logOf(9).request(5))
  const { size, root, tag } = earlier as { size: number; root: Uint8Array; tag: Uint8Array }
  await sql`update ledger_witnessed set size = ${size}, root = ${root}, tag = ${tag}`
  const again = restarted()
  assert.deepEqual(await again.addCheckpoint(await logOf(12, 6).request(5)), {
    status: 'other-size',
    size: 9,
  })
  assert.equal(statusOf(await again.addCheckpoint(await logOf(12).request(9))), 'cosigned')

  await sql`update ledger_witnessed set size = 5`
  assert.equal(statusOf(await again.addCheckpoint(await logOf(20, 6).request(5))), 'unknown-log')
  assert.equal((await again.list())[0]?.altered, true)
  assert.deepEqual(await again.add(logKeys), { status: 'busy' })
  assert.deepEqual(await again.remove(origin), { status: 'ok', origin })
  assert.deepEqual(await again.remove(origin), { status: 'unknown-log' })
})

test('what it is a witness of has keys, of one name', async (t) => {
  const { sql, keys } = await testLedger(t)
  const { witness } = await witnessOf({ sql, keys })
  const [ed25519 = ''] = logKeys
  assert.deepEqual(await witness.add(['x']), { status: 'bad-key', key: 'x' })
  assert.deepEqual(await witness.add([]), { status: 'not-one-ledger' })
  const other = formatNoteKey(noteSigner('log.example/b', 'ed25519', keyOf(sha256('b'))).key)
  assert.deepEqual(await witness.add([ed25519, other]), { status: 'not-one-ledger' })
  assert.deepEqual(await witness.add(witness.publicKeys()), { status: 'not-one-ledger' })
  assert.deepEqual(await witness.add([ed25519]), { status: 'ok', origin })
  // New keys for old: what was cosigned stays.
  await witness.addCheckpoint(await logOf(5).request(0))
  assert.deepEqual(await witness.add(logKeys), { status: 'ok', origin })
  assert.equal((await witness.list())[0]?.size, 5)
})

test('the log that asks: catches up, and says what it is told', async (t) => {
  const { sql, keys } = await testLedger(t)
  const { witness } = await witnessOf({ sql, keys })
  await witness.add(logKeys)
  const answers = {
    malformed: 400,
    unsigned: 403,
    'unknown-log': 404,
    forked: 409,
    inconsistent: 422,
    busy: 503,
  }
  const askFor = (log: ReturnType<typeof logOf>, oldSize: number) =>
    askWitness({
      keys: witness.publicKeys().flatMap((key) => parseNoteKey(key) ?? []),
      oldSize,
      newest: async () => log,
      consistency: async (from) => {
        const [, ...lines] = (await log.request(from)).split('\n\n')[0]!.split('\n')
        return lines.map((line) => Buffer.from(line, 'base64'))
      },
      async post(body) {
        const reply = await witness.addCheckpoint(body)
        if (reply.status === 'cosigned') return { code: 200, contentType: '', body: Buffer.from(reply.body) }
        if (reply.status === 'other-size')
          return { code: 409, contentType: 'text/x.tlog.size', body: Buffer.from(`${reply.size}\n`) }
        return { code: answers[reply.status], contentType: '', body: Buffer.alloc(0) }
      },
    })
  assert.equal((await askFor(logOf(5), 0)).status, 'cosigned')
  // It has forgotten what it sent.
  assert.equal((await askFor(logOf(9), 0)).status, 'cosigned')
  assert.deepEqual(await askFor(logOf(7), 5), { status: 'we-disagree', size: 9 })
  assert.deepEqual(await askFor(logOf(9, 3), 9), { status: 'we-disagree' })
  assert.deepEqual(await askFor(logOf(12, 3), 0), { status: 'we-disagree' })
})
