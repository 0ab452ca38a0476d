/** The area `keys`: what is done to keys, apart from the requests that use them. */
import type { Area } from './area.ts'
import { startChild } from './child.ts'

/** Of an epoch that is full: what a destruction costs the others at most. */
const rewrapMsGoal = 1000

export async function openKeysArea(): Promise<Area> {
  const server = await startChild('keeper.ts')
  await server.ask('start')
  await server.ask('rewrap')
  return {
    server,
    facts: {},
    floors: {},
    measures: [
      {
        name: 'keys.rewrap',
        unit: 'ms',
        better: 'lower',
        goal: rewrapMsGoal,
        run: () => server.ask<number>('rewrap'),
      },
    ],
    before: async () => [],
    after: async () => [],
    bytesFloor: () => ({}),
  }
}
