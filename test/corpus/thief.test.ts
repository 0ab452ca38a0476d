import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { connect } from '#kernel/db/index.ts'
import { dumpTables } from '#test/kit/index.ts'
import { corpusFiles, without } from '#test/kit/corpus.ts'
import { startDemo, superuserUrlOf, testHome } from '#test/kit/process.ts'
import { at } from '#test/kit/tree.ts'
import { createThief, filesBelow, secretsOf, valueBytesMin } from '#test/kit/thief.ts'

/**
 * The disk is stolen: everything below the data directory, WAL included, and a binary copy of every table.
 * Promise 1 of the README.
 */
describe('a thief of the disk', { skip: without('synthea-smart') }, () => {
  test('finds no name, identifier, address, phone, code, display or note of any patient', async (t) => {
    const vault = await startDemo(t, await testHome(t))
    const secrets = new Set<string>()
    const canaryName = await fill(vault.fhir, secrets)
    const long = [...secrets].filter((value) => Buffer.byteLength(value) >= valueBytesMin)
    const short = [...secrets].filter((value) => Buffer.byteLength(value) < valueBytesMin)
    const thief = createThief(long)

    const socket = superuserUrlOf(vault.home)
    const sql = connect(socket, { max: 1 })
    t.after(() => sql.end())
    await sql`checkpoint`

    // Words that PostgreSQL itself has on its disk ("active", "status") show nothing: those of an empty vault.
    const empty = await startDemo(t, await testHome(t))
    const known = search(thief, empty.home).found
    await empty.stop()

    const stolen = search(thief, vault.home)
    const tables: string[] = []
    for await (const { table, bytes } of dumpTables(socket)) {
      tables.push(table)
      for (const value of thief.search(bytes)) stolen.found.set(value, table)
    }
    const shown = [...stolen.found].filter(([value]) => !known.has(value))
    console.log(
      `${long.length} values of ${valueBytesMin} bytes and more in ${(stolen.bytes / 1e6).toFixed(0)} MB of files ` +
        `and ${tables.length} tables: ${shown.length} found (${known.size} are words of PostgreSQL's own)`,
    )
    assert.ok(long.length > 2_000, 'there is something to look for')
    assert.ok(stolen.bytes > 30e6, 'there is something to look in')
    assert.ok(tables.some((table) => table.endsWith('resource')))
    assert.deepEqual(shown, [])
    assert.deepEqual(await inTextColumns(sql, new Set(short)), [])

    // The same search with one column in the clear: an attack that cannot win proves nothing.
    await sql`create table canary (family text)`
    await sql`insert into canary values (${canaryName})`
    await sql`checkpoint`
    const caught = search(thief, vault.home).found
    assert.ok(caught.has(canaryName), 'a name in the clear is found')
    const [shortest] = short as [string]
    await sql`update canary set family = ${shortest}`
    assert.equal((await inTextColumns(sql, new Set(short))).length, 1, 'a short one in a text column too')
  })
})

/** Sends the Bundles; gives a family name of a patient, which is among `secrets`. */
async function fill(
  fhir: (path: string, init: RequestInit) => Promise<Response>,
  secrets: Set<string>,
): Promise<string> {
  let family = ''
  for (const { name, text } of corpusFiles('synthea-smart', '.json.gz')) {
    const response = await fhir('', { method: 'POST', body: text })
    assert.equal(response.status, 200, name)
    for (const value of secretsOf(JSON.parse(text))) secrets.add(value)
    const { entry } = JSON.parse(text) as { entry: { resource: { resourceType: string } }[] }
    const patient = entry.find(({ resource }) => resource.resourceType === 'Patient')
    const found = at(patient, 'resource.name.0.family') as string
    if (found.length > family.length) family = found
  }
  return family
}

function search(thief: ReturnType<typeof createThief>, folder: string) {
  const found = new Map<string, string>()
  let bytes = 0
  for (const file of filesBelow(folder)) {
    bytes += file.bytes.length
    for (const value of thief.search(file.bytes)) found.set(value, file.path)
  }
  return { found, bytes }
}

/** Short values: wherever a table of ours could hold one as a text. */
async function inTextColumns(
  sql: ReturnType<typeof connect>,
  values: ReadonlySet<string>,
): Promise<string[]> {
  const columns = await sql<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' and data_type in ('text', 'character varying', 'json', 'jsonb', 'ARRAY')`
  const found: string[] = []
  for (const { table, column } of columns) {
    const rows = await sql<
      { value: string | null }[]
    >`select ${sql(column)}::text as value from ${sql(table)}`
    for (const { value } of rows) if (value !== null && values.has(value)) found.push(`${table}.${column}`)
  }
  return found
}
