import { deriveKey, equalBytes, randomUuid, type SealKey } from '#kernel/crypto/index.ts'
import { faultOf, type Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Action, Ledger } from '#kernel/ledger/index.ts'
import { Judged } from './judged.ts'
import * as queries from './queries.ts'
import {
  endText,
  hashOf,
  kinds,
  nextPlace,
  openValue,
  rowName,
  sealValue,
  type Kind,
  type Place,
} from './row.ts'

/** Who acts, as the ledger says it. */
export interface Who {
  actor: string
  client: string
  address: string
  /** On which a person is signed in. */
  device?: string
}

/** An act that changes what somebody may do. */
export interface AuthorityAct extends Who {
  action: Extract<Action, 'authority' | 'approval' | 'token' | 'sign-in' | 'step-up' | 'sign-out'>
  /** What was done, in a few words. */
  query: string
  /** Of an approval: who approved which act, and their signatures. */
  proof?: string
}

/** A row that the ledger knows: the newest version there is. */
export interface Row<Value> extends Place {
  value: Value
  sealed: Uint8Array
}

/**
 * Rows that confer authority. Each is sealed with its place, version and predecessor, and its newest version is in the ledger; one
 * of which any of this does not hold is as if it were not there.
 */
export interface Authority {
  /** By what it is known by. Undefined where there is none, or none that counts. Throws `KeysSealed` while the vault is sealed. */
  find<Value extends object>(kind: Kind, name: string): Promise<Row<Value> | undefined>
  /** The same of several, of one moment, each where it was asked for. */
  findEach(names: readonly Named[]): Promise<(Row<object> | undefined)[]>
  /** All of a kind, in no order that says anything. Those that do not count are passed over. */
  list<Value extends object>(kind: Kind): AsyncIterable<Row<Value>>
  /**
   * A new row, or with `after` the version after that one; the ledger's entry is committed with it. False where somebody was
   * faster, or a row of this name is there already.
   */
  put(put: Put): Promise<boolean>
  /** The same of several, of one act: all of them or none. */
  putEach(puts: readonly Change[], act: AuthorityAct): Promise<boolean>
  /** True the first time, for all processes; false from then on, until some time after `endsAt`. */
  useOnce(kind: string, name: string, endsAt: Date): Promise<boolean>
  /** Clears away what has ended. Now and then. */
  tend(): Promise<void>
}

/** What a row is known by. */
export interface Named {
  kind: Kind
  name: string
}

export interface Change extends Named {
  value: object
  after?: Row<object>
  /** After that it confers nothing: its value says so too. */
  endsAt?: Date
}

export interface Put extends Change {
  act: AuthorityAct
}

export interface AuthorityOptions {
  sql: Sql
  keys: Keys
  ledger: Ledger
}

/** `seen`: the newest version that this process had seen before it asked. */
type Found = queries.AuthorityFound & { seen: number }

/** Below every id that is given. */
const firstId = '00000000-0000-0000-0000-000000000000'
/** Rows of a list read at a time: 600 kB. */
const pageRows = 500
/** Rows remembered at most, of those that ever changed. */
const newestMax = 50_000
/** Names remembered at most, with where their rows are. */
const addressesMax = 10_000

/** A row's, and its stream's in the ledger. */
interface Address {
  id: string
  stream: Uint8Array
}

