/**
 * The area `search`: the same layers as `store`, over populations of its own. A small house and a large one stand side
 * by side, so that what grows with the number of other patients is seen in one run.
 */
import type { Area } from './area.ts'
import { startChild, type Child } from './child.ts'
import type { Load, LoadOptions } from './load.ts'
import type { Floors, Measure } from './measure.ts'
import { getRequest } from './requests.ts'
import { rounded, type Result } from './results.ts'
import type { Filled, FillOptions, Started } from './server.ts'
import { warm } from './warm.ts'

const connections = 64
/** For the time from a name to its page: nobody else asks at the moment. */
const deskConnections = 1
/** Of a ward at work. */
const wardConnections = 8
const sliceMs = 2_000
/** Each fills houses with patients who have to be new to it: the filling takes longer than the measuring. */
const rounds = 5

/** Whose records are searched: so many patients with 200 Observations each. */
const ward: FillOptions = { patients: 10, observations: 200, told: 0 }
/** Each is searched once, never seen since the vault was opened: as many as there are rounds. */
const cold: FillOptions = { patients: rounds, observations: 5_000, told: 0 }
/** A population to go through: 50,000 Observations. */
const population: FillOptions = { patients: 250, observations: 200, told: 0 }
const otherPatients = 10_000
const namedPatients = 100_000

const loinc = ['8302-2', '29463-7', '8867-4', '8310-5', '2345-7', '2160-0', '718-7', '4548-4']
/** As somebody at a desk types them. */
const names = [
  'name=hernandez',
  'name=Garcia%20Lopez',
  'name=gonzales%20maria',
  'family=Yimenez',
  'family=Mart%C3%ADnez&given=Jos%C3%A9',
  'name=Xoch',
  'given=Itzel',
  'name=Cuautle',
  'name=Guadalupe%20P%C3%A9rez%20Cruz',
  'name=Vasquez&birthdate=ge1980',
]

interface House {
  server: Child
  started: Started
  /** From unsealing until the lists of common names are at hand; searches are answered meanwhile, some slower. */
  readySeconds: number
  ward: Filled
  cold: Filled
}

