/** What a program may do by its scope: SMART's system scopes, `system/Observation.rs system/Patient.r`. */
import type { Request } from '#records/index.ts'

/** `none` of people, and of what the scope does not name. */
export const scopes = ['none', 'covers', 'all'] as const

export type Scope = (typeof scopes)[number]

const all = 'system/*.cruds'
/** SMART App Launch 2.0, "Scopes for requesting FHIR Resources": the letters in this order. */
const pattern = /^system\/(\*|[A-Z][A-Za-z]+)\.(c?r?u?d?s?)$/
const letters: Readonly<Partial<Record<Request['action'], string>>> = {
  read: 'r',
  create: 'c',
  update: 'u',
  delete: 'd',
  scan: 's',
}

export function scopeOf(scope: string, { action, type }: Request): Scope {
  const words = scope.split(' ')
  if (words.includes(all)) return 'all'
  const letter = letters[action]
  if (letter === undefined || type === undefined) return 'none'
  const covers = words.some((word) => {
    const [, named, what = ''] = pattern.exec(word) ?? []
    return (named === '*' || named === type) && what.includes(letter)
  })
  return covers ? 'covers' : 'none'
}
