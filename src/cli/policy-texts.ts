/** How a decision is told to people. */
import type { Explained, Explanation } from '#records/index.ts'
import type { Language, Text } from './text.ts'

const allowed: Text = { es: 'permitido', en: 'allowed' }
const refused: Text = { es: 'negado', en: 'refused' }
const noPolicy: Text = { es: 'ninguna política lo permite', en: 'no policy permits it' }
const nowhere: Text = { es: 'con ningún hecho se permitiría', en: 'by no facts would it be allowed' }
const otherwise: Text = { es: 'Se permitiría con:', en: 'It would be allowed by:' }

/** Of each whom it is about, the facts and what decided; where it is refused, what would allow it; and what else holds them back. */
export function explanationLines(
  { isAllowed, explained, otherwise: others, besides }: Explanation,
  language: Language,
): string[] {
  const lines = [(isAllowed ? allowed : refused)[language]]
  for (const each of explained) lines.push(...linesOf(each, language))
  if (!isAllowed && others.length === 0) lines.push(nowhere[language])
  else if (!isAllowed) lines.push(otherwise[language], ...others.flatMap((each) => linesOf(each, language)))
  return [...lines, ...besides.map((each) => `  ${each[language]}`)]
}

function linesOf({ facts, policies }: Explained, language: Language): string[] {
  const told = Object.entries(facts).map(([name, value]) => `${name} = ${String(value)}`)
  const by = policies.map((policy) => `    ${policy.id}: ${policy[language]}`)
  return [`  ${told.join(', ')}`, ...(by.length > 0 ? by : [`    ${noPolicy[language]}`])]
}
