import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Endpoint, EndpointContext } from '#kernel/safeguard.ts'
import type { CompartmentId, Watched } from '#records/index.ts'
import { find } from './finding.ts'
import type { Asked, Listed, Told } from './told.ts'

const dayMs = 86_400_000
const daysUsual = 7
/** A month of a hospital's is some minutes of work. */
const daysMax = 31
const listedMax = 200
/** Of one day of somebody's. */
const patientsMax = 50

/** One list at a time, by whomever: each reads weeks of the ledger, and everybody else is served meanwhile. */
let isListing = false

const words = { type: 'string', minLength: 1, maxLength: 32 } as const
const text = { type: 'string' } as const
const signs = {
  type: 'array',
  items: {
    type: 'object',
    properties: { sign: text, points: { type: 'number' }, es: text, en: text },
  },
} as const

export const endpoints: Record<string, Endpoint<Watched>> = {
  list: {
    summary:
      'Unusual access of some days, the most unusual first; seven days unless said otherwise, 31 at most',
    body: { type: 'object', additionalProperties: false, properties: { from: words, to: words } },
    answer: {
      type: 'object',
      properties: {
        from: text,
        to: text,
        visits: { type: 'integer' },
        listed: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              actor: text,
              login: text,
              name: text,
              day: text,
              score: { type: 'number' },
              signs,
              patients: {
                type: 'array',
                items: {
                  type: 'object',
                  properties: { patient: text, at: text, score: { type: 'number' }, signs },
                },
              },
            },
          },
        },
      },
    },
    act: list,
  },
}

async function list(
  { watched: ask, everybody, nowMs }: EndpointContext<Watched>,
  { from, to }: Asked,
): Promise<{ status: 'answer'; value: object } | Refusal> {
  const watched = await ask()
  if ('status' in watched) return watched
  const end = to === undefined ? { low: nowMs, high: nowMs } : watched.timeOf(to)
  if (!end) return badDate('to')
  const usual = watched.dayOf(end.high - daysUsual * dayMs).fromMs
  const begin = from === undefined ? usual : watched.timeOf(from)?.low
  if (begin === undefined || begin >= end.high || end.high - begin > daysMax * dayMs) return badDate('from')
  const span = { fromMs: watched.dayOf(begin).fromMs, toMs: end.high }
  if (isListing) return refuse('busy')
  isListing = true
  const finding = find({ watched, people: everybody(), ...span }).finally(() => (isListing = false))
  const { visits, unusual, ids, people } = await finding
  const shown = unusual.slice(0, listedMax)
  const named = new Set<CompartmentId>()
  const listed = shown.map(({ actor, dayMs: day, score, signs, patients }): Listed => ({
    actor,
    login: people.get(actor)?.login ?? '',
    name: people.get(actor)?.name ?? '',
    day: instant(day),
    score,
    signs,
    patients: patients.slice(0, patientsMax).map(({ patient, atMs, score: points, signs: theirs }) => {
      named.add(patient as CompartmentId)
      const id = ids.get(patient)
      return {
        ...(id === undefined ? {} : { patient: `Patient/${id}` }),
        at: instant(atMs),
        score: points,
        signs: theirs,
      }
    }),
  }))
  const told: Told = { from: instant(span.fromMs), to: instant(span.toMs), visits, listed }
  const unrecorded = await watched.tell(`snooping ${told.from} ${told.to}`, named)
  return unrecorded && isRefusal(unrecorded) ? unrecorded : { status: 'answer', value: told }
}

const instant = (ms: number): string => new Date(ms).toISOString()

function badDate(parameter: string) {
  return refuse('invalid-parameter', {
    parameter,
    expected: {
      en: `a date such as 2026-11-22; ${daysMax} days at most`,
      es: `una fecha como 2026-11-22; ${daysMax} días a lo más`,
    },
  })
}
