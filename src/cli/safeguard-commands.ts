/** Commands of safeguards, which are theirs to say (src/kernel/safeguard.ts). Each asks as a person does, signed in with both factors. */
import type { SafeguardCommand, Terminal } from '#kernel/safeguard.ts'
import { safeguards } from '#safeguards/all.ts'
import type { Command, Context, Option } from './command.ts'
import type { ExitCode } from './exit.ts'

const own = {
  as: {
    type: 'string',
    value: 'LOGIN',
    text: {
      es: 'quién lo hace; en la demostración, si no se dice, el primer oficial de seguridad',
      en: 'who does it; in a demonstration the first security officer, where it is not said',
    },
  },
  json: { type: 'boolean', text: { es: 'imprime el resultado en JSON', en: 'print the result as JSON' } },
} as const satisfies Record<string, Option>

export const safeguardCommands: Record<string, Command> = Object.fromEntries(
  safeguards.flatMap(({ name, commands = {} }) =>
    Object.entries(commands).map(([words, command]) => [words, commandOf(name, command)]),
  ),
)

function commandOf(
  safeguard: string,
  { summary, words, options, isDangerous = false, load }: SafeguardCommand,
): Command {
  return {
    summary,
    options: { ...options, ...own },
    ...(words === undefined ? {} : { words }),
    load: async () => {
      const { run } = await load()
      return { run: (context) => done(context, safeguard, isDangerous, run) }
    },
  }
}

async function done(
  context: Context,
  safeguard: string,
  isDangerous: boolean,
  run: Awaited<ReturnType<SafeguardCommand['load']>>['run'],
): Promise<ExitCode> {
  const [{ told }, { exit }, { problem }] = await Promise.all([
    import('./people/telling.ts'),
    import('./exit.ts'),
    import('./house/problem.ts'),
  ])
  const { settings, words, options } = context
  return told(context, isDangerous, async (session) => {
    let refused: ReturnType<typeof problem> | undefined
    const ask: Terminal['ask'] = async <Value>(method: 'GET' | 'POST', path: string, body?: object) => {
      const answer = await session.ask<Value>(method, `/duties/${safeguard}${path}`, body)
      if (answer.status === 'problem') refused = answer
      return answer
    }
    const said = await run({ language: settings.language, words, options, ask })
    if (said.status === 'usage') return problem(exit.usage, said.text)
    if (said.status === 'ok') {
      const { value, isPending = false } = said
      return { status: 'ok', value: isPending ? { ...value, code: exit.approvalPending } : value }
    }
    if (!refused) throw new Error(`${safeguard} tells of a problem that there is not`)
    return refused
  })
}
