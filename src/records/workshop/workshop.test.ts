import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { createPacker } from '#kernel/crypto/index.ts'
import { resourceTypes } from '#records/fhir/index.ts'
import { parseDocument } from '#records/json/index.ts'
import { decodeTuple } from '#records/search/index.ts'
import { invent, variants } from '#test/corpus/invented.ts'
import { readShapes } from '../../../tools/fhir/definitions.ts'
import { isRefusal } from '#kernel/outcome.ts'
import { clinicalPart, hasIdentity } from '../capsule.ts'
import { contentOf, decodeContent, tombstoneOf, treeOf } from '../content.ts'
import { dictionaries } from '../dictionaries/index.ts'
import type { Prepared, Ready } from '../ready.ts'
import { createPreparer, createWorkshop, type Job } from './index.ts'
import type { Thread } from '#kernel/threads/index.ts'
import { startThread } from './thread.ts'
import { createWorkshop as createWithThread } from './workshop.ts'

const options = { timeZone: 'America/Mexico_City', base: 'https://vault.example/fhir/R4' }
const workshop = createWorkshop(options)
after(() => workshop.close())

function jobOf(type: string, text: string, id = 'an-id'): Job {
  const clinical = hasIdentity(type) ? contentOf(clinicalPart(text), id) : undefined
  return { type, whole: contentOf(text, id), clinical }
}

function observation(note: string): Job {
  const value = { value: 1.5, unit: 'mm', system: 'http://unitsofmeasure.org', code: 'mm' }
  const text = JSON.stringify({ resourceType: 'Observation', valueQuantity: value, note: [{ text: note }] })
  return jobOf('Observation', text.replace('1.5', '1.50'))
}

/** As plain bytes, so that a Buffer and a view of one compare equal. */
function plain(prepared: Prepared): Record<string, string | null> {
  const { version, capsule, tuple, capsuleTuple } = prepared
  return Object.fromEntries(
    Object.entries({ version, capsule, tuple, capsuleTuple }).map(([part, bytes]) => [
      part,
      bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex'),
    ]),
  )
}

test('resources of every type: the thread gives what is given here', async () => {
  const shapes = readShapes()
  const jobs = resourceTypes.flatMap((type) =>
    [0, 1, variants - 1].map((variant) => jobOf(type, JSON.stringify(invent(shapes, type, variant)))),
  )
  const all = await workshop.prepare(jobs)
  assert.equal(all.length, jobs.length)
  for (const [n, job] of jobs.entries()) {
    assert.deepEqual(plain(all[n] as Prepared), plain(workshop.prepareHere(job)), job.type)
  }
})

test('what is prepared says what was given: content, numbers as written, identity apart', async () => {
  const packer = createPacker(dictionaries)
  const patient = jobOf(
    'Patient',
    '{"resourceType":"Patient","identifier":[{"value":"CURP"}],"name":[{"family":"Pérez"}]}',
  )
  const { whole, clinical } = patient
  const [apart, measured] = (await workshop.prepare([patient, observation('ñ')])) as [Prepared, Prepared]
  assert.deepEqual(decodeContent(packer.unpack(apart.version)), clinical)
  assert.deepEqual(decodeContent(packer.unpack(apart.capsule as Uint8Array)), whole)
  assert.equal(decodeTuple(apart.tuple).values('identifier'), undefined)
  assert.equal(decodeTuple(apart.capsuleTuple as Uint8Array).values('identifier')?.length, 1)
  assert.deepEqual([measured.capsule, measured.capsuleTuple], [null, null])
  const [quantity] = decodeTuple(measured.tuple).values('value-quantity') ?? []
  assert.equal(quantity?.kind === 'quantity' && quantity.decimals, 2)
})

test('a deletion has content and an empty tuple', async () => {
  const gone: Job = { type: 'Patient', whole: tombstoneOf('Patient', 'x'), deleted: true }
  for (const { version, tuple, capsule } of await workshop.prepare([gone, gone])) {
    assert.deepEqual([version.length, tuple.length, capsule], [512, 0, null])
  }
})

