/** What one person asked for and another approves. A command whose act needs that prints its id and exits 3: `askApproval`. */
import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import { problem } from '../house/problem.ts'
import {
  approvalLine,
  approvalLines,
  resultLines,
  timeOf,
  type ApprovalTold,
  type LinkTold,
} from '../people/told.ts'
import type { Answered, Session } from '../people/session.ts'
import { mapped, told, type Telling } from '../people/telling.ts'
import type { Text } from '../text.ts'
import { report } from './report.ts'

const path = '/auth/approvals'

export const list: Run = (context) =>
  told(context, false, async (session) =>
    mapped(await session.ask<{ approvals: ApprovalTold[] }>('GET', path), ({ approvals }) => ({
      json: approvals,
      lines: approvals.map((each) => approvalLine(each, context.settings.language)),
    })),
  )

export const show: Run = (context) =>
  ofOne(context, false, async (session, id) =>
    mapped(await session.ask<ApprovalTold>('GET', `${path}/${id}`), (approval) => ({
      json: approval,
      lines: approvalLines(approval, context.settings.language),
    })),
  )

export const approve: Run = (context) =>
  ofOne(context, true, async (session, id) =>
    mapped(
      await session.ask<{ approval: ApprovalTold; link?: LinkTold }>('POST', `${path}/${id}/approve`, {}),
      ({ approval, link }) => ({
        json: { approval, ...(link ? { link } : {}) },
        ...(link ? linkTold(link) : { lines: resultLines(approval, context.settings.language) }),
      }),
    ),
  )

const decide =
  (method: 'POST' | 'DELETE', how: string): Run =>
  (context) =>
    ofOne(context, true, async (session, id) =>
      mapped(await session.ask<ApprovalTold>(method, `${path}/${id}${how}`), (approval) => ({
        json: approval,
        lines: [approvalLine(approval, context.settings.language)],
      })),
    )

export const refuse = decide('POST', '/refuse')
export const withdraw = decide('DELETE', '')

export const link: Run = (context) =>
  ofOne(context, true, async (session, id) =>
    mapped(await session.ask<LinkTold>('POST', `${path}/${id}/link`), (value) => ({
      json: value,
      ...linkTold(value),
    })),
  )

/** Of the account that the command is of, whose act it is. */
export const ask: Run = (context) => {
  const [what, more] = context.words
  if (what === undefined || more !== undefined)
    return Promise.resolve(report(context, problem(exit.usage, askUsage)))
  return told(
    context,
    true,
    async (session) => {
      const me = await session.ask<{ account: string }>('GET', '/auth/session')
      return me.status === 'ok'
        ? asking(session, { kind: 'export', account: me.value.account, what: plain(what) })
        : me
    },
    exit.approvalPending,
  )
}

/** As it is, or as the header has it. */
function plain(what: string): string {
  if (!/%[0-9A-F]{2}/.test(what)) return what
  try {
    return decodeURIComponent(what)
  } catch {
    return what
  }
}

export const require: Run = async (context) => {
  const { options, words } = context
  const [count, more] = words
  const approvers = Number(count)
  if (more !== undefined || !Number.isInteger(approvers) || approvers < 2)
    return report(context, problem(exit.usage, requireUsage))
  return askApproval(context, { kind: 'quorum', of: options['of'] ?? 'all', approvers })
}

/** Asks, by whoever the command is of, for another person to approve the act: its id is printed, and the command is over. */
export const askApproval = (context: Context, act: object): Promise<ExitCode> =>
  told(context, true, (session) => asking(session, act), exit.approvalPending)

export async function asking(session: Session, act: object): Promise<Answered<Telling>> {
  return mapped(await session.ask<ApprovalTold>('POST', path, act), (approval) => {
    const { id, words, needed, expiresAt } = approval
    const [until, others] = [timeOf(expiresAt), String(needed)]
    return {
      json: { approval: id },
      lines: [id],
      note: {
        es: `${words.es}.\nEspera que lo apruebe otra persona (${others}), hasta ${until} UTC: sigilo approvals approve ${id}`,
        en: `${words.en}.\nIt waits for another person to approve it (${others}), until ${until} UTC: sigilo approvals approve ${id}`,
      },
    }
  })
}

function ofOne(
  context: Context,
  isDangerous: boolean,
  act: (session: Session, id: string) => Promise<Answered<Telling>>,
): Promise<ExitCode> {
  const [id, more] = context.words
  if (id === undefined || more !== undefined || !/^[0-9a-f-]{36}$/.test(id))
    return Promise.resolve(report(context, problem(exit.usage, idUsage)))
  return told(context, isDangerous, async (session) => {
    const answer = await act(session, id)
    return answer.status === 'problem' && answer.httpStatus === 404 ? problem(answer.code, notThere) : answer
  })
}

/** The same of one that is not there, and of one that they may not see. */
const notThere: Text = {
  es: 'No hay ninguna petición con ese id que pueda ver esta cuenta. Las que puede ver: sigilo approvals list (con --as USUARIO, las de otra cuenta).',
  en: 'There is no request of that id that this account may see. Those that it may: sigilo approvals list (with --as LOGIN, those of another account).',
}

export function linkTold({ url, login, name, endsAt }: LinkTold): Omit<Telling, 'json'> {
  return {
    lines: [url],
    note: {
      es: `Entréguelo solo a ${name} (${login}): quien lo abra primero se da de alta como esa persona. Sirve una vez, hasta ${timeOf(endsAt)} UTC.`,
      en: `Give it to ${name} (${login}) alone: whoever opens it first enrols as that person. It is good once, until ${timeOf(endsAt)} UTC.`,
    },
  }
}

const idUsage: Text = {
  es: 'Diga cuál: lo que «sigilo approvals list» muestra al principio de cada línea.',
  en: 'Say which: what "sigilo approvals list" shows at the beginning of each line.',
}
const askUsage: Text = {
  es: 'Diga qué, como lo dijo el encabezado Sigilo-Act de lo que se negó, entre comillas.',
  en: 'Say what, as the header Sigilo-Act of what was refused said it, in quotes.',
}
const requireUsage: Text = {
  es: 'Diga cuántas personas más, desde dos: sigilo approvals require N [--of CLASE]',
  en: 'Say how many others, from two: sigilo approvals require N [--of KIND]',
}
