import assert from 'node:assert/strict'
import type { Sql, Statement } from '#kernel/db/index.ts'

/**
 * The convention of every `queries.ts`: what it exports at run time are its statements, functions that take `sql` (or
 * a transaction) and values, and give back the tagged statement without awaiting it.
 */
type StatementFunction = (sql: Sql, ...values: never[]) => Statement

/** For each statement of a `queries.ts`, values to call it with. The compiler asks for one that is missing. */
export type ValuesOf<Queries> = {
  [Name in keyof Queries]: Queries[Name] extends (sql: never, ...values: infer Values) => unknown
    ? Values
    : never
}

/** The statements of one `queries.ts`, with values for each. */
export interface DescribedQueries {
  file: string
  queries: Record<string, unknown>
  values: Record<string, readonly unknown[]>
}

export function describedQueries<Queries extends object>(
  file: string,
  queries: Queries,
  values: ValuesOf<Queries>,
): DescribedQueries {
  return {
    file,
    queries: Object.fromEntries(Object.entries(queries)),
    values: values as Record<string, readonly unknown[]>,
  }
}

/**
 * Has PostgreSQL parse and plan the names and types of every statement, without running it. Throws at the first that
 * is wrong, is not listed, or has a parameter without a cast.
 */
export async function describeAll(sql: Sql, { file, queries, values }: DescribedQueries): Promise<void> {
  assert.deepEqual(
    Object.keys(values).toSorted(),
    Object.keys(queries).toSorted(),
    `the statements of ${file}`,
  )
  for (const [name, value] of Object.entries(queries)) {
    const where = `${file}: ${name}`
    assert.equal(typeof value, 'function', `${where} is no statement`)
    const statement = (value as StatementFunction)(sql, ...((values[name] ?? []) as never[]))
    assert.equal(typeof statement?.describe, 'function', `${where} gives no statement`)
    const described = await statement.describe().catch((error: Error) => {
      throw new Error(`${where}: ${error.message}`, { cause: error })
    })
    const uncast = /\$\d+(?!\d|::)/.exec(described.string)?.[0]
    assert.equal(uncast, undefined, `${where}: parameter ${uncast} has no cast`)
  }
}
