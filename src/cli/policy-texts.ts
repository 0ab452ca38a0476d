/** How a decision is told to people. */
import type { Explained, Explanation } from '#records/index.ts'
import type { Language, Text } from './text.ts'

const allowed: Text = { es: 'permitido', en: 'allowed' }
const refused: Text = { es: 'negado', en: 'refused' }
const noPolicy: Text = { es: 'ninguna política lo permite', en: 'no policy permits it' }
const nowhere: Text = { es: 'con ningún hecho se permitiría', en: 'by no facts would it be allowed' }
const otherwise: Text = { es: 'Se permitiría con:', en: 'It would be allowed by:' }

/** Of each whom it is about, the facts and what decided; where it is refused, what would allow it. */
export function explanationLines(
  { isAllowed, explained, otherwise: others }: Explanation,
  language: Language,
): string[] {
  const lines = [(isAllowed ? allowed : refused)[language]]
  for (const each of explained) lines.push(...linesOf(each, language))
  if (isAllowed) return lines
  if (others.length === 0) return [...lines, nowhere[language]]
  return [...lines, otherwise[language], ...others.flatMap((each) => linesOf(each, language))]
}

function linesOf({ facts, policies }: Explained, language: Language): string[] {
  const told = Object.entries(facts).map(([name, value]) => `${name} = ${String(value)}`)
  const by = policies.map((policy) => `    ${policy.id}: ${policy[language]}`)
  return [`  ${told.join(', ')}`, ...(by.length > 0 ? by : [`    ${noPolicy[language]}`])]
}
