/** What `sigilo doctor` says: what is overdue, and when the next campaign opens. */
import type { Looking, SafeguardFinding } from '#kernel/safeguard.ts'
import { dayMs, nextOpeningMs } from './campaign.ts'
import { findSchedule, standingOf } from './standing.ts'
import { dayOf } from './tending.ts'

/** From then on what still waits is a warning. */
const soonDays = 7

export async function checks(house: Looking): Promise<SafeguardFinding | undefined> {
  const schedule = await findSchedule(house.rows)
  if (!schedule) {
    return {
      status: 'bad',
      text: {
        es: 'falta el calendario de las revisiones de acceso: alguien lo quitó de la base',
        en: 'the schedule of access reviews is missing: somebody took it out of the database',
      },
      cure: { es: 'Compruebe la bóveda: sigilo verify', en: 'Verify the vault: sigilo verify' },
    }
  }
  const { nowMs } = house
  const next = dayOf(nextOpeningMs(schedule, nowMs))
  const standing = await standingOf(house, schedule)
  const counts = (wanted: string) => standing?.items.filter(({ state }) => state === wanted).length ?? 0
  const [expired, waiting, held] = [counts('expired'), counts('waiting'), counts('held')]
  const dueMs = standing?.campaign.dueMs ?? Infinity
  if (expired > 0 || held > 0) {
    return {
      status: 'warning',
      text: {
        es: `revisiones de acceso: ${expired} vencidas, con el acceso cerrado; ${held} que nadie puede responder`,
        en: `access reviews: ${expired} overdue, with their access closed; ${held} that nobody can answer`,
      },
      cure: {
        es: 'Respóndalas: sigilo reviews list; de las que nadie puede, nombre a otro responsable',
        en: 'Answer them: sigilo reviews list; of those that nobody can, appoint another officer',
      },
    }
  }
  if (waiting === 0)
    return {
      status: 'ok',
      text: {
        es: `revisiones de acceso al día; la próxima se abre el ${next}`,
        en: `access reviews are done; the next opens on ${next}`,
      },
    }
  const due = dayOf(dueMs)
  return {
    status: dueMs - nowMs <= soonDays * dayMs ? 'warning' : 'ok',
    text: {
      es: `revisiones de acceso: faltan ${waiting}, hasta el ${due}`,
      en: `access reviews: ${waiting} wait, until ${due}`,
    },
    cure: { es: 'sigilo reviews list', en: 'sigilo reviews list' },
  }
}
