import type { Terms } from '#records/index.ts'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import type { Unanswered } from '../house/auditing.ts'
import { problem, type Problem } from '../house/problem.ts'

/** The question that the options put. */
export function termsOf(options: Context['options']): Terms {
  const terms: { -readonly [Name in keyof Terms]: Terms[Name] } = {}
  for (const name of ['patient', 'actor', 'client', 'address', 'device', 'from', 'to'] as const) {
    const value = options[name]
    if (typeof value === 'string') terms[name] = value
  }
  const { action, count, page, oldest } = options
  if (Array.isArray(action)) terms.action = action.join()
  if (typeof count === 'string') terms['_count'] = count
  if (typeof page === 'string') terms['_page'] = page
  if (oldest === true) terms.order = 'oldest'
  return terms
}

export function unansweredProblem(answer: Unanswered): Problem {
  switch (answer.status) {
    case 'sealed':
      return problem(exit.sealed, {
        es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
        en: 'The vault is sealed. Open it first: sigilo keys unseal',
      })
    case 'not-found':
      return problem(exit.failed, { es: 'No hay tal paciente.', en: 'There is no such patient.' })
    case 'gone':
      return problem(exit.failed, {
        es: 'Las llaves de ese paciente se destruyeron: lo que el libro guarda de él ya no dice nada.',
        en: "That patient's keys were destroyed: what the ledger has of them says nothing any more.",
      })
    case 'refused':
      return problem(exit.usage, answer.text)
  }
}
