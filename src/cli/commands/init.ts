import type { OpenerSecret } from '#kernel/keys/index.ts'
import type { Context, Run } from '../command.ts'
import { exit } from '../exit.ts'
import { demoRecordOf, patientsAsked } from '../house/demonstration.ts'
import type { Home } from '../home/home.ts'
import { isDeviceKind } from '../home/places.ts'
import { enterHome } from '../house/enter.ts'
import { makeHouse } from '../house/make.ts'
import { keyFileOf } from '../house/opener.ts'
import { problem, type Problem } from '../house/problem.ts'
import { newDeviceSecret } from '../openers/device.ts'
import { SecretSource } from '../openers/source.ts'
import { readPassphrase } from '../passphrase.ts'
import { report } from './report.ts'

/** Makes a vault, or finishes one that was left half made; never touches one that is whole. */
export const run: Run = async (context) => {
  const { settings, options, note } = context
  const asked = await patientsAsked(context)
  if (asked.status === 'problem') return report(context, asked)
  if (asked.patients !== undefined && options['demo'] !== true) return report(context, patientsOfNobody)
  const entered = enterHome(settings.home)
  if (entered.status === 'problem') return report(context, entered)
  const { home, path } = entered
  if (home?.record.state === 'ready') return report(context, alreadyThere(settings.home))
  const wanted = options['demo'] === true ? await demoRecordOf(context, home, asked.patients) : undefined
  if (wanted?.status === 'problem') return report(context, wanted)
  const secret = await secretFor(context, path, home)
  if (secret.status === 'problem') return report(context, secret)
  note({ es: `Creando la bóveda en ${settings.home} …`, en: `Making the vault in ${settings.home} …` })
  const made = await makeHouse(
    path,
    { secret: secret.secret, resumed: home !== undefined, ...(wanted ? { demo: wanted.demo } : {}) },
    context,
  )
  if (made.status === 'problem') return report(context, made)
  made.keys.seal()
  await made.database.close()
  note(nextSteps(secret.secret))
  return exit.ok
}

async function secretFor(
  context: Context,
  path: string,
  before: Home | undefined,
): Promise<{ status: 'ok'; secret: OpenerSecret } | Problem> {
  const { settings, options } = context
  const { opener } = options
  if (opener === 'key-file') return { status: 'ok', secret: keyFileOf(path) }
  if (typeof opener === 'string' && isDeviceKind(opener)) {
    return await newDeviceSecret(opener, context, new SecretSource(context), before?.record.places)
  }
  const read = await readPassphrase(
    { stdin: options['passphrase-stdin'] === true, isNew: true },
    settings.language,
  )
  if (read.status === 'refused') return problem(exit.failed, read.text)
  return { status: 'ok', secret: { kind: 'passphrase', passphrase: read.passphrase } }
}

const patientsOfNobody = problem(exit.usage, {
  es: '--patients solo va con --demo: una bóveda real empieza vacía.',
  en: '--patients goes with --demo alone: a real vault begins empty.',
})

const alreadyThere = (path: string): Problem =>
  problem(exit.wrongHome, {
    es: `Ya hay una bóveda en ${path}; no se cambió nada. Sírvala con «sigilo serve».`,
    en: `There is a vault in ${path} already; nothing was changed. Serve it with "sigilo serve".`,
  })

const nextSteps = ({ kind }: OpenerSecret) =>
  kind === 'passphrase'
    ? {
        es: 'Listo. Guarde la frase fuera de este equipo: sin ella nadie, tampoco nosotros, abre la bóveda.\nSírvala con «sigilo serve» y ábrala con «sigilo keys unseal».',
        en: 'Done. Keep the passphrase away from this machine: without it nobody, nor we, can open the vault.\nServe it with "sigilo serve" and open it with "sigilo keys unseal".',
      }
    : {
        es: 'Listo. Quien copie este disco entero copia también la llave: un archivo de llave es solo para pruebas.\nSirva la bóveda con «sigilo serve».',
        en: 'Done. Whoever copies this whole disk copies the key too: a key file is for trials only.\nServe the vault with "sigilo serve".',
      }
