/** The list at a terminal. */
import type { Language } from '#kernel/outcome.ts'
import type { Terminal, TerminalSaid } from '#kernel/safeguard.ts'
import type { Told } from './told.ts'

export async function run({ language, options, ask }: Terminal): Promise<TerminalSaid> {
  const { from, to } = options
  const asked = await ask<Told>('POST', '', {
    ...(typeof from === 'string' ? { from } : {}),
    ...(typeof to === 'string' ? { to } : {}),
  })
  if (asked.status === 'problem') return asked
  return { status: 'ok', value: { json: asked.value, lines: linesOf(asked.value, language) } }
}

/** The most patients of one day that are shown one by one. */
const patientsMax = 5

export function linesOf({ visits, listed }: Told, language: Language): string[] {
  const summary = {
    es: `${listed.length} días insólitos de alguien, entre ${visits} veces que alguien vio a un paciente en un día. Es una lista para preguntar, no una prueba.`,
    en: `${listed.length} unusual days of somebody's, among ${visits} times that somebody looked at a patient on a day. It is a list to ask by, and no proof.`,
  }
  const lines = [summary[language]]
  for (const { name, login, day, score, signs, patients } of listed) {
    lines.push('', `${score.toFixed(1)}  ${name} (${login}), ${day.slice(0, 10)}`)
    for (const each of signs) lines.push(`     ${each[language]}`)
    for (const { patient, at, signs: theirs } of patients.slice(0, patientsMax)) {
      lines.push(`  ${patient ?? '–'}  ${at.slice(0, 16)}Z`)
      for (const each of theirs) lines.push(`     ${each[language]}`)
    }
    const more = patients.length - patientsMax
    if (more > 0) lines.push({ es: `  y ${more} más`, en: `  and ${more} more` }[language])
  }
  return lines
}
