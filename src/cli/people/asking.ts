/** As whom a command asks, and with what they show both factors: `--as LOGIN`, or whoever sits at the terminal. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import { writeDurably } from '../home/durable.ts'
import type { Home } from '../home/home.ts'
import { problem, type Problem } from '../house/problem.ts'
import { ask } from '../commands/ask.ts'
import { readDemoFile, type DemoSignIn } from '../programs/demo-file.ts'
import { isTerminal, readHidden, readShown } from '../terminal.ts'
import type { Text } from '../text.ts'
import { nameOf, runtimeOf, unusedCode } from './codes.ts'
import { openSession, type Kept, type NextProof, type Reached, type Session } from './session.ts'

/**
 * A session of whoever asks, ended when `act` is over. Of a demonstration, whose people's factors lie in its home, it is kept beside the
 * control socket for the next command: else each would wait for a code that was not used.
 */
export async function asPerson<Result>(
  context: Context,
  act: (session: Session) => Promise<Result>,
): Promise<Result | Problem> {
  const found = await whoAsks(context)
  if (found.status === 'problem') return found
  const { reached, next, file } = found
  const opened = await openSession(reached, next, file === undefined ? undefined : keptIn(file))
  if (opened.status === 'problem') return opened
  const { session } = opened
  try {
    return await act(session)
  } finally {
    if (file === undefined) await session.end().catch(() => {})
    else writeDurably(file, JSON.stringify(session.kept()))
  }
}

function keptIn(file: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Kept
  } catch {
    return undefined
  }
}

export async function whoAsks(
  context: Context,
): Promise<{ status: 'ok'; reached: Reached; next: NextProof; file?: string } | Problem> {
  const asked = await ask(context, 'GET /status')
  if (asked.status === 'problem') return asked
  const { home, answer } = asked
  if (answer.vault === 'sealed') return sealed
  const { port, origin, kind } = answer
  const reached = { port, origin, language: context.settings.language }
  const as = context.options['as']
  const login = typeof as === 'string' ? as : undefined
  if (kind === 'demo') {
    const person = demoPerson(home, login)
    if ('status' in person) return person
    const file = join(runtimeOf(home.path), `session-${nameOf(person.login)}`)
    return { status: 'ok', reached, next: demoProofs(context, home, person), file }
  }
  if (!isTerminal()) return nobodyHere(origin)
  return { status: 'ok', reached, next: typedProofs(context, login) }
}

/** Of the invented hospital; without a name the first security officer. */
function demoPerson(home: Home, login: string | undefined): DemoSignIn | Problem {
  const people = readDemoFile(home.path)?.people ?? []
  const person = people.find((each) =>
    login === undefined ? each.role === 'security-officer' : each.login === login.toLowerCase(),
  )
  return person ?? (people.length === 0 ? noPeople : unknownPerson(login ?? '', people))
}

function demoProofs(
  { now }: Context,
  home: Home,
  { login, password, totpSecret: secret }: DemoSignIn,
): NextProof {
  return async () => {
    const code = await unusedCode({ home: home.path, login, secret }, now)
    return { status: 'ok', proof: { kind: 'password', login, password, code } }
  }
}

/** Asked at the terminal, once; the code each time. */
function typedProofs({ settings }: Context, named: string | undefined): NextProof {
  const { language } = settings
  let login = named
  let password: string | undefined
  return async () => {
    login ??= await readShown(prompts.login[language])
    if (login === undefined) return nothingTyped
    password ??= await readHidden(prompts.password[language])
    if (password === undefined) return nothingTyped
    const code = await readHidden(prompts.code[language])
    if (code === undefined) return nothingTyped
    return { status: 'ok', proof: { kind: 'password', login, password, code: code.trim() } }
  }
}

const prompts: Record<'login' | 'password' | 'code', Text> = {
  login: { es: 'Usuario: ', en: 'User name: ' },
  password: { es: 'Contraseña (no se muestra): ', en: 'Password (not shown): ' },
  code: {
    es: 'Código de la aplicación, uno que no haya usado (no se muestra): ',
    en: 'Code of the app, one that was not used (not shown): ',
  },
}

const nothingTyped = problem(exit.failed, { es: 'No se tecleó nada.', en: 'Nothing was typed.' })

const sealed = problem(exit.sealed, {
  es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
  en: 'The vault is sealed. Open it first: sigilo keys unseal',
})

const noPeople = problem(exit.failed, {
  es: 'Falta demo.json en la bóveda, o está dañado. Arranque de nuevo la demostración, que lo hace otra vez.',
  en: 'demo.json is missing from the vault, or damaged. Start the demonstration again, which makes it anew.',
})

function unknownPerson(login: string, people: readonly DemoSignIn[]): Problem {
  const known = people.map((each) => `${each.login} (${each.role})`).join(', ')
  return problem(exit.usage, {
    es: `Nadie de la demostración es «${login}». Son: ${known}.`,
    en: `Nobody of the demonstration is "${login}". They are: ${known}.`,
  })
}

const nobodyHere = (origin: string): Problem =>
  problem(exit.usage, {
    es: `Esto lo hace una persona, con sus dos factores: en una terminal, que los pregunta, o en la página ${origin}. Nunca van en argumentos ni en el entorno.`,
    en: `A person does this, with both factors: at a terminal, which asks for them, or on the page ${origin}. They never go into arguments or the environment.`,
  })
