import postgres from 'postgres'

/** A pool of connections: tagged SQL of the `postgres` package, with Sigilo's settings. */
export type Sql = postgres.Sql

/** The same within a transaction (`sql.begin(async (tx) => …)`). */
export type TransactionSql = postgres.TransactionSql

/** A statement that is not sent yet: awaited it runs, `describe()`d it is only prepared. */
export type Statement<Row extends postgres.MaybeRow = postgres.Row> = postgres.PendingQuery<Row[]>

export interface ConnectOptions {
  /** Shown in pg_stat_activity. */
  name?: string
  /** Connections: each is opened when first needed, and all of them within a minute. */
  max?: number
  /** PostgreSQL ends a statement that runs longer. */
  statementMsMax?: number
  /** PostgreSQL ends a statement that waits longer for a lock (55P03). */
  lockMsMax?: number
  /** PostgreSQL ends a session that idles longer within a transaction. */
  transactionIdleMsMax?: number
}

/** Two flights of the combiner for reads, two for writes, and room for what goes one by one. */
const CONNECTIONS_MAX = 10
/** Longer than any statement of ours has business to take; a runaway one must not hold its locks. */
const STATEMENT_MS_MAX = 30_000
/** Below the statement's bound, so that who waits for a lock is told so, and not "timed out". */
const LOCK_MS_MAX = 10_000
const TRANSACTION_IDLE_MS_MAX = 30_000
/** Below the time that the combiner waits for PostgreSQL: one attempt that a dying server never answers is not the last. */
const CONNECT_SECONDS_MAX = 4
/** The driver would wait up to 20 s before it tries again; a restarted PostgreSQL is back within one. */
const RECONNECT_SECONDS_MAX = 0.5

/**
 * Opens a pool on `url`: `postgres://user:password@host:5432/database`, or over a Unix socket as libpq writes
 * it, `postgres://user@/database?host=/socket/directory`. Connects when the first statement is sent.
 *
 * Values: bytea ↔ Uint8Array (Buffer); timestamptz ↔ Date, whole milliseconds; int8 → number, throws beyond
 * 2^53; numeric, date, time and uuid → string as PostgreSQL writes them, in UTC.
 *
 * Arrays: text, uuid and number arrays are given as they are; use `byteaArray` and `plainArray` for the rest
 * (the driver would declare them by their first element).
 *
 * Statements are prepared once a connection, so PgBouncer must pool by session, or 1.21 and later.
 */
export function connect(url: string, options: ConnectOptions = {}): Sql {
  const { unixSocket, ...target } = locate(url)
  const settings: postgres.Options<typeof types> = {
    ...target,
    types,
    max: options.max ?? CONNECTIONS_MAX,
    // Said in full, so that the driver looks for none of them in the environment.
    idle_timeout: undefined,
    max_lifetime: null,
    connect_timeout: CONNECT_SECONDS_MAX,
    keep_alive: unixSocket ? null : 60,
    backoff: (attempt) => Math.min(RECONNECT_SECONDS_MAX, 0.02 * 2 ** attempt),
    // The driver asks each new connection for the types of arrays, and lets go of the promise: PostgreSQL going away
    // in that moment would end the process with an unhandled rejection. Those that we use are named below.
    fetch_types: false,
    prepare: true,
    onnotice: () => {},
    connection: {
      application_name: options.name ?? 'sigilo',
      TimeZone: 'UTC',
      DateStyle: 'ISO, YMD',
      statement_timeout: options.statementMsMax ?? STATEMENT_MS_MAX,
      lock_timeout: options.lockMsMax ?? LOCK_MS_MAX,
      idle_in_transaction_session_timeout: options.transactionIdleMsMax ?? TRANSACTION_IDLE_MS_MAX,
    },
  }
  // The driver's own type for the pool lists the value types; ours are the plain ones.
  const sql = (unixSocket ? postgres(settings) : postgres(url, settings)) as unknown as Sql
  keepListShort(sql, settings.max as number)
  return sql
}

