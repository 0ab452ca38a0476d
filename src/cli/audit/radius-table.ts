/** How far somebody came, for people: each patient, and below it each resource. */
import type { PlainRadius } from '#records/index.ts'
import type { Language, Text } from '../text.ts'
import { labels } from './labels.ts'
import { columns, momentText } from './text.ts'

export function radiusTable(radius: PlainRadius, language: Language, timeZone: string): string[] {
  const { patients, facility, gone } = radius
  const lines: (string[] | string)[] = [summaryOf(radius)[language]]
  if (gone.patients > 0) lines.push(goneText(gone)[language])
  const places = [
    ...patients.map((touched) => ({ name: touched.patient ?? labels.unnamed[language], touched })),
    ...(facility ? [{ name: labels.facility[language], touched: facility }] : []),
  ]
  for (const { name, touched } of places) {
    const { acts, reads, changes, first, last, resources } = touched
    const span = `${momentText(first, timeZone)} – ${momentText(last, timeZone)}`
    lines.push('', `${name}: ${timesText({ acts, reads, changes })[language]}; ${span}`)
    for (const { resource, reads: shown, changes: changed } of resources)
      lines.push([`  ${resource}`, String(shown), String(changed)])
  }
  return columns(lines)
}

function summaryOf({ entries, acts, refused, patients }: PlainRadius): Text {
  const shown = patients.reduce((sum, { reads }) => sum + reads, 0)
  return {
    es: `${acts} actos (${entries} asientos, ${refused} de algo rechazado): ${patients.length} pacientes, sus recursos mostrados ${shown} veces. Por recurso: veces mostrado, veces cambiado.`,
    en: `${acts} acts (${entries} entries, ${refused} of something refused): ${patients.length} patients, whose resources were shown ${shown} times. By resource: times shown, times changed.`,
  }
}

function goneText({ patients, entries }: PlainRadius['gone']): Text {
  return {
    es: `Además ${entries} asientos de ${patients} pacientes cuyas llaves se destruyeron: no dicen nada más.`,
    en: `Besides, ${entries} entries of ${patients} patients whose keys were destroyed: they say nothing else.`,
  }
}

function timesText({ acts, reads, changes }: { acts: number; reads: number; changes: number }): Text {
  return {
    es: `${acts} actos, ${reads} veces mostrado, ${changes} cambiado`,
    en: `${acts} acts, shown ${reads} times, changed ${changes}`,
  }
}