test('property: however many call at once with however much, each gets its own, in order', async () => {
  const note = fc.string({ unit: 'grapheme', maxLength: 40 })
  const call = fc.array(
    fc
      .tuple(note, fc.constantFrom(1, 1, 1, 100, 30_000))
      .map(([text, times]) => observation(text.repeat(times))),
    { maxLength: 90 },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 5 }), async (calls) => {
      const all = await Promise.all(calls.map((jobs) => workshop.prepare(jobs)))
      const want = calls.map((jobs) => jobs.map((job) => plain(workshop.prepareHere(job))))
      assert.deepEqual(
        all.map((prepared) => prepared.map(plain)),
        want,
      )
    }),
    { numRuns: 15 },
  )
})

const bodyOf = (value: object | string): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))

test('what is read is what its text would have been prepared as', async () => {
  const text =
    '{"resourceType":"Patient","id":"sent","meta":{"versionId":"9","source":"urn:x"},"identifier":[{"value":"CURP"}]}'
  const spaced = text.replaceAll(',', ' , ')
  const two = { reference: 'Patient/two' }
  const account = {
    resourceType: 'Account',
    status: 'active',
    subject: [two, { reference: 'Patient/1' }, two],
  }
  const asked = [
    { type: 'Patient', id: 'given', body: bodyOf(spaced) },
    { type: 'Account', id: 'b', body: bodyOf(account) },
  ]
  const [patient, other] = (await Promise.all(asked.map((arrival) => workshop.read(arrival)))) as [
    Ready,
    Ready,
  ]
  assert.deepEqual([patient.status, patient.id, patient.sentId], ['ready', 'given', 'sent'])
  assert.deepEqual(patient.parts, {
    whole: contentOf(text, 'given'),
    clinical: contentOf(clinicalPart(text), 'given'),
  })
  assert.deepEqual(plain(patient.prepared), plain(workshop.prepareHere(jobOf('Patient', text, 'given'))))
  assert.deepEqual([other.sentId, other.patients], [undefined, ['two', '1']])
  assert.equal(other.parts.clinical, other.parts.whole)
})

test('of a tree is prepared what would be of its text', () => {
  const shapes = readShapes()
  const texts = resourceTypes.flatMap((type) =>
    [0, 1, variants - 1].map((variant) =>
      JSON.stringify({
        ...invent(shapes, type, variant),
        id: 'sent',
        meta: { versionId: '9', source: 'urn:x' },
      }),
    ),
  )
  const written = ['1.0', '1.50', '1e2', '12345678901234567', '0.10', '7', '0.0000001', '-0.5', '1.5']
  for (const number of written) {
    texts.push(`{"resourceType":"Observation","valueQuantity":{"value":${number},"unit":"mm"}}`)
    texts.push(`{"resourceType":"Observation", "valueQuantity":{"value": ${number} ,"unit":"mm"}}`)
  }
  const preparer = createPreparer(options)
  for (const body of texts.map(bodyOf)) {
    const parsed = parseDocument(body)
    assert.equal(parsed.status, 'ok')
    if (parsed.status !== 'ok') return
    const { text, value, decimals } = parsed
    const job = jobOf(value['resourceType'] as string, text)
    const want = plain(preparer.prepare(job))
    assert.deepEqual(plain(preparer.prepare(job, { value: treeOf(value, 'an-id'), decimals })), want, text)
  }
})

