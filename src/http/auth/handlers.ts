/** What each route of /auth does. Its shape has been judged (shape.ts), and whoever is not open to all knows who asks (admit.ts). */
import type { AuthenticationResponseJSON } from '@simplewebauthn/server'
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import type { Act, Account, Decided, Given } from '#people/index.ts'
import {
  askingOf,
  made,
  officerOf,
  replied,
  type AskingPerson,
  type Context,
  type Handlers,
  type Replied,
} from './context.ts'
import { enrolling, factoring } from './factors.ts'
import type { AnswerOf } from './schemas.ts'
import { sessioning } from './sessions.ts'

export const handlers: Handlers = {
  ...sessioning,
  ...enrolling,
  ...factoring,

  'list-accounts': async (context) => {
    const officer = await officerOf(context, 'accounts')
    if ('status' in officer) return officer
    const accounts: AnswerOf<'look-at-account'>[] = []
    for await (const { value } of context.edge.people.accounts.list()) accounts.push(accountSeen(value))
    return replied({ accounts: accounts.toSorted((a, b) => a.name.localeCompare(b.name, 'es')) })
  },

  'look-at-account': async (context, { params: { id } }) => {
    const officer = await officerOf(context, `account ${id}`)
    if ('status' in officer) return officer
    const row = await context.edge.people.accounts.find(id)
    return row ? replied(accountSeen(row.value)) : refuse('not-found')
  },

  'list-programs': async (context) => {
    const officer = await officerOf(context, 'programs')
    if ('status' in officer) return officer
    const programs: AnswerOf<'list-programs'>['programs'] = []
    for await (const { value } of context.edge.people.programs.list()) {
      const { id, name, scope, purposes, keys, isRevoked = false } = value
      const limits = purposes === undefined ? {} : { purposes: [...purposes] }
      programs.push({ id, name, scope, ...limits, keys: keys.length, isRevoked })
    }
    return replied({ programs: programs.toSorted((a, b) => a.id.localeCompare(b.id)) })
  },

  'list-approvals': async (context) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const unrecorded = await context.request.acting?.asked('approvals')
    if (unrecorded) return unrecorded
    const approvals = await context.edge.people.approvals.list(asking)
    return replied({ approvals } as unknown as AnswerOf<'list-approvals'>)
  },

  'look-at-approval': async (context, { params: { id } }) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const unrecorded = await context.request.acting?.asked(`approval ${id}`)
    return unrecorded ?? decided(context, () => context.edge.people.approvals.show(asking, id))
  },

  ask: async (context, { body }) => {
    const asked = await decided(context, (asking) => context.edge.people.approvals.ask(asking, body as Act))
    return isRefusal(asked) ? asked : { ...asked, httpStatus: 201 }
  },
  withdraw: (context, { params: { id } }) =>
    decided(context, (asking) => context.edge.people.approvals.withdraw(asking, id)),
  refuse: (context, { params: { id } }) =>
    decided(context, (asking) => context.edge.people.approvals.refuse(asking, id)),
  object: (context, { params: { id } }) =>
    decided(context, (asking) => context.edge.people.approvals.object(asking, id)),

  'approval-options': async (context, { params: { id } }) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const { origin, people } = context.edge
    const begun = await people.approvals.options(asking, id, origin)
    return isRefusal(begun) ? begun : replied({ flow: begun.flow, options: { ...begun.options } })
  },

  approve: async (context, { params: { id }, body }) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const { origin, people } = context.edge
    // Its shape was judged; what SimpleWebAuthn takes it for says more than that.
    const { proof } = body as { proof?: { flow: string; response: AuthenticationResponseJSON } }
    const approved = await people.approvals.approve(asking, id, { origin, ...(proof ? { proof } : {}) })
    if (isRefusal(approved)) return approved
    const { approval, link } = approved
    const told = { approval, ...(link ? { link: urlOf(context, link) } : {}) }
    return replied(told as unknown as AnswerOf<'approve'>)
  },

  'give-link': async (context, { params: { id } }) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const given = await context.edge.people.approvals.link(asking, id)
    return isRefusal(given) ? given : made(urlOf(context, given.link))
  },
}

async function decided(
  context: Context,
  act: (asking: AskingPerson) => Promise<Decided>,
): Promise<Replied<AnswerOf<'ask'>> | Refusal> {
  const asking = askingOf(context)
  if ('status' in asking) return asking
  const result = await act(asking)
  return isRefusal(result) ? result : replied(result.approval as unknown as AnswerOf<'ask'>)
}

/** Without what proves anything. */
function accountSeen(account: Account): AnswerOf<'look-at-account'> {
  const { id, login, name, status, language, roles, practitioner, patient, represents, factors } = account
  const { passkeys, password, recovery } = factors
  return {
    id,
    login,
    name,
    status,
    language,
    factors: { passkeys: passkeys.length, password: password !== undefined, recovery: recovery.length },
    roles: [...roles],
    ...(practitioner === undefined ? {} : { practitioner }),
    ...(patient === undefined ? {} : { patient }),
    ...(represents === undefined ? {} : { represents: [...represents] }),
  }
}

/** What is after `#` is sent to no server, and stands in no log. */
function urlOf({ edge }: Context, { token, login, name, endsAt }: Given): AnswerOf<'give-link'> {
  return { url: `${edge.origin}/#invitation=${token}`, login, name, endsAt }
}
