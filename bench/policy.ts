/**
 * The area `policy`: reads and searches of physicians who have signed in, of patients in their care; a house with nobody else in care beside one
 * with a million relationships.
 */
import type { Area } from './area.ts'
import { startChild, type Child } from './child.ts'
import type { Load, LoadOptions } from './load.ts'
import type { Measure } from './measure.ts'
import { getRequest } from './requests.ts'
import type { Filled, FillOptions, Started } from './server.ts'
import type { SignedHeaders } from './staff.ts'
import { warm } from './warm.ts'

const connections = 64
const sliceMs = 2_000
/** As in the area `store`. */
const corpus: FillOptions = { patients: 200, observations: 25, told: 25 }
/** As many physicians as connections, each with one patient. */
const sessions = 64
const relationships = 1_000_000
/** Proofs are good for a minute at least: new ones are made before. */
const proofMsMax = 40_000
/** Of a patient in care, and of whoever is in care. */
const codes = ['8302-2', '29463-7', '8867-4', '8310-5', '2345-7', '2160-0', '718-7', '4548-4']

type What = 'read' | 'search' | 'care' | 'whole'

export async function openPolicyArea(wants: (name: string) => boolean): Promise<Area> {
  const few = await startChild('server.ts', ['ledger'])
  const load = await startChild('load.ts')
  const parts = await startChild('floors.ts')
  const emptyPort = await parts.ask<number>('listen')
  const run = async (options: Pick<LoadOptions, 'requests' | 'port'> & Partial<LoadOptions>) => {
    const whole = { connections, status: 200, for: { ms: sliceMs }, ...options }
    return load.ask<Load>('run', whole)
  }
  const rateOf = async (options: Parameters<typeof run>[0]) => {
    const { answers, seconds } = await run(options)
    return answers / seconds
  }

  const inCare = async (name: string, child: Child, relations: number) => {
    const { port, token, postgres } = await child.ask<Started>('start')
    const { patients, observations } = await child.ask<Filled>('fill', corpus)
    const theirs = patients.slice(0, sessions)
    const carers = await child.ask<string[]>('careFor', theirs)
    if (relations > 0) {
      await child.ask('relate', relations)
      // As after a start: nothing waits to be sorted in.
      await child.ask('reopen')
    }
    await child.ask('signInCarers', carers)
    const base = '/fhir/R4'
    const search = (n: number, patient: string) =>
      `${base}/Observation?patient=${patient}&code=http://loinc.org|${codes[n % codes.length]}&_count=20`
    let madeAtMs = -Infinity
    const prepare = async () => {
      if (performance.now() - madeAtMs < proofMsMax) return
      const { browsers } = await child.ask<SignedHeaders>('headers')
      const by = (n: number) => ({ port, headers: browsers[n] as string })
      const asked: Record<What, Buffer[]> = {
        // Each of their own patient's, which follow each other.
        read: observations
          .slice(0, sessions * corpus.told)
          .map((path, n) => getRequest(`${base}/${path}`, by(Math.floor(n / corpus.told)))),
        search: theirs.flatMap((patient, n) => codes.map((_, m) => getRequest(search(m, patient), by(n)))),
        care: theirs.map((_, n) =>
          getRequest(`${base}/Observation?code=http://loinc.org|${codes[n % codes.length]}&_count=20`, by(n)),
        ),
        whole: theirs.flatMap((patient) =>
          codes.map((_, m) => getRequest(search(m, patient), { port, token })),
        ),
      }
      for (const [what, requests] of Object.entries(asked))
        await load.ask('prepare', { name: `${name}.${what}`, requests })
      madeAtMs = performance.now()
    }
    const asks = (what: What) => async () => {
      await prepare()
      return rateOf({ requests: `${name}.${what}`, port })
    }
    for (const what of ['read', 'search', 'care', 'whole'] as const) {
      await prepare()
      await warm((ms) => run({ requests: `${name}.${what}`, port, for: { ms } }))
    }
    return { asks, postgres }
  }

  const small = await inCare('few', few, 0)
  await load.ask('prepare', { name: 'empty', requests: [getRequest('/empty')] })
  const rate = { unit: 'requests/s', better: 'higher' } as const
  const measures: Measure[] = [
    { name: 'policy.read', ...rate, floor: 'route.empty', goal: 0.22, run: small.asks('read') },
    // 1.3 times as long.
    { name: 'policy.search', ...rate, floor: 'policy.unfiltered', goal: 0.77, run: small.asks('search') },
    { name: 'policy.care', ...rate, floor: 'policy.unfiltered', run: small.asks('care') },
  ]
  const floors: Area['floors'] = {
    'route.empty': () => rateOf({ requests: 'empty', port: emptyPort }),
    'policy.unfiltered': small.asks('whole'),
  }
  // It takes minutes to fill: not in a run of everything.
  if (wants('policy.relationships') && !wants('people.read')) {
    const large = await inCare('many', await startChild('server.ts', ['ledger']), relationships)
    for (const what of ['read', 'search', 'care'] as const) {
      const floor = `policy.few.${what}`
      floors[floor] = small.asks(what)
      measures.push({
        name: `policy.relationships.${what}`,
        ...rate,
        floor,
        goal: 0.9,
        run: large.asks(what),
      })
    }
  }
  return {
    server: few,
    facts: { postgres: small.postgres },
    floors,
    measures,
    before: async () => [],
    after: async () => [],
    bytesFloor: () => ({}),
  }
}
