/** This house as a witness of other ledgers: C2SP tlog-witness, the side that is asked. */
import { deriveKey, equalBytes, keyedHash, type SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { fromBase64, toBase64 } from '../base64.ts'
import { signatureLine } from '../note.ts'
import {
  formatNoteKey,
  isKeyName,
  noteSigner,
  parseNoteKey,
  type NoteKey,
  type NoteSigner,
} from '../note-keys.ts'
import { emptyRoot } from '../tree.ts'
import { judgeAddCheckpoint, parseAddCheckpoint, type WitnessVerdict, type Witnessed } from '../witness.ts'
import * as queries from './queries.ts'

/** What a witness remembers outside the database, so that an earlier copy of it does not make it sign twice. */
export interface WitnessMemory {
  /** JSON, as `write` was given it; undefined where it never was. */
  read(): Promise<string | undefined>
  /** Durable when it resolves. */
  write(text: string): Promise<void>
}

export type WitnessReply =
  /** 200: signature lines. */
  | { status: 'cosigned'; body: string }
  /** 409, with the size. */
  | { status: 'other-size'; size: number }
  /** 400, 404, 403, 422. Nobody's fault but the asker's: whoever has a checkpoint can send it with a proof that is none. */
  | { status: 'malformed' | 'unknown-log' | 'unsigned' | 'inconsistent' }
  /** 409. `isNew`: it is the first such checkpoint, and was kept as evidence. */
  | { status: 'forked'; origin: string; note: string; isNew: boolean }
  /** Others asked at the same moment, over and over: 503. */
  | { status: 'busy' }

export interface LedgerWitnessed {
  origin: string
  keys: string[]
  size: number
  cosignedAt?: Date
  /** A checkpoint that it has signed, of the size and of another root than one that was cosigned. */
  evidence?: { note: string; at: Date }
  /** The row is not what this house wrote: nothing is cosigned. */
  altered: boolean
}

export type WitnessChanged =
  | { status: 'ok'; origin: string }
  | { status: 'bad-key'; key: string }
  /** The keys are of two ledgers, or of none that signs. */
  | { status: 'not-one-ledger' }
  | { status: 'unknown-log' }
  /** Another one is at it. */
  | { status: 'busy' }

export interface Witnessing {
  /** Public keys that cosign, as C2SP signed-note writes them. */
  publicKeys(): string[]
  list(): Promise<LedgerWitnessed[]>
  /** Becomes a witness of the ledger of these keys, or takes them in the place of those it has. */
  add(keys: readonly string[]): Promise<WitnessChanged>
  remove(origin: string): Promise<WitnessChanged>
  /** C2SP tlog-witness, `add-checkpoint`. Throws what the database throws: then nothing is said of the checkpoint. */
  addCheckpoint(body: string): Promise<WitnessReply>
  /** Remembers what other processes over the database have cosigned: now and then. */
  follow(): Promise<void>
}

const logsMax = 1000
const triesMax = 5
/** Strangers can ask, too. */
const waitingMax = 100
const kinds = ['ed25519-cosignature', 'ml-dsa-44'] as const

export function createWitnessing(o: {
  sql: Sql
  keys: Keys
  memory: WitnessMemory
  /** Milliseconds since 1970, for the time in cosignatures. */
  now: () => number
}): Witnessing {
  const { sql, keys, memory } = o
  let made: { from: SealKey; own: Own } | undefined
  // One at a time: what is remembered is written before anything is signed.
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0

  keys.onForget((compartment) => {
    if (compartment !== undefined) return
    made?.own.tagging.zero()
    made = undefined
  })

  function own(): Own {
    const from = keys.ledger
    if (made?.from !== from) made = { from, own: ownOf(from, keys.name) }
    return made.own
  }

  /** As other processes may have left it: never from before. */
  const memories = async () => readMemory(await memory.read())

  /**
   * With all rows locked, so that of all processes over the database one at a time reads what is remembered and writes it anew:
   *
   *     A: reads X 9                 B: reads X 9, Y 5
   *     A: writes X 12, signs        B: writes X 9, Y 7, signs: X 12 is forgotten
   *
   * What the database says is remembered too. `act` gives what is to be remembered after it; undefined: nothing was done.
   */
  async function remembering(
    act: (o: { tx: Sql; rows: queries.WitnessedRow[]; all: Map<string, Witnessed> }) => Promise<boolean>,
  ): Promise<boolean> {
    return sql.begin(async (begun) => {
      // Statements alone are sent on it.
      const tx = begun as unknown as Sql
      const rows = [...(await queries.lockWitnessed(tx))]
      const before = await memory.read()
      const all = readMemory(before)
      for (const row of rows) if (isOurs(own(), row)) all.set(row.origin, laterOf(row, all.get(row.origin)))
      if (!(await act({ tx, rows, all }))) return false
      const text = writeMemory(all)
      if (text !== before) await memory.write(text)
      return true
    }) as Promise<boolean>
  }

  async function addCheckpointNow(body: string): Promise<WitnessReply> {
    const request = parseAddCheckpoint(body)
    if (!request) return { status: 'malformed' }
    const origin = request.checkpoint.slice(0, request.checkpoint.indexOf('\n'))
    for (let tries = 0; tries < triesMax; tries++) {
      // No key has another name, and PostgreSQL no text with a zero in it.
      const [row] = isKeyName(origin) ? await queries.selectWitnessed(sql, origin) : []
      const mine = own()
      const log = row && isOurs(mine, row) ? row : undefined
      const witnessed = log && laterOf(log, (await memories()).get(origin))
      const verdict = judgeAddCheckpoint(body, (name) =>
        log && witnessed && name === origin ? { keys: keysOf(log), last: witnessed } : undefined,
      )
      if (verdict.status !== 'sign') return refused(origin, verdict, request.checkpoint)
      const { size, root } = verdict.checkpoint
      const tag = tagOf(mine, { origin, keys: log!.keys, size, root })
      const isStored = await remembering(async ({ tx, all }) => {
        // Somebody else was quicker: what is to be signed is judged anew.
        if (!isSame(all.get(origin), witnessed!)) return false
        all.set(origin, { size, root })
        return (await queries.updateWitnessed(tx, log!, { size, root, tag })).length > 0
      })
      if (!isStored) continue
      const seconds = Math.floor(o.now() / 1000)
      const lines = mine.signers.map(({ key, sign }) => signatureLine(key, sign(verdict.text, seconds)))
      return { status: 'cosigned', body: lines.join('') }
    }
    return { status: 'busy' }
  }

  async function refused(
    origin: string,
    verdict: Exclude<WitnessVerdict, { status: 'sign' }>,
    note: string,
  ): Promise<WitnessReply> {
    if (verdict.status === 'inconsistent') return { status: 'inconsistent' }
    if (verdict.status !== 'forked') return verdict
    const kept = await queries.keepEvidence(sql, origin, note)
    return { status: verdict.status, origin, note, isNew: kept.length > 0 }
  }

  function inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const mine = last.then(act)
    last = mine.catch(() => {})
    return mine
  }

  return {
    publicKeys: () => own().signers.map(({ key }) => formatNoteKey(key)),

    async list() {
      const rows = await queries.selectAllWitnessed(sql, logsMax)
      return rows.map((row) => ({
        origin: row.origin,
        keys: row.keys.split('\n'),
        size: row.size,
        altered: !isOurs(own(), row),
        ...(row.cosigned_at && { cosignedAt: row.cosigned_at }),
        ...(row.evidence !== null &&
          row.evidence_at && { evidence: { note: row.evidence, at: row.evidence_at } }),
      }))
    },

    async add(given) {
      const bad = given.find((text) => !parseNoteKey(text))
      if (bad !== undefined) return { status: 'bad-key', key: bad }
      const parsed = given.flatMap((text) => parseNoteKey(text) ?? [])
      const [first] = parsed
      if (!first || parsed.some(({ name, kind }) => name !== first.name || kind === 'ed25519-cosignature')) {
        return { status: 'not-one-ledger' }
      }
      const origin = first.name
      const text = parsed.map(formatNoteKey).join('\n')
      const [row] = await queries.selectWitnessed(sql, origin)
      // A row that somebody else wrote is not gone on with: it is taken away first.
      if (row && !isOurs(own(), row)) return { status: 'busy' }
      const { size, root } = row ?? { size: 0, root: emptyRoot }
      const tag = tagOf(own(), { origin, keys: text, size, root })
      const done = row
        ? await queries.updateWitnessedKeys(sql, row, text, tag)
        : await queries.insertWitnessed(sql, origin, text, tag)
      return done.length > 0 ? { status: 'ok', origin } : { status: 'busy' }
    },

    remove: (origin) =>
      inTurn(async () => {
        const isRemoved = await remembering(async ({ tx, all }) => {
          all.delete(origin)
          return (await queries.deleteWitnessed(tx, origin)).length > 0
        })
        return isRemoved ? { status: 'ok', origin } : { status: 'unknown-log' }
      }),

    async follow() {
      const [rows, all] = [await queries.selectAllWitnessed(sql, logsMax), await memories()]
      const isBehind = rows.some((row) => isOurs(own(), row) && row.size > (all.get(row.origin)?.size ?? 0))
      if (isBehind) await inTurn(() => remembering(async () => true))
    },

    async addCheckpoint(body) {
      if (waiting >= waitingMax) return { status: 'busy' }
      waiting++
      try {
        return await inTurn(() => addCheckpointNow(body))
      } finally {
        waiting--
      }
    },
  }
}

