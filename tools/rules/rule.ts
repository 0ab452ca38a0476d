import { lineOf } from './source.ts'
import type { Repository, Source } from './source.ts'

/** A fault as people read it: which rule, where, and what is wrong there. */
export interface Fault {
  rule: string
  file: string
  line: number
  text: string
}

export interface Rule {
  name: string
  /** One sentence: what must be so. */
  says: string
  /** What breaks it. */
  find(repository: Repository): Iterable<Omit<Fault, 'rule'>>
}

/** A rule that looks at one file at a time: yields positions in its text and what is wrong there. */
export function fileRule(
  name: string,
  says: string,
  find: (source: Source, repository: Repository) => Iterable<{ start: number; text: string }>,
): Rule {
  return {
    name,
    says,
    *find(repository) {
      for (const source of repository.sources) {
        for (const { start, text } of find(source, repository)) {
          yield { file: source.path, line: lineOf(source.text, start), text }
        }
      }
    },
  }
}

/** Whether a path is one of these files or lies in one of these folders (which end in `/`). */
export function isIn(path: string, places: readonly string[]): boolean {
  return places.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)))
}
