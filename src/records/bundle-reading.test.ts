import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { bodyOf, timeZone } from '#test/kit/vault.ts'
import { createBundleReading } from './bundle-reading.ts'
import type { BundleAsked } from './bundle-asked.ts'
import { contentOf } from './content.ts'
import { createReaders } from './import/index.ts'
import { planOf } from './transactions.ts'
import type { Resolved, Wish } from './wishes.ts'

const readers = createReaders()
after(() => readers.close())
const base = 'https://sigilo.test/fhir/R4'
const read = createBundleReading(readers, { timeZone, base })

const patient = { resourceType: 'Patient', name: [{ given: ['Ana'], family: 'Núñez' }] }
const about = (reference: string) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'Peso' },
  subject: { reference },
})
const letter = {
  resourceType: 'DocumentReference',
  status: 'current',
  content: [{ attachment: { contentType: 'text/plain', data: 'aG9sYQ==' } }],
}
const entry = (resource: { resourceType: string; [name: string]: unknown }, n: number, request = {}) => ({
  fullUrl: `urn:uuid:00000000-0000-4000-8000-00000000000${n}`,
  resource,
  request: { method: 'POST', url: resource.resourceType, ...request },
})
const first = 'urn:uuid:00000000-0000-4000-8000-000000000001'
const weight = `{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"POST","url":"Observation"},
  "resource":{"resourceType":"Observation","status":"final","code":{"text":"Peso"},"valueQuantity":{"value":70.50}}}]}`

const bodies: Record<string, Uint8Array> = {}
for (const type of ['transaction', 'batch']) {
  const bundle = (entries: object[], more = {}) =>
    bodyOf({ resourceType: 'Bundle', type, ...more, entry: entries })
  const own = { ...about('Patient/x'), id: 'o' }
  const put = entry(own, 2, { method: 'PUT', url: `${base}/Observation/o`, ifMatch: 'W/"3"' })
  const all = {
    plain: bundle([entry(patient, 1), put, entry(about(first), 3), entry(about(`${base}/Patient/y`), 4)]),
    'to be settled': bundle([entry(patient, 1), entry(letter, 2)]),
    reads: bundle([{ request: { method: 'GET', url: 'Patient/x' } }, entry(patient, 1), put]),
    'criteria, a deletion and a patch': bundle([
      entry(patient, 1, { ifNoneExist: 'identifier=urn:x|1' }),
      entry(about('Patient?identifier=urn:x|1'), 2),
      { request: { method: 'DELETE', url: 'Observation/gone' } },
      {
        request: { method: 'PATCH', url: 'Patient/x' },
        resource: { resourceType: 'Parameters', parameter: [] },
      },
    ]),
    'a fault and a name twice': bundle([
      entry(patient, 1),
      entry({ ...own, status: 7 }, 2),
      entry(own, 2),
      entry(patient, 1),
    ]),
    'an id of another': bundle([entry(own, 1, { method: 'PUT', url: 'Observation/other' })]),
    'a shell that is not valid': bundle([entry(patient, 1)], { total: 'many' }),
    'no entries': bundle([]),
  }
  for (const [name, body] of Object.entries(all)) bodies[`${type}: ${name}`] = body
}
bodies['decimals'] = Buffer.from(weight)
bodies['malformed'] = Buffer.from(weight.replace('70.50', '70.50.'))
bodies['another type'] = bodyOf({ resourceType: 'Bundle', type: 'collection' })
bodies['no Bundle'] = bodyOf(patient)

/** Read elsewhere for its length, which tells nothing. */
const long = (body: Uint8Array) => Buffer.concat([body, Buffer.alloc(120_000, ' ')])

test('what is read in a thread is what is read here', async () => {
  // Until it is worth starting a thread, it is read here.
  const much = Buffer.concat([bodies['no Bundle'] as Uint8Array, Buffer.alloc(1_000_000, ' ')])
  await read(much, { base, isHere: false })
  for (const [name, body] of Object.entries(bodies)) {
    const here = await read(body, { base, isHere: true })
    const sent = long(body)
    const elsewhere = await read(sent, { base, isHere: false })
    assert.equal(sent.length, body.length + 120_000, 'the body is still the caller’s')
    if (here.status !== 'ok' || elsewhere.status !== 'ok') {
      assert.deepEqual(elsewhere, here, name)
      continue
    }
    assert.equal(elsewhere.type, here.type, name)
    assert.deepEqual(await outlineOf(elsewhere), await outlineOf(here), name)
  }
  const plain = await read(long(bodies['transaction: plain'] as Uint8Array), { base, isHere: false })
  assert.ok(
    plain.status === 'ok' &&
      plain.asked.every(
        (each) => each.kind === 'wish' && 'document' in each.wish && each.wish.document.ready,
      ),
  )
})

test('while much waits for the threads, it is read here', async () => {
  const body = Buffer.concat([bodies['transaction: plain'] as Uint8Array, Buffer.alloc(10_000_000, ' ')])
  const all = await Promise.all([1, 2, 3].map(() => read(body, { base, isHere: false })))
  const isReady = all.map(
    (each) =>
      each.status === 'ok' &&
      each.asked.every((one) => one.kind === 'wish' && 'document' in one.wish && one.wish.document.ready),
  )
  assert.deepEqual(isReady, [true, false, false])
})

/** What becomes of it, whatever ids were drawn. */
async function outlineOf({ type, asked }: BundleAsked) {
  const wishes = asked.flatMap((each) => (each.kind === 'wish' ? [each] : []))
  const resolved = wishes.map(({ wish }): Resolved => {
    if (wish.kind !== 'create' && wish.kind !== 'put') return { status: 'unchanged', type: wish.type }
    const { document } = wish
    const id = wish.kind === 'put' ? wish.id : wish.newId
    return {
      status: 'ok',
      intent: { type: wish.type, id, action: wish.kind, document, posted: true },
      claims: [],
    }
  })
  const fullUrlOf = (n: number) => (type === 'transaction' ? wishes[n]?.fullUrl : undefined)
  const { intents } = await planOf(resolved, fullUrlOf, new Map())
  const ids = new Map(intents.map(({ id }, n) => [id, `id-${n}`]))
  const named = (text: string) =>
    [...ids].reduce((changed, [id, name]) => changed.replaceAll(`${id}"`, `${name}"`), text)
  return {
    entries: asked.map((each) => (each.kind === 'wish' ? { wish: wishOf(each.wish) } : withoutName(each))),
    texts: intents.map(({ id, document }) => {
      const { text, ready } = document as NonNullable<typeof document>
      return named(ready ? text : contentOf(text, id).text)
    }),
  }
}

/** Less its document, and the id of what is new. */
function wishOf(wish: Wish): object {
  const drawn = wish.kind === 'create' ? { id: undefined, newId: undefined } : { newId: undefined }
  return JSON.parse(JSON.stringify({ ...wish, document: undefined, ...drawn })) as object
}

function withoutName({ fullUrl: _, ...rest }: { fullUrl?: string }): object {
  return rest
}