export async function openSearchArea(wants: (name: string) => boolean): Promise<Area> {
  const load = await startChild('load.ts')
  const parts = await startChild('floors.ts')
  const emptyPort = await parts.ask<number>('listen')
  await load.ask('prepare', { name: 'empty', requests: [getRequest('/empty')] })
  const send = async (options: Omit<LoadOptions, 'connections'> & Partial<LoadOptions>) =>
    load.ask<Load>('run', { connections, ...options })
  const rateOf = async (options: Parameters<typeof send>[0]) => {
    const { answers, seconds } = await send(options)
    return answers / seconds
  }

  // Filled side by side: admitting patients keeps one core busy, and PostgreSQL half of the other.
  const [smallFilled, largeFilled, scanned] = await Promise.all([
    fillHouse(0),
    fillHouse(wants('search.name.p99') ? namedPatients : otherPatients),
    wants('search.scan') ? fillPopulation() : undefined,
  ])
  const small = await reopened(smallFilled)
  const large = await reopened(largeFilled)

  const measures: Measure[] = []
  const warmUps: (() => Promise<unknown>)[] = []
  const latencies: string[] = []
  for (const [size, house] of [
    ['', large],
    ['.alone', small],
  ] as const) {
    const target = { port: house.started.port, token: house.started.token }
    const base = '/fhir/R4'
    const inPatient = `search.patient${size}`
    await load.ask('prepare', {
      name: inPatient,
      requests: house.ward.patients.flatMap((patient) =>
        loinc.map((code) =>
          getRequest(
            `${base}/Observation?patient=${patient}&code=http://loinc.org|${code}&_count=20`,
            target,
          ),
        ),
      ),
    })
    const patientLoad = { requests: inPatient, status: 200, port: target.port }
    warmUps.push(() => warm((ms) => send({ ...patientLoad, for: { ms } })))
    measures.push({
      name: inPatient,
      unit: 'requests/s',
      better: 'higher',
      floor: 'route.empty',
      ...(size === '' ? { goal: 0.04 } : {}),
      run: () => rateOf({ ...patientLoad, for: { ms: sliceMs } }),
    })

    let next = 0
    measures.push({
      name: `search.cold${size}`,
      unit: 'ms',
      better: 'lower',
      ...(size === '' ? { goal: 50 } : {}),
      async run() {
        const patient = house.cold.patients[next++ % house.cold.patients.length] as string
        const query =
          `patient=${patient}&code=http://loinc.org|${loinc[next % loinc.length]}` +
          '&date=ge2014&date=lt2022&_sort=-date&_count=20'
        const name = `search.cold${size}.${next}`
        await load.ask('prepare', { name, requests: [getRequest(`${base}/Observation?${query}`, target)] })
        await send({ requests: name, status: 200, port: target.port, connections: 1, for: 'each once' })
        const { p99 } = await load.ask<{ p99: number }>('percentiles', name)
        return p99
      },
    })

    const byName = `search.name${size}`
    await load.ask('prepare', {
      name: byName,
      requests: names.map((query) => getRequest(`${base}/Patient?${query}&_count=20`, target)),
    })
    const nameLoad = { requests: byName, status: 200, port: target.port, connections: deskConnections }
    warmUps.push(() => warm((ms) => send({ ...nameLoad, for: { ms } })))
    latencies.push(byName)
    measures.push({
      name: byName,
      unit: 'requests/s',
      better: 'higher',
      run: () => rateOf({ ...nameLoad, for: { ms: sliceMs } }),
    })
  }
  const fair = { port: large.started.port, token: large.started.token }
  const others = wants('search.fair') ? await startChild('load.ts') : undefined
  const ofWard = {
    requests: 'search.patient',
    status: 200,
    port: large.started.port,
    connections: wardConnections,
  }
  measures.push({
    name: 'search.fair',
    unit: 'p99 to p99',
    better: 'lower',
    goal: 1.2,
    /** The ward's p99 while a population is gone through, to that of the same moment without. */
    async run() {
      const p99 = async () => {
        await load.ask('forget', 'search.patient')
        await send({ ...ofWard, for: { ms: sliceMs } })
        return (await load.ask<{ p99: number }>('percentiles', 'search.patient')).p99
      }
      const alone = await p99()
      const scan = {
        requests: 'population',
        status: 200,
        port: fair.port,
        connections: 1,
        // A population takes longer than a slice, and the next slice would wait for it.
        for: { ms: sliceMs, isCut: true },
      }
      const scanning = others?.ask<Load>('run', scan)
      const together = await p99()
      await scanning
      return together / alone
    },
  })
  await others?.ask('prepare', {
    name: 'population',
    requests: [getRequest('/fhir/R4/Observation?value-quantity=gt1000000&_count=1', fair)],
  })
  if (scanned) {
    const target = { port: scanned.port, token: scanned.token }
    const tuples = population.patients * (population.observations + 1)
    await load.ask('prepare', {
      name: 'search.scan',
      requests: [
        getRequest('/fhir/R4/Observation?code=http://loinc.org|718-7&_total=accurate&_count=1', target),
      ],
    })
    const run = async () =>
      tuples *
      (await rateOf({
        requests: 'search.scan',
        status: 200,
        port: target.port,
        connections: 1,
        for: 'each once',
      }))
    // As the others: a process that has looked through a population before.
    warmUps.push(run)
    measures.push({ name: 'search.scan', unit: 'tuples/s', better: 'higher', goal: 200_000, run })
  }
  const chosen = measures.filter(({ name }) => wants(name))
  for (const warmUp of warmUps) await warmUp()
  for (const name of latencies) await load.ask('forget', name)

  const floors: Floors = {
    'route.empty': () => rateOf({ requests: 'empty', status: 200, port: emptyPort, for: { ms: sliceMs } }),
  }
  return {
    server: large.server,
    facts: { postgres: large.started.postgres },
    floors,
    measures: chosen,
    rounds,
    before: async () => [],
    after,
    bytesFloor: () => ({}),
  }

  async function fillHouse(others: number): Promise<Omit<House, 'readySeconds'>> {
    const server = await startChild('server.ts')
    const started = await server.ask<Started>('start')
    if (others > 0) await server.ask('admit', others)
    const theirs = await server.ask<Filled>('fill', ward)
    return { server, started, ward: theirs, cold: await server.ask<Filled>('fill', cold) }
  }

  async function fillPopulation(): Promise<Started> {
    const server = await startChild('server.ts')
    const started = await server.ask<Started>('start')
    await server.ask('fill', population)
    return started
  }

  /** As after a start, with nothing else to do. */
  async function reopened(house: Omit<House, 'readySeconds'>): Promise<House> {
    const unsealed = performance.now()
    await house.server.ask('reopen')
    return { ...house, readySeconds: (performance.now() - unsealed) / 1000 }
  }

  async function after(): Promise<Result[]> {
    const results: Result[] = []
    if (wants('search.name.p99')) {
      results.push({
        name: 'search.name.ready',
        value: rounded(large.readySeconds),
        unit: 's',
        better: 'lower',
      })
    }
    for (const name of latencies) {
      const { p50, p99 } = await load.ask<Record<'p50' | 'p99', number>>('percentiles', name)
      const row = { unit: 'ms', better: 'lower' } as const
      results.push(
        { name: `${name}.p50`, value: rounded(p50), ...row },
        { name: `${name}.p99`, value: rounded(p99), ...row, ...(name === 'search.name' ? { goal: 30 } : {}) },
      )
    }
    return results
  }
}
