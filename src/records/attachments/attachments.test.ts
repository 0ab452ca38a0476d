import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'
import { flights, inlineBytesMax, pieceBytes } from './limits.ts'
import { hasMarkers, markersIn } from '../markers.ts'

const pdf = (bytes: number) => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(bytes - 9)])
const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('base64')

function documentOf(data: string, more: object = {}, contentType = 'application/pdf') {
  return {
    resourceType: 'DocumentReference',
    id: 'd1',
    status: 'current',
    subject: { reference: 'Patient/p1' },
    content: [{ attachment: { contentType, data, ...more } }],
  }
}

/** As a client would have it: every value in its place. */
async function read({ store }: TestVault, type: string, id: string): Promise<string> {
  const found = await store.read(type, id)
  assert.ok(found.status === 'ok', found.status)
  const { json } = found.version
  const whole = await store.attachments.whole(json)
  const streamed = Buffer.concat(await Array.fromAsync(store.attachments.stream(json)))
  assert.equal(streamed.toString('utf8'), whole)
  assert.equal(streamed.length, store.attachments.lengthOf(json))
  return whole
}

async function* inPieces(bytes: Uint8Array, length = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

const rowsOf = ({ sql }: TestVault) =>
  sql<{ state: string; pieces: number; bytes: number }[]>`
    select a.state, count(p.number)::int as pieces, coalesce(sum(octet_length(p.sealed)), 0)::int as bytes
    from attachment a left join attachment_piece p on p.compartment = a.compartment and p.attachment = a.attachment
    group by a.compartment, a.attachment, a.state`

const writings: { name: string; written: (base64: string) => string; apart: boolean }[] = [
  { name: 'canonical', written: (text) => text, apart: true },
  { name: 'with its slashes escaped', written: (text) => text.replaceAll('/', '\\/'), apart: true },
  { name: 'in lines', written: (text) => text.replace(/.{76}/g, '$&\\r\\n'), apart: true },
  {
    name: 'with blanks, and some slashes escaped',
    written: (text) => text.replace(/.{64}/g, '$& ').replace('/', '\\/'),
    apart: true,
  },
  { name: 'under an escaped name', written: (text) => text, apart: false },
]
for (const { name, written, apart } of writings) {
  test(`a large value ${name} leaves the row, and comes back as it was sent`, async (t) => {
    const vault = await testVault(t)
    const bytes = pdf(700_001)
    const literal = written(bytes.toString('base64'))
    const member = apart ? '"data"' : '"\\u0064ata"'
    const sent = JSON.stringify(
      documentOf('@', { title: 'Ña 😀 \u{10FC00}', size: bytes.length, hash: sha1(bytes) }),
    ).replace('"data":"@"', `${member}:"${literal}"`)
    const made = await vault.store.update('DocumentReference', 'd1', Buffer.from(sent), {})
    assert.equal(made.status, 'ok', JSON.stringify(made))
    const got = await read(vault, 'DocumentReference', 'd1')
    assert.ok(got.includes(`:"${literal}"`), 'the value is as it was sent')
    assert.equal(got.includes('"title":"Ña 😀 \u{10FC00}"'), true)
    const [row] = await vault.sql<{ bytes: number }[]>`select octet_length(sealed) as bytes from resource`
    const attachments = await rowsOf(vault)
    if (!apart) return assert.deepEqual([...attachments], [])
    assert.ok((row?.bytes ?? 0) < 2_000)
    assert.equal(attachments.length, 1)
    assert.equal(attachments[0]?.state, 'kept')
    // Another process, whose caches know nothing, reads the same.
    const another = await vault.another()
    assert.equal(await read({ ...vault, ...another }, 'DocumentReference', 'd1'), got)
  })
}

test('what is small stays in the row', async (t) => {
  const vault = await testVault(t)
  const data = pdf(40_000).toString('base64')
  await vault.store.update('DocumentReference', 'd1', bodyOf(documentOf(data)), {})
  assert.deepEqual([...(await rowsOf(vault))], [])
  assert.ok((await read(vault, 'DocumentReference', 'd1')).includes(data))
})

test('versions have what they had; what stays the same is not sealed again', async (t) => {
  const vault = await testVault(t)
  const [one, other] = [pdf(100_000).toString('base64'), pdf(100_000).toString('base64')]
  await vault.store.update('DocumentReference', 'd1', bodyOf(documentOf(one)), {})
  await vault.store.update('DocumentReference', 'd1', bodyOf(documentOf(one, { title: 'renamed' })), {})
  assert.equal((await rowsOf(vault)).length, 1)
  const patch = bodyOf([{ op: 'replace', path: '/content/0/attachment/title', value: 'patched' }] as object)
  const patched = await vault.store.patch('DocumentReference', 'd1', 'json', patch, {})
  assert.equal(patched.status, 'ok', JSON.stringify(patched))
  assert.equal((await rowsOf(vault)).length, 1)
  await vault.store.update('DocumentReference', 'd1', bodyOf(documentOf(other)), {})
  assert.equal((await rowsOf(vault)).length, 2)
  for (const [version, data] of [one, one, one, other].entries()) {
    const found = await vault.store.vread('DocumentReference', 'd1', version + 1)
    assert.ok(
      found.status === 'ok' && (await vault.store.attachments.whole(found.version.json)).includes(data),
    )
  }
  const bytes = [{ op: 'test', path: '/content/0/attachment/data', value: other }]
  const tested = await vault.store.patch('DocumentReference', 'd1', 'json', bodyOf(bytes as object), {})
  assert.equal(tested.status, 'ok')
})

test('of two that match there are two, however large the first is', async (t) => {
  const { store } = await testVault(t)
  const data = 'QUJD'.repeat(4_300_000)
  for (const id of ['d1', 'd2']) {
    const made = await store.update(
      'DocumentReference',
      id,
      bodyOf({ ...documentOf(data, {}, 'text/plain'), id }),
      {},
    )
    assert.equal(made.status, 'ok', JSON.stringify(made))
  }
  assert.equal(
    (await store.deleteWhere('DocumentReference', 'subject=Patient/p1')).status,
    'multiple-matches',
  )
})

test('a photograph is sealed with the identity, apart from what clinicians see', async (t) => {
  const vault = await testVault(t)
  const data = randomBytes(100_000).toString('base64')
  const photo = [{ contentType: 'image/jpeg', data }]
  await vault.store.update(
    'Patient',
    'p1',
    bodyOf({ resourceType: 'Patient', id: 'p1', photo, gender: 'female' }),
    {},
  )
  const found = await vault.store.read('Patient', 'p1')
  assert.ok(found.status === 'ok')
  const [marker] = markersIn(found.version.json)
  assert.equal(marker?.purpose, 'identity')
  assert.ok((await read(vault, 'Patient', 'p1')).includes(data))
})

test('size and hash are held against the content, inline and in a Binary', async (t) => {
  const vault = await testVault(t)
  const bytes = pdf(100_000)
  const data = bytes.toString('base64')
  const cases: [object, 'ok' | 'attachment-differs'][] = [
    [{ contentType: 'application/pdf', data, size: 100_000 }, 'ok'],
    [{ contentType: 'application/pdf', data, size: 99_999 }, 'attachment-differs'],
    [{ contentType: 'application/pdf', data, hash: sha1(bytes) }, 'ok'],
    [{ contentType: 'application/pdf', data, hash: sha1(Buffer.from('x')) }, 'attachment-differs'],
    [{ contentType: 'text/plain', data: 'AAAA', size: 4 }, 'attachment-differs'],
    [{ url: 'Binary/b1', size: 100_000, hash: sha1(bytes) }, 'ok'],
    [{ url: 'Binary/b1', size: 3 }, 'attachment-differs'],
    [{ url: 'Binary/b1', hash: sha1(Buffer.from('x')) }, 'attachment-differs'],
    [{ url: 'Binary/b2', size: 3 }, 'ok'],
    [{ url: 'Binary/not-here', size: 3 }, 'ok'],
    [{ url: 'https://elsewhere.example/Binary/b1', size: 3 }, 'ok'],
  ]
  const upload = { contentType: 'application/pdf', securityContext: 'Patient/p1' }
  assert.equal(
    (await vault.store.attachments.upload({ ...upload, id: 'b1', content: inPieces(bytes) })).status,
    'ok',
  )
  const small = { ...upload, contentType: 'text/plain', id: 'b2', content: inPieces(Buffer.from('abc')) }
  assert.equal((await vault.store.attachments.upload(small)).status, 'ok')
  for (const [attachment, want] of cases) {
    const document = { ...documentOf(''), content: [{ attachment }] }
    const made = await vault.store.create('DocumentReference', bodyOf(document), {})
    assert.equal(made.status, want, JSON.stringify({ ...attachment, data: undefined }))
  }
  assert.equal(
    (await rowsOf(vault)).filter(({ state }) => state !== 'kept').length,
    0,
    'what was refused left nothing',
  )
})

test('what would run under a harmless name is refused, small or large', async (t) => {
  const vault = await testVault(t)
  const page = Buffer.from(`<!-- x --><html><script>alert(1)</script>${'a'.repeat(100_000)}`)
  const drawing = Buffer.from('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>')
  const program = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(200_000)])
  const cases: [string, Buffer, string][] = [
    ['image/png', page, 'dangerous-content'],
    ['image/png', drawing, 'dangerous-content'],
    ['application/pdf', program, 'dangerous-content'],
    ['text/html', page, 'ok'],
    ['image/svg+xml', drawing, 'ok'],
    ['application/octet-stream', program, 'ok'],
    ['text/plain', page, 'ok'],
  ]
  for (const [contentType, bytes, want] of cases) {
    const upload = { id: undefined, securityContext: undefined, contentType, content: inPieces(bytes) }
    assert.equal((await vault.store.attachments.upload(upload)).status, want, contentType)
    const document = documentOf(bytes.toString('base64'), {}, contentType)
    assert.equal(
      (await vault.store.create('DocumentReference', bodyOf(document), {})).status,
      want,
      contentType,
    )
  }
})

