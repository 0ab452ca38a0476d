/** Enrolling with a one-time link, and the factors of whoever is signed in. */
import { encodeQR } from 'qr'
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import {
  isSteppedUp,
  weaknesses,
  withoutFactor,
  withPasskey,
  withPassword,
  withRecovery,
} from '#people/index.ts'
import type { Account, Offer } from '#people/index.ts'
import { askingOf, made, replied, type AskingPerson, type Context, type Handlers } from './context.ts'
import type { AnswerOf } from './schemas.ts'

type Enrolling = 'look-at-invitation' | 'enrolment-options' | 'enrol'

export const enrolling: Pick<Handlers, Enrolling> = {
  'look-at-invitation': async (context, { headers }) => {
    const looked = await context.edge.people.enrolment.look(headers['sigilo-invitation'])
    return isRefusal(looked) ? counted(context, looked) : replied(looked.invited)
  },

  'enrolment-options': async (context, { headers }) => {
    const { edge } = context
    const offered = await edge.people.enrolment.offer(headers['sigilo-invitation'], edge.origin)
    return isRefusal(offered) ? counted(context, offered) : replied(offerSeen(offered.offer))
  },

  enrol: async (context, { headers, body }) => {
    const { edge, request } = context
    const given = {
      token: headers['sigilo-invitation'],
      origin: edge.origin,
      address: request.raw.socket.remoteAddress ?? 'unknown',
    }
    const enrolled = await edge.people.enrolment.enrol(given, body as never)
    return isRefusal(enrolled) ? counted(context, enrolled) : made({ recoveryCodes: enrolled.recoveryCodes })
  },
}

/** A link that does not work is a stranger's try. */
function counted({ edge, request }: Context, refusal: Refusal): Refusal {
  if (refusal.status === 'link-invalid')
    edge.strangers.count(request.raw.socket.remoteAddress, refusal.status)
  return refusal
}

type Factoring =
  | 'list-factors'
  | 'factor-options'
  | 'add-passkey'
  | 'set-password'
  | 'new-recovery-codes'
  | 'remove-factor'

export const factoring: Pick<Handlers, Factoring> = {
  'list-factors': async (context) => {
    const asking = askingOf(context)
    if ('status' in asking) return asking
    const row = await context.edge.people.accounts.find(asking.person.account)
    return row ? replied(factorsSeen(row.value)) : refuse('unauthorized')
  },

  'factor-options': (context) =>
    stepped(context, async ({ person: { account, login, name } }) => {
      const { edge } = context
      const { accounts, factors } = edge.people
      const passkeys = (await accounts.find(account))?.value.factors.passkeys ?? []
      const passkey = await factors.registrationOptions(edge.origin, { id: account, login, name, passkeys })
      const totp = await factors.offerTotp(login, { account })
      return replied(offerSeen({ ...(passkey ? { passkey } : {}), totp }))
    }),

  'add-passkey': (context, { body: { flow, response, label = '' } }) =>
    stepped(context, async (asking) => {
      const { edge } = context
      const given = { flow, response: response as never, label }
      const read = await edge.people.factors.readPasskey(edge.origin, given, {
        account: asking.person.account,
      })
      if (read.status !== 'ok') return refuse('unusable-factor')
      return changed(context, asking, 'passkey added', (account, where) =>
        withPasskey(account, read.passkey, where),
      )
    }),

  'set-password': (context, { body: { password, flow, code } }) =>
    stepped(context, async (asking) => {
      const { account: id, login, name } = asking.person
      const { factors } = context.edge.people
      const hashed = await factors.hashPassword(password, { login, name })
      if (hashed.status === 'busy') return refuse('busy')
      if (hashed.status !== 'ok') return refuse('weak-password', { reason: weaknesses[hashed.reason] })
      const read = await factors.readTotp({ flow, code }, { account: id })
      if (read.status !== 'ok') return refuse('unusable-factor')
      const { codes, hashes } = factors.newRecovery(id)
      const made = { password: hashed.password, totp: read.totp, recovery: hashes }
      return withCodes(
        codes,
        await changed(context, asking, 'password and TOTP set', (account, where) =>
          withPassword(account, made, where),
        ),
      )
    }),

  'new-recovery-codes': (context) =>
    stepped(context, async (asking) => {
      const row = await context.edge.people.accounts.find(asking.person.account)
      if (!row?.value.factors.totp) return refuse('not-found')
      const { codes, hashes } = context.edge.people.factors.newRecovery(asking.person.account)
      return withCodes(
        codes,
        await changed(context, asking, 'recovery codes made', (account, where) =>
          withRecovery(account, hashes, where),
        ),
      )
    }),

  'remove-factor': async (context, { params: { id } }) => {
    const removed = await stepped(context, (asking) =>
      changed(context, asking, 'factor removed', (account, where) => withoutFactor(account, id, where)),
    )
    return isRefusal(removed) ? removed : { ...removed, httpStatus: 200 }
  },
}

/** Whoever shows both factors again a moment ago changes them: nobody at an open screen does. */
async function stepped<Result>(
  context: Context,
  act: (asking: AskingPerson) => Promise<Result | Refusal>,
): Promise<Result | Refusal> {
  const asking = askingOf(context)
  if ('status' in asking) return asking
  const isFresh = isSteppedUp(asking.person, asking.who.address, context.edge.people.seconds())
  return isFresh ? act(asking) : refuse('step-up-needed')
}

const refusals: Readonly<Record<string, Refusal>> = {
  'session-ended': refuse('unauthorized'),
  'last-way': refuse('last-way-in'),
  'unknown-factor': refuse('not-found'),
  'known-passkey': refuse('unusable-factor'),
  'too-many': refuse('too-many-factors'),
}

type Become = (
  account: Account,
  where: { at: number; address: string },
) => Account | { refused: 'last-way' | 'unknown-factor' | 'known-passkey' | 'too-many' }

async function changed({ edge }: Context, { person, who }: AskingPerson, what: string, become: Become) {
  const where = { at: edge.people.seconds(), address: who.address }
  const result = await edge.people.changeOwn(person, (account) => become(account, where), who, what)
  if (result.status === 'changed') return made(factorsSeen(result.account))
  return (result.status === 'refused' && refusals[result.reason]) || refuse('not-found')
}

const withCodes = (recoveryCodes: string[], result: { status: string }) =>
  isRefusal(result) ? result : made({ recoveryCodes })

function factorsSeen({ factors: { passkeys, password, recovery } }: Account): AnswerOf<'list-factors'> {
  return {
    passkeys: passkeys.map(({ id, label, addedAt, suspendedAt }) => ({
      id,
      label,
      addedAt,
      ...(suspendedAt === undefined ? {} : { suspendedAt }),
    })),
    ...(password ? { password: { setAt: password.setAt } } : {}),
    recovery: recovery.length,
  }
}

/** What a code app scans is drawn here, so that the page needs nothing that draws it. */
function offerSeen({ passkey, totp }: Offer): AnswerOf<'enrolment-options'> {
  const modules = encodeQR(totp.uri, 'raw', { ecc: 'medium', border: 2 })
  const path = modules.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])))
  return {
    ...(passkey ? { passkey: { flow: passkey.flow, options: { ...passkey.options } } } : {}),
    totp: { ...totp, qr: path.join(''), size: modules.length },
  }
}
