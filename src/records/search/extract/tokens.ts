import { isFields, listOf, textOf } from './fields.ts'
import type { Read } from './fields.ts'
import type { TokenValue } from './values.ts'

/** R4 search.html#token: what of each data type is the system and what the code. */
export const tokenReaders: Record<string, Read> = {
  Coding: (node, out) => {
    const coding = codingOf(node)
    if (coding) out.push(coding)
  },
  CodeableConcept: (node, out) => {
    if (!isFields(node)) return
    const text = textOf(node['text'])
    let said = text === undefined
    for (const item of listOf(node['coding'])) {
      const coding = codingOf(item)
      if (!coding) continue
      out.push(coding)
      said ||= coding.text === text
    }
    if (!said) out.push(token(undefined, undefined, text))
  },
  Identifier: (node, out) => {
    if (!isFields(node)) return
    const [system, value] = [textOf(node['system']), textOf(node['value'])]
    const text = isFields(node['type']) ? conceptText(node['type']) : undefined
    if (system !== undefined || value !== undefined) out.push(token(system, value, text))
  },
  ContactPoint: (node, out) => {
    const value = isFields(node) ? textOf(node['value']) : undefined
    if (value !== undefined) out.push(token(undefined, value, undefined))
  },
  boolean: (node, out) => {
    if (typeof node === 'boolean')
      out.push(token('http://hl7.org/fhir/special-values', String(node), undefined))
  },
  code: readText,
  id: readText,
  string: readText,
  uri: readText,
}

const token = (
  system: string | undefined,
  code: string | undefined,
  text: string | undefined,
): TokenValue => ({ kind: 'token', system, code, text })

function readText(node: unknown, out: unknown[], _scope: unknown, system?: string): void {
  const code = textOf(node)
  if (code !== undefined) out.push(token(system, code, undefined))
}

function codingOf(node: unknown): TokenValue | undefined {
  if (!isFields(node)) return undefined
  const [system, code, text] = [textOf(node['system']), textOf(node['code']), textOf(node['display'])]
  return system === undefined && code === undefined && text === undefined
    ? undefined
    : token(system, code, text)
}

function conceptText(concept: Record<string, unknown>): string | undefined {
  const first = listOf(concept['coding'])[0]
  return textOf(concept['text']) ?? (isFields(first) ? textOf(first['display']) : undefined)
}
