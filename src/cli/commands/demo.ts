import type { Context, Run } from '../command.ts'
import { exit } from '../exit.ts'
import type { DemoRecord, Home } from '../home/home.ts'
import { demoRecordOf, patientsAsked } from '../house/demonstration.ts'
import { enterHome } from '../house/enter.ts'
import { keyFileOf } from '../house/opener.ts'
import { problem } from '../house/problem.ts'
import { runHouse } from '../house/run.ts'
import { report } from './report.ts'

/** Serves the invented hospital, made first where it is not there yet or was left half made. */
export const run: Run = async (context) => {
  const { settings, note } = context
  const asked = await patientsAsked(context)
  if (asked.status === 'problem') return report(context, asked)
  const entered = enterHome(settings.home)
  if (entered.status === 'problem') return report(context, entered)
  const { home, path } = entered
  if (home?.record.kind === 'real') return report(context, realHome(settings.home))
  const wanted = await demoRecordOf(context, home, asked.patients)
  if (wanted.status === 'problem') return report(context, wanted)
  if (home?.record.state === 'ready') return report(context, await runHouse(context, home))
  note({
    es: `Creando el hospital de demostración en ${settings.home} …`,
    en: `Making the demonstration hospital in ${settings.home} …`,
  })
  return report(context, await makeAndRun(context, path, home, wanted.demo))
}

async function makeAndRun(context: Context, path: string, home: Home | undefined, demo: DemoRecord) {
  const secret = keyFileOf(path)
  const made = { demo, opener: secret.kind, secret, again: secret, resumed: home !== undefined }
  const { makeHouse } = await import('../house/make.ts')
  const house = await makeHouse(path, made, context)
  return house.status === 'problem' ? house : runHouse(context, house.home, house)
}

const realHome = (path: string) =>
  problem(exit.wrongHome, {
    es: `${path} guarda pacientes reales, no la demostración. Sírvala con «sigilo serve», o elija otro directorio con SIGILO_HOME.`,
    en: `${path} holds real patients, not the demonstration. Serve it with "sigilo serve", or choose another directory with SIGILO_HOME.`,
  })
