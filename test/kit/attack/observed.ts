/**
 * What a thief sees of the resources: of each row of a copy its place, its lengths, and which values are equal. Two
 * copies give it: the database as it is, and one made the way servers make it that search in the database.
 */
import { keyedHash, randomKey, randomUuid } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { typeName } from '#records/fhir/index.ts'
import { extract } from '#records/search/index.ts'
import { timeZone } from '../vault.ts'
import type { Fact } from './population.ts'

/** One row of a resource. Nothing in it is opened, and nothing says whose it is but `compartment`, a random name. */
export interface Row {
  compartment: string
  type: string
  /** Place among all rows: by their times, and of one time as they lie on the disk. */
  order: number
  /** The transaction that wrote it. */
  act: string
  /** Bytes: of each sealed part, and of the blocks that stand beside it alone. */
  sizes: readonly number[]
  /** What each column holds, in a form in which equal values are equal. */
  values: ReadonlyMap<string, string>
}

/** A compartment, and what is seen of it beside its rows. */
export interface Copy {
  rows: readonly Row[]
  /** Of the compartment as a whole: blocks of many entries, by their bytes and entries. */
  blocks: ReadonlyMap<string, readonly { bytes: number; entries: number; identity: boolean }[]>
  /** Whose row it is: for the judge alone. */
  truth: ReadonlyMap<Row, Fact>
}

/** The database itself: every column, whatever it is called. `factOf`: by the name of the resource on disk. */
export async function copyOfDatabase(sql: Sql, factOf: ReadonlyMap<string, Fact>): Promise<Copy> {
  const whole = await besides(sql)
  const blocks = new Map<string, { bytes: number; entries: number; identity: boolean }[]>()
  const beside = new Map<string, number[]>()
  for (const block of await sql<
    { compartment: string; at: string; bytes: number; entries: number; identity: boolean }[]
  >`select compartment, updated_at::text as at, octet_length(sealed) as bytes, entries, identity
      from tuple order by ctid`) {
    push(blocks, block.compartment, block)
    if (block.entries === 1) push(beside, `${block.compartment} ${block.at}`, block.bytes)
  }
  const rows: Row[] = []
  const truth = new Map<Row, Fact>()
  const found = await sql<Record<string, unknown>[]>`
    select r.*, r.updated_at::text as updated_at, r.xmin::text as act from resource r order by r.updated_at, r.ctid`
  for (const [order, { act, ...columns }] of found.entries()) {
    const { compartment, updated_at } = columns as { compartment: string; updated_at: string }
    const values = new Map(whole.get(compartment))
    const sizes: number[] = []
    for (const [name, value] of Object.entries(columns)) {
      if (value instanceof Uint8Array && name !== 'previous') sizes.push(value.length)
      values.set(name, textOf(value))
    }
    sizes.push(...(beside.get(`${compartment} ${updated_at}`) ?? []))
    const type = typeName(columns['type'] as number)
    const row: Row = { compartment, type, order, act: act as string, sizes, values }
    rows.push(row)
    const fact = factOf.get(columns['resource'] as string)
    if (fact) truth.set(row, fact)
  }
  return { rows, blocks, truth }
}

/** Of tables with one row for each compartment, their columns. */
async function besides(sql: Sql): Promise<Map<string, Map<string, string>>> {
  const tables = await sql<{ table: string }[]>`
    select c.table_name as table from information_schema.columns c
    where c.table_schema = 'public' and c.column_name = 'compartment'`
  const found = new Map<string, Map<string, string>>()
  for (const { table } of tables) {
    const rows = await sql<{ compartment: string }[]>`select * from ${sql(table)}`
    if (new Set(rows.map(({ compartment }) => compartment)).size < rows.length) continue
    for (const row of rows) {
      const values = found.get(row.compartment) ?? new Map<string, string>()
      for (const [name, value] of Object.entries(row)) values.set(`${table}.${name}`, textOf(value))
      found.set(row.compartment, values)
    }
  }
  return found
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return value instanceof Date ? value.toISOString() : String(value)
}

/**
 * The same resources with the hash of each search value beside them, no padding, and in the order of their coming.
 * `searchable`: parameters that have a column; all where it is left out.
 */
export function plainCopy(facts: readonly Fact[], searchable?: readonly string[]): Copy {
  const key = randomKey()
  const compartments = new Map<number, string>()
  const rows: Row[] = []
  const truth = new Map<Row, Fact>()
  for (const [order, fact] of facts.entries()) {
    const { resource, person } = fact
    const compartment = compartments.get(person) ?? randomUuid()
    compartments.set(person, compartment)
    const values = new Map<string, string>()
    for (const [name, value] of searchValues(resource)) {
      if (searchable && !searchable.includes(name)) continue
      values.set(name, Buffer.from(keyedHash(key, resource.resourceType, name, value)).toString('base64'))
    }
    const sizes = [Buffer.byteLength(JSON.stringify(resource))]
    const row: Row = { compartment, type: resource.resourceType, order, act: `${person}`, sizes, values }
    rows.push(row)
    truth.set(row, fact)
  }
  return { rows, blocks: new Map(), truth }
}

/** What a search compares, each parameter's values as one text. */
function searchValues(resource: Fact['resource']): [string, string][] {
  const { values } = extract(resource, { timeZone })
  return [...values].map(([name, list]) => [name, JSON.stringify(list)])
}

/** What equality alone can tell of it: the values that a search compares, in the clear. */
export function valuesOf(resource: Fact['resource']): ReadonlyMap<string, string> {
  return new Map(searchValues(resource))
}

export function push<Key, Item>(map: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = map.get(key)
  if (list) list.push(item)
  else map.set(key, [item])
}
