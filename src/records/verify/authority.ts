/** Rows that confer authority, against the streams that the ledger has of them: of each, what stands there is the newest version. */
import { endOf, kindName } from '#people/authority/index.ts'
import type { VerifyOptions } from './index.ts'
import type { RecordFinding } from './findings.ts'
import { selectAuthorityHeads, selectAuthorityPresent } from './queries.ts'
import type { Rest, RowName } from './reckoning.ts'

type Parts = Pick<VerifyOptions, 'sql' | 'ledger' | 'keys' | 'before'>

type Strange = RowName & { hash: Uint8Array }

/** Of such rows and entries at once. */
export const authorityAtOnce = 500

/** `page`: rows with and without an entry of these very bytes, and entries that no row is of. */
export async function* nameAuthority(parts: Parts, page: readonly Rest[]): AsyncGenerator<RecordFinding> {
  const { sql, ledger, keys, before } = parts
  const open = keys.state() === 'open'
  const leaves = page.flatMap(({ rows, entries }) =>
    rows.length > 0 || open ? entries.flatMap(({ index }) => (index >= 0 ? [index] : [])) : [],
  )
  const last = new Map((await ledger.numbersAt(leaves, sql)).map((each) => [each.index, each]))
  const strange: Strange[] = []
  const lost: number[] = []
  for (const { hash, rows, entries } of page) {
    const numbers = entries.flatMap(({ index }) => last.get(index) ?? [])
    for (const row of rows) {
      if (entries.length === 0) strange.push({ ...row, hash })
      // A later version was told since; or this one once more, with the number of another.
      else if (numbers.length > 0 && numbers.every((each) => each.last !== row.version))
        yield { what: 'rolled-back', ...told(row), ...(await saidOf(parts, numbers[0]?.index)) }
    }
    if (rows.length === 0)
      lost.push(...numbers.flatMap(({ index, number, last: end }) => (number === end ? [index] : [])))
  }
  if (open) {
    yield* nameStrange(parts, strange)
    yield* nameLost(parts, lost)
    // Without the keys nobody knows of which row an entry of before is.
  } else if (!before) for (const row of strange) yield { what: 'added', ...told(row) }
}

const told = ({ name, version, kind }: RowName): Omit<RecordFinding, 'what'> => ({
  of: 'authority',
  type: kindName(kind ?? 0),
  id: name,
  version,
})

/** Rows whose bytes are those of no entry that was looked at. */
async function* nameStrange({ sql, ledger }: Parts, rows: readonly Strange[]): AsyncGenerator<RecordFinding> {
  if (rows.length === 0) return
  const names = rows.map(({ name }) => name)
  const found = await selectAuthorityHeads(sql, names, names.map(ledger.authorityStream))
  const byName = new Map(found.map((each) => [each.id, each]))
  for (const row of rows) {
    const { leaf = null, staged, entries, tag } = byName.get(row.name) ?? {}
    const waiting = staged && entries && tag ? { id: staged, entries, tag } : null
    const head = ledger.authorityHead(row.name, { leaf, staged: waiting })
    if (head && Buffer.compare(head.hash, row.hash) === 0) continue
    const what = !head ? 'added' : head.version > row.version ? 'rolled-back' : 'altered'
    yield { what, ...told(row), ...(head?.query === undefined ? {} : { name: head.query }) }
  }
}

/** The newest of their streams: where there is no row at all, it was taken away, or had ended and was swept. */
async function* nameLost({ sql, ledger }: Parts, lost: readonly number[]): AsyncGenerator<RecordFinding> {
  if (lost.length === 0) return
  const entries = (await ledger.entriesAt(lost, sql)).flatMap(({ index, recordedAtMs, details }) => {
    const [row] = details?.resources ?? []
    return row ? [{ index, recordedAtMs, row, query: details?.query, end: endOf(details?.reason) }] : []
  })
  const present = await selectAuthorityPresent(
    sql,
    entries.map(({ row }) => row.id),
  )
  const there = new Set(present.map(({ id }) => id))
  const now = present[0]?.now
  for (const { index, recordedAtMs, row, query, end } of entries) {
    if (there.has(row.id) || (end && now && end <= now)) continue
    yield {
      what: 'missing',
      of: 'authority',
      ...row,
      ...(query === undefined ? {} : { name: query }),
      index,
      writtenAtMs: recordedAtMs,
    }
  }
}

/** What an entry says of itself, where it can be opened. */
async function saidOf({ sql, ledger }: Parts, index: number | undefined) {
  const [entry] = index === undefined ? [] : await ledger.entriesAt([index], sql)
  const query = entry?.details?.query
  return { ...(index === undefined ? {} : { index }), ...(query === undefined ? {} : { name: query }) }
}
