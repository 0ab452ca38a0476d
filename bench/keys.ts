/** The area `keys`: what is done to keys, apart from the requests that use them. */
import type { Area } from './area.ts'
import { startChild, type Child } from './child.ts'
import { rounded, type Result } from './results.ts'

/** Of an epoch that is full: what a destruction costs the others at most. */
const rewrapMsGoal = 1000

/** Of a copy from file to file and the cipher alone. */
const streamGoal = 0.5

export async function openKeysArea(wants: (name: string) => boolean): Promise<Area> {
  const server = await startChild('keeper.ts')
  await server.ask('start')
  await server.ask('rewrap')
  let streamer: Child | undefined
  const stream = async (what: 'seal' | 'open' | 'in' | 'out' | 'floor') => {
    if (!streamer) {
      streamer = await startChild('streamer.ts')
      await streamer.ask('start')
      for (const first of ['seal', 'open', 'in'] as const) await streamer.ask(first)
    }
    return streamer.ask<number>(what)
  }
  const streamed = { unit: 'MB/s', better: 'higher', floor: 'fs.copy+aes' } as const
  return {
    server,
    facts: {},
    floors: { 'fs.copy+aes': () => stream('floor') },
    measures: [
      {
        name: 'keys.rewrap',
        unit: 'ms',
        better: 'lower',
        goal: rewrapMsGoal,
        run: () => server.ask<number>('rewrap'),
      },
      {
        name: 'keys.unwrap',
        unit: 'keys/s',
        better: 'higher',
        run: () => server.ask<number>('unwrap'),
      },
      ...(['seal', 'open'] as const).map((way) => ({
        name: `keys.stream.${way}`,
        ...streamed,
        goal: streamGoal,
        run: () => stream(way),
      })),
      // With all that lies above the keys: PostgreSQL, its log, and its text protocol.
      ...(['in', 'out'] as const).map((way) => ({
        name: `keys.content.${way}`,
        ...streamed,
        run: () => stream(way),
      })),
    ],
    before: async () => [],
    after,
    bytesFloor: () => ({}),
  }

  /** The same day comes to the same number each time: once is enough. */
  async function after(): Promise<Result[]> {
    const results: Result[] = []
    for (const scan of ['', '.scan'] as const) {
      const name = `keys.hits${scan}`
      if (!wants(name)) continue
      const value = rounded(await server.ask<number>('hits', scan !== ''))
      results.push({ name, value, unit: '% of a day', better: 'higher' })
    }
    return results
  }
}
