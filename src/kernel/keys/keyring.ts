import { contextOf, SealBroken, unwrapKey, uuidBytes, wrapKey, type SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { KeysSealed } from './epochs.ts'
import * as queries from './queries.ts'

/** A root key, and which one of the house it is, counted from 1. */
export interface Root {
  key: SealKey
  number: number
}

/** Changes of the root key that one reading may be behind of, one after the other. */
const rereadsMax = 3

/**
 * The keyring as a process uses it that holds the root key. When another process has changed the root key, rows read or
 * written say so, and the new one is fetched:
 *   here:   holds root 3 ……………………………… reads a row, of root 4 … fetches root 4 … opens the row
 *   there:                changes 3 to 4
 */
export class Keyring {
  readonly #sql: Sql
  readonly #renew: () => Promise<Root | undefined>
  #root: Root
  #renewing: Promise<void> | undefined

  /** `renew` gives the root key of now; undefined where it is not for this process, which then has to close. */
  constructor(sql: Sql, root: Root, renew: () => Promise<Root | undefined>) {
    this.#sql = sql
    this.#root = root
    this.#renew = renew
  }

  /** For use at once: it may be another after the next wait. */
  get root(): Root {
    return this.#root
  }

  /** Stores a new key; committed when it returns. @throws {KeysSealed} */
  async add(row: Pick<queries.KeyringRow, 'id' | 'purpose'>, key: SealKey): Promise<void> {
    for (let tries = 1; ; tries++) {
      const { number, key: root } = this.#root
      const inserted = await queries.insertKeyringKey(this.#sql, wrapKeyringKey(root, row, key), number)
      if (inserted.length > 0) return
      if (this.#root.number === number) await this.catchUp()
      if (this.#root.number === number) await this.#setBack(tries)
    }
  }

  /**
   * The keys with these ids; an error in place of one whose row is not what was sealed. Absent ones are destroyed, or
   * never were. @throws {KeysSealed}
   */
  async fetch(
    ids: readonly string[],
    purpose: queries.KeyringRow['purpose'],
  ): Promise<Map<string, SealKey | SealBroken>> {
    for (let tries = 1; ; tries++) {
      const rows = await queries.keyringKeys(this.#sql, [...ids])
      const [behind] = rows.filter(({ root }) => root !== this.#root.number)
      if (!behind) return new Map(rows.map((row) => [row.id, this.#unwrap(row, purpose)]))
      // Read before the change that is known here by now: they are only read again.
      if (behind.root > this.#root.number) await this.catchUp()
      else await this.#setBack(tries)
    }
  }

  /** The root key was changed. The one before is zeroed; and the new one too, where the house was sealed meanwhile. */
  succeed(root: Root): void {
    if (this.#root.key.zeroed || root.number <= this.#root.number) return root.key.zero()
    this.#root.key.zero()
    this.#root = root
  }

  /** Fetches the root key of now; whoever asks meanwhile shares it. @throws {KeysSealed} */
  async catchUp(): Promise<void> {
    this.#renewing ??= this.#fetchRoot().finally(() => (this.#renewing = undefined))
    await this.#renewing
  }

  zero(): void {
    this.#root.key.zero()
  }

  /**
   * The database says an earlier number than is known here. After some readings somebody has set it back: then there is no root
   * key for this process, which closes; where its own row was put back too, whoever asked is told.
   */
  async #setBack(tries: number): Promise<void> {
    if (tries > rereadsMax) await this.catchUp()
    if (tries > 2 * rereadsMax) throw new Error('the number of the root key was set back in the database')
  }

  async #fetchRoot(): Promise<void> {
    const root = await this.#renew()
    if (!root) throw new KeysSealed()
    this.succeed(root)
  }

  #unwrap(row: queries.KeyringRow, purpose: queries.KeyringRow['purpose']): SealKey | SealBroken {
    try {
      return unwrapKeyringKey(this.#root.key, row, purpose)
    } catch (error) {
      if (error instanceof SealBroken) return error
      throw error
    }
  }
}

export function wrapKeyringKey(
  root: SealKey,
  row: Pick<queries.KeyringRow, 'id' | 'purpose'>,
  key: SealKey,
): queries.KeyringRow {
  return { ...row, wrapped: wrapKey(root, keyringContext(row), key) }
}

export function unwrapKeyringKey(
  root: SealKey,
  row: queries.KeyringRow,
  purpose: queries.KeyringRow['purpose'],
): SealKey {
  // The purpose wanted, not the one the row claims.
  return unwrapKey(root, keyringContext({ id: row.id, purpose }), row.wrapped)
}

function keyringContext(row: Pick<queries.KeyringRow, 'id' | 'purpose'>): Uint8Array {
  return contextOf('keyring key', uuidBytes(row.id), row.purpose)
}