/**
 * Often enough that the list is short, and seldom: those that find their connection at work leave a hole in the list of the busy, which
 * nothing empties.
 */
const sweepMs = 30_000

/**
 * The driver (postgres 3.4) lists the connections that are free. What it takes from the front of the list stays there as a hole until the
 * list has once been empty, and each statement goes through the holes: a server that never needs all its connections at once would take
 * longer for every statement, day after day. So now and then all are asked for at once.
 */
function keepListShort(sql: Sql, connections: number): void {
  if (connections === 1) return
  let isAsking = false
  const timer = setInterval(async () => {
    // PostgreSQL is halted: what waits for it already does the same.
    if (isAsking) return
    isAsking = true
    const asked = await Promise.allSettled(Array.from({ length: connections }, () => sql`select`))
    isAsking = false
    if (asked.some((each) => each.status === 'rejected' && isEnded(each.reason))) clearInterval(timer)
  }, sweepMs)
  timer.unref()
}

const isEnded = (error: unknown) => (error as { code?: string }).code === 'CONNECTION_ENDED'

/**
 * The rows of a statement, which then lets go of them and of what it was sent with. A function that is assigned to a property V8 makes in
 * its old generation, and the driver gives each statement two: whatever those reach stays until all of that is collected, and is copied
 * there before. For what is sent thousands of times in a second, of parts that are no other statement's.
 */
export async function rowsOf<Row extends postgres.MaybeRow>(statement: Statement<Row>): Promise<Row[]> {
  const rows = (await statement).splice(0)
  letGo(statement)
  return rows
}

function letGo(statement: object): void {
  for (const part of (statement as Partial<typeof spent>).args ?? []) if (part instanceof Promise) letGo(part)
  Object.assign(statement, spent)
}

/** What a statement keeps of how it was sent: parts of it, which are statements as well, and values. */
const spent = { args: [] as readonly unknown[], parameters: [], string: '', signature: '' }

/** A `bytea[]` parameter for a few short values: `${byteaArray(list)}::bytea[]`. (The driver would say bytea.) */
export function byteaArray(list: readonly (Uint8Array | null)[]): string {
  return '{' + list.map((bytes) => (bytes === null ? 'null' : '\\\\x' + hex(bytes))).join() + '}'
}

/**
 * A `bytea[]` of many or long values: `unnest(${byteaList(sql, list)}, …)`, no cast. Sent as one text of base64, which
 * PostgreSQL takes apart twice as fast as an array's own text (200 rows of 650 bytes: 2.2 against 4.6 ms, and half
 * the time of Node's core).
 */
export function byteaList(sql: Sql | TransactionSql, list: readonly (Uint8Array | null)[]) {
  // decode() passes over the blank, which tells one empty value from no value at all.
  const text = list.map((bytes) => (bytes === null ? '-' : base64(bytes) || ' ')).join()
  return sql`coalesce((
    select array_agg(decode(part, 'base64') order by n)
      from unnest(string_to_array(${text}::text, ',', '-')) with ordinality as list (part, n)), '{}')`
}

/** What `byteaParts` gives: where each value begins, from 1, and how long it is, for `unnest`; and what all are parts of. */
export interface ByteaParts {
  starts: string
  lengths: string
  whole: postgres.PendingQuery<postgres.Row[]>
}

/**
 * The same of a statement that has one row for each value: `substr(${whole}, v.start, v.length)` from `unnest(${starts}::int[],
 * ${lengths}::int[]) as v (start, length)`. One text for all, taken apart once, and no array of values made and taken apart again.
 */
export function byteaParts(sql: Sql | TransactionSql, list: readonly (Uint8Array | null)[]): ByteaParts {
  const all = list.filter((bytes) => bytes !== null)
  const text = Buffer.concat(all).toString('base64')
  let next = 1
  const starts = list.map((bytes) => {
    if (bytes === null) return null
    next += bytes.length
    return next - bytes.length
  })
  return {
    starts: plainArray(starts),
    lengths: plainArray(list.map((bytes) => bytes && bytes.length)),
    // Of no row of the statement's, so PostgreSQL computes it once.
    whole: sql`(select decode(${text}::text, 'base64'))`,
  }
}