test('a Binary of many pieces is streamed in and out, whole and in part', async (t) => {
  const vault = await testVault(t)
  const bytes = randomBytes(5 * pieceBytes + 12_345)
  const upload = { id: 'b1', contentType: 'application/dicom', securityContext: 'Patient/p1' }
  const made = await vault.store.attachments.upload({ ...upload, content: inPieces(bytes, 50_001) })
  assert.equal(made.status, 'ok')
  const [row] = await rowsOf(vault)
  assert.equal(row?.state, 'kept')
  const found = await vault.store.read('Binary', 'b1')
  assert.ok(found.status === 'ok')
  const content = await vault.store.attachments.content(found.version)
  assert.equal(content.bytes, bytes.length)
  assert.equal(content.securityContext, 'Patient/p1')
  const ranges = [
    [0, bytes.length],
    [0, 1],
    [bytes.length - 1, bytes.length],
    [16_383, 16_385],
    [pieceBytes - 1, 2 * pieceBytes + 1],
    [5, 5],
  ]
  for (const [start, end] of ranges as [number, number][]) {
    const got = Buffer.concat(await Array.fromAsync(content.read(start, end)))
    assert.ok(got.equals(bytes.subarray(start, end)), `${start} to ${end}`)
  }
  const json = await read(vault, 'Binary', 'b1')
  assert.equal(JSON.parse(json).data, bytes.toString('base64'))
  assert.equal(json.includes('"securityContext":{"reference":"Patient/p1"}'), true)
})

