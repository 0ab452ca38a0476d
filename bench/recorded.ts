/** Reads as they are recorded, beside the same reads by a server whose store stands below the ledger. */
import type { Area } from './area.ts'
import { startChild } from './child.ts'
import type { Load, LoadOptions } from './load.ts'
import type { Floors, Measure } from './measure.ts'
import { getRequest } from './requests.ts'
import type { Filled, FillOptions, Started } from './server.ts'
import { warm } from './warm.ts'

const connections = 64
const sliceMs = 1_500
/** Some thousand requests, one after the other. */
const latencySliceMs = 1_000
/** As in the area `store`. */
const corpus: FillOptions = { patients: 200, observations: 25, told: 25 }

export async function openRecordedReads(): Promise<Pick<Area, 'server' | 'facts' | 'floors' | 'measures'>> {
  const [server, below] = [await startChild('server.ts', ['ledger']), await startChild('server.ts')]
  const load = await startChild('load.ts')
  const parts = await startChild('floors.ts')
  const ports = new Map<string, number>()
  const begin = async (name: string, child: typeof server): Promise<Started> => {
    const started = await child.ask<Started>('start')
    const target = { port: started.port, token: started.token }
    const { observations } = await child.ask<Filled>('fill', corpus)
    const requests = observations.map((path) => getRequest(`/fhir/R4/${path}`, target))
    await load.ask('prepare', { name, requests })
    ports.set(name, started.port)
    return started
  }
  const send = async (options: Pick<LoadOptions, 'requests'> & Partial<LoadOptions>) => {
    const port = ports.get(options.requests) as number
    const whole = { connections, port, status: 200, for: { ms: sliceMs }, ...options }
    return load.ask<Load>('run', whole)
  }
  const rateOf = async (options: Parameters<typeof send>[0]) => {
    const { answers, seconds } = await send(options)
    return answers / seconds
  }
  const reads = (requests: string) => () => rateOf({ requests })
  /** Milliseconds from the request to the answer, one after the other. */
  const latency = (requests: string) => async () =>
    1000 / (await rateOf({ requests, connections: 1, for: { ms: latencySliceMs } }))

  const [{ postgres }] = await Promise.all([begin('recorded', server), begin('below', below)])
  await load.ask('prepare', { name: 'empty', requests: [getRequest('/empty')] })
  ports.set('empty', await parts.ask<number>('listen'))
  for (const requests of ['empty', 'recorded', 'below']) {
    await warm((ms) => send({ requests, for: { ms } }))
    await load.ask('forget', requests)
  }

  const floors: Floors = {
    'route.empty': reads('empty'),
    'read.below': reads('below'),
    'latency.below': latency('below'),
  }
  const rate = { unit: 'requests/s', better: 'higher' } as const
  const recorded = reads('recorded')
  /** Of this round: it stands between the two floors, and is a neighbour of both. */
  let slice: number | undefined
  const measures: Measure[] = [
    {
      name: 'ledger.read',
      ...rate,
      floor: 'route.empty',
      goal: 0.28,
      run: async () => (slice = await recorded()),
    },
    {
      name: 'ledger.cost',
      ...rate,
      floor: 'read.below',
      goal: 0.6,
      async run() {
        const value = slice ?? (await recorded())
        slice = undefined
        return value
      },
    },
    {
      name: 'ledger.latency',
      unit: 'ms',
      better: 'lower',
      floor: 'latency.below',
      goal: 2.5,
      run: latency('recorded'),
    },
  ]
  return {
    server,
    facts: { postgres },
    floors,
    measures,
  }
}
