/** Verifies the vault: its tables against its ledger, and that against the checkpoint which is kept beside the database. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Finding } from '#kernel/ledger/index.ts'
import {
  verifyRecords,
  type Before,
  type Progress,
  type RecordFinding,
  type VerifyOptions,
} from '#records/index.ts'
import { readVerified, writeVerified } from '../home/verified.ts'
import type { ServerLog } from '../log.ts'
import { createErrand, type Errand } from './errand.ts'
import { KeyRows, type KeyRowFinding } from './key-rows.ts'
import type { HouseLedger } from './ledger.ts'

/**
 * `database-earlier`: nothing but the end of the ledger is missing, and the records are those of before it: all of it was put back as
 * it was once.
 */
export type Told = Finding | RecordFinding | KeyRowFinding | { what: 'database-earlier' }

export interface VerifyDone {
  status: 'ok' | 'wrong'
  /** False: only what came after the verification of `since`. */
  whole: boolean
  /** ISO 8601. */
  since?: string
  entries: number
  size: number
  rows: number
  seconds: number
  /** Whether the vault was open; otherwise what only its keys tell was left out. */
  open: boolean
  /** Of the vault that is open: whether what searches compare was made again, and is that. */
  derived: boolean
  /** Patient keys that were wrapped anew, of which only the open vault can say whether they are the same as ever. */
  unproven: number
  /** Of the vault that is open: how many acts were approved by a signature, and how many on the vault's word. */
  approvals: { signed: number; attested: number }
  /** Whether openers were compared: not where a change of them is under way, or its end was never recorded. */
  openers: boolean
  /** How many, and the first of them. */
  found: number
  findings: Told[]
  /** That it was verified is in the ledger. */
  recorded: boolean
}

export type VerifyState =
  | { status: 'none' }
  | ({ status: 'running'; seconds: number } & Progress)
  | VerifyDone
  | { status: 'failed'; reason: string }

/** Every table, in the order of docs/spec/tables.md. */
export const tables: readonly string[] = [
  'resource history compartment destruction shredding keyring opener locator pointer tuple head',
  'directory directory_pending directory_generation attachment attachment_piece export_job claim import_mark',
  'vault process migration ledger_leaf ledger_head ledger_tile ledger_checkpoint ledger_staged ledger_sequenced',
  'ledger_signer ledger_stream authority used_once session_seen throttle ledger_witnessed',
].flatMap((line) => line.split(' '))

const listedMax = 1000

export interface VerifyingParts {
  sql: Sql
  ledger: HouseLedger
  keys: Keys
  local: VerifyOptions['local']
  /** Its directory. */
  home: string
  now: () => Date
}

export interface VerifyRun {
  onlyNew: boolean
  onProgress?: (progress: Progress) => void
  signal?: AbortSignal
  /** Nothing is recorded in a database that is not the newest. */
  record: boolean
}

export async function verifyHouse(
  { sql, ledger, keys, local, home, now }: VerifyingParts,
  { onlyNew, onProgress, signal, record }: VerifyRun,
): Promise<VerifyDone> {
  const began = performance.now()
  const note = readVerified(home)
  const clean = onlyNew ? note?.clean : undefined
  const before: Before | undefined = clean && {
    size: clean.size,
    root: Buffer.from(clean.root, 'base64'),
    untilMs: clean.untilMs,
  }
  const findings: Told[] = []
  let found = 0
  const onFinding = (finding: Told): void => {
    found++
    if (findings.length < listedMax) findings.push(finding)
  }
  const keyRows = new KeyRows()
  const told = await verifyRecords({
    sql,
    ledger,
    keys,
    local,
    folder: home,
    tables,
    before,
    onEntry: (entry) => keyRows.take(entry),
    also: async (snapshot) => {
      for (const finding of await keyRows.compare(snapshot)) onFinding(finding)
    },
    onFinding,
    ...(onProgress ? { onProgress } : {}),
    ...(signal ? { signal } : {}),
  })
  if (found === 1 && findings[0]?.what === 'tail-missing' && !before) onFinding({ what: 'database-earlier' })

  const at = now().toISOString()
  const whole = before === undefined
  const { size, root, untilMs, entries, rows, open, derived, unproven, approvals } = told
  await writeVerified(home, {
    format: 1,
    ...(found === 0 ? { clean: { size, root: Buffer.from(root).toString('base64'), untilMs, at } } : {}),
    ...(found > 0 && note?.clean ? { clean: note.clean } : {}),
    last: { at, whole, found },
    ...(whole ? { whole: { at, found } } : note?.whole ? { whole: note.whole } : {}),
  })
  const recorded = record && open && (await recordVerified(ledger, whole, found))
  return {
    status: found === 0 ? 'ok' : 'wrong',
    whole,
    ...(clean ? { since: clean.at } : {}),
    entries,
    size,
    rows,
    seconds: Math.round(performance.now() - began) / 1000,
    open,
    derived,
    unproven,
    approvals,
    openers: keyRows.known,
    found,
    findings,
    recorded,
  }
}

async function recordVerified(ledger: HouseLedger, whole: boolean, found: number): Promise<boolean> {
  try {
    const reason = found === 0 ? 'nothing found' : `${found} found`
    await ledger.operator({ action: 'verify', outcome: 'done', query: whole ? 'whole' : 'new', reason })
    return true
  } catch {
    // What was found is told all the same.
    return false
  }
}

export type Verifying = Errand<{ onlyNew: boolean }, VerifyState>

/** A verification goes on in the server, whoever asked for it and whether they wait or not. */
export function createVerifying(parts: VerifyingParts, log: Pick<ServerLog, 'logger'>): Verifying {
  return createErrand<{ onlyNew: boolean }, VerifyState>(
    {
      name: 'verify',
      none: { status: 'none' },
      begun: { status: 'running', stage: 'ledger', done: 0, of: 0, seconds: 0 },
      act: ({ onlyNew }, { signal, tell, seconds }) => {
        const onProgress = (progress: Progress) =>
          tell({ status: 'running', seconds: seconds(), ...progress })
        return verifyHouse(parts, { onlyNew, onProgress, signal, record: true })
      },
      failed: (reason) => ({ status: 'failed', reason }),
      told: (state) => ({ status: state.status, ...('found' in state ? { found: state.found } : {}) }),
    },
    log,
  )
}
