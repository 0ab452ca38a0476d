/** The area `keys`: what is done to keys, apart from the requests that use them. */
import type { Area } from './area.ts'
import { startChild, type Child } from './child.ts'

/** Of an epoch that is full: what a destruction costs the others at most. */
const rewrapMsGoal = 1000

/** Of a copy from file to file and the cipher alone. */
const streamGoal = 0.5

export async function openKeysArea(): Promise<Area> {
  const server = await startChild('keeper.ts')
  await server.ask('start')
  await server.ask('rewrap')
  let streamer: Child | undefined
  const stream = async (what: 'in' | 'out' | 'floor') => {
    if (!streamer) {
      streamer = await startChild('streamer.ts')
      await streamer.ask('start')
      await streamer.ask('in')
    }
    return streamer.ask<number>(what)
  }
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
      ...(['', '.scan'] as const).map((scan) => ({
        name: `keys.hits${scan}`,
        unit: '% of a day',
        better: 'higher' as const,
        run: () => server.ask<number>('hits', scan !== ''),
      })),
      ...(['in', 'out'] as const).map((way) => ({
        name: `keys.stream.${way}`,
        unit: 'MB/s',
        better: 'higher' as const,
        floor: 'fs.copy+aes',
        goal: streamGoal,
        run: () => stream(way),
      })),
    ],
    before: async () => [],
    after: async () => [],
    bytesFloor: () => ({}),
  }
}
