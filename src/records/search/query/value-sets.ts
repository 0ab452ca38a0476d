import { readFileSync } from 'node:fs'

/** Codes by system. */
export type ValueSet = ReadonlyMap<string, ReadonlySet<string>>

/** Whether R4 lists the codes of this value set; `url` without a version. */
export function isValueSet(url: string): boolean {
  return load().rows.has(url)
}

/** Throws where it is none: the parser has refused those. */
export function valueSetOf(url: string): ValueSet {
  const { rows, systems } = load()
  const known = opened.get(url)
  if (known) return known
  const row = rows.get(url)
  if (!row) throw new Error('a value set that R4 does not list')
  const set = new Map(
    row.map((part) => {
      const isWhole = typeof part === 'number'
      const [system, ...codes] = systems[isWhole ? part : part[0]]!
      return [system, new Set(isWhole ? codes : (part.slice(1) as string[]))] as const
    }),
  )
  opened.set(url, set)
  return set
}

const opened = new Map<string, ValueSet>()

/** The place of a system that is taken whole, or that place and codes of it. */
type Part = number | [system: number, ...codes: string[]]

interface Loaded {
  /** Each with its address first. */
  systems: [system: string, ...codes: string[]][]
  rows: Map<string, Part[]>
}

let loaded: Loaded | undefined

/** Read with the first `:in`: 10 ms. */
function load(): Loaded {
  if (loaded) return loaded
  const file = new URL('../generated/value-sets.json', import.meta.url)
  const { systems, sets } = JSON.parse(readFileSync(file, 'utf8')) as {
    systems: Loaded['systems']
    sets: [url: string, ...parts: Part[]][]
  }
  loaded = { systems, rows: new Map(sets.map(([url, ...parts]) => [url, parts])) }
  return loaded
}
