import { deriveKey, equalBytes, type SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Action, Ledger } from '#kernel/ledger/index.ts'
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
}

/** An act that changes what somebody may do. */
export interface AuthorityAct extends Who {
  action: Extract<Action, 'authority' | 'token'>
  /** What was done, in a few words. */
  query: string
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
  /**
   * A new row, or with `after` the version after that one; the ledger's entry is committed with it. False where somebody was
   * faster, or a row of this name is there already.
   */
  put(put: Put): Promise<boolean>
  /** True the first time, for all processes; false from then on, until some time after `endsAt`. */
  useOnce(kind: string, name: string, endsAt: Date): Promise<boolean>
  /** Clears away what has ended. Now and then. */
  tend(): Promise<void>
}

export interface Put {
  kind: Kind
  name: string
  value: object
  act: AuthorityAct
  after?: Row<object>
  /** After that it confers nothing: its value says so too. */
  endsAt?: Date
}

export interface AuthorityOptions {
  sql: Sql
  keys: Keys
  ledger: Ledger
}

/** Rows remembered at most, of those that ever changed. */
const newestMax = 50_000

export function createAuthority({ sql, keys, ledger }: AuthorityOptions): Authority {
  // What was seen of a row is not undone, whatever the database says of it in the second before its entry has a place.
  const newest = new Map<string, number>()
  let made: { from: SealKey; name: SealKey; seal: SealKey } | undefined

  keys.onForget((compartment) => {
    if (compartment !== undefined) return
    made?.name.zero()
    made?.seal.zero()
    made = undefined
  })

  const own = () => {
    const from = keys.authority
    if (made?.from !== from) made = { from, name: deriveKey(from, 'name'), seal: deriveKey(from, 'seal') }
    return made
  }

  const see = (id: string, version: number) => {
    if (version === 1) return
    if (newest.size >= newestMax) newest.clear()
    newest.set(id, version)
  }

  return {
    async find<Value extends object>(kind: Kind, name: string) {
      const id = rowName(own().name, kind, name)
      const [row] = await queries.selectRow(sql, id, ledger.authorityStream(id))
      if (!row || row.kind !== kinds[kind]) return undefined
      const { version, previous, sealed, staged, leaf, entries, tag } = row
      const place: Place = { id, kind, version, previous }
      const value = openValue(own().seal, place, sealed) as Value | undefined
      if (value === undefined) return undefined
      const waiting = entries && tag ? { id: staged, entries, tag } : null
      const head = ledger.authorityHead(id, { leaf, staged: waiting })
      if (head?.version !== version || !equalBytes(head.hash, hashOf(place, sealed))) return undefined
      if (version < (newest.get(id) ?? 0)) return undefined
      see(id, version)
      return { ...place, sealed, value }
    },

    async put({ kind, name, value, act, after, endsAt }) {
      const id = rowName(own().name, kind, name)
      const place = after
        ? nextPlace(after, after.sealed)
        : { id, kind, version: 1, previous: new Uint8Array(0) }
      const sealed = sealValue(own().seal, place, value)
      const { version, previous } = place
      const change = { row: id, kind, version, hash: hashOf(place, sealed) }
      const ends = endsAt ? { reason: endText(endsAt) } : {}
      const entry = ledger.stage([{ ...act, ...ends, outcome: 'done', authority: [change] }])
      const values = { id, kind: kinds[kind], version, previous, sealed, endsAt: endsAt ?? null, entry }
      const rows = await (after ? queries.updateRow(sql, values) : queries.insertRow(sql, values))
      if (rows.length === 0) return false
      see(id, version)
      ledger.staged()
      return true
    },

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
