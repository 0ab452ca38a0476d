/** Picks for each patient which of the commonest diagnoses they have. */
import { byOrder, byProfile, bySize, targetOf } from './codes.ts'
import { push, type Copy, type Row } from './observed.ts'
import { Tally, type Score } from './score.ts'

/** `counts` is what the vault admits to show; the others are what it promises to hide. `of each`: told row by row. */
export type PatientChannel = 'co-occurrence' | 'size' | 'size of each' | 'order' | 'order of each' | 'counts'

interface Patient {
  compartment: string
  rows: readonly Row[]
  diagnoses: ReadonlySet<string>
}

const neighbours = 7

export function attackDiagnoses(copy: Copy, common: number): Record<PatientChannel, Score> {
  const target = targetOf(copy, 'Condition')
  const patients = patientsOf(copy, target.codes)
  const prevalence = new Tally<string>()
  for (const { diagnoses } of patients) for (const code of diagnoses) prevalence.add(code)
  const asked = prevalence.ranked().slice(0, common)
  const majority = asked.map(([code, count]) => ({ code, most: count * 2 > patients.length }))
  const guessed = asked.reduce((sum, [, count]) => sum + Math.max(count, patients.length - count), 0)
  const score = (channel: PatientChannel, guess: (code: string, n: number) => boolean): Score => {
    let right = 0
    for (const { code } of majority) {
      for (const [n, { diagnoses }] of patients.entries()) if (guess(code, n) === diagnoses.has(code)) right++
    }
    const of = patients.length * asked.length
    return { attack: `${common} commonest diagnoses by ${channel}`, right, of, guess: guessed / of }
  }
  const most = new Map(majority.map((each) => [each.code, each.most]))
  const { holders } = byProfile(target)
  const near = (sight: (patient: Patient) => Map<string, number>) => {
    const order = nearestOf(patients.map(sight))
    return (code: string, n: number) => {
      const alike = (order[n] as number[]).slice(0, neighbours)
      const having = alike.filter((other) => patients[other]?.diagnoses.has(code)).length
      return having * 2 > alike.length
    }
  }
  const told = (guesses: ReadonlyMap<Row, string>) => (code: string, n: number) =>
    patients[n]?.rows.some((row) => guesses.get(row) === code) ?? false
  return {
    'co-occurrence': score('co-occurrence', (code, n) => {
      const held = holders.get(code)
      return held ? held.has(patients[n]?.compartment ?? '') : (most.get(code) ?? false)
    }),
    size: score('size', near(sizesOf(copy))),
    'size of each': score('size of each', told(bySize(copy, target))),
    order: score('order', near(orderOf)),
    'order of each': score('order of each', told(byOrder(copy, target))),
    counts: score('counts', near(countsOf)),
  }
}

function patientsOf(copy: Copy, codes: ReadonlyMap<Row, string>): Patient[] {
  const byCompartment = new Map<string, Row[]>()
  for (const row of copy.rows) push(byCompartment, row.compartment, row)
  return [...byCompartment]
    .filter(([, rows]) => rows.some(({ type }) => type === 'Patient'))
    .map(([compartment, rows]) => ({
      compartment,
      rows: rows.toSorted((a, b) => a.order - b.order),
      diagnoses: new Set(rows.map((row) => codes.get(row)).filter((code) => code !== undefined)),
    }))
}

/** Of each type, which share of its rows has which size; and how large the blocks are for their entries. */
function sizesOf({ blocks }: Copy) {
  return ({ compartment, rows }: Patient): Map<string, number> => {
    const perType = new Tally<string>()
    for (const { type } of rows) perType.add(type)
    const sight = new Map<string, number>()
    for (const { type, sizes } of rows) {
      const name = `${type} ${sizes.join()}`
      sight.set(name, (sight.get(name) ?? 0) + 1 / perType.of(type))
    }
    for (const identity of [false, true]) {
      const own = (blocks.get(compartment) ?? []).filter((block) => block.identity === identity)
      const entries = own.reduce((sum, block) => sum + block.entries, 0)
      const bytes = own.reduce((sum, block) => sum + block.bytes, 0)
      if (entries > 0) sight.set(`blocks ${identity}`, bytes / entries)
    }
    return sight
  }
}

/** How often which type follows which. */
function orderOf({ rows }: Patient): Map<string, number> {
  const sight = new Map<string, number>()
  for (const [n, { type }] of rows.entries()) {
    const name = `${rows[n - 1]?.type ?? ''} ${type}`
    sight.set(name, (sight.get(name) ?? 0) + 1 / rows.length)
  }
  return sight
}

function countsOf({ rows }: Patient): Map<string, number> {
  const counts = new Tally<string>()
  for (const { type } of rows) counts.add(type)
  return new Map([...counts.counts].map(([type, count]) => [type, Math.log1p(count)]))
}

/** For each, the others, the most alike first. Each thing seen counts by how it varies. */
function nearestOf(sights: readonly ReadonlyMap<string, number>[]): number[][] {
  const names = [...new Set(sights.flatMap((sight) => [...sight.keys()]))]
  const columns = names
    .map((name) => sights.map((sight) => sight.get(name) ?? 0))
    // What one alone shows is like nobody's.
    .filter((column) => column.filter((value) => value !== 0).length > 1)
    .map(standardised)
  return sights.map((_, n) => {
    const far = sights.map((__, m) =>
      columns.reduce((sum, column) => sum + ((column[n] as number) - (column[m] as number)) ** 2, 0),
    )
    return [...sights.keys()].filter((m) => m !== n).sort((a, b) => (far[a] as number) - (far[b] as number))
  })
}

function standardised(column: readonly number[]): number[] {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length
  const variance = column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length
  return column.map((value) => (variance === 0 ? 0 : (value - mean) / Math.sqrt(variance)))
}
