import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createPacker } from '#kernel/crypto/index.ts'
import { bodyOf, timeZone } from '#test/kit/vault.ts'
import { decodeContent } from '../content.ts'
import { dictionaries } from '../dictionaries/index.ts'
import { createReaders } from './readers.ts'
import { createReading, type ItemRead, type Reading, type Task } from './reading.ts'

const readers = createReaders()
after(() => readers.close())
const packer = createPacker(dictionaries)

const patient = { resourceType: 'Patient', name: [{ given: ['Ana'], family: 'Núñez' }] }
const about = (reference: string) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'Peso' },
  subject: { reference },
  valueQuantity: { value: 70.5, unit: 'kg' },
})
const letter = (reference: string) => ({
  resourceType: 'DocumentReference',
  status: 'current',
  subject: { reference },
  content: [{ attachment: { contentType: 'text/plain', data: 'aG9sYQ==' } }],
})
const post = (resource: { resourceType: string; [name: string]: unknown }, fullUrl: string, more = {}) => ({
  fullUrl,
  resource,
  request: { method: 'POST', url: resource.resourceType, ...more },
})
const bundle = (type: string, entry: object[]) => bodyOf({ resourceType: 'Bundle', type, entry })
const first = 'urn:uuid:00000000-0000-4000-8000-000000000001'
const other = 'urn:uuid:00000000-0000-4000-8000-000000000002'

const documents = {
  transaction: bundle('transaction', [
    post(patient, first),
    post(about(first), other),
    post(letter(first), `${other}3`),
    {
      ...post({ ...about('Patient/x'), id: 'o' }, `${other}4`),
      request: { method: 'PUT', url: 'Observation/o' },
    },
  ]),
  'transaction by criteria': bundle('transaction', [
    post(patient, first, { ifNoneExist: 'identifier=urn:x|1' }),
    post(about('Practitioner?identifier=urn:x|2'), other),
    { request: { method: 'DELETE', url: 'Observation/gone' } },
  ]),
  'transaction with a fault': bundle('transaction', [
    post(patient, first),
    post({ ...about(first), status: 7 }, other),
  ]),
  batch: bundle('batch', [
    post(patient, first),
    post(about('Patient/x'), other),
    post(letter('Patient/x'), `${other}5`),
  ]),
  collection: bundle('collection', [{ resource: { ...patient, id: 'p' } }, { resource: about('Patient/p') }]),
  history: bundle('history', []),
  resource: bodyOf({ ...patient, id: 'p' }),
  malformed: Buffer.from('{"resourceType":"Bundle",\n"type":'),
}
const lines = [
  bodyOf({ ...patient, id: 'p' }),
  bodyOf(about('Patient/p')),
  bodyOf({ resourceType: 'Nothing' }),
  Buffer.from('{'),
]
const tasks: Record<string, Task> = {
  lines: { form: 'lines', bodies: lines },
  ...Object.fromEntries(
    Object.entries(documents).map(([name, body]) => [name, { form: 'document' as const, bodies: [body] }]),
  ),
}

/** All that it says, whatever new ids it has. */
function plain(reading: Reading): unknown {
  const ids = new Map<string, string>()
  const plainItem = ({ wish, ready, ...rest }: ItemRead) => {
    const { document, ...asked } = wish as typeof wish & { document?: { text: string; value: object } }
    if ('newId' in asked) ids.set(asked.newId, `new ${ids.size}`)
    if (!ready) return { ...rest, asked, text: document?.text, value: document?.value }
    const { prepared, names, patients } = ready
    const [version, capsule] = [prepared.version, prepared.capsule ?? prepared.version].map((packed) =>
      decodeContent(packer.unpack(packed)),
    )
    return { ...rest, asked, version, capsule, names, patients }
  }
  const told = JSON.stringify({ ...reading, items: reading.items.map(plainItem) })
  return JSON.parse([...ids].reduce((text, [id, name]) => text.replaceAll(id, name), told))
}

test('a thread reads what is read here', async () => {
  for (const prepares of [true, false]) {
    const settings = { timeZone, map: new Map([['urn:theirs', 'urn:ours']]), prepares }
    const here = createReading(settings)
    const reader = readers.as(settings)
    // More than is read here: from now on it is read elsewhere.
    await reader.read({ form: 'lines', bodies: [Buffer.alloc(300_000, 32)] })
    for (const [name, { form, bodies }] of Object.entries(tasks)) {
      const want = here({ form, bodies })
      const got = await reader.read({ form, bodies: bodies.map((body) => new Uint8Array(body)) })
      assert.deepEqual(plain(got), plain(want), name)
      for (const [n, { wish, ready }] of got.items.entries()) {
        if (!ready) continue
        const whole = decodeContent(packer.unpack(ready.prepared.capsule ?? ready.prepared.version))
        assert.equal('document' in wish && wish.document.text, whole.text, `${name}, ${n}`)
      }
    }
  }
})

