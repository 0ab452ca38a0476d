/** The area `store`: the layers up to the record store. */
import { startChild } from './child.ts'
import type { Child } from './child.ts'
import { importSet, weigh, type ImportSet } from './import.ts'
import { inventedObservation, randomFrom } from './invented.ts'
import type { Load, LoadOptions } from './load.ts'
import type { Area } from './area.ts'
import type { Floors, Measure } from './measure.ts'
import { getRequest, postRequest } from './requests.ts'
import { rounded } from './results.ts'
import type { Result } from './results.ts'
import type { Filled, FillOptions, Started } from './server.ts'
import { warm } from './warm.ts'

const connections = 64
const sliceMs = 2_000
const floorSliceMs = 1_500
/** Bundles on their way at once: an import by a few workers. */
const bundleConnections = 4
/** 5,000 Observations of 1.4 kB. */
const corpus: FillOptions = { patients: 200, observations: 25, told: 25 }
/** Different ones that are created again and again. */
const createdBodies = 800

/** Starts the server and, of the rest, what the wanted results need. */
export async function openStoreArea(wants: (name: string) => boolean): Promise<Area> {
  const set = importSet()
  if (wants('store.rss')) await compileOnce(set)
  const server = await startChild('server.ts')
  const load = await startChild('load.ts')
  const parts = await startChild('floors.ts')
  const started = await server.ask<Started>('start')
  const target = { port: started.port, token: started.token }
  const { name: dataset, bundles } = set
  const weight = weigh(bundles)

  const send = async (options: Omit<LoadOptions, 'connections' | 'port'> & Partial<LoadOptions>) => {
    return load.ask<Load>('run', { connections, port: target.port, ...options })
  }
  const rateOf = async (options: Parameters<typeof send>[0]) => {
    const { answers, seconds } = await send(options)
    return answers / seconds
  }
  const prepare = (name: string, requests: Uint8Array[]) => load.ask('prepare', { name, requests })
  const loads = (requests: string, status: number, more: Partial<LoadOptions> = {}) => ({
    warmUp: async () => {
      await warm((ms) => send({ requests, status, for: { ms }, ...more }))
      await load.ask('forget', requests)
    },
    run: () => rateOf({ requests, status, for: { ms: sliceMs }, ...more }),
  })
  const importAll = async () =>
    ((await rateOf({ requests: 'import', status: 200, for: 'each once', connections: bundleConnections })) *
      weight.resources) /
    bundles.length

  const emptyPort = await parts.ask<number>('listen')
  const empty = loads('empty', 200, { port: emptyPort })
  const read = loads('read', 200)
  const create = loads('create', 201)

  await prepare('empty', [getRequest('/empty')])
  await prepare(
    'import',
    bundles.map((bundle) => postRequest('/fhir/R4', bundle, target)),
  )
  const imports = wants('store.transaction') || wants('store.bytes')
  const growth = imports ? await growthBy(server, importAll) : undefined
  const filled = await server.ask<Filled>('fill', corpus)
  await prepare(
    'read',
    filled.observations.map((path) => getRequest(`/fhir/R4/${path}`, target)),
  )
  await prepare('create', createRequests(filled.patients, target))
  await parts.ask('rows', started.databaseUrl)
  for (const each of [empty, read, create]) await each.warmUp()

  const parsers = new Map<string, Child>()
  const parse = (which: 'medplum' | 'ours') => async () => {
    let parser = parsers.get(which)
    if (!parser) {
      parser = await startChild('parsing.ts', [which])
      parsers.set(which, parser)
      await parser.ask('parse')
    }
    return parser.ask<number>('parse')
  }

  const floors: Floors = {
    'route.empty': empty.run,
    'database.select': () => parts.ask('select', { ms: floorSliceMs }),
    'database.insert': () => parts.ask('insert', { ms: floorSliceMs }),
    'medplum.validate': parse('medplum'),
  }
  const rate = { unit: 'requests/s', better: 'higher' } as const
  const resources = { unit: 'resources/s', better: 'higher', floor: 'medplum.validate' } as const
  const measures: Measure[] = [
    { name: 'store.read', ...rate, floor: 'route.empty', goal: 0.45, run: read.run },
    { name: 'store.create', ...rate, floor: 'route.empty', goal: 0.1, run: create.run },
    { name: 'store.validate', ...resources, run: parse('ours') },
    { name: 'store.transaction', ...resources, goal: 1, run: importAll },
  ]
  return {
    server,
    facts: { postgres: started.postgres, import: dataset },
    floors,
    measures,
    before,
    after,
    bytesFloor,
  }

  /** The database's growth, indexes and all, to the resources as compact JSON; the files have 2.8 times as much. */
  async function before(): Promise<Result[]> {
    if (growth === undefined) return []
    const row = { unit: 'bytes', better: 'lower' } as const
    const value = growth
    return [
      {
        name: 'store.bytes',
        value,
        ...row,
        ratio: rounded(value / weight.compactBytes),
        floor: 'import.bytes.compact',
        goal: 0.85,
      },
      {
        name: 'store.bytes.raw',
        value,
        ...row,
        ratio: rounded(value / weight.rawBytes),
        floor: 'import.bytes.raw',
      },
      {
        name: 'store.bytes.resource',
        value: rounded(value / weight.resources),
        unit: 'bytes/resource',
        better: 'lower',
      },
    ]
  }

  function bytesFloor(): Record<string, number> {
    return { 'import.bytes.compact': weight.compactBytes, 'import.bytes.raw': weight.rawBytes }
  }

  async function after(): Promise<Result[]> {
    const results: Result[] = []
    for (const name of ['read', 'create']) {
      const found = await load.ask<Record<string, number>>('percentiles', name)
      for (const [share, value] of Object.entries(found)) {
        results.push({ name: `store.${name}.${share}`, value: rounded(value), unit: 'ms', better: 'lower' })
      }
    }
    const { now, peak } = await server.ask<{ now: number; peak: number }>('residentBytes')
    const megabytes = (bytes: number) => Math.round(bytes / 1e6)
    const row = { unit: 'MB', better: 'lower' } as const
    results.push(
      { name: 'store.rss', value: megabytes(now), ...row, goal: 400 },
      { name: 'store.rss.peak', value: megabytes(peak), ...row },
    )
    return results
  }
}

/** A vault has been started before: nothing that it runs is TypeScript any more, and it loads nothing that would strip types. */
async function compileOnce({ bundles }: ImportSet): Promise<void> {
  const [server, load] = [await startChild('server.ts'), await startChild('load.ts')]
  const target = await server.ask<Started>('start')
  const requests = bundles.map((bundle) => postRequest('/fhir/R4', bundle, target))
  await load.ask('prepare', { name: 'import', requests })
  const all = { requests: 'import', status: 200, for: 'each once', connections: bundleConnections } as const
  await load.ask('run', { port: target.port, ...all } satisfies LoadOptions)
  await server.ask<Filled>('fill', { patients: 1, observations: 1, told: 1 })
  await Promise.all([server, load].map((child) => child.stop()))
}

async function growthBy(server: Child, work: () => Promise<unknown>): Promise<number> {
  const before = await server.ask<number>('databaseBytes')
  await work()
  return (await server.ask<number>('databaseBytes')) - before
}

function createRequests(patients: readonly string[], target: { port: number; token: string }): Buffer[] {
  const random = randomFrom(64)
  return Array.from({ length: createdBodies }, (_, n) => {
    const observation = inventedObservation(patients[n % patients.length] as string, random)
    return postRequest('/fhir/R4/Observation', Buffer.from(JSON.stringify(observation)), target)
  })
}
