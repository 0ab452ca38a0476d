/**
 * Checkpoints go out, beside everything else: no commit waits for it, and what fails is tried again and told. See
 * docs/operating/ledger.md.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomBytes } from '#kernel/crypto/index.ts'
import {
  addSignatures,
  askWitness,
  checkTimeStamp,
  parseNoteKey,
  publishTo,
  timeStampRequest,
  type PublishRefusal,
} from '#kernel/ledger/index.ts'
import { homeFiles, type Home } from '../../home/home.ts'
import { noSends, type AuthorityPlace, type WitnessPlace } from '../../home/sends.ts'
import type { ServerLog } from '../../log.ts'
import type { HouseLedger } from '../ledger.ts'
import { copyEvidence, keepEvidence } from './evidence.ts'
import { post } from './post.ts'
import { nameOf, readTold, writeTold, type SendTold } from './told.ts'

export interface Sending {
  /** Sends what there is to everybody at once, whatever failed before; what came of it. */
  sendNow(): Promise<SendTold[]>
  /** Writes the ledger into a folder, once. */
  publish(
    folder: string,
  ): Promise<{ status: 'ok'; size: number; files: number } | { status: 'refused'; reason: string }>
  told(): SendTold[]
  stop(): Promise<void>
}

interface Round {
  size: number
  note: string
  /** What witnesses have cosigned, by size: this checkpoint, or one that is newer by now. */
  cosigned: Map<number, { note: string; lines: string[] }>
}

/** Between two rounds. */
const everyMs = 60_000
/** A stamp is asked for so often at most, and a cosignature anew where nothing has changed. */
const stampMs = 3_600_000
const againMs = 24 * 3_600_000
const backoffMsMax = 15 * 60_000
/** What is left of a round when the server stops is given up after this. */
const stopMsMax = 500

