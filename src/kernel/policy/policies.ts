/** The policies of all safeguards, each by its name. */
import { policySetTextToParts, policyToJson, type PolicyJson } from '@cedar-policy/cedar-wasm/nodejs'
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

/** As it is written, and as it was read: each start of the vault waits until all are, so they are read once. */
export interface PolicyRead {
  text: string
  json: PolicyJson
  used: PolicyUsed
}

/** By `@id`. Throws where one cannot be read, has no name or no words, or has the name of another. */
export function policiesOf(parts: readonly Part[]): Map<string, PolicyRead> {
  const policies = new Map<string, PolicyRead>()
  for (const { name: safeguard, policy, isNarrowing = false, isWidening = false } of parts) {
    const split = policySetTextToParts(policy)
    if (split.type === 'failure')
      throw new Error(`${safeguard}: ${split.errors.map(({ message }) => message).join('; ')}`)
    for (const text of split.policies) {
      const json = jsonOf(text)
      const { id, es, en, refusal }: Annotations = json.annotations ?? {}
      if (id === undefined || es === undefined || en === undefined)
        throw new Error(`${safeguard}: a policy without @id, @es or @en: ${text}`)
      if (isNarrowing && json.effect !== 'forbid') throw new Error(`${safeguard}: ${id} permits something`)
      if (isWidening && json.effect === 'forbid') throw new Error(`${safeguard}: ${id} forbids something`)
      if (policies.has(id)) throw new Error(`${safeguard}: two policies are called ${id}`)
      policies.set(id, {
        text,
        json,
        used: { id, safeguard, es, en, ...(refusal === undefined ? {} : { refusal }) },
      })
    }
  }
  return policies
}

type Annotations = Partial<Record<'id' | 'es' | 'en' | 'refusal', string>>

/** Throws where it cannot be read. */
export function jsonOf(text: string): PolicyJson {
  const read = policyToJson(text)
  if (read.type === 'failure') throw new Error(read.errors.map(({ message }) => message).join('; '))
  return read.json
}
