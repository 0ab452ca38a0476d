/** The policies of all safeguards, each by its name. */
import { policySetTextToParts, policyToJson } from '@cedar-policy/cedar-wasm/nodejs'
import type { Part } from './schema.ts'

/** A policy that has a say: what it says, in words. */
export interface PolicyUsed {
  id: string
  safeguard: string
  es: string
  en: string
  /** With which code somebody is refused whom it forbids something. */
  refusal?: string
}

/** By `@id`. Throws where one cannot be read, has no name or no words, or has the name of another. */
export function policiesOf(parts: readonly Part[]): Map<string, { text: string; used: PolicyUsed }> {
  const policies = new Map<string, { text: string; used: PolicyUsed }>()
  for (const { name: safeguard, policy, isNarrowing = false, isWidening = false } of parts) {
    const split = policySetTextToParts(policy)
    if (split.type === 'failure')
      throw new Error(`${safeguard}: ${split.errors.map(({ message }) => message).join('; ')}`)
    for (const text of split.policies) {
      const { id, es, en, refusal } = annotationsOf(text)
      if (id === undefined || es === undefined || en === undefined)
        throw new Error(`${safeguard}: a policy without @id, @es or @en: ${text}`)
      if (isNarrowing && !isForbidding(text)) throw new Error(`${safeguard}: ${id} permits something`)
      if (isWidening && isForbidding(text)) throw new Error(`${safeguard}: ${id} forbids something`)
      if (policies.has(id)) throw new Error(`${safeguard}: two policies are called ${id}`)
      policies.set(id, {
        text,
        used: { id, safeguard, es, en, ...(refusal === undefined ? {} : { refusal }) },
      })
    }
  }
  return policies
}

function annotationsOf(text: string): Partial<Record<'id' | 'es' | 'en' | 'refusal', string>> {
  const read = policyToJson(text)
  if (read.type === 'failure') throw new Error(read.errors.map(({ message }) => message).join('; '))
  return read.json.annotations ?? {}
}

function isForbidding(text: string): boolean {
  const read = policyToJson(text)
  return read.type === 'success' && read.json.effect === 'forbid'
}
