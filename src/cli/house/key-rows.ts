/** What opens the vault, and its keyring, as the ledger commits to them after each act that changes them. */
import { contextOf, uuidBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { commitmentHash, type Act, type Commitment } from '#kernel/ledger/index.ts'
import { keyringRows, openerRows, type KeyringRow, type OpenerRow } from './queries.ts'

const nothing = new Uint8Array(0)

/** All of it: whatever else stands in the row opens nothing. */
function openerHash(row: OpenerRow): Uint8Array {
  const { id, kind, parameters, recipient, wrapped, bond, root, tag } = row
  const bytes = [wrapped, bond, root, tag].map((each) => each ?? nothing)
  return commitmentHash(contextOf('opener row', uuidBytes(id), kind, parameters, recipient ?? '', ...bytes))
}

/** Under the root key of its time, which changes with such acts alone. */
function keyringHash({ id, purpose, wrapped }: KeyringRow): Uint8Array {
  return commitmentHash(contextOf('keyring row', uuidBytes(id), purpose), wrapped)
}

/** Of all rows that there are. */
export async function keyCommitments(sql: Sql): Promise<Commitment[]> {
  return [
    ...(await openerRows(sql)).map((row) => ({ kind: 'opener', hash: openerHash(row) }) as const),
    ...(await keyringRows(sql)).map((row) => ({ kind: 'keyring', hash: keyringHash(row) }) as const),
  ]
}

export interface KeyRowFinding {
  what: 'altered' | 'missing' | 'added'
  of: 'opener' | 'keyring'
  /** Of the row. */
  name?: string
  count?: number
}

/** Between reading the rows and the entry's time. */
const marginMs = 10_000

const actKeys = new Set(['opener', 'key'])

/** The newest act that committed to these rows, as it comes by; rows are compared with that. */
export class KeyRows {
  #act: string | undefined
  #actMs = 0
  #openers = new Set<string>()
  #keyring = new Set<string>()
  /** Rows of the keyring that an earlier act committed to: what is there still, the newest commits to as well. */
  readonly #former = new Set<string>()
  /** One was begun since, and has not ended. */
  #pending = false

  take({ act, action, outcome, commitments, recordedAtMs }: Act): void {
    if (!actKeys.has(action)) return
    this.#pending = outcome === 'begun'
    if (outcome !== 'done' || !commitments.some(({ kind }) => kind === 'opener')) {
      // What does not fit one entry goes on in another of the same act.
      if (this.#act !== textOf(act)) return
    }
    if (this.#act !== textOf(act)) {
      this.#act = textOf(act)
      this.#actMs = recordedAtMs
      this.#openers = new Set()
      for (const hash of this.#keyring) this.#former.add(hash)
      this.#keyring = new Set()
    }
    for (const { kind, hash } of commitments) {
      if (kind === 'opener') this.#openers.add(textOf(hash))
      if (kind === 'keyring') this.#keyring.add(textOf(hash))
    }
  }

  /** Whether there is an act to compare with, and none under way. */
  get known(): boolean {
    return this.#act !== undefined && !this.#pending
  }

  async compare(sql: Sql): Promise<KeyRowFinding[]> {
    if (!this.known) return []
    const findings: KeyRowFinding[] = []
    const left = new Set(this.#openers)
    const strange: string[] = []
    for (const row of await openerRows(sql)) {
      if (!left.delete(textOf(openerHash(row)))) strange.push(row.id)
    }
    // As many as are missing were altered; the others were added.
    for (const [n, name] of strange.entries())
      findings.push({ what: n < left.size ? 'altered' : 'added', of: 'opener', name })
    if (left.size > strange.length)
      findings.push({ what: 'missing', of: 'opener', count: left.size - strange.length })
    // Those made since are in no act. One that is older was altered, or had been destroyed; one that an earlier act knew had been
    // destroyed, whatever its time says.
    for (const row of await keyringRows(sql)) {
      const hash = textOf(keyringHash(row))
      const isOlder = row.createdAt.getTime() < this.#actMs - marginMs
      if (!this.#keyring.has(hash) && (isOlder || this.#former.has(hash)))
        findings.push({ what: 'altered', of: 'keyring', name: row.id })
    }
    return findings
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
