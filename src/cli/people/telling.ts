/** A command that asks as a person does, and prints what comes of it. */
import { report } from '../commands/report.ts'
import type { Context } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import type { Problem } from '../house/problem.ts'
import { printable, printableLines } from '../printable.ts'
import type { Text } from '../text.ts'
import { asPerson } from './asking.ts'
import type { Answered, Session } from './session.ts'

/** What is printed; `note` goes beside it. */
export interface Telling {
  json: unknown
  lines: string[]
  note?: Text
  /** Where it is another than the command's. */
  code?: ExitCode
}

/** Signs somebody in, steps up where it is dangerous, and prints what comes of it. */
export async function told(
  context: Context,
  isDangerous: boolean,
  act: (session: Session) => Promise<Answered<Telling>>,
  code: ExitCode = exit.ok,
): Promise<ExitCode> {
  const done = await asPerson(context, async (session) => {
    const refused = isDangerous ? await session.stepUp() : undefined
    return refused ?? act(session)
  })
  if (done.status === 'problem') return report(context, done)
  const { json, lines, note, code: own = code } = done.value
  if (context.options['json']) context.out(JSON.stringify(json))
  else for (const line of lines) context.out(printable(line))
  if (note) context.note({ es: printableLines(note.es), en: printableLines(note.en) })
  return own
}

export const ok = <Value>(value: Value): Answered<Value> => ({ status: 'ok', value })

export const mapped = <From, To>(answer: Answered<From>, make: (value: From) => To): Answered<To> =>
  answer.status === 'ok' ? ok(make(answer.value)) : (answer satisfies Problem)
