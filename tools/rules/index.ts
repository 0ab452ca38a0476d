/** The rules of the house that no linter can say. Each has a violation planted in test/canaries. */
import { homeRules } from './homes.ts'
import { importRules } from './imports.ts'
import { longFiles, shapeRules } from './shape.ts'
import { readRepository } from './source.ts'
import type { Fault, Rule } from './rule.ts'

export type { Fault } from './rule.ts'

export const rules: readonly Rule[] = [...importRules, ...homeRules, ...shapeRules]

/** Faults make the check fail; `long` is only told. */
export function runRules(root: string): { faults: Fault[]; long: Fault[] } {
  const repository = readRepository(root)
  const faults = rules.flatMap((rule) =>
    [...rule.find(repository)].map((fault) => ({ rule: rule.name, ...fault })),
  )
  return { faults, long: longFiles(repository) }
}
