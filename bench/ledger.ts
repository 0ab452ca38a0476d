/** The area `ledger`: what it takes to record every act, and to make a tree of it. */
import type { Area } from './area.ts'
import { startChild } from './child.ts'
import type { Appended } from './recorder.ts'
import { median, rounded, type Result } from './results.ts'

const sliceMs = 2_500

export async function openLedgerArea(): Promise<Area> {
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
    facts: {},
    floors: {},
    measures: [{ name: 'ledger.append', unit: 'entries/s', better: 'higher', goal: 20_000, run: append }],
    before: async () => [],
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
    bytesFloor: () => ({}),
  }
}
