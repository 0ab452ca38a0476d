/** Officers at a terminal: who has an account, and what one of them asks and another confirms. */
import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'
import { asPerson } from '../people/asking.ts'
import type { Answered, Session } from '../people/session.ts'
import {
  accountLine,
  accountLines,
  requestLine,
  sessionLine,
  timeOf,
  type AccountTold,
  type LinkTold,
  type RequestTold,
  type SessionTold,
} from '../people/told.ts'
import type { Text } from '../text.ts'
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
  return asked(context, {
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

export const requests: Run = (context) =>
  told(context, false, async (session) =>
    mapped(await session.ask<{ requests: RequestTold[] }>('GET', '/auth/requests'), (value) => ({
      json: value.requests,
      lines: value.requests.map((each) => requestLine(each, languageOf(context))),
    })),
  )

export const confirm: Run = (context) =>
  ofRequest(context, async (session, id) =>
    mapped(
      await session.ask<{ request: RequestTold; link?: LinkTold }>('POST', `/auth/requests/${id}/confirm`),
      (value) => ({
        json: value,
        ...(value.link ? linkTold(value.link) : requestTold(context, value.request)),
      }),
    ),
  )

export const refuse: Run = (context) =>
  ofRequest(context, async (session, id) =>
    mapped(await session.ask<RequestTold>('POST', `/auth/requests/${id}/refuse`), (request) => ({
      json: request,
      ...requestTold(context, request),
    })),
  )

export const link: Run = (context) =>
  ofRequest(context, async (session, id) =>
    mapped(await session.ask<LinkTold>('POST', `/auth/requests/${id}/link`), (value) => ({
      json: value,
      ...linkTold(value),
    })),
  )

const aboutAccount =
  (kind: 'reset' | 'suspend' | 'reinstate'): Run =>
  (context) =>
    told(context, true, (session) =>
      ofAccount(context, session, ({ id }) => askFor(context, session, { kind, account: id })),
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

/** What is printed; `note` goes beside it. */
export interface Telling {
  json: unknown
  lines: string[]
  note?: Text
}

/** Signs somebody in, steps up where it is dangerous, and prints what comes of it. */
export async function told(
  context: Context,
  isDangerous: boolean,
  act: (session: Session) => Promise<Answered<Telling>>,
): Promise<ExitCode> {
  const done = await asPerson(context, async (session) => {
    const refused = isDangerous ? await session.stepUp() : undefined
    return refused ?? act(session)
  })
  if (done.status === 'problem') return report(context, done)
  const { json, lines, note } = done.value
  if (context.options['json']) context.out(JSON.stringify(json))
  else for (const line of lines) context.out(line)
  if (note) context.note(note)
  return exit.ok
}

/** Asks for what another officer confirms. */
export const asked = (context: Context, wanted: object): Promise<ExitCode> =>
  told(context, true, (session) => askFor(context, session, wanted))

async function askFor(context: Context, session: Session, wanted: object): Promise<Answered<Telling>> {
  return mapped(await session.ask<RequestTold>('POST', '/auth/requests', wanted), (request) => ({
    json: request,
    lines: [request.id],
    note: {
      es: `${requestLine(request, 'es')}\nLa confirma otra persona que sea oficial de seguridad: sigilo people confirm ${request.id}`,
      en: `${requestLine(request, 'en')}\nAnother person who is a security officer confirms it: sigilo people confirm ${request.id}`,
    },
  }))
}

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

function ofRequest(
  context: Context,
  act: (session: Session, id: string) => Promise<Answered<Telling>>,
): Promise<ExitCode> {
  const [id, more] = context.words
  if (id === undefined || more !== undefined || !/^[0-9a-f-]{36}$/.test(id))
    return Promise.resolve(report(context, problem(exit.usage, requestUsage)))
  return told(context, true, (session) => act(session, id))
}

function linkTold({ url, login, name, endsAt }: LinkTold): Omit<Telling, 'json'> {
  return {
    lines: [url],
    note: {
      es: `Entréguelo solo a ${name} (${login}): quien lo abra primero se da de alta como esa persona. Sirve una vez, hasta ${timeOf(endsAt)} UTC.`,
      en: `Give it to ${name} (${login}) alone: whoever opens it first enrols as that person. It is good once, until ${timeOf(endsAt)} UTC.`,
    },
  }
}

const requestTold = ({ settings }: Context, request: RequestTold): Omit<Telling, 'json'> => ({
  lines: [requestLine(request, settings.language)],
})

export const ok = <Value>(value: Value): Answered<Value> => ({ status: 'ok', value })

export const mapped = <From, To>(answer: Answered<From>, make: (value: From) => To): Answered<To> =>
  answer.status === 'ok' ? ok(make(answer.value)) : (answer satisfies Problem)

const languageOf = ({ settings }: Context) => settings.language

const inviteUsage: Text = {
  es: 'Falta a quién: sigilo people invite USUARIO --name NOMBRE --role ROL [--practitioner Practitioner/ID] [--patient Patient/ID] [--represents Patient/ID]',
  en: 'Say whom: sigilo people invite LOGIN --name NAME --role ROLE [--practitioner Practitioner/ID] [--patient Patient/ID] [--represents Patient/ID]',
}
const loginUsage: Text = { es: 'Diga de quién: su usuario.', en: 'Say whose: the user name.' }
const requestUsage: Text = {
  es: 'Diga cuál: lo que «sigilo people requests» muestra al principio de cada línea.',
  en: 'Say which: what "sigilo people requests" shows at the beginning of each line.',
}
