/** What `sigilo doctor` says: reviews that are overdue, those that wait, and whose use stands out. */
import type { Looking, SafeguardFinding } from '#kernel/safeguard.ts'
import { isOverdue, useOf, type Openings } from './opening.ts'

export async function checks({ rows, nowMs }: Pick<Looking, 'rows' | 'nowMs'>): Promise<SafeguardFinding> {
  let [overdue, waiting, repeated] = [0, 0, 0]
  for await (const { value } of rows.list<Openings>()) {
    overdue += value.openings.filter((each) => isOverdue(each, nowMs)).length
    waiting += value.openings.filter(({ review }) => !review).length
    if (useOf(value, nowMs).isRepeated) repeated++
  }
  const often = {
    es: repeated === 0 ? '' : `; uso repetido en 30 días, personas: ${repeated}`,
    en: repeated === 0 ? '' : `; repeated use within 30 days, people: ${repeated}`,
  }
  const cure = {
    es: 'Una revisión no se puede omitir: sigilo breakglass list, y sigilo breakglass review ID',
    en: 'A review cannot be skipped: sigilo breakglass list, and sigilo breakglass review ID',
  }
  if (overdue > 0)
    return {
      status: 'bad',
      text: {
        es: `accesos de urgencia sin revisar en 72 horas: ${overdue}${often.es}`,
        en: `emergency access not reviewed within 72 hours: ${overdue}${often.en}`,
      },
      cure,
    }
  const text = {
    es: `accesos de urgencia por revisar: ${waiting}${often.es}`,
    en: `emergency access to review: ${waiting}${often.en}`,
  }
  return repeated > 0 ? { status: 'warning', text, cure } : { status: 'ok', text }
}

/** What somebody has open by it now. */
export async function holds(
  rows: Looking['rows'],
  person: string,
  nowMs: number,
): Promise<readonly { es: string; en: string }[]> {
  const known = await rows.find<Openings>(person)
  const { recent } = known ? useOf(known, nowMs) : { recent: 0 }
  if (recent === 0) return []
  return [
    {
      es: `abrió expedientes en urgencias: ${recent} veces en 30 días`,
      en: `opened records in emergencies: ${recent} times within 30 days`,
    },
  ]
}