test('what is ready waits for nothing of the vault', () => {
  const here = createReading({ timeZone, map: new Map(), prepares: true })
  const ready = (name: string) => here(tasks[name] as Task).items.map((each) => each.ready !== undefined)
  // A letter is looked into once its place is known.
  assert.deepEqual(ready('transaction'), [true, true, false, true])
  assert.deepEqual(ready('transaction by criteria'), [false, false, false])
  assert.deepEqual(ready('batch'), [true, true, false])
  assert.deepEqual(ready('lines'), [true, true])
})

test('entries that are made ready before all are read are what they are when all are known', () => {
  const here = createReading({ timeZone, map: new Map(), prepares: true })
  const beside = { ...about(first), hasMember: [{ reference: `${other}9` }] }
  const measured = { ...about(first), valueQuantity: { value: 1.5 } }
  const escaped = JSON.stringify(post(about(first), `${other}7`)).replace(
    first,
    `urn:uuid:\\u0030${first.slice(10)}`,
  )
  const entries = [
    post(patient, first),
    post(about(first), other),
    // What it names comes later, or not at all, or is no reference.
    post(beside, `${other}5`),
    post({ ...about(`${other}8`), focus: [{ reference: 'Patient/x' }] }, `${other}6`),
    post(
      { ...about(first), identifier: [{ system: 'urn:ietf:rfc:3986', value: first }] } as never,
      `${other}4`,
    ),
    post(letter(first), `${other}3`),
    ...Array.from({ length: 40 }, (_, n) => post(about(first), `${other}-${n}`)),
    post(measured, `${other}9`),
  ].map((each) => JSON.stringify(each).replace('1.5', '1.50'))
  const bundleOf = (all: readonly string[]) =>
    Buffer.from(`{"resourceType":"Bundle","type":"transaction","entry":[${all.join()}]}`)
  const read = (form: Task['form'], all: readonly string[]) => here({ form, bodies: [bundleOf(all)] })
  const all = [...entries, escaped]
  // An address that is no `urn:uuid:` may be named anywhere: then nothing is taken that was made ready before.
  const last = JSON.stringify(post(patient, 'https://elsewhere.example/fhir/Patient/1'))
  for (const form of ['document', 'request'] as const) {
    const early = read(form, all)
    const late = read(form, [...all, last])
    assert.equal(early.items.length, all.length)
    assert.equal(early.items.filter(({ ready }) => ready).length, all.length - 1)
    late.items.pop()
    if (late.count !== undefined) late.count--
    assert.deepEqual(plain(early), plain(late))
    // Where one of them waits for the vault, all do, and are as they came.
    const waiting = read(form, [
      ...all,
      JSON.stringify(post(about('Practitioner?identifier=1'), `${other}10`)),
    ])
    const [, second] = waiting.items
    assert.ok(waiting.items.every(({ ready }) => !ready))
    const { document } = second!.wish as unknown as { document: { text: string; value: object } }
    assert.equal(document.text, JSON.stringify(about(first)))
    assert.deepEqual(document.value, about(first))
  }
})

test('a number is as it was written, whatever its Bundle calls the entries, and however many they are', () => {
  const here = createReading({ timeZone, map: new Map(), prepares: true })
  const read = (fullUrl: string, count: number) => {
    const put = (resource: { resourceType: string; id: string }, own = {}) => ({
      ...own,
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    })
    const entries = [
      put({ ...patient, id: 'p' }, { fullUrl }),
      ...Array.from({ length: count }, (_, n) => put({ ...about(fullUrl), id: `${n}` })),
    ].map((each) => JSON.stringify(each).replace('70.5', '70.50'))
    const body = Buffer.from(`{"resourceType":"Bundle","type":"transaction","entry":[${entries.join()}]}`)
    return here({ form: 'document', bodies: [body] }).items[1]!.ready!.prepared.tuple
  }
  const want = read(first, 1)
  const elsewhere = 'https://elsewhere.example/fhir/Patient/p'
  for (const [fullUrl, count] of [
    [first, 40],
    [elsewhere, 1],
    [elsewhere, 40],
  ] as const)
    assert.deepEqual(read(fullUrl, count), want, `${count} of ${fullUrl}`)
})
