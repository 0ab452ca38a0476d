/** The area `people`: reads by people who have signed in, of a house with few accounts and one with many. */
import type { Area } from './area.ts'
import { startChild, type Child } from './child.ts'
import type { Load, LoadOptions } from './load.ts'
import { getRequest } from './requests.ts'
import { median } from './results.ts'
import type { Filled, FillOptions, Started } from './server.ts'
import type { SignedHeaders } from './staff.ts'
import { warm } from './warm.ts'

const connections = 64
const sliceMs = 2_000
/** As in the area `store`. */
const corpus: FillOptions = { patients: 200, observations: 25, told: 25 }
/** As many people as connections, each of whom reads their own record. */
const sessions = 64
const accounts = 10_000
/** Slices of each of the two houses, in turns, before one of them has more accounts. */
const slicesBefore = 5
/** Proofs are good for a minute at least: new ones are made before. */
const proofMsMax = 40_000

type Way = keyof SignedHeaders

export async function openPeopleArea(): Promise<Area> {
  const [few, many] = [await startChild('server.ts', ['ledger']), await startChild('server.ts', ['ledger'])]
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

  /** Reads by each way. */
  const staffed = async (name: string, child: Child) => {
    const { port, postgres } = await child.ask<Started>('start')
    const { patients, observations } = await child.ask<Filled>('fill', corpus)
    await child.ask('signInAll', patients.slice(0, sessions))
    let madeAtMs = -Infinity
    const reads = (way: Way) => async () => {
      if (performance.now() - madeAtMs > proofMsMax) {
        const headers = await child.ask<SignedHeaders>('headers')
        for (const each of ['browsers', 'bearers'] as const) {
          const signed = headers[each]
          // Of each patient's own, which follow each other.
          const requests = observations.slice(0, sessions * corpus.told).map((path, n) =>
            getRequest(`/fhir/R4/${path}`, {
              port,
              headers: signed[Math.floor(n / corpus.told)] as string,
            }),
          )
          await load.ask('prepare', { name: `${name}.${each}`, requests })
        }
        madeAtMs = performance.now()
      }
      return rateOf({ requests: `${name}.${way}`, port })
    }
    const ready = async () => {
      // What was written is vacuumed now, and not while it is measured.
      await child.ask('databaseBytes')
      for (const way of ['browsers', 'bearers'] as const) {
        await reads(way)()
        await warm((ms) => run({ requests: `${name}.${way}`, port, for: { ms } }))
      }
    }
    await ready()
    return { reads, ready, postgres }
  }

  const small = await staffed('few', few)
  const large = await staffed('many', many)
  // Whoever was not asked for some seconds has given memory back, and collects garbage more often at first: a fifth of the processor's time
  // for a read. In the rounds one house waits longer than the other, so each is asked for a slice before the one that counts.
  const smallAwake = awake(small.reads('browsers'))
  const largeAwake = awake(large.reads('browsers'))
  // Two processes that do the same differ by up to a third, for as long as they live: what accounts change is what is beyond that.
  const ratios: number[] = []
  for (let slice = 0; slice < slicesBefore; slice++) {
    const before = await smallAwake()
    ratios.push((await largeAwake()) / before)
  }
  const usual = median(ratios)
  await many.ask('hire', accounts)
  await large.ready()
  await load.ask('prepare', { name: 'empty', requests: [getRequest('/empty')] })
  const rate = { unit: 'requests/s', better: 'higher' } as const
  return {
    server: few,
    facts: { postgres: small.postgres },
    floors: {
      'route.empty': () => rateOf({ requests: 'empty', port: emptyPort }),
      'people.few': smallAwake,
    },
    measures: [
      { name: 'people.read', ...rate, floor: 'route.empty', goal: 0.25, run: small.reads('browsers') },
      { name: 'people.read.bearer', ...rate, floor: 'route.empty', goal: 0.25, run: small.reads('bearers') },
      {
        name: 'people.read.accounts',
        ...rate,
        floor: 'people.few',
        goal: 0.9,
        run: async () => (await largeAwake()) / usual,
      },
    ],
    before: async () => [],
    after: async () => [],
    bytesFloor: () => ({}),
  }
}

function awake(reads: () => Promise<number>): () => Promise<number> {
  return async () => {
    await reads()
    return reads()
  }
}
