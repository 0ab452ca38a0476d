/**
 * Lost factors where there are no two others who could reset them: whoever can open the vault does. The person has three days to be told
 * and to say no, and every officer who is there may refuse it. docs/spec/auth.md, "Lost factors".
 */
import { randomUuid } from '#kernel/crypto/index.ts'
import { isComplete, type Account, type Accounts } from '../accounts/index.ts'
import type { Authority, Who } from '../authority/index.ts'
import { canonical, type Act } from './acts.ts'
import { createLinks } from './links.ts'
import type { Given, Invitations } from './invitations.ts'
import { become } from './people-acts.ts'
import { nobody } from './proof.ts'
import type { Approval } from './values.ts'

const daySeconds = 24 * 3600
const waitSecondsMin = 3 * daySeconds
const keptSeconds = 90 * daySeconds
/** An officer who did not sign in for so long is not one to wait for: they may have lost their factors too. */
const presentSeconds = 7 * daySeconds
const officersMin = 2

export type ResetByOpener =
  | { status: 'asked' | 'waiting'; opensAt: number }
  | { status: 'given'; link: Given }
  | { status: 'two-others' | 'unknown-login' | 'raced' }

/** Asks for it, says until when it waits, and after that gives the link: who calls it has shown the opener's secret, each time. */
export type ResettingByOpener = (login: string, who: Who) => Promise<ResetByOpener>

export function createResettingByOpener(options: {
  authority: Authority
  accounts: Pick<Accounts, 'find' | 'findByLogin' | 'list' | 'change'>
  invitations: Pick<Invitations, 'give'>
  now: () => number
  resetWaitSeconds?: number
}): ResettingByOpener {
  const { authority, accounts, now, resetWaitSeconds = 0 } = options
  const giveLink = createLinks(options)

  return async (login, who) => {
    const about = (await accounts.findByLogin(login))?.value
    if (!about) return { status: 'unknown-login' }
    const waiting = await waitingOf(about)
    if (waiting?.opensAt !== undefined) {
      if (waiting.opensAt > now()) return { status: 'waiting', opensAt: waiting.opensAt }
      const { actor, client } = who
      const given = await giveLink({ principal: { actor, client }, who }, waiting.id)
      return given.status === 'ok' ? { status: 'given', link: given.link } : { status: 'raced' }
    }
    if ((await othersOf(about)) >= officersMin) return { status: 'two-others' }
    const at = now()
    const act: Act = { kind: 'reset', account: about.id }
    const value: Approval = {
      id: randomUuid(),
      act: canonical(act),
      state: 'approved',
      asked: { account: nobody, person: nobody, name: who.actor, at },
      needed: 0,
      approved: [],
      expiresAt: at,
      opensAt: at + Math.max(resetWaitSeconds, waitSecondsMin),
      endsAt: at + keptSeconds,
    }
    const { id, opensAt = at, endsAt } = value
    const along = [{ kind: 'request', name: id, value, endsAt: new Date(endsAt * 1000) }] as const
    const what = `approval ${id}: reset ${about.id}, by the opener's secret`
    const changed = await accounts.change(about.id, (account) => become(account, act, at), who, what, {
      along,
    })
    return changed.status === 'changed' ? { status: 'asked', opensAt } : { status: 'raced' }
  }

  /** What was asked for so and nobody said no to. */
  async function waitingOf(about: Account): Promise<Approval | undefined> {
    for await (const { value } of authority.list<Approval>('request')) {
      if (value.act === undefined || value.state !== 'approved' || value.needed !== 0) continue
      const act = JSON.parse(value.act) as Act
      if (act.kind === 'reset' && act.account === about.id && value.endsAt > now()) return value
    }
    return undefined
  }

  /** Humans besides, who are officers and were here a short time ago. */
  async function othersOf(about: Account): Promise<number> {
    const others = new Set<string>()
    for await (const { value } of accounts.list()) {
      const { roles, status, factors, known, person } = value
      if (status !== 'active' || !roles.includes('security-officer') || !isComplete(factors)) continue
      const seenAt = Math.max(0, ...known.map(({ at }) => at))
      if (person !== about.person && seenAt + presentSeconds > now()) others.add(person)
    }
    return others.size
  }
}
