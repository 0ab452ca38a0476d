import type { Keys } from '#kernel/keys/index.ts'
import { createPeople, type Given, type NewOfficer } from '#people/index.ts'
import type { Context, Run } from '../command.ts'
import { exit } from '../exit.ts'
import { demoRecordOf, patientsAsked } from '../house/demonstration.ts'
import type { HomeOpener } from '../home/home.ts'
import { enterHome } from '../house/enter.ts'
import { openLedger, operator } from '../house/ledger.ts'
import { makeHouse, type HouseMade } from '../house/make.ts'
import { problem, type Problem } from '../house/problem.ts'
import { originOf } from '../house/run.ts'
import { chooseOpener } from '../openers/choosing.ts'
import { firstOpener } from '../openers/first.ts'
import { officersAsked, tellLinks } from '../people/founding.ts'
import { kitTarget, makeKit, type KitTarget } from '../openers/kit.ts'
import { kitSecretOf, zeroSecret } from '../openers/sent.ts'
import { SecretSource } from '../openers/source.ts'
import { isTerminal } from '../terminal.ts'
import type { Text } from '../text.ts'
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
  const read = officersAsked(context)
  if (read.status === 'problem') return report(context, read)
  const chosen = await chooseOpener(context, wanted ? 'demo' : 'real')
  if (chosen.status === 'problem') return report(context, chosen)
  const kit = await kitAsked(context, path)
  if (kit.status === 'problem') return report(context, kit)
  const source = new SecretSource(context)
  const first = await firstOpener(context, chosen.opener, { path, source, before: home })
  if (first.status === 'problem') return report(context, first)
  note({ es: `Creando la bóveda en ${settings.home} …`, en: `Making the vault in ${settings.home} …` })
  const made = await makeHouse(
    path,
    { ...first, resumed: home !== undefined, ...(wanted ? { demo: wanted.demo } : {}) },
    context,
  )
  if (made.status === 'problem') return report(context, made)
  const { keys, database } = made
  const withoutKit = kit.target ? await giveKit(context, keys, { home: path, target: kit.target }) : undefined
  const begun = wanted ? undefined : await beginPeople(context, path, made, read.officers)
  await keys.seal()
  await database.close()
  if (begun?.status === 'problem') return report(context, begun)
  note(nextSteps[chosen.opener])
  if (withoutKit) note(withoutKit.text)
  else if (!kit.target && !wanted) note(noKit)
  // Last, so that it is not overlooked.
  if (begun) tellLinks(context, originOf(context.settings) ?? '', begun.links)
  return withoutKit?.code ?? exit.ok
}

/** Nobody is there yet who could invite anybody: two officers are, by whoever makes the vault. */
async function beginPeople(
  { now }: Context,
  path: string,
  { keys, database: { sql } }: HouseMade,
  officers: readonly NewOfficer[],
): Promise<{ status: 'ok'; links: Given[] } | Problem> {
  const ledger = openLedger(path, { sql, keys })
  const wrong = await ledger.opened()
  if (wrong) return wrong
  try {
    const parts = { sql, keys, ledger, now: () => now().getTime(), isDemo: false, onFault: () => {} }
    const begun = await createPeople(parts).founding.begin(officers, operator)
    return { status: 'ok', links: begun.status === 'begun' ? begun.links : [] }
  } finally {
    await ledger.stop()
  }
}

/** A demonstration has a kit where it is asked for; a vault of real patients, unless it is declined. */
async function kitAsked(
  context: Context,
  path: string,
): Promise<{ status: 'ok'; target?: KitTarget } | Problem> {
  const { options } = context
  const said = options['kit']
  if (options['no-kit'] === true) return { status: 'ok' }
  if (said === undefined && (options['demo'] === true || !isTerminal())) return { status: 'ok' }
  return await kitTarget(context, said, path)
}

/** Makes the kit of a vault that was just made; why there is none, where there is none. */
async function giveKit(
  context: Context,
  keys: Keys,
  { home, target }: { home: string; target: KitTarget },
): Promise<Problem | undefined> {
  const made = await makeKit(context, { house: keys.name, home, target })
  if (made.status === 'problem') {
    const { es, en } = made.text
    return problem(exit.failed, { es: `${es}\n${noKit.es}`, en: `${en}\n${noKit.en}` })
  }
  const secret = kitSecretOf(made.kit)
  const added = await keys.addOpener(secret)
  zeroSecret(secret)
  return added.status === 'ok' ? undefined : problem(exit.failed, noKit)
}

const noKit: Text = {
  es: 'No hay kit de recuperación: si se pierde lo que abre la bóveda, se pierde todo. Hágalo cuando esté en marcha: sigilo keys kit --out …',
  en: 'There is no recovery kit: if what opens the vault is lost, all is lost. Make one once it runs: sigilo keys kit --out …',
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

const start: Text = {
  es: 'Listo. La bóveda se abre sola al arrancar, mientras el aparato responda. Sírvala con «sigilo serve».',
  en: 'Done. The vault opens by itself when it starts, while the device answers. Serve it with "sigilo serve".',
}

const nextSteps: Record<HomeOpener, Text> = {
  passphrase: {
    es: 'Listo. Guarde la frase fuera de este equipo: sin ella nadie, tampoco nosotros, abre la bóveda.\nSírvala con «sigilo serve» y ábrala con «sigilo keys unseal».',
    en: 'Done. Keep the passphrase away from this machine: without it nobody, nor we, can open the vault.\nServe it with "sigilo serve" and open it with "sigilo keys unseal".',
  },
  shamir: {
    es: 'Listo. Sírvala con «sigilo serve»; después cada quien da su parte en su terminal: «sigilo keys unseal».',
    en: 'Done. Serve it with "sigilo serve"; then each holder gives a share at a terminal: "sigilo keys unseal".',
  },
  pkcs11: start,
  kmip: start,
  'aws-kms': start,
  'key-file': {
    es: 'Listo. Quien copie este disco entero copia también la llave: un archivo de llave es solo para pruebas.\nSirva la bóveda con «sigilo serve».',
    en: 'Done. Whoever copies this whole disk copies the key too: a key file is for trials only.\nServe the vault with "sigilo serve".',
  },
}
