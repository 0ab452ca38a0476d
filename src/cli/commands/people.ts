/** Officers at a terminal: who has an account, and what one of them asks and another approves. */
import type { Context, Run } from '../command.ts'
import { exit } from '../exit.ts'
import { problem } from '../house/problem.ts'
import type { Answered, Session } from '../people/session.ts'
import { mapped, ok, told, type Telling } from '../people/telling.ts'
import { accountLine, accountLines, sessionLine, type AccountTold, type SessionTold } from '../people/told.ts'
import type { Text } from '../text.ts'
import { askApproval, asking } from './approvals.ts'
import { report } from './report.ts'

export const list: Run = (context) =>
  told(context, false, async (session) => {
    const accounts = await accountsOf(session)
    return mapped(accounts, (value) => ({
      json: value,
      lines: value.map((each) => accountLine(each, languageOf(context))),
    }))
  })

export const show: Run = (context) =>
  told(context, false, (session) =>
    ofAccount(context, session, async (account) =>
      ok({ json: account, lines: accountLines(account, languageOf(context)) }),
    ),
  )

export const invite: Run = (context) => {
  const { options, words, settings } = context
  const [login, more] = words
  const { name, role, practitioner, patient, represents, language = settings.language } = options
  if (login === undefined || more !== undefined || typeof name !== 'string' || !Array.isArray(role))
    return Promise.resolve(report(context, problem(exit.usage, inviteUsage)))
  return askApproval(context, {
    kind: 'invite',
    login,
    name,
    language,
    roles: role,
    ...(practitioner === undefined ? {} : { practitioner }),
    ...(patient === undefined ? {} : { patient }),
    ...(represents === undefined ? {} : { represents }),
  })
}

const aboutAccount =
  (kind: 'reset' | 'suspend' | 'reinstate'): Run =>
  (context) =>
    told(
      context,
      true,
      (session) => ofAccount(context, session, ({ id }) => asking(session, { kind, account: id })),
      exit.approvalPending,
    )

export const reset = aboutAccount('reset')
export const suspend = aboutAccount('suspend')
export const reinstate = aboutAccount('reinstate')

export const sessions: Run = (context) =>
  told(context, false, (session) =>
    ofAccount(context, session, async ({ id }) =>
      mapped(
        await session.ask<{ sessions: SessionTold[] }>('GET', `/auth/accounts/${id}/sessions`),
        (value) => ({
          json: value.sessions,
          lines: value.sessions.map((each) => sessionLine(each, languageOf(context))),
        }),
      ),
    ),
  )

export const endSessions: Run = (context) =>
  told(context, true, (session) =>
    ofAccount(context, session, async ({ id, login }) =>
      mapped(await session.ask('DELETE', `/auth/accounts/${id}/sessions`), () => ({
        json: { ended: login },
        lines: [login],
      })),
    ),
  )

async function accountsOf(session: Session): Promise<Answered<AccountTold[]>> {
  return mapped(
    await session.ask<{ accounts: AccountTold[] }>('GET', '/auth/accounts'),
    ({ accounts }) => accounts,
  )
}

/** The account that is named on the line. */
async function ofAccount(
  { words }: Context,
  session: Session,
  act: (account: AccountTold) => Promise<Answered<Telling>>,
): Promise<Answered<Telling>> {
  const [login, more] = words
  if (login === undefined || more !== undefined) return problem(exit.usage, loginUsage)
  const accounts = await accountsOf(session)
  if (accounts.status === 'problem') return accounts
  const account = accounts.value.find((each) => each.login === login.normalize('NFKC').toLowerCase())
  if (account) return act(account)
  return problem(exit.failed, {
    es: `Nadie tiene el usuario «${login}».`,
    en: `Nobody has the user name "${login}".`,
  })
}

const languageOf = ({ settings }: Context) => settings.language

const inviteUsage: Text = {
  es: 'Falta a quién: sigilo people invite USUARIO --name NOMBRE --role ROL [--practitioner Practitioner/ID] [--patient Patient/ID] [--represents Patient/ID]',
  en: 'Say whom: sigilo people invite LOGIN --name NAME --role ROLE [--practitioner Practitioner/ID] [--patient Patient/ID] [--represents Patient/ID]',
}
const loginUsage: Text = { es: 'Diga de quién: su usuario.', en: 'Say whose: the user name.' }
