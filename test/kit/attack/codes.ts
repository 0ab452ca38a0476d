/** Picks the code of each row of a type: by its size, by how often values come, by what comes together, by order. */
import { push, type Copy, type Row } from './observed.ts'
import { codeOf } from './population.ts'
import { Tally, type Score } from './score.ts'

export type Channel = 'size' | 'frequency' | 'co-occurrence' | 'order'
/** A guess for each row. */
type Guesses = ReadonlyMap<Row, string>

export interface Target {
  type: string
  rows: readonly Row[]
  codes: ReadonlyMap<Row, string>
  /** Of all rows, in truth: the population's statistics. */
  tally: Tally<string>
}

export function targetOf(copy: Copy, type: string): Target {
  const rows = copy.rows.filter((row) => row.type === type && copy.truth.has(row))
  const codes = new Map<Row, string>()
  for (const row of rows) {
    const fact = copy.truth.get(row)
    codes.set(row, (fact && codeOf(fact.resource)) ?? 'none')
  }
  const tally = new Tally<string>()
  for (const code of codes.values()) tally.add(code)
  return { type, rows, codes, tally }
}

export function attackCodes(copy: Copy, type: string): Record<Channel, Score> {
  const target = targetOf(copy, type)
  const score = (channel: Channel, guesses: Guesses): Score => ({
    attack: `${type} code by ${channel}`,
    right: target.rows.filter((row) => guesses.get(row) === target.codes.get(row)).length,
    of: target.rows.length,
    guess: (target.tally.ranked()[0]?.[1] ?? 0) / target.rows.length,
  })
  return {
    size: score('size', bySize(copy, target)),
    frequency: score('frequency', byFrequency(target)),
    'co-occurrence': score('co-occurrence', byProfile(target).guesses),
    order: score('order', byOrder(copy, target)),
  }
}

export function bySize(copy: Copy, target: Target): Guesses {
  return learned(copy, target, (row) => [row.sizes.join()])
}

export function byOrder(copy: Copy, target: Target): Guesses {
  return learned(copy, target, contextsOf(copy.rows))
}

/** Rows by which something is known before it is believed. */
const evidenceMin = 4

/**
 * What the sight of a row says of its code in one half of the people, told of the other half. `sight`: what is seen,
 * the most telling first.
 */
function learned(copy: Copy, target: Target, sight: (row: Row) => string[]): Guesses {
  const guesses = new Map<Row, string>()
  const half = (row: Row) => (copy.truth.get(row)?.person ?? 0) % 2
  for (const tested of [0, 1]) {
    const seen = new Map<string, Tally<string>>()
    for (const row of target.rows) {
      if (half(row) === tested) continue
      for (const each of sight(row)) {
        const tally = seen.get(each) ?? new Tally<string>()
        seen.set(each, tally.add(target.codes.get(row) as string))
      }
    }
    for (const row of target.rows) {
      if (half(row) !== tested) continue
      const known = sight(row)
        .map((each) => seen.get(each))
        .find((tally) => tally && tally.total >= evidenceMin)
      guesses.set(row, known?.commonest ?? (target.tally.commonest as string))
    }
  }
  return guesses
}

/** What stands before and after a row among those written with it, and its place in the run of its type. */
function contextsOf(rows: readonly Row[]): (row: Row) => string[] {
  const contexts = new Map<Row, string[]>()
  const bySubject = new Map<string, Row[]>()
  for (const row of rows.toSorted((a, b) => a.order - b.order)) push(bySubject, row.compartment, row)
  for (const list of bySubject.values()) {
    let run = 0
    let before = ''
    for (const [n, row] of list.entries()) {
      const previous = list[n - 1]?.type
      if (previous === row.type) run++
      else {
        run = 0
        before = previous ?? ''
      }
      const next = list[n + 1]?.type ?? ''
      contexts.set(row, [`${before} ${run} ${next}`, `${before} ${run}`, `${run}`])
    }
  }
  return (row) => contexts.get(row) ?? []
}

/** Values of a column that stand in several compartments; any other says nothing of two patients. */
function sharedTokens(rows: readonly Row[], column: string): Map<string, Row[]> {
  const byValue = new Map<string, Row[]>()
  for (const row of rows) {
    const value = row.values.get(column)
    if (value !== undefined) push(byValue, value, row)
  }
  for (const [value, list] of byValue) {
    if (new Set(list.map(({ compartment }) => compartment)).size < 2) byValue.delete(value)
  }
  return byValue
}

function columnsOf(rows: readonly Row[]): string[] {
  return [...new Set(rows.flatMap((row) => [...row.values.keys()]))]
}

