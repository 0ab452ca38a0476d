/** The area `ledger`: what it takes to record every act, and to make a tree of it. */
import type { Area } from './area.ts'
import { startChild } from './child.ts'
import type { Appended } from './recorder.ts'
import { openRecordedReads } from './recorded.ts'
import { median, rounded, type Result } from './results.ts'

const sliceMs = 2_000
const ofReads = ['ledger.read', 'ledger.cost', 'ledger.latency']
const ofAppends = ['ledger.append', 'ledger.bytes', 'ledger.covered.p99']
const ofVerifying = ['ledger.verify']

/** Starts what the wanted results need. */
export async function openLedgerArea(wants: (name: string) => boolean): Promise<Area> {
  const [reads, appends, verifies] = await Promise.all([
    ofReads.some(wants) ? openRecordedReads() : undefined,
    ofAppends.some(wants) ? openAppends() : undefined,
    ofVerifying.some(wants) ? openVerifying() : undefined,
  ])
  const some = reads ?? appends ?? verifies
  if (!some) throw new Error('nothing of the ledger is wanted')
  return {
    server: some.server,
    facts: reads?.facts ?? {},
    floors: reads?.floors ?? {},
    measures: [reads, appends, verifies].flatMap((each) => each?.measures ?? []),
    before: async () => [],
    after: async () => (await appends?.after()) ?? [],
    bytesFloor: () => ({}),
  }
}

async function openAppends(): Promise<Pick<Area, 'server' | 'measures' | 'after'>> {
  const server = await startChild('recorder.ts')
  await server.ask('start')
  await server.ask('append', { ms: sliceMs })
  const covered: number[] = []
  const append = async () => {
    const { rate, coveredP99 } = await server.ask<Appended>('append', { ms: sliceMs })
    covered.push(coveredP99)
    return rate
  }
  return {
    server,
    measures: [{ name: 'ledger.append', unit: 'entries/s', better: 'higher', goal: 20_000, run: append }],
    async after(): Promise<Result[]> {
      const bytes = await server.ask<number>('bytesPerEntry')
      return [
        { name: 'ledger.bytes', value: rounded(bytes), unit: 'bytes/entry', better: 'lower' },
        {
          name: 'ledger.covered.p99',
          value: rounded(median(covered)),
          unit: 'ms',
          better: 'lower',
          goal: 2000,
        },
      ]
    },
  }
}

/** Offline, one core: entries in a second of processor time. */
async function openVerifying(): Promise<Pick<Area, 'server' | 'measures'>> {
  const server = await startChild('verifier.ts')
  await server.ask('start')
  const run = () => server.ask<number>('verify')
  return {
    server,
    measures: [{ name: 'ledger.verify', unit: 'entries/s', better: 'higher', goal: 150_000, run }],
  }
}
