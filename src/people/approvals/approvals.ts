/** What one person asks for, another approves: the exact act, signed, and carried out as it was signed. docs/spec/approvals.md. */
import { randomUuid } from '#kernel/crypto/index.ts'
import { httpStatusOf, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Account, Accounts } from '../accounts/index.ts'
import type { Authority, Change, Row } from '../authority/index.ts'
import type { SigningIn } from '../factors/index.ts'
import { guardOf } from '../narrowing.ts'
import type { Programs } from '../programs/index.ts'
import {
  accountOf,
  canonical,
  countedKinds,
  hashOf,
  humanOf,
  isCarried,
  isOfOneself,
  unseenIn,
  type Act,
  type ActKind,
  type CarriedKind,
  type Json,
  type PeopleAct,
} from './acts.ts'
import type { ApprovalSeen, Approvals, Asking, Carrier, Decided, Shown } from './contract.ts'
import type { Invitations } from './invitations.ts'
import { createLinks, isWaiting } from './links.ts'
import { asItIs, become, faultOf, finishProgram, inWords } from './people-acts.ts'
import { createAllowing } from './policy.ts'
import { proofOf } from './proof.ts'
import { createSigning } from './signing.ts'
import { quorumName, type Approval, type Approved, type Quorum, type Say } from './values.ts'
import { kindNames, wordsOf } from './words.ts'

const daySeconds = 24 * 3600
/** Until it is approved: a week, with its weekend. */
const pendingSeconds = 7 * daySeconds
/** It can be looked up for so long; the ledger has it for ever. */
const keptSeconds = 90 * daySeconds
/** Time for the person to be told, and to say no: a setting may make it longer. */
const resetWaitSecondsMin = daySeconds
/** Whoever carries it out does so within, or has been stopped in the middle: from then on somebody may begin once more. */
const runSeconds = 300
/** Of all who change one at once one is ahead each time; so many at once are no people. */
const triesMax = 40

export interface ApprovalsOptions {
  authority: Authority
  accounts: Pick<Accounts, 'find' | 'findByLogin' | 'change' | 'list'>
  factors: Pick<SigningIn, 'approvalOptions' | 'readApproval'>
  programs: Pick<Programs, 'register' | 'revoke' | 'keysOf' | 'isUsable'>
  invitations: Pick<Invitations, 'give'>
  /** Seconds since 1970, that do not run back. */
  now: () => number
  resetWaitSeconds?: number
  /** Nobody else is at this database, nor can be: what another process left in the middle it will not go on with. */
  isAlone?: boolean
}