/** A parameter of any other array type whose elements the driver would misread: `${plainArray(list)}::bool[]`. */
export function plainArray(list: readonly (boolean | number | bigint | Date | null)[]): string {
  return '{' + list.map((x) => (x instanceof Date ? `"${x.toISOString()}"` : String(x))).join() + '}'
}

const bytes = (text: string): Buffer => Buffer.from(text.slice(2), 'hex')
const instant = (text: string): Date => new Date(text)
const flag = (text: string): boolean => text === 't'

/** The numbers of PostgreSQL's own types never change (its catalogue pg_type). */
const types = {
  bytea: {
    to: 17,
    from: [17],
    // A string is a value already written: the driver serialises a parameter again when it repeats a
    // statement whose plan went stale, and its own serialiser would then store the hexadecimal text.
    serialize: (value: Uint8Array | string) => (typeof value === 'string' ? value : '\\x' + hex(value)),
    parse: bytes,
  },
  integer: { to: 20, from: [20], serialize: String, parse: wholeNumber },
  instant: {
    to: 1184,
    from: [1184],
    serialize: (value: Date | string) => (typeof value === 'string' ? value : value.toISOString()),
    parse: instant,
  },
  boolean: { to: 16, from: [16], serialize: String, parse: flag },
  // As PostgreSQL writes them, without a time zone guessed by the driver.
  day: { to: 25, from: [25, 1082, 1114], serialize: String, parse: String },
  flags: arrayOf(1000, flag),
  byteas: arrayOf(1001, bytes),
  smallints: arrayOf(1005, Number),
  integers: arrayOf(1007, Number),
  texts: arrayOf(1009, String),
  bigints: arrayOf(1016, wholeNumber),
  instants: arrayOf(1185, instant),
  uuids: arrayOf(2951, String),
}

/** An array type: taken as a list of texts or numbers, or as a text already written; given as a list. */
function arrayOf<Value>(oid: number, parse: (text: string) => Value) {
  return {
    to: oid,
    from: [oid],
    serialize: (value: readonly (string | number)[] | string) =>
      typeof value === 'string' ? value : `{${value.map(quoted).join()}}`,
    parse: (text: string) => elementsOf(text).map((element) => (element === null ? null : parse(element))),
  }
}

function quoted(element: string | number): string {
  return `"${String(element).replace(/["\\]/g, '\\$&')}"`
}

/** The elements of an array of one dimension as PostgreSQL writes it: `{1,NULL,"a \"b\""}`. */
function elementsOf(text: string): (string | null)[] {
  const found: (string | null)[] = []
  const element = /"((?:[^"\\]|\\.)*)"|([^,{}"]+)/gs
  for (const [, inQuotes, bare] of text.matchAll(element)) {
    if (inQuotes !== undefined) found.push(inQuotes.replace(/\\(.)/gs, '$1'))
    else found.push(bare === 'NULL' ? null : (bare as string))
  }
  return found
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new RangeError(`int8 beyond 2^53 read from the database: ${text}`)
  return number
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

interface Target {
  unixSocket: boolean
  path?: string
  database?: string
  user?: string
  password?: string
}

/** The driver does not read socket directories out of a URL, so that is done here. */
function locate(url: string): Target {
  // URL() refuses user information before an empty host, which libpq allows.
  const { searchParams, pathname, username, password, hostname, port } = new URL(
    url.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=[/?]|$)/, '$1localhost'),
  )
  const host = searchParams.get('host') ?? decodeURIComponent(hostname)
  if (!host.startsWith('/')) return { unixSocket: false }
  const user = decodeURIComponent(username) || (searchParams.get('user') ?? '')
  if (user === '') throw new Error('a database URL over a Unix socket must name its user')
  return {
    unixSocket: true,
    path: `${host}/.s.PGSQL.${searchParams.get('port') ?? (port || '5432')}`,
    database: decodeURIComponent(pathname.slice(1)) || user,
    user,
    password: decodeURIComponent(password),
  }
}
