/** `npm run bench:large`: does it stay as fast with a million resources as with ten thousand? */
import { startChild } from './child.ts'
import type { Load } from './load.ts'
import { machine } from './machine.ts'
import { measureInTurns } from './measure.ts'
import { getRequest } from './requests.ts'
import type { Report } from './results.ts'
import type { Filled, Started } from './server.ts'

const observations = 249
/** With the Patient, 250 resources each. */
const resourcesOfEach = observations + 1
const smallResources = 10_000
export const largeResources = 1_000_000
/** Addresses that are read, of each size alike. */
const readAddresses = 8_000
const connections = 64
const sliceMs = 4_000

export async function runLarge(resources: number, note: (text: string) => void): Promise<Report> {
  const load = await startChild('load.ts')
  const facts = machine()
  let postgres = ''
  const prepare = async (name: string, count: number) => {
    const patients = Math.round(count / resourcesOfEach)
    const server = await startChild('server.ts')
    const started = await server.ask<Started>('start')
    postgres = started.postgres
    const told = Math.ceil(readAddresses / patients)
    const filled = await server.ask<Filled>('fill', { patients, observations, told })
    note(`${name}: ${filled.patients.length * resourcesOfEach} resources`)
    const bytes = await server.ask<number>('databaseBytes')
    const requests = filled.observations.map((path) => getRequest(`/fhir/R4/${path}`, started))
    await load.ask('prepare', { name, requests })
    const run = async () => {
      const { port } = started
      const options = { requests: name, port, connections, for: { ms: sliceMs }, status: 200 }
      const { answers, seconds } = await load.ask<Load>('run', options)
      return answers / seconds
    }
    await run()
    await load.ask('forget', name)
    return { run, bytes, server }
  }
  const small = await prepare('store.read.small', smallResources)
  const large = await prepare('store.read.large', resources)
  const measured = await measureInTurns(
    { 'store.read.small': small.run },
    [
      {
        name: 'store.read.large',
        unit: 'requests/s',
        better: 'higher',
        floor: 'store.read.small',
        goal: 0.8,
        run: large.run,
      },
    ],
    note,
  )
  const { p50, p99 } = await load.ask<{ p50: number; p99: number }>('percentiles', 'store.read.large')
  const { now } = await large.server.ask<{ now: number }>('residentBytes')
  return {
    machine: { ...facts, postgres },
    floors: measured.floors,
    results: [
      ...measured.results,
      { name: 'store.read.large.p50', value: p50, unit: 'ms', better: 'lower' },
      { name: 'store.read.large.p99', value: p99, unit: 'ms', better: 'lower' },
      {
        name: 'store.bytes.large.resource',
        value: Math.round(large.bytes / resources),
        unit: 'bytes/resource',
        better: 'lower',
      },
      { name: 'store.rss.large', value: Math.round(now / 1e6), unit: 'MB', better: 'lower' },
    ],
  }
}