export function createApprovals(options: ApprovalsOptions): Approvals {
  const { authority, accounts, programs, now, resetWaitSeconds = 0, isAlone = false } = options
  /** Of this process. */
  const self = randomUuid()
  const signing = createSigning(options)
  const { isStepped, sayOf } = signing
  const waitSeconds = Math.max(resetWaitSeconds, resetWaitSecondsMin)
  const giveLink = createLinks(options)
  const carriers = new Map<CarriedKind, Carrier>()

  const accountAt = async (id: string | undefined): Promise<Account | undefined> =>
    id === undefined ? undefined : (await accounts.find(id))?.value

  const actOf = ({ act }: Approval): Act => JSON.parse(act) as Act

  const allowing = createAllowing({
    accountAt,
    actOf,
    patientOf: (act) => (isCarried(act) ? carriers.get(act.kind)?.patientOf?.(act) : undefined),
  })
  const { mayAct, mayApprove } = allowing

  const quorum = async (kind: ActKind): Promise<number> => {
    if (!countedKinds.includes(kind)) return 1
    const { approvers = {} } = (await authority.find<Quorum>('request', quorumName))?.value ?? {}
    return Math.max(1, approvers.all ?? 1, approvers[kind] ?? 1)
  }

  const isOpen = ({ state, expiresAt }: Approval) => state === 'pending' && expiresAt > now()
  const faultNow = async (act: Act): Promise<Refusal | undefined> => {
    if (!isCarried(act)) return faultOf(act, { accounts, programs, quorum })
    return carriers.get(act.kind)?.fault(act) ?? refuse('unusable-act')
  }

  const ledgerWords = (act: Act): string =>
    isCarried(act) ? (carriers.get(act.kind)?.inWords(act) ?? act.kind) : inWords(act)

  async function seen(approval: Approval, { principal }: Asking): Promise<ApprovalSeen> {
    const { id, state, asked, needed, approved, decided, expiresAt, opensAt, result } = approval
    const act = actOf(approval)
    const about = await accountAt(accountOf(act))
    const human = about ?? (await accountAt(humanOf(act)))
    const words = isCarried(act)
      ? (carriers.get(act.kind)?.words(act) ?? kindNames[act.kind])
      : wordsOf(act, human?.name)
    return {
      id,
      act,
      words,
      hash: hashOf(approval.act),
      ...(about ? { about: { account: about.id, name: about.name } } : {}),
      state: state === 'pending' && expiresAt <= now() ? 'expired' : state,
      askedBy: shown(asked),
      needed,
      approvedBy: approved.map((each) => ({ ...shown(each), by: each.by })),
      ...(decided ? { decidedBy: shown(decided) } : {}),
      expiresAt,
      ...(opensAt === undefined ? {} : { opensAt }),
      ...(result === undefined ? {} : { result }),
      isYours: principal.person?.person === asked.person,
    }
  }

  const find = async (id: string): Promise<Row<Approval> | undefined> => {
    const row = await authority.find<Approval>('request', id)
    return row?.value.act === undefined ? undefined : row
  }

  const placed = (row: Row<Approval>, value: Approval) =>
    ({ kind: 'request', name: value.id, value, after: row, endsAt: new Date(value.endsAt * 1000) }) as const

  /** Changes it as `judge` says, with the account that it is about where `touches`; again where somebody was faster. */
  async function change(
    asking: Asking,
    id: string,
    query: string,
    judge: (approval: Approval) => Approval | Refusal | Promise<Approval | Refusal>,
    /** An approval: its proof goes into the entry. */
    isApproval = false,
  ): Promise<(Extract<Decided, { status: 'ok' }> & { value: Approval }) | Refusal> {
    for (let tries = 0; tries < triesMax; tries++) {
      const row = await find(id)
      if (!row) return refuse('not-found')
      const guard = isApproval && mayTakeAway(actOf(row.value)) ? [await guardOf(authority, now())] : []
      const value = await judge(row.value)
      if ('status' in value) return value
      if (value !== row.value && !(await write(asking, row, value, query, isApproval, guard))) continue
      return { status: 'ok', approval: await seen(value, asking), value }
    }
    throw new Error(`an approval was changed ${triesMax} times meanwhile`)
  }

  async function write(
    { who }: Asking,
    row: Row<Approval>,
    value: Approval,
    query: string,
    isApproval: boolean,
    guard: readonly Change[],
  ): Promise<boolean> {
    const act = actOf(value)
    const what = `approval ${value.id}: ${query}`
    const about = accountOf(act)
    const proof = isApproval ? { proof: proofOf(value) } : {}
    if (!isApproval || value.state === 'pending' || isCarried(act) || about === undefined) {
      const action = isApproval ? 'approval' : 'authority'
      return authority.put({ ...placed(row, value), act: { ...who, action, query: what, ...proof } })
    }
    const along = { along: [placed(row, value), ...guard], ...proof }
    const changed = await accounts.change(about, (account) => become(account, act, now()), who, what, along)
    return changed.status === 'changed'
  }

  const approvals: Approvals = {
    carry(kind, carrier) {
      carriers.set(kind, carrier)
    },

    govern: allowing.govern,

    async may(deed, act, id) {
      return (await mayAct(deed, act, id)).refusal
    },

    async ask(asking, given) {
      const act = isCarried(given) ? given : asItIs(given)
      const { person } = asking.principal
      if (!person) return refuse('forbidden')
      const { refusal } = await mayAct('request', act, person.account)
      if (refusal) return refusal
      if (isOfOneself(act) && accountOf(act) !== person.account) return refuse('forbidden')
      if (!isStepped(person, asking.who)) return refuse('step-up-needed')
      const unseen = unseenIn(act)
      if (unseen !== undefined) return refuse('invalid-member', { member: `/${unseen}` })
      const fault = await faultNow(act)
      if (fault) return fault
      const about = await accountAt(accountOf(act))
      // Whoever lost their factors is not who asks: it would be somebody else at their open session.
      if (act.kind === 'reset' && about?.person === person.person) return refuse('own-request')
      const at = now()
      const { pendingSeconds: soon = pendingSeconds } = (isCarried(act) && carriers.get(act.kind)) || {}
      const value: Approval = {
        id: randomUuid(),
        act: canonical(act),
        state: 'pending',
        asked: sayOf(person),
        needed: await quorum(act.kind),
        approved: [],
        expiresAt: at + soon,
        endsAt: at + keptSeconds,
      }
      const { id } = value
      const entry = {
        ...asking.who,
        action: 'authority',
        query: `approval ${id}: ${ledgerWords(act)}`,
      } as const
      const endsAt = new Date(value.endsAt * 1000)
      if (!(await authority.put({ kind: 'request', name: id, value, act: entry, endsAt })))
        throw new Error('the id of an approval was drawn twice')
      return { status: 'ok', approval: await seen(value, asking) }
    },

    async list(asking) {
      const { person } = asking.principal
      if (!person) return []
      const found: ApprovalSeen[] = []
      const shown = allowing.shownTo(person)
      for await (const value of kept()) if (await shown(value)) found.push(await seen(value, asking))
      return found.toSorted((a, b) => b.askedBy.at - a.askedBy.at)
    },

    async ofKind(asking, kind) {
      const found: ApprovalSeen[] = []
      for await (const value of kept()) if (actOf(value).kind === kind) found.push(await seen(value, asking))
      return found.toSorted((a, b) => b.askedBy.at - a.askedBy.at)
    },

    async show(asking, id) {
      const { person } = asking.principal
      const row = await find(id)
      if (!row || !person || !(await allowing.shownTo(person)(row.value))) return refuse('not-found')
      return { status: 'ok', approval: await seen(row.value, asking) }
    },

    async options(asking, id, origin) {
      const { person } = asking.principal
      const row = await find(id)
      if (!person || !row) return refuse(person ? 'not-found' : 'forbidden')
      const { account, refusal } = await mayApprove(row.value, person)
      if (refusal) return refusal
      return signing.options(person, account, row.value, origin)
    },

    async approve(asking, id, signature) {
      const { person } = asking.principal
      if (!person) return refuse('forbidden')
      const row = await find(id)
      if (!row) return refuse('not-found')
      const act = actOf(row.value)
      if (row.value.asked.person === person.person) return refuse('own-request')
      const { account, refusal } = await mayApprove(row.value, person)
      if (refusal) return refusal
      const early = await faultOfApproving(row.value, act, person.person, account)
      if (early) return early
      const isOwn = row.value.approved.some((each) => each.person === person.person)
      if (isOwn && row.value.state === 'approved') {
        // Its link is a new one.
        if (act.kind === 'invite')
          return isStepped(person, asking.who) ? finish(asking, row.value) : refuse('step-up-needed')
        return finishAgain(asking, id, act)
      }
      if (!isOpen(row.value)) return refuse('request-over')
      const approved = await signing.sign({ person, account, who: asking.who }, row.value, signature)
      if ('status' in approved) return approved
      const done = await change(
        asking,
        id,
        `approved: ${ledgerWords(act)}`,
        (value) => judged(value, act, approved),
        true,
      )
      return done.status === 'ok' && done.value.state !== 'pending' ? finish(asking, done.value) : done
    },

    async refuse(asking, id) {
      const { person } = asking.principal
      const row = await find(id)
      if (!person || !row) return refuse(person ? 'not-found' : 'forbidden')
      const { refusal } = await mayApprove(row.value, person)
      if (refusal) return refusal
      if (!isStepped(person, asking.who)) return refuse('step-up-needed')
      return change(asking, id, 'refused', (approval) => {
        if (!isOpen(approval) && !isWaiting(approval)) return refuse('request-over')
        return { ...approval, state: 'refused', decided: sayOf(person) }
      })
    },

    async withdraw(asking, id) {
      const { person } = asking.principal
      if (!person) return refuse('forbidden')
      return change(asking, id, 'withdrawn', (approval) => {
        if (approval.asked.person !== person.person) return refuse('forbidden')
        if (!isOpen(approval) && !isWaiting(approval)) return refuse('request-over')
        return { ...approval, state: 'withdrawn', decided: sayOf(person) }
      })
    },

    async object(asking, id) {
      const { person } = asking.principal
      if (!person) return refuse('forbidden')
      return change(asking, id, 'objected', (approval) => {
        const act = actOf(approval)
        // What is about somebody else is as if it were not there.
        if (act.kind !== 'reset' || act.account !== person.account) return refuse('not-found')
        if (!isOpen(approval) && !isWaiting(approval)) return refuse('request-over')
        return { ...approval, state: 'objected', decided: sayOf(person) }
      })
    },

    async link(asking, id) {
      const { person } = asking.principal
      if (!person) return refuse('forbidden')
      const { refusal } = await allowing.may({ deed: 'approve', kind: 'invite' }, person.account)
      if (refusal) return refusal
      if (!isStepped(person, asking.who)) return refuse('step-up-needed')
      return giveLink(asking, id)
    },
  }

  async function* kept(): AsyncGenerator<Approval> {
    for await (const { value } of authority.list<Approval>('request'))
      if (value.act !== undefined && value.endsAt > now()) yield value
  }

  /** Nobody approves their own, by whichever of their accounts, nor what is about themselves; nor twice. */
  async function faultOfApproving(
    { asked, approved, state }: Approval,
    act: Act,
    person: string,
    { practitioner }: Account,
  ): Promise<Refusal | undefined> {
    const [about, asker] = await Promise.all([accountAt(humanOf(act)), accountAt(asked.account)])
    if (person === asked.person || person === about?.person) return refuse('own-request')
    // Two accounts of one practitioner are one human's, whatever was said when they were made.
    const ofOthers = [asker?.practitioner, about?.practitioner]
    if (practitioner !== undefined && ofOthers.includes(practitioner)) return refuse('own-request')
    const isAgain = approved.some((each) => each.person === person)
    return isAgain && state === 'pending' ? refuse('approved-already') : undefined
  }

  /** The approval with one more who approved; done or being done once they are enough. Judged as things are now. */
  async function judged(value: Approval, act: Act, approved: Approved): Promise<Approval | Refusal> {
    const { account, refusal } = await mayAct('approve', act, approved.account)
    if (refusal) return refusal
    const fault = await faultOfApproving(value, act, approved.person, account)
    if (fault) return fault
    if (!isOpen(value)) return refuse('request-over')
    const counting = await countingNow(value, act)
    if ('status' in counting) return counting
    const impossible = await faultNow(act)
    if (impossible) return impossible
    const { needed } = counting
    const all = [...counting.approved, approved]
    if (all.length < needed) return { ...value, needed, approved: all }
    const isWhole = act.kind === 'roles' || act.kind === 'suspend' || act.kind === 'reinstate'
    const opens = act.kind === 'reset' ? { opensAt: now() + waitSeconds } : {}
    const begun = isRun(act) ? { begunAt: now(), begunBy: self } : {}
    return { ...value, ...opens, ...begun, needed, approved: all, state: isWhole ? 'done' : 'approved' }
  }

  /** What policy allowed who asked, or approved before, it may not allow any more. */
  async function countingNow(
    { asked, approved, needed }: Approval,
    act: Act,
  ): Promise<{ approved: Approved[]; needed: number } | Refusal> {
    if ((await mayAct('request', act, asked.account)).refusal) return refuse('request-over')
    const still = await Promise.all(
      approved.map(async (each) => ((await mayAct('approve', act, each.account)).refusal ? [] : [each])),
    )
    return { approved: still.flat(), needed: Math.max(needed, await quorum(act.kind)) }
  }

  /**
   * Once more what somebody began and did not end, by one at a time, however many come with the approval at once and to whichever process:
   *
   *     one:      approves, begun … is being carried out … done
   *     another:               looks: begun a moment ago, so nothing
   *
   * Begun by a process that is surely gone, it is taken up at once. Judged as things are now.
   */
  async function finishAgain(asking: Asking, id: string, act: Act): Promise<Decided> {
    if (!isRun(act)) return change(asking, id, 'looked at', (value) => value)
    let isMine = false
    const begun = await change(asking, id, 'begun again', async (value) => {
      isMine = false
      if (value.state !== 'approved' || isGoingOn(value)) return value
      const counting = await countingNow(value, act)
      if ('status' in counting) return counting
      if (counting.approved.length < counting.needed) return refuse('request-over')
      isMine = true
      return { ...value, begunAt: now(), begunBy: self }
    })
    return begun.status === 'ok' && isMine ? finish(asking, begun.value) : begun
  }

  /** Of another server of the same database nobody knows whether it is at work or gone: for a while it is taken to be at work. */
  function isGoingOn({ begunAt, begunBy }: Approval): boolean {
    if (begunAt === undefined || (isAlone && begunBy !== self)) return false
    return begunAt + runSeconds > now()
  }

  /** What has rows of its own, which are changed after the approval: so it may be done once more. */
  async function finish(asking: Asking, value: Approval): Promise<Decided> {
    try {
      return await carryOut(asking, value)
    } catch (error) {
      if (value.begunAt !== undefined) await brokenOff(asking, value.id)
      throw error
    }
  }

  /** It may be begun again at once, unless that cannot be said now. */
  async function brokenOff(asking: Asking, id: string): Promise<void> {
    await change(asking, id, 'broken off', ({ begunAt: _, begunBy: __, ...rest }) => rest).catch(() => {})
  }

  async function carryOut(asking: Asking, value: Approval): Promise<Decided> {
    const act = actOf(value)
    const asIs = async (): Promise<Decided> => ({ status: 'ok', approval: await seen(value, asking) })
    if (value.state !== 'approved') return asIs()
    if (isCarried(act)) {
      const carrier = carriers.get(act.kind)
      if (!carrier) return refuse('unusable-act')
      const { id, asked, approved } = value
      const ran = await carrier.run(act, { id, asked, approved, who: asking.who })
      return settle(asking, value, ran.status === 'ok' ? { state: 'done', result: ran.result } : ran)
    }
    switch (act.kind) {
      case 'invite': {
        const given = await giveLink(asking, value.id)
        return given.status === 'ok' ? { ...given, approval: await seen(value, asking) } : given
      }
      case 'program':
      case 'revoke-program':
        return settle(asking, value, (await finishProgram(act, programs, asking.who)) ?? { state: 'done' })
      case 'quorum':
        return settle(asking, value, (await raiseQuorum(act, asking)) ?? { state: 'done' })
      case 'roles':
      case 'suspend':
      case 'reinstate':
      case 'reset':
        return asIs()
    }
  }

  async function settle(
    asking: Asking,
    { id }: Approval,
    ended: { state: 'done'; result?: Json } | Refusal,
  ): Promise<Decided> {
    // What is settled stays so, whoever comes later.
    const settled = (as: Partial<Approval>) => (approval: Approval) =>
      approval.state === 'approved' ? { ...approval, ...as } : approval
    if ('state' in ended) return change(asking, id, 'done', settled(ended))
    // What could not be done just now is begun again by approving it again.
    if (httpStatusOf(ended) >= 500) {
      await brokenOff(asking, id)
      return ended
    }
    const failed = { state: 'failed', result: { refused: ended.status } } as const
    await change(asking, id, `failed: ${ended.status}`, settled(failed))
    return ended
  }

  async function raiseQuorum(
    act: Extract<PeopleAct, { kind: 'quorum' }>,
    { who }: Asking,
  ): Promise<Refusal | undefined> {
    const { of, approvers } = act
    for (let tries = 0; tries < triesMax; tries++) {
      const row = await authority.find<Quorum>('request', quorumName)
      const known = row?.value.approvers ?? {}
      if ((known[of] ?? 1) >= approvers) return undefined
      const guard = await guardOf(authority, now())
      // Of the officers there were when it was approved one may have been taken away since.
      const fault = await faultNow(act)
      if (fault && fault.status !== 'quorum-lower') return fault
      const value: Quorum = { approvers: { ...known, [of]: approvers } }
      const entry = { ...who, action: 'authority', query: `${approvers} others approve ${of}` } as const
      const raised: Change = { kind: 'request', name: quorumName, value, ...(row ? { after: row } : {}) }
      if (await authority.putEach([raised, guard], entry)) return undefined
    }
    throw new Error('how many approve is changed all the time')
  }

  return approvals
}

/** Carried out by rows or rooms of its own, after its approval. */
const isRun = (act: Act): boolean =>
  isCarried(act) || act.kind === 'program' || act.kind === 'revoke-program' || act.kind === 'quorum'

/** After it there may be fewer officers. */
const mayTakeAway = ({ kind }: Act): boolean => kind === 'roles' || kind === 'suspend'

const shown = ({ account, name, at }: Say): Shown => ({ account, name, at })
