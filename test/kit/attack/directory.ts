/** Joins the rows of the directory to patients by the moments of their writing, and reads names from their tags. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { termsOf } from '#records/directory/index.ts'
import { createRowKeys } from '#records/directory/row-keys.ts'
import { openRow, tagOf } from '#records/directory/rows.ts'
import { pointOf } from '#records/directory/terms.ts'
import { extract } from '#records/search/index.ts'
import { timeZone } from '../vault.ts'
import { groupBy, judge } from './names.ts'
import type { Copy } from './observed.ts'
import type { Fact, Resource } from './population.ts'
import { Tally, type Score } from './score.ts'

export interface DirectoryCopy {
  rows: readonly { act: number; tag: number; owner: Fact | undefined }[]
  patients: readonly { act: number; person: number; resource: Resource }[]
  /** What each term's tag is, for a thief who has found it out. */
  tagOf(term: { kind: string; text: string }): number
}

export async function copyOfDirectory(
  sql: Sql,
  keys: Keys,
  copy: Copy,
  factOf: ReadonlyMap<string, Fact>,
): Promise<DirectoryCopy> {
  const patients = [...copy.truth]
    .filter(([row]) => row.type === 'Patient')
    .map(([row, { person, resource }]) => ({ act: Number(row.act), person, resource }))
  const found = await sql<
    { act: string; generation: number; tag: number; entry: string; sealed: Uint8Array; bits: number }[]
  >`select d.xmin::text as act, d.generation, d.tag, d.entry, d.sealed, g.bits
    from directory d join directory_generation g on g.generation = d.generation order by d.ctid`
  const bits = found[0]?.bits ?? 0
  const { key } = await createRowKeys(sql, keys).serving()
  return {
    rows: found.map(({ act, sealed, ...row }) => ({
      act: Number(act),
      tag: row.tag,
      owner: factOf.get(openRow(key, row, sealed)),
    })),
    patients,
    tagOf: (term) => tagOf(pointOf(keys.directory, 'Patient', term as Parameters<typeof pointOf>[2]), bits),
  }
}

/** The same directory, had each row been written with the record that it is of. */
export function unmixed({ rows, patients, ...rest }: DirectoryCopy): DirectoryCopy {
  const acts = new Map(patients.map(({ person, act }) => [person, act]))
  return {
    rows: rows.map((row) => ({ ...row, act: (row.owner && acts.get(row.owner.person)) ?? row.act })),
    patients,
    ...rest,
  }
}

/** Which patients were written since the writing of rows before: those whose rows they may be. */
function flocks({ rows, patients }: DirectoryCopy) {
  const acts = [...new Set(rows.map(({ act }) => act))].sort((a, b) => a - b)
  return groupBy(patients, ({ act }) => acts.find((each) => each >= act))
}

/** Of each row of a patient, whose it is. */
export function attackOwners(copy: DirectoryCopy): Score {
  const groups = flocks(copy)
  let right = 0
  let of = 0
  for (const { act, owner } of copy.rows) {
    if (owner?.resource.resourceType !== 'Patient') continue
    of++
    const among = groups.get(act) ?? []
    if (among.some(({ person }) => person === owner.person)) right += 1 / among.length
  }
  return {
    attack: 'owner of a row of the directory by its moment',
    right,
    of,
    guess: 1 / copy.patients.length,
  }
}

/**
 * The name of each patient, by the tags of the rows that may be theirs. What a tag stands for is told by how often it
 * comes; `told`: or the thief knows, having seen what the names of others became.
 */
export function attackDirectory(copy: DirectoryCopy, told: boolean): Score {
  const terms = new Map(copy.patients.map((patient) => [patient, namesOf(patient.resource)]))
  const meaning = told ? (term: string) => copy.tagOf(termOf(term)) : byFrequency(copy, [...terms.values()])
  const groups = flocks(copy)
  const tagsOfAct = new Map(
    [...groupBy(copy.rows, ({ act }) => act)].map(([act, rows]) => [
      act,
      new Set(rows.map(({ tag }) => tag)),
    ]),
  )
  const spread = new Tally<number>()
  for (const tags of tagsOfAct.values()) for (const tag of tags) spread.add(tag)
  const likely = new Map<number | undefined, typeof copy.patients>()
  for (const [act, group] of groups) {
    const tags = act === undefined ? undefined : tagsOfAct.get(act)
    if (!tags) continue
    const weightOf = (term: string) => {
      const tag = meaning(term)
      return tag !== undefined && tags.has(tag) ? 1 + Math.log(tagsOfAct.size / spread.of(tag)) : -1
    }
    const weighed = copy.patients.map((patient) => {
      const list = terms.get(patient) ?? []
      return { patient, weight: list.reduce((sum, term) => sum + weightOf(term), 0) / list.length }
    })
    weighed.sort((a, b) => b.weight - a.weight)
    likely.set(
      act,
      weighed.slice(0, group.length).map(({ patient }) => patient),
    )
  }
  const actOf = new Map([...groups].flatMap(([act, group]) => group.map((each) => [each, act] as const)))
  const channel = `the directory, tags ${told ? 'known' : 'read by frequency'}`
  return judge(channel, copy.patients, (each) => likely.get(actOf.get(each)) ?? [])
}

/** A patient's terms of names. */
function namesOf(resource: Resource): string[] {
  const { values } = extract(resource, { timeZone })
  return termsOf('Patient', (name) => values.get(name), timeZone)
    .filter(({ kind }) => kind === 'prefix' || kind === 'sound')
    .map(({ kind, text }) => `${kind} ${text}`)
}

function termOf(term: string): { kind: string; text: string } {
  const [kind = '', text = ''] = term.split(' ')
  return { kind, text }
}

function byFrequency({ rows }: DirectoryCopy, terms: readonly (readonly string[])[]) {
  const seen = new Tally<number>()
  for (const { tag } of rows) seen.add(tag)
  const known = new Tally<string>()
  for (const list of terms) for (const term of list) known.add(term)
  const tags = seen.ranked()
  const meanings = new Map(known.ranked().map(([term], rank) => [term, tags[rank]?.[0]]))
  return (term: string) => meanings.get(term)
}
