/** The area `sign-in`: what it costs people to sign in, and what it tells whoever guesses. */
import type { Area } from './area.ts'
import { startChild } from './child.ts'

/** A sign-in costs what Argon2id costs, and little more. */
const passwordGoal = 1.25
/** Of a login that nobody has to one that somebody has: no less than the machine's own restlessness. */
const nobodyGoal = 1.1
/** Ten thousand accounts change nothing. */
const manyGoal = 0.8
const listMsGoal = 3_000

export async function openSignInArea(): Promise<Area> {
  const server = await startChild('entrance.ts')
  await server.ask('start')
  return {
    server,
    facts: {},
    floors: {
      argon2id: () => server.ask('argon2'),
      'sign-in.wrong': () => server.ask('wrong', 'ana'),
      'accounts.one': () => server.ask('find', 'few'),
    },
    measures: [
      {
        name: 'sign-in.password',
        unit: 'ms',
        better: 'lower',
        floor: 'argon2id',
        goal: passwordGoal,
        run: () => server.ask('right'),
      },
      {
        name: 'sign-in.nobody',
        unit: 'ms',
        better: 'lower',
        floor: 'sign-in.wrong',
        goal: nobodyGoal,
        run: () => server.ask('wrong', 'nobody'),
      },
      {
        name: 'sign-in.among-10000',
        unit: 'found/s',
        better: 'higher',
        floor: 'accounts.one',
        goal: manyGoal,
        run: () => server.ask('find', 'many'),
      },
      {
        name: 'sign-in.list-10000',
        unit: 'ms',
        better: 'lower',
        goal: listMsGoal,
        run: () => server.ask('list'),
      },
    ],
    before: async () => [],
    after: async () => [],
    bytesFloor: () => ({}),
  }
}
