import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'
import { whoAsks } from '../people/asking.ts'
import { plainToken } from '../people/session.ts'
import { demoClientOf } from '../programs/demo-file.ts'
import { algorithmOf, readProgramKey } from '../programs/key.ts'
import { signIn, type ProgramKey } from '../programs/sign-in.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Signs a program in with its key, and prints the token that it is given, alone on its line. */
export const run: Run = async (context) => {
  const { now, options, out } = context
  if (options['as'] !== undefined) return asSomebody(context)
  const named = await namedProgram(context)
  if (named.status === 'problem') return report(context, named)
  const asked = await ask(context, 'GET /status')
  if (asked.status === 'problem') return report(context, asked)
  const { home, answer } = asked
  const { program } = named
  if (!program && answer.kind === 'real') return report(context, realHome)
  if (answer.vault === 'sealed') return report(context, sealed)
  const who = program ?? demoProgram(home.path)
  if (!who) return report(context, noClient)
  // Its own program alone is given a plain one, in a demonstration.
  const isBound = program !== undefined || answer.kind === 'real'
  const { port, origin } = answer
  const scope = typeof options['scope'] === 'string' ? { scope: options['scope'] } : {}
  const signed = await signIn({ ...who, ...scope, port, origin, isBound })
  if (signed.status === 'refused') return report(context, refused(who.id, signed.error))
  const { token, seconds } = signed
  const expires = new Date(Math.floor(now().getTime() / 1000 + seconds) * 1000).toISOString()
  out(options['json'] ? JSON.stringify({ token, expires, ...(isBound ? { type: 'DPoP' } : {}) }) : token)
  return exit.ok
}

/** Somebody of the invented hospital: a bearer token, for programs on this machine. */
async function asSomebody(context: Context): Promise<ExitCode> {
  const { now, options, out } = context
  if (options['client'] !== undefined || options['key'] !== undefined) return report(context, oneOfBoth)
  const asked = await ask(context, 'GET /status')
  if (asked.status === 'problem') return report(context, asked)
  if (asked.answer.kind === 'real') return report(context, noBearers)
  const found = await whoAsks(context)
  if (found.status === 'problem') return report(context, found)
  const signed = await plainToken(found.reached, found.next)
  if (signed.status === 'problem') return report(context, signed)
  const { token } = signed.value
  const expires = new Date((Math.floor(now().getTime() / 1000) + workingDaySeconds) * 1000).toISOString()
  out(options['json'] ? JSON.stringify({ token, expires }) : token)
  return exit.ok
}

/** docs/spec/people.md: as long as a bearer token of a demonstration lasts. */
const workingDaySeconds = 8 * 3600

const oneOfBoth = problem(exit.usage, {
  es: '--as es de una persona; --client y --key, de un programa: una cosa o la otra.',
  en: '--as is of a person; --client and --key are of a program: one or the other.',
})

const noBearers = problem(exit.wrongHome, {
  es: 'Esta bóveda guarda pacientes reales: nadie recibe ahí una credencial que valga sin su llave.',
  en: 'This vault holds real patients: nobody is given a token there that is good without its key.',
})

interface Named extends ProgramKey {
  id: string
}

/** That of `--client` and `--key`, where they are given. */
async function namedProgram({
  options,
}: Pick<Context, 'options'>): Promise<{ status: 'ok'; program?: Named } | Problem> {
  const { client, key: path } = options
  if (client === undefined && path === undefined) return { status: 'ok' }
  if (typeof client !== 'string' || typeof path !== 'string') return bothOrNone
  const read = await readProgramKey(path)
  return read.status === 'ok' ? { status: 'ok', program: { id: client, ...read.key } } : read
}

function demoProgram(home: string): Named | undefined {
  const client = demoClientOf(home)
  const algorithm = client && algorithmOf(client.jwk)
  return algorithm === undefined ? undefined : { id: client!.id, jwk: client!.jwk, algorithm }
}

const bothOrNone = problem(exit.usage, {
  es: '--client y --key van juntos: qué programa es, y el archivo con su llave privada.',
  en: '--client and --key go together: which program it is, and the file with its private key.',
})

const realHome = problem(exit.wrongHome, {
  es: 'Esta bóveda guarda pacientes reales: no da credenciales de acceso total. Un programa registrado entra con --client ID --key ARCHIVO.',
  en: 'This vault holds real patients: it gives no tokens with full access. A registered program signs in with --client ID --key FILE.',
})

const sealed = problem(exit.sealed, {
  es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
  en: 'The vault is sealed. Open it first: sigilo keys unseal',
})

const noClient = problem(exit.failed, {
  es: 'Falta demo.json en la bóveda, o está dañado. Arranque de nuevo la demostración, que lo hace otra vez.',
  en: 'demo.json is missing from the vault, or damaged. Start the demonstration again, which makes it anew.',
})

const refused = (id: string, error: string): Problem =>
  problem(exit.failed, {
    es: `La bóveda no dejó entrar al programa ${id} (${error}): no lo conoce, o no con esa llave.`,
    en: `The vault did not let the program ${id} in (${error}): it does not know it, or not with that key.`,
  })
