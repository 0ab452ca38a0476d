import type { HomeKind } from '../home/home.ts'
import { ageOf } from '../age.ts'
import type { SendTold } from '../house/sending/told.ts'
import type { Finding } from './checks.ts'

/** A day without a copy outside is a day that a thief of the machine can make otherwise. */
const failingMsMax = 24 * 3_600_000

/** Whether somebody outside knows what the ledger says. */
export function sendsFinding(sends: readonly SendTold[], kind: HomeKind, nowMs: number): Finding {
  const now = new Date(nowMs)
  const contradicted = sends.find(({ disagrees }) => disagrees)
  if (contradicted) {
    const { place, reason } = contradicted
    return {
      status: 'bad',
      text: {
        es: `${place} no reconoce el libro: ${reason}`,
        en: `${place} does not recognise the ledger: ${reason}`,
      },
      cure: {
        es: 'El libro no es el que se le mostró: revíselo con «sigilo verify». Si se restauró un respaldo, vea docs/operating/ledger.md.',
        en: 'The ledger is not the one that it was shown: look into it with "sigilo verify". If a backup was restored, see docs/operating/ledger.md.',
      },
    }
  }
  const [failing] = sends
    .filter(({ failedSince }) => failedSince !== undefined)
    .toSorted((a, b) => String(a.failedSince).localeCompare(String(b.failedSince)))
  if (failing?.failedSince !== undefined) {
    const { place, failedSince, reason } = failing
    const isLong = nowMs - Date.parse(failedSince) > failingMsMax
    return {
      status: isLong ? 'bad' : 'warning',
      text: {
        es: `${place} no recibe los puntos de control desde hace ${ageOf(failedSince, now)}: ${reason}`,
        en: `${place} has taken no checkpoint for ${ageOf(failedSince, now)}: ${reason}`,
      },
      cure: { es: 'sigilo ledger send lo intenta de nuevo', en: 'sigilo ledger send tries again' },
    }
  }
  if (sends.length > 0) {
    const [oldest] = sends.flatMap(({ at }) => at ?? []).toSorted()
    const age = oldest === undefined ? undefined : ageOf(oldest, now)
    return {
      status: 'ok',
      text: {
        es: `los puntos de control van a ${sends.length} lugares${age === undefined ? '' : `, el último hace ${age}`}`,
        en: `checkpoints go to ${sends.length} places${age === undefined ? '' : `, the last ${age} ago`}`,
      },
    }
  }
  if (kind === 'demo') {
    const text = {
      es: 'los puntos de control de una demostración no van a ningún lado',
      en: 'the checkpoints of a demonstration go nowhere',
    }
    return { status: 'ok', text }
  }
  return {
    status: 'warning',
    text: {
      es: 'nadie fuera de este equipo tiene un punto de control: quien lo controle puede rehacer el pasado',
      en: 'nobody outside this machine has a checkpoint: whoever controls it can make another past',
    },
    cure: {
      es: 'sigilo ledger witness add … (o authority, o folder): docs/operating/ledger.md',
      en: 'sigilo ledger witness add … (or authority, or folder): docs/operating/ledger.md',
    },
  }
}