test('lengths of a Binary at the edge of the row', async (t) => {
  const vault = await testVault(t)
  for (const length of [
    0,
    1,
    inlineBytesMax - 1,
    inlineBytesMax,
    inlineBytesMax + 1,
    16_384 * 4,
    pieceBytes,
  ]) {
    const bytes = randomBytes(length)
    const upload = { id: `b${length}`, contentType: 'application/x-test', securityContext: undefined }
    assert.equal((await vault.store.attachments.upload({ ...upload, content: inPieces(bytes) })).status, 'ok')
    const found = await vault.store.read('Binary', `b${length}`)
    assert.ok(found.status === 'ok')
    assert.equal(hasMarkers(found.version.json), length > inlineBytesMax)
    const content = await vault.store.attachments.content(found.version)
    assert.ok(Buffer.concat(await Array.fromAsync(content.read(0, content.bytes))).equals(bytes))
  }
})

test('a Binary lives with its security context', async (t) => {
  const vault = await testVault(t)
  const { store, sql } = vault
  await store.update('Patient', 'p1', bodyOf({ resourceType: 'Patient', id: 'p1' }), {})
  await store.update(
    'DocumentReference',
    'd1',
    bodyOf({ ...documentOf(''), content: [{ attachment: { url: 'Binary/x' } }] }),
    {},
  )
  const compartments = async () =>
    (await sql<{ compartment: string }[]>`select distinct compartment from attachment`).map(
      (row) => row.compartment,
    )
  const put = async (id: string, securityContext: string | undefined) => {
    const content = inPieces(randomBytes(100_000))
    const made = await store.attachments.upload({ id, contentType: 'image/x-test', securityContext, content })
    assert.equal(made.status, 'ok')
  }
  await put('b1', 'Patient/p1')
  await put('b2', 'DocumentReference/d1')
  assert.equal((await compartments()).length, 1, 'both with the patient')
  await put('b3', undefined)
  assert.equal((await compartments()).length, 2, 'of no patient: the facility’s')
  const data = randomBytes(100_000).toString('base64')
  const transaction = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      {
        fullUrl: 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a',
        resource: {
          resourceType: 'Binary',
          contentType: 'image/x-test',
          data,
          securityContext: { reference: 'urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059' },
        },
        request: { method: 'POST', url: 'Binary' },
      },
      {
        fullUrl: 'urn:uuid:88f151c0-a954-468a-88bd-5ae15c08e059',
        resource: {
          ...documentOf(''),
          content: [{ attachment: { url: 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a', size: 100_000 } }],
        },
        request: { method: 'POST', url: 'DocumentReference' },
      },
    ],
  }
  const done = await store.bundle(bodyOf(transaction), {})
  assert.equal(done.status, 'ok', JSON.stringify(done))
  assert.equal((await compartments()).length, 2)
  const all = await store.everything('p1', { count: 100 })
  assert.ok(all.status === 'ok')
  assert.equal(all.entries.filter(({ type }) => type === 'Binary').length, 3)
  // Its context moves it: what was sealed for one compartment is sealed anew for the other.
  const moved = await store.patch(
    'Binary',
    'b1',
    'json',
    bodyOf([{ op: 'replace', path: '/securityContext/reference', value: 'Patient/p2' }] as object),
    {},
  )
  assert.equal(moved.status, 'ok', JSON.stringify(moved))
  assert.equal((await compartments()).length, 3)
  assert.ok((await read(vault, 'Binary', 'b1')).includes('Patient/p2'))
})

test('destroyed with its patient', async (t) => {
  const vault = await testVault(t)
  const { store } = vault
  await store.update('Patient', 'p1', bodyOf({ resourceType: 'Patient', id: 'p1' }), {})
  const upload = { id: 'b1', contentType: 'image/x-test', securityContext: 'Patient/p1' }
  assert.equal(
    (await store.attachments.upload({ ...upload, content: inPieces(randomBytes(5_000_000)) })).status,
    'ok',
  )
  const found = await store.read('Binary', 'b1')
  assert.ok(found.status === 'ok')
  const content = await store.attachments.content(found.version)
  const reading = content.read(0, content.bytes)[Symbol.asyncIterator]()
  assert.equal((await reading.next()).done, false)
  assert.equal((await store.destructions.destroy('p1', 'asked for')).status, 'destroyed')
  await assert.rejects(async () => {
    while (!(await reading.next()).done);
  })
  assert.equal((await store.read('Binary', 'b1')).status, 'gone')
  await assert.rejects(Array.fromAsync(content.read(0, content.bytes)))
  const again = await store.attachments.upload({
    ...upload,
    id: 'b2',
    content: inPieces(randomBytes(100_000)),
  })
  assert.notEqual(again.status, 'ok')
})

test('who has stopped reading keeps nothing: not of a patient who is destroyed, nor of a vault that is sealed', async (t) => {
  const vault = await testVault(t)
  const { store, keys } = vault
  const begun = async (id: string) => {
    const upload = { id: `b-${id}`, contentType: 'image/x-test', securityContext: `Patient/${id}` }
    const content = inPieces(randomBytes(5_000_000))
    await store.update('Patient', id, bodyOf({ resourceType: 'Patient', id }), {})
    assert.equal((await store.attachments.upload({ ...upload, content })).status, 'ok')
    const found = await store.read('Binary', upload.id)
    assert.ok(found.status === 'ok')
    const apart = await store.attachments.content(found.version)
    const streams = [
      apart.read(0, apart.bytes),
      apart.read(100, 3_000_000),
      store.attachments.stream(found.version.json),
    ]
    // One piece of each, and nobody comes for the next.
    for (const stream of streams) await new Promise((resolve) => stream.once('readable', resolve))
    const ends = streams.map((stream) => new Promise<Error>((resolve) => stream.once('error', resolve)))
    return { streams, ends }
  }
  const [one, other] = [await begun('p1'), await begun('p2')]
  assert.equal((await store.destructions.destroy('p1', 'asked for')).status, 'destroyed')
  for (const error of await Promise.all(one.ends)) assert.equal(error.name, 'KeysSealed')
  assert.ok(other.streams.every((stream) => !stream.destroyed))
  const sealed = keys.seal()
  assert.ok(other.streams.every((stream) => stream.destroyed))
  for (const error of await Promise.all(other.ends)) assert.equal(error.name, 'KeysSealed')
  await sealed
})

test('pieces altered, exchanged or missing are never given as the content', async (t) => {
  const vault = await testVault(t)
  const { store, sql } = vault
  const bytes = randomBytes(3 * pieceBytes)
  const upload = { id: 'b1', contentType: 'image/x-test', securityContext: 'Patient/p1' }
  await store.attachments.upload({ ...upload, content: inPieces(bytes) })
  const found = await store.read('Binary', 'b1')
  assert.ok(found.status === 'ok')
  const content = await store.attachments.content(found.version)
  const got = async (start = 0, end = content.bytes) => {
    let length = 0
    try {
      for await (const piece of content.read(start, end)) length += piece.length
    } catch {
      return { whole: false, length }
    }
    return { whole: true, length }
  }
  assert.deepEqual(await got(), { whole: true, length: bytes.length })
  const attacks = [
    () =>
      sql`update attachment_piece set sealed = set_byte(sealed, 1000, (get_byte(sealed, 1000) + 1) % 256) where number = 1`,
    () =>
      sql`update attachment_piece a set sealed = b.sealed from attachment_piece b where a.number = 1 and b.number = 2 and octet_length(b.sealed) = octet_length(a.sealed)`,
    () => sql`delete from attachment_piece where number = 3`,
    () => sql`delete from attachment_piece where number = 2`,
    () => sql`delete from attachment_piece where number = 0`,
  ]
  for (const attack of attacks) {
    await sql`create table kept_pieces as select * from attachment_piece`
    await attack()
    const { whole, length } = await got()
    assert.equal(whole, false)
    assert.ok(length < bytes.length)
    await sql`delete from attachment_piece`
    await sql`insert into attachment_piece select * from kept_pieces`
    await sql`drop table kept_pieces`
  }
  assert.equal((await got(pieceBytes, pieceBytes + 10)).whole, true)
})

test('uploads that lose their lease keep nothing that the next one needs', async (t) => {
  const { store, sql } = await testVault(t)
  async function* losing(): AsyncGenerator<Uint8Array> {
    yield* inPieces(randomBytes(2 * pieceBytes))
    await sql`update attachment set state = 'doomed' where state = 'arriving'`
    yield* inPieces(randomBytes(4 * pieceBytes))
  }
  const upload = { id: undefined, contentType: 'image/x-test', securityContext: 'Patient/p1' }
  for (let n = 0; n <= flights.all; n++) {
    const lost = await store.attachments.upload({ ...upload, content: losing() })
    assert.equal(lost.status, 'busy')
  }
  const content = inPieces(randomBytes(4 * pieceBytes))
  const made = store.attachments.upload({ ...upload, content })
  assert.equal((await Promise.race([made, setTimeout(20_000, { status: 'waits' })])).status, 'ok')
})

test('an upload that breaks off leaves nothing, and is seen by nobody meanwhile', async (t) => {
  const vault = await testVault(t)
  const { store } = vault
  let seen: Awaited<ReturnType<typeof rowsOf>> | undefined
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield* inPieces(randomBytes(3_000_000))
    seen = await rowsOf(vault)
    assert.equal((await store.read('Binary', 'b1')).status, 'not-found')
    throw new Error('gone')
  }
  const upload = { id: 'b1', contentType: 'image/x-test', securityContext: 'Patient/p1' }
  await assert.rejects(store.attachments.upload({ ...upload, content: broken() }), /gone/)
  assert.equal(seen?.[0]?.state, 'arriving')
  assert.deepEqual([...(await rowsOf(vault))], [])
  assert.equal((await store.read('Binary', 'b1')).status, 'not-found')
  // Refused at the end: the same.
  const refused = await store.attachments.upload({
    ...upload,
    content: inPieces(randomBytes(100_000)),
    ifMatch: 7,
  })
  assert.equal(refused.status, 'precondition-failed')
  assert.deepEqual([...(await rowsOf(vault))], [])
})