test('what may not be stored is refused, among others that may, in the thread as here', async () => {
  const bodies = [
    '{"resourceType":"Observation"',
    '{"resourceType":"Observation","a":1}',
    '{"resourceType":"Group"}',
    '[]',
    '',
  ]
  const valid = { resourceType: 'Observation', status: 'final', code: { text: 'x' } }
  const arrivals = [...bodies.map(bodyOf), bodyOf(valid)].map((body) => ({
    type: 'Observation',
    id: 'x',
    body,
  }))
  const together = await Promise.all(arrivals.map((arrival) => workshop.read(arrival)))
  assert.deepEqual(
    together.map(({ status }) => status),
    ['malformed', 'invalid', 'id-mismatch', 'malformed', 'malformed', 'ready'],
  )
  for (const [n, arrival] of arrivals.entries()) {
    // One alone is read in the caller's thread.
    const alone = await workshop.read(arrival)
    if (isRefusal(alone)) assert.deepEqual(together[n], alone)
  }
})

test('a job that cannot be done is rejected alone', async () => {
  const bad: Job = { type: 'Observation', whole: { text: '{', slot: 0, form: 'whole meta', idAt: 0 } }
  const settled = await Promise.allSettled([
    workshop.prepare([observation('a')]),
    workshop.prepare([observation('b'), bad]),
    workshop.prepare([observation('c')]),
  ])
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  await assert.rejects(workshop.prepare([bad]), 'done here')
})

test('a thread that dies takes its jobs with it, and the next call has another', async () => {
  const threads: Thread<never>[] = []
  const own = createWithThread(options, (...given) => {
    const thread = startThread(...given)
    threads.push(thread)
    return thread
  })
  await own.prepare([])
  const jobs = Array.from({ length: 200 }, (_, n) => observation(`note ${n}`))
  const calls = jobs.map((job) => own.prepare([job]))
  // Sent at the end of this turn, three messages; the rest waits, and is done by the next thread.
  setImmediate(() => void threads[0]?.end())
  const settled = await Promise.allSettled(calls)
  const lost = settled.filter(({ status }) => status === 'rejected')
  assert.ok(lost.length > 0 && lost.length <= 96, `${lost.length} were lost`)
  for (const { reason } of lost as PromiseRejectedResult[]) assert.match(String(reason), /broke down/)
  assert.equal(threads.length, 2)
  assert.equal((await own.prepare(jobs)).length, jobs.length)
  await own.close()
})

test('a thread that cannot start says why', async () => {
  const own = createWorkshop({ timeZone: 'No/Where' })
  await assert.rejects(own.prepare([]), (error: Error) => /time zone/i.test(String(error.cause)))
  await assert.rejects(own.prepare([observation('a'), observation('b')]), /broke down/)
  await own.close()
})

test('close finishes what was begun, and nothing comes after', async () => {
  const own = createWorkshop(options)
  const begun = own.prepare(Array.from({ length: 100 }, (_, n) => observation(`${n}`)))
  await Promise.all([own.close(), own.close()])
  assert.equal((await begun).length, 100)
  await assert.rejects(own.prepare([observation('late')]), /closed/)
  await createWorkshop(options).close()
})

test('a process waits for its jobs, and for no more', async () => {
  const out = await runModule(`
    import { createWorkshop } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    const job = { type: 'Basic', whole: { text: '{"resourceType":"Basic"}', slot: 1, form: 'whole meta', idAt: 1 } }
    const all = await createWorkshop({ timeZone: 'UTC' }).prepare([job, job])
    console.log(all.length)`)
  assert.equal(out, '2\n')
})

test('the thread loads no more than it needs: no database, no package', async () => {
  const out = await runModule(`
    import { registerHooks } from 'node:module'
    registerHooks({
      load(url, context, next) {
        console.log(url)
        return next(url, context)
      },
    })
    await import(${JSON.stringify(new URL('./prepare.ts', import.meta.url).href)})`)
  const loaded = out.split('\n')
  assert.ok(loaded.some((url) => url.endsWith('/extract.ts')))
  assert.deepEqual(
    loaded.filter((url) => /node_modules|\/kernel\/(db|keys)\/|queries\.ts/.test(url)),
    [],
  )
})

async function runModule(script: string): Promise<string> {
  const run = promisify(execFile)
  return (await run(process.execPath, ['--input-type=module', '-e', script], { timeout: 30_000 })).stdout
}