interface Own {
  tagging: SealKey
  signers: readonly NoteSigner[]
}

/** What a house signs with as a witness follows from its ledger key, and never changes: others have its public part. */
function ownOf(ledger: SealKey, house: string): Own {
  const witness = deriveKey(ledger, 'witness')
  const signers = kinds.map((kind) => {
    const seed = deriveKey(witness, kind)
    try {
      return noteSigner(`sigilo/${house}/witness`, kind, seed)
    } finally {
      seed.zero()
    }
  })
  const tagging = deriveKey(witness, 'witnessed')
  witness.zero()
  return { tagging, signers }
}

type Told = Pick<queries.WitnessedRow, 'origin' | 'keys' | 'size' | 'root'>

const tagOf = ({ tagging }: Own, { origin, keys, size, root }: Told): Uint8Array =>
  keyedHash(tagging, 'witnessed', origin, keys, size, root)

const isOurs = (own: Own, row: queries.WitnessedRow): boolean => equalBytes(tagOf(own, row), row.tag)

const keysOf = ({ keys }: Pick<Told, 'keys'>): NoteKey[] =>
  keys.split('\n').flatMap((text) => parseNoteKey(text) ?? [])

/** The later of what the database says and what was remembered beside it. */
function laterOf({ size, root }: Told, known: Witnessed | undefined): Witnessed {
  return known && known.size >= size ? known : { size, root }
}

const isSame = (one: Witnessed | undefined, other: Witnessed): boolean =>
  one?.size === other.size && equalBytes(one.root, other.root)

function readMemory(text: string | undefined): Map<string, Witnessed> {
  const all = new Map<string, Witnessed>()
  if (text === undefined) return all
  for (const [origin, [size, root]] of Object.entries(JSON.parse(text) as Record<string, [number, string]>)) {
    const bytes = fromBase64(root)
    if (!Number.isSafeInteger(size) || bytes?.length !== 32)
      throw new Error('what was cosigned is not readable')
    all.set(origin, { size, root: bytes })
  }
  return all
}

function writeMemory(all: ReadonlyMap<string, Witnessed>): string {
  const plain = [...all].map(([origin, { size, root }]) => [origin, [size, toBase64(root)]] as const)
  return `${JSON.stringify(Object.fromEntries(plain))}\n`
}