export function createAuthority({ sql, keys, ledger }: AuthorityOptions): Authority {
  // What was seen of a row is not undone, whatever the database says of it in the second before its entry has a place.
  const newest = new Map<string, number>()
  const judged = new Judged()
  /** Of rows that were asked for. */
  let addresses = new Map<string, Address>()
  let made: { from: SealKey; name: SealKey; seal: SealKey } | undefined

  keys.onForget((compartment) => {
    if (compartment !== undefined) return
    judged.forget()
    addresses = new Map()
    made?.name.zero()
    made?.seal.zero()
    made = undefined
  })

  const own = () => {
    const from = keys.authority
    if (made?.from !== from) made = { from, name: deriveKey(from, 'name'), seal: deriveKey(from, 'seal') }
    return made
  }

  const addressOf = ({ kind, name }: Named): Address => {
    const key = own().name
    const known = addresses.get(`${kind} ${name}`)
    if (known) return known
    const address = addressOfRow(rowName(key, kind, name))
    if (addresses.size >= addressesMax) addresses.clear()
    addresses.set(`${kind} ${name}`, address)
    return address
  }

  const addressOfRow = (id: string): Address => ({ id, stream: ledger.authorityStream(id) })

  const see = (id: string, version: number) => {
    if (version <= (newest.get(id) ?? 1)) return
    if (newest.size >= newestMax) newest.clear()
    newest.set(id, version)
  }

  /** What counts of what was found. */
  const judge = (id: string, kind: Kind, row: Found | undefined): Row<object> | undefined => {
    if (!row || row.kind !== kinds[kind]) return undefined
    const { version, previous, sealed, staged, leaf, entries, tag } = row
    const place: Place = { id, kind, version, previous }
    const value = openValue(own().seal, place, sealed) as object | undefined
    if (value === undefined) return undefined
    const waiting = entries && tag ? { id: staged, entries, tag } : null
    const head = ledger.authorityHead(id, { leaf, staged: waiting })
    if (head?.version !== version || !equalBytes(head.hash, hashOf(place, sealed))) return undefined
    if (version < row.seen) return undefined
    see(id, version)
    return { ...place, sealed, value }
  }

  /*
   * What counts is what was seen before it was asked: what is read beside a change may be the version before it.
   *
   *     find:  asks … is given version 1 … judges it
   *     put:             version 2 is there, and seen
   */
  const read = async (addresses: readonly Address[]): Promise<Map<string, Found>> => {
    const ids = addresses.map(({ id }) => id)
    const streams = addresses.map(({ stream }) => stream)
    const seen = new Map(ids.map((id) => [id, newest.get(id) ?? 0]))
    const rows = await queries.selectRows(sql, ids, streams)
    return new Map(rows.map((row) => [row.id, { ...row, seen: seen.get(row.id) ?? 0 }]))
  }

  const findEach = async (names: readonly Named[]): Promise<(Row<object> | undefined)[]> => {
    const addresses = names.map(addressOf)
    const found = await read(addresses)
    return names.map(({ kind }, n) => {
      const { id } = addresses[n]!
      const row = found.get(id)
      const known = row?.kind === kinds[kind] ? judged.same(row) : undefined
      if (row && known) return known.version < row.seen ? undefined : known
      const good = judge(id, kind, row)
      return row && good && judged.keep(row, good)
    })
  }

  const putEach = async (puts: readonly Change[], act: AuthorityAct): Promise<boolean> => {
    const made = puts.map(({ kind, name, value, after, endsAt = null }) => {
      const id = rowName(own().name, kind, name)
      const place = after
        ? nextPlace(after, after.sealed)
        : { id, kind, version: 1, previous: new Uint8Array(0) }
      return { place, sealed: sealValue(own().seal, place, value), endsAt }
    })
    // Always in one order, so that two who change the same rows do not wait for each other.
    made.sort((a, b) => (a.place.id < b.place.id ? -1 : 1))
    const one = { ...act, act: randomUuid(), outcome: 'done' } as const
    const acts = made.map(({ place, sealed, endsAt }) => {
      const { id: row, kind, version } = place
      const ends = endsAt ? { reason: endText(endsAt) } : {}
      return { ...one, ...ends, authority: [{ row, kind, version, hash: hashOf(place, sealed) }] }
    })
    const entry = ledger.stage(acts)
    const versions = made.map(({ place, sealed, endsAt }) => {
      const { id, kind, version, previous } = place
      return { id, kind: kinds[kind], version, previous, sealed, endsAt }
    })
    if (!(await isWritten(queries.writeVersions(sql, versions, entry)))) return false
    for (const { id, version } of versions) see(id, version)
    ledger.staged()
    return true
  }

  return {
    async find<Value extends object>(kind: Kind, name: string) {
      const [row] = await findEach([{ kind, name }])
      return row as Row<Value> | undefined
    },

    findEach,

    async *list<Value extends object>(kind: Kind) {
      for (let after = firstId, isMore = true; isMore;) {
        const names = await queries.selectNames(sql, kinds[kind], after, pageRows)
        if (names.length === 0) return
        const found = await read(names.map(({ id }) => addressOfRow(id)))
        for (const { id } of names) {
          const row = judge(id, kind, found.get(id))
          if (row) yield row as Row<Value>
        }
        after = names.at(-1)?.id ?? after
        isMore = names.length === pageRows
      }
    },

    put: ({ act, ...change }) => putEach([change], act),

    putEach,

    async useOnce(kind, name, endsAt) {
      const rows = await queries.insertUsed(sql, rowName(own().name, kind, name), endsAt)
      return rows.length > 0
    },

    async tend() {
      await queries.sweepRows(sql)
      await queries.sweepUsed(sql)
    },
  }
}

/** False where somebody was faster with any of them. */
async function isWritten(statement: PromiseLike<readonly unknown[]>): Promise<boolean> {
  try {
    return (await statement).length > 0
  } catch (error) {
    const { code, table_name: table } = error as { code?: string; table_name?: string }
    const isPartOnly = code === '23502' && table === 'ledger_staged'
    if (isPartOnly || faultOf(error) === 'race') return false
    throw error
  }
}
