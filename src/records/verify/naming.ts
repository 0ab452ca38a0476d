/** What became of versions that are not as the ledger says: a row here and an entry there are put together where they are of one thing. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import { resourceKey } from '../place.ts'
import type { VersionRow } from '../rows.ts'
import { hashesOf } from './committed.ts'
import type { RecordFinding } from './findings.ts'
import { selectNamed, selectPlaces } from './queries.ts'
import type { EntryName, Rest, RowName } from './reckoning.ts'

export interface Naming {
  sql: Sql
  ledger: Pick<Ledger, 'entriesAt'>
  /** Of the open vault. */
  keys: Keys | undefined
}

/** An entry that names no row. */
interface Lost extends EntryName {
  hash: string
  /** Whose it is, and what it is about, where that can be opened. */
  of: string | undefined
  named: { key: string; type: string; id: string; version: number }[]
}

/** A row that no entry names. */
interface Found extends RowName {
  row: VersionRow | undefined
}

const textOf = (hash: Uint8Array) => Buffer.from(hash).toString('latin1')

/** `rest`: of one sort. */
export async function nameVersions(
  { sql, ledger, keys }: Naming,
  sort: 'version' | 'capsule',
  rest: readonly Rest[],
): Promise<RecordFinding[]> {
  const findings: RecordFinding[] = []
  const rows: RowName[] = []
  const entries: (EntryName & { hash: string })[] = []
  for (const each of rest) {
    const [row] = each.rows
    // The bytes are right: the time beside them is not, or the row is there twice.
    if (row && each.entries.length > 0) {
      if (each.rows.length > each.entries.length) findings.push({ what: 'added', ...told(sort, row) })
      else if (each.rows.length === each.entries.length)
        findings.push({ what: 'altered', ...told(sort, row) })
    } else {
      rows.push(...each.rows)
      entries.push(...each.entries.map((entry) => ({ ...entry, hash: textOf(each.hash) })))
    }
  }
  const lost = await openLost({ sql, ledger, keys }, entries)
  const byHash = new Map(lost.map((each) => [each.hash, each]))
  const places = await placesOf(sql, [
    ...rows.map(({ name }) => name),
    ...lost.flatMap(({ named }) => named.map(({ key }) => key)),
  ])
  const owners = new Set(lost.flatMap(({ of }) => of ?? []))
  const present = await rowsOf(sql, rows, lost)

  for (const found of rows.map((row): Found => ({ ...row, row: present.get(placeOf(row)) }))) {
    const candidates = new Set([...(places.get(found.name)?.compartments ?? []), ...owners])
    const from = movedFrom(found, sort, candidates, byHash)
    const own = from ? byHash.get(from.hash) : counterpart(found, byHash)
    if (own) byHash.delete(own.hash)
    const name = own && namedAs(own, found)
    findings.push({
      what: from ? 'moved' : own ? 'altered' : 'added',
      ...told(sort, found),
      ...(from ? { from: from.compartment } : {}),
      ...name,
      ...(own && own.index >= 0 ? { index: own.index } : {}),
    })
  }
  const known = new Set<string>()
  for (const entry of byHash.values()) {
    const gone = entry.named.filter(({ key, version }) => !present.has(`${key} ${version}`))
    for (const { key, type, id, version } of gone) {
      const current = places.get(key)?.version
      const what = current !== undefined && current < version ? 'rolled-back' : 'missing'
      const name = `${key} ${version}`
      if (known.has(name)) continue
      known.add(name)
      findings.push({ what, of: sort, ...whereOf(entry), resource: key, type, id, version })
    }
    // What it is about is there, and was told: or there is no key to say what it is about.
    if (gone.length === 0) findings.push({ what: 'missing', of: sort, ...whereOf(entry) })
  }
  return findings
}

function told(
  of: 'version' | 'capsule',
  { compartment, name, version, timeMs }: RowName,
): Omit<RecordFinding, 'what'> {
  return { of, compartment, resource: name, version, writtenAtMs: timeMs }
}

function whereOf({ index, timeMs, of }: Lost): Partial<RecordFinding> {
  return {
    writtenAtMs: timeMs,
    ...(index >= 0 ? { index } : {}),
    ...(of === undefined || of === 'facility' ? {} : { compartment: of }),
  }
}

const placeOf = ({ name, version }: Pick<RowName, 'name' | 'version'>) => `${name} ${version}`

/** The bytes are those of an entry of another compartment. */
function movedFrom(
  { row, compartment }: Found,
  sort: 'version' | 'capsule',
  candidates: ReadonlySet<string>,
  byHash: ReadonlyMap<string, Lost>,
): { compartment: string; hash: string } | undefined {
  if (!row) return undefined
  for (const candidate of candidates) {
    if (candidate === compartment) continue
    const hash = hashesOf(row, candidate as VersionRow['compartment'])[sort]
    if (hash && byHash.has(textOf(hash))) return { compartment: candidate, hash: textOf(hash) }
  }
  return undefined
}

/** The entry that is about this very version; where none can be opened, one of the moment that the row says. */
function counterpart(found: Found, byHash: ReadonlyMap<string, Lost>): Lost | undefined {
  let ofItsTime: Lost | undefined
  for (const entry of byHash.values()) {
    if (namedAs(entry, found)) return entry
    if (entry.named.length === 0 && entry.timeMs === found.timeMs) ofItsTime ??= entry
  }
  return ofItsTime
}

function namedAs({ named }: Lost, { name, version }: RowName): { type: string; id: string } | undefined {
  const found = named.find((each) => each.key === name && each.version === version)
  return found && { type: found.type, id: found.id }
}

async function openLost(
  { ledger, sql, keys }: Naming,
  entries: readonly (EntryName & { hash: string })[],
): Promise<Lost[]> {
  const indices = entries.flatMap(({ index }) => (index >= 0 ? [index] : []))
  const opened = new Map((await ledger.entriesAt(indices, sql)).map((entry) => [entry.index, entry]))
  return entries.map((entry) => {
    const found = opened.get(entry.index)
    const resources = (keys && found?.details?.resources) ?? []
    const named = resources.flatMap(({ type, id, version }) =>
      keys && version !== undefined
        ? [{ key: resourceKey(keys.locator, type, id) as string, type, id, version }]
        : [],
    )
    return { ...entry, of: found?.of, named }
  })
}

/** Of each resource: where anything of it is or was, and its newest version. */
async function placesOf(sql: Sql, resources: readonly string[]) {
  const places = new Map<string, { compartments: string[]; version: number | undefined }>()
  if (resources.length === 0) return places
  for (const { resource, compartment, version } of await selectPlaces(sql, [...new Set(resources)])) {
    const known = places.get(resource) ?? { compartments: [], version: undefined }
    known.compartments.push(compartment)
    if (version !== null) known.version = Math.max(known.version ?? 0, version)
    places.set(resource, known)
  }
  return places
}

/** What stands there of all that is in question. */
async function rowsOf(
  sql: Sql,
  rows: readonly RowName[],
  lost: readonly Lost[],
): Promise<Map<string, VersionRow>> {
  const asked = new Map<string, { name: string; version: number }>()
  for (const { name, version } of rows) asked.set(placeOf({ name, version }), { name, version })
  for (const { named } of lost)
    for (const { key, version } of named) asked.set(`${key} ${version}`, { name: key, version })
  if (asked.size === 0) return new Map()
  const names = [...asked.values()]
  const found = await selectNamed(
    sql,
    names.map(({ name }) => name),
    names.map(({ version }) => version),
  )
  return new Map(found.map((row) => [placeOf({ name: row.resource, version: row.version }), row]))
}
