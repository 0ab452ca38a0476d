/** This house as a witness of other ledgers: C2SP tlog-witness, the side that is asked. */
import { deriveKey, equalBytes, keyedHash, type SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { fromBase64, toBase64 } from '../base64.ts'
import { signatureLine } from '../note.ts'
import { formatNoteKey, noteSigner, parseNoteKey, type NoteKey, type NoteSigner } from '../note-keys.ts'
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
  /** 400, 404, 403, 409, 422. `isNew`: it is the first such checkpoint, and was kept as evidence. */
  | { status: 'malformed' | 'unknown-log' | 'unsigned' }
  | { status: 'forked' | 'inconsistent'; origin: string; note: string; isNew: boolean }
  /** Others asked at the same moment, over and over: 503. */
  | { status: 'busy' }

export interface LedgerWitnessed {
  origin: string
  keys: string[]
  size: number
  cosignedAt?: Date
  /** A checkpoint that it has signed and that does not go with what was cosigned. */
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
  let remembered: Map<string, Witnessed> | undefined
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

  async function memories(): Promise<Map<string, Witnessed>> {
    return (remembered ??= readMemory(await memory.read()))
  }

  async function addCheckpointNow(body: string): Promise<WitnessReply> {
    const request = parseAddCheckpoint(body)
    if (!request) return { status: 'malformed' }
    const origin = request.checkpoint.slice(0, request.checkpoint.indexOf('\n'))
    for (let tries = 0; tries < triesMax; tries++) {
      const [row] = await queries.selectWitnessed(sql, origin)
      const mine = own()
      const log = row && isOurs(mine, row) ? row : undefined
      const known = (await memories()).get(origin)
      const witnessed = log && laterOf(log, known)
      const verdict = judgeAddCheckpoint(body, (name) =>
        log && witnessed && name === origin ? { keys: keysOf(log), last: witnessed } : undefined,
      )
      if (verdict.status !== 'sign') return refused(origin, verdict, request.checkpoint)
      const { size, root } = verdict.checkpoint
      const tag = tagOf(mine, { origin, keys: log!.keys, size, root })
      const stored = await queries.updateWitnessed(sql, log!, { size, root, tag })
      // Somebody else was quicker: what is to be signed is judged anew.
      if (stored.length === 0) continue
      await remember(origin, { size, root })
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
    if (verdict.status !== 'forked' && verdict.status !== 'inconsistent') return verdict
    const kept = await queries.keepEvidence(sql, origin, note)
    return { status: verdict.status, origin, note, isNew: kept.length > 0 }
  }

  async function remember(origin: string, witnessed: Witnessed): Promise<void> {
    const all = await memories()
    all.set(origin, witnessed)
    await memory.write(writeMemory(all))
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
        const removed = await queries.deleteWitnessed(sql, origin)
        if (removed.length === 0) return { status: 'unknown-log' }
        const all = await memories()
        all.delete(origin)
        await memory.write(writeMemory(all))
        return { status: 'ok', origin }
      }),

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
