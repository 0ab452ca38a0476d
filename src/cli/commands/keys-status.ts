import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import type { KeysTold } from '../house/rotating.ts'
import type { Language } from '../text.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Says whether the running vault is open or sealed, and what there is to know of its keys; the exit code says it too. */
export const run: Run = async (context) => {
  const asked = await ask(context, 'GET /status')
  if (asked.status === 'problem') return report(context, asked)
  const told = await ask(context, 'GET /keys')
  if (told.status === 'problem') return report(context, told)
  const known = await ask(context, 'GET /openers')
  if (known.status === 'problem') return report(context, known)
  const { name } = known.answer
  const { why } = asked.answer
  const { vault } = told.answer
  const { opener } = asked.home.record
  const { language } = context.settings
  if (context.options['json']) {
    const named = name === undefined ? {} : { name }
    const text = why ? { why: why.text[language] } : {}
    context.out(JSON.stringify({ ...told.answer, opener, ...named, ...text }))
  } else {
    for (const line of linesOf(told.answer, name, language)) context.out(line)
    if (why) context.note(why.text)
  }
  return vault === 'open' ? exit.ok : exit.sealed
}

function linesOf(told: KeysTold, name: string | undefined, language: Language): string[] {
  const { vault, sealedSince, openers, root, epochs, underWay, processes, broken, purging } = told
  const words = { open: { es: 'abierta', en: 'open' }, sealed: { es: 'sellada', en: 'sealed' } }
  const ways = openers.map(({ kind, since }) => `${kind} (${day(since)})`).join(', ')
  const oldest = epochs.oldest === undefined ? '' : day(epochs.oldest)
  const es = [
    words[vault].es,
    ...(sealedSince === undefined
      ? []
      : [`sellada por orden desde ${minute(sealedSince)}, hasta «sigilo keys unseal»`]),
    ...(name === undefined ? [] : [`bóveda: ${name}`]),
    `la abre: ${ways}`,
    `llave raíz: la ${root.number}.ª, del ${day(root.since)}`,
    `llaves de época: ${epochs.count}${oldest && `, la más antigua del ${oldest}`}; llaves de paciente: ${epochs.patientKeys}`,
    `procesos que tienen las llaves: ${processes}`,
    ...(underWay.epochs === 0
      ? []
      : [
          `en curso: ${underWay.epochs} épocas terminadas, ${underWay.patientKeys} llaves de paciente por pasar a otras`,
        ]),
    ...(broken === 0 ? [] : [`dañadas en la base de datos: ${broken} llaves de paciente`]),
    ...(purging
      ? ['en el disco quedan filas de llaves que ya se cambiaron: el servidor las está quitando']
      : []),
  ]
  const en = [
    words[vault].en,
    ...(sealedSince === undefined
      ? []
      : [`sealed by order since ${minute(sealedSince)}, until "sigilo keys unseal"`]),
    ...(name === undefined ? [] : [`vault: ${name}`]),
    `opened by: ${ways}`,
    `root key: number ${root.number}, of ${day(root.since)}`,
    `epoch keys: ${epochs.count}${oldest && `, the oldest of ${oldest}`}; patient keys: ${epochs.patientKeys}`,
    `processes that hold the keys: ${processes}`,
    ...(underWay.epochs === 0
      ? []
      : [
          `under way: ${underWay.epochs} epochs have ended, ${underWay.patientKeys} patient keys are to move to others`,
        ]),
    ...(broken === 0 ? [] : [`damaged in the database: ${broken} patient keys`]),
    ...(purging
      ? ['on the disk there are rows of keys that were replaced: the server is taking them away']
      : []),
  ]
  return { es, en }[language]
}

const day = (instant: string) => instant.slice(0, 10)
const minute = (instant: string) => `${instant.slice(0, 16).replace('T', ' ')} UTC`