export function createSending(o: {
  home: Home
  ledger: HouseLedger
  isOpen: () => boolean
  now: () => Date
  log: Pick<ServerLog, 'logger'>
}): Sending {
  const { home, ledger, now } = o
  const folder = join(home.path, homeFiles.sent)
  const failures = new Map<string, { count: number; nextMs: number }>()
  let round: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => void inTurn(() => send(false)), everyMs)
  timer.unref()

  async function send(isForced: boolean): Promise<SendTold[]> {
    const told = readTold(home)
    if (told.length === 0 || !o.isOpen()) return told
    const newest = await ledger.checkpoint()
    if (!newest) return told
    const current: Round = { ...newest, cosigned: new Map() }
    const due = told.filter((each) => isForced || isDue(each, newest.size))
    if (due.length === 0) return told
    const outside = due.filter(({ kind }) => kind !== 'folder')
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const results = await Promise.all(outside.map((each) => attempt(each, current)))
    const cosigned = [...current.cosigned].map(
      ([size, { note, lines }]) => [`${size}.cosigned`, addSignatures(note, lines)] as const,
    )
    await keepEvidence(folder, cosigned)
    // Folders get the cosignatures too.
    for (const each of due.filter(({ kind }) => kind === 'folder')) results.push(await attempt(each, current))
    const after = told.map((each) => results.find((done) => nameOf(done) === nameOf(each)) ?? each)
    await writeTold(home, after)
    await tellDisagreements(told, after)
    return after
  }

  function isDue(each: SendTold, size: number): boolean {
    const failed = failures.get(nameOf(each))
    if (failed) return now().getTime() >= failed.nextMs
    const ageMs = each.at === undefined ? Infinity : now().getTime() - Date.parse(each.at)
    if (each.kind === 'authority') return each.size !== size && ageMs >= stampMs
    return each.size !== size || (each.kind === 'witness' && ageMs >= againMs)
  }

  async function attempt(each: SendTold, current: Round): Promise<SendTold> {
    const name = nameOf(each)
    const { kind, place, size, at, trusted } = each
    const before = {
      kind,
      place,
      ...(size === undefined ? {} : { size }),
      ...(at === undefined ? {} : { at }),
    }
    try {
      const done = await actOf(each, current)
      if (!('reason' in done)) {
        failures.delete(name)
        return { kind, place, at: now().toISOString(), ...done }
      }
      return fail(done)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      return fail({ reason: code ?? message })
    }

    function fail({ reason, disagrees }: { reason: string; disagrees?: boolean }): SendTold {
      const count = (failures.get(name)?.count ?? 0) + 1
      const nextMs = now().getTime() + Math.min(backoffMsMax, everyMs * 2 ** (count - 1))
      failures.set(name, { count, nextMs })
      o.log.logger.warn({ kind, place, reason, count }, 'the checkpoint was not taken')
      return {
        ...before,
        ...(trusted === undefined ? {} : { trusted }),
        failedSince: each.failedSince ?? now().toISOString(),
        reason,
        ...((disagrees ?? each.disagrees) ? { disagrees: true } : {}),
      }
    }
  }

  type Done = { size: number; trusted?: boolean } | { reason: string; disagrees?: boolean }

  function actOf({ kind, place, size }: SendTold, current: Round): Promise<Done> {
    const { witnesses, authorities } = home.record.sends ?? noSends
    switch (kind) {
      case 'witness':
        return haveCosigned(
          witnesses.find(({ url }) => url === place)!,
          size ?? 0,
          current,
        )
      case 'authority':
        return haveStamped(
          authorities.find(({ url }) => url === place)!,
          current,
        )
      case 'folder':
        return writeFolder(place, current)
    }
  }

  async function haveCosigned(witness: WitnessPlace, oldSize: number, current: Round): Promise<Done> {
    const answer = await askWitness({
      keys: witness.keys.flatMap((text) => parseNoteKey(text) ?? []),
      oldSize,
      newest: () => ledger.checkpoint(),
      consistency: ledger.consistency,
      post: (body) =>
        post({
          url: `${witness.url}/add-checkpoint`,
          contentType: 'text/plain; charset=utf-8',
          body,
          tlsCa: witness.tlsCa,
        }),
    })
    if (answer.status === 'no-answer') return { reason: answer.reason }
    if (answer.status === 'we-disagree') {
      const has = answer.size === undefined ? 'another past' : `${answer.size} entries`
      return { reason: `it has seen ${has}`, disagrees: true }
    }
    const { size, note } = answer.checkpoint
    const { lines } = current.cosigned.get(size) ?? { lines: [] }
    current.cosigned.set(size, { note, lines: [...lines, ...answer.lines] })
    return { size }
  }

  async function haveStamped(authority: AuthorityPlace, { size, note }: Round): Promise<Done> {
    const { url, ca, tlsCa } = authority
    const data = Buffer.from(note)
    const nonce = randomBytes(16)
    const authorities = ca === undefined ? undefined : await readFile(ca, 'utf8')
    const { code, body } = await post({
      url,
      contentType: 'application/timestamp-query',
      body: timeStampRequest(data, nonce),
      tlsCa,
    })
    if (code !== 200) return { reason: `it answers ${code}` }
    const stamp = checkTimeStamp(body, { data, nonce, authorities })
    if (stamp.status === 'rejected') return { reason: `it refuses, with status ${stamp.code}` }
    if (stamp.status === 'wrong') return { reason: stamp.reason }
    if (stamp.trusted === false) return { reason: `${stamp.authority} does not lead to ${ca}` }
    await keepEvidence(folder, [
      [`${size}.checkpoint`, note],
      [`${size}.${new URL(url).hostname.replace(/[^a-z0-9.-]/g, '')}.tsr`, body],
    ])
    return { size, trusted: stamp.trusted === true }
  }

  async function writeFolder(place: string, { size, note, cosigned }: Round): Promise<Done> {
    const published = await publishTo(place, {
      checkpoint: { size, note: addSignatures(note, cosigned.get(size)?.lines ?? []) },
      keys: await ledger.publicKeys(),
      tile: ledger.tile,
      beginsWith: ledger.beginsWith,
    })
    if (published.status !== 'ok') return { reason: folderReason(published), disagrees: isOther(published) }
    await copyEvidence(folder, join(place, 'checkpoints'))
    return { size }
  }

  /** It is an act of its own that somebody has seen another past than this: once, when it is found. */
  async function tellDisagreements(before: readonly SendTold[], after: readonly SendTold[]): Promise<void> {
    for (const each of after) {
      const known = before.find((one) => nameOf(one) === nameOf(each))
      if (!each.disagrees || known?.disagrees) continue
      o.log.logger.error(
        { kind: each.kind, place: each.place, reason: each.reason },
        'the ledger is contradicted',
      )
      await ledger.itself({
        action: 'checkpoint',
        outcome: 'refused',
        query: nameOf(each),
        ...(each.reason === undefined ? {} : { reason: each.reason }),
      })
    }
  }

  function inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const mine = round.then(act)
    round = mine.catch((error: unknown) => {
      o.log.logger.warn({ name: (error as Error).name }, 'checkpoints were not sent')
    })
    return mine
  }

  return {
    sendNow: () => inTurn(() => send(true)),
    publish: (place) =>
      inTurn(async () => {
        const newest = await ledger.checkpoint()
        if (!newest) return { status: 'refused', reason: 'there is no checkpoint yet' }
        const published = await publishTo(place, {
          checkpoint: newest,
          keys: await ledger.publicKeys(),
          tile: ledger.tile,
          beginsWith: ledger.beginsWith,
        })
        if (published.status !== 'ok') return { status: 'refused', reason: folderReason(published) }
        return { status: 'ok', size: published.size, files: published.files }
      }),
    told: () => readTold(home),
    async stop() {
      clearInterval(timer)
      await Promise.race([round, new Promise((resolve) => setTimeout(resolve, stopMsMax).unref())])
    },
  }
}

const isOther = ({ status }: PublishRefusal): boolean => status === 'other-ledger' || status === 'ahead'

function folderReason(refused: PublishRefusal): string {
  switch (refused.status) {
    case 'other-ledger':
      return `it has another ledger, or another past of this one: ${refused.origin}`
    case 'ahead':
      return `it has ${refused.size} entries already`
    case 'foreign':
      return `it holds something else: ${refused.found}`
  }
}