/** The value that comes as often as a code, in the column whose values come most nearly as often as the codes do. */
function byFrequency({ rows, tally }: Target): Guesses {
  const ranked = tally.ranked()
  let best: { distance: number; guesses: Guesses } | undefined
  for (const column of columnsOf(rows)) {
    const tokens = [...sharedTokens(rows, column).values()].sort((a, b) => b.length - a.length)
    const guesses = new Map<Row, string>()
    let distance = 0
    for (let n = 0; n < Math.max(tokens.length, ranked.length); n++) {
      distance += Math.abs((tokens[n]?.length ?? 0) - (ranked[n]?.[1] ?? 0))
      for (const row of tokens[n] ?? []) guesses.set(row, ranked[n]?.[0] ?? '')
    }
    if (!best || distance < best.distance) best = { distance, guesses }
  }
  // What fits badly is not believed.
  return withCommonest(rows, tally, best && best.distance < tally.total / 2 ? best.guesses : undefined)
}

function withCommonest(rows: readonly Row[], tally: Tally<string>, guesses?: Guesses): Guesses {
  return new Map(rows.map((row) => [row, guesses?.get(row) ?? (tally.commonest as string)]))
}

/** Codes and values told by in how many compartments they are, how often in each, and with which others. */
export function byProfile({ rows, codes, tally }: Target): {
  guesses: Guesses
  /** Of each code that a value was taken for, the compartments with that value. */
  holders: ReadonlyMap<string, ReadonlySet<string>>
} {
  const wanted = new Map<string, Row[]>()
  for (const [row, code] of codes) push(wanted, code, row)
  const wantedProfiles = profilesOf(wanted)
  let best: { distance: number; guesses: Map<Row, string>; holders: Map<string, Set<string>> } | undefined
  for (const column of columnsOf(rows)) {
    const tokens = sharedTokens(rows, column)
    if (tokens.size === 0 || tokens.size > tokensMax) continue
    const left = new Map(wantedProfiles)
    const guesses = new Map<Row, string>()
    const holders = new Map<string, Set<string>>()
    let distance = 0
    for (const [token, profile] of [...profilesOf(tokens)].sort((a, b) => b[1].weight - a[1].weight)) {
      let nearest: { code: string; far: number } | undefined
      for (const [code, other] of left) {
        const far = distanceOf(profile.numbers, other.numbers)
        if (!nearest || far < nearest.far) nearest = { code, far }
      }
      if (!nearest) break
      distance += nearest.far
      const { code } = nearest
      left.delete(code)
      const held = tokens.get(token) ?? []
      holders.set(code, new Set(held.map(({ compartment }) => compartment)))
      for (const row of held) guesses.set(row, code)
    }
    for (const { numbers } of left.values()) distance += distanceOf(numbers, [])
    if (!best || distance < best.distance) best = { distance, guesses, holders }
  }
  const farthest = [...wantedProfiles.values()].reduce((sum, { numbers }) => sum + distanceOf(numbers, []), 0)
  if (best && best.distance > farthest / 2) best = undefined
  return { guesses: withCommonest(rows, tally, best?.guesses), holders: best?.holders ?? new Map() }
}

/** More different values than codes there could be. */
const tokensMax = 1_000

interface Profile {
  weight: number
  numbers: number[]
}

/** How often in each compartment, from the most; then with how many compartments in common with each other value. */
function profilesOf(groups: ReadonlyMap<string, readonly Row[]>): Map<string, Profile> {
  const places = new Map<string, Tally<string>>()
  for (const [name, rows] of groups) {
    const tally = new Tally<string>()
    for (const { compartment } of rows) tally.add(compartment)
    places.set(name, tally)
  }
  const profiles = new Map<string, Profile>()
  for (const [name, tally] of places) {
    const times = [...tally.counts.values()].sort((a, b) => b - a)
    const padded = [...times, ...Array<number>(Math.max(0, placesMax - times.length)).fill(0)]
    const together = [...places.values()].map((other) => {
      let common = 0
      for (const compartment of tally.counts.keys()) if (other.counts.has(compartment)) common++
      return common
    })
    const numbers = [...padded.slice(0, placesMax), ...together.sort((a, b) => b - a)]
    profiles.set(name, { weight: tally.total, numbers })
  }
  return profiles
}

const placesMax = 64

function distanceOf(some: readonly number[], others: readonly number[]): number {
  let sum = 0
  for (let n = 0; n < Math.max(some.length, others.length); n++) {
    sum += Math.abs((some[n] ?? 0) - (others[n] ?? 0))
  }
  return sum
}
