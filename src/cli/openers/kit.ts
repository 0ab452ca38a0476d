import { accessSync, constants, existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import { ageIdentity, keyOf } from '#kernel/crypto/index.ts'
import { kitText, newKit, type Kit } from '#kernel/keys/index.ts'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'
import { isTerminal, readShown } from '../terminal.ts'
import type { Text } from '../text.ts'
import { showUntilCopied } from './copying.ts'
import { kitAsHtml, kitAsText } from './kit-document.ts'
import { isWithin, writeSecretFile } from './secret-file.ts'
import { cancelled } from './source.ts'

/** Where a kit goes: a file to be printed, or the terminal's screen. */
export type KitTarget = { path: string } | 'screen'

/** Where the kit is to be written, as the option says or as is asked on the terminal. */
export async function kitTarget(
  { settings }: Context,
  said: unknown,
  home: string,
): Promise<{ status: 'ok'; target: KitTarget } | Problem> {
  let path = typeof said === 'string' ? said : undefined
  if (path === undefined) {
    if (!isTerminal()) return problem(exit.usage, fileWanted)
    path = await readShown(`${question[settings.language]} `)
    if (path === undefined) return cancelled
    if (path.trim() === '') return { status: 'ok', target: 'screen' }
  }
  const absolute = resolve(path.trim())
  if (isWithin(absolute, resolve(home))) return problem(exit.usage, notInHome)
  if (existsSync(absolute)) return problem(exit.usage, isThere(absolute))
  // Now, and not once the vault is made, or its opener proven.
  if (!isWritable(dirname(absolute))) return problem(exit.usage, noFolder(dirname(absolute)))
  return { status: 'ok', target: { path: absolute } }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Makes a kit and gives it to who asked. It opens nothing before the vault is told of it. */
export async function makeKit(
  context: Context,
  { house, home, target }: { house: string; home: string; target: KitTarget },
): Promise<{ status: 'ok'; kit: Kit; code: string } | Problem> {
  const { settings, note, now } = context
  const kit = newKit(house)
  const code = kitText(kit)
  const seed = keyOf(kit.seed.slice())
  const identity = await ageIdentity(seed)
  seed.zero()
  const made = now().toISOString().slice(0, 10)
  const printed = { house, id: kit.id, code, identity, made, place: `${hostname()} · ${home}` }
  if (target === 'screen') {
    const copied = await showUntilCopied(kitAsText(printed), code, settings.language)
    return copied ? { status: 'ok', kit, code } : cancelled
  }
  const { path } = target
  const refused = writeSecretFile(path, path.endsWith('.html') ? kitAsHtml(printed) : kitAsText(printed))
  if (refused) return refused
  note(written(path))
  return { status: 'ok', kit, code }
}

const question: Text = {
  es: 'Archivo donde escribir el kit de recuperación, para imprimirlo (como /media/usb/kit.html; Enter: se muestra aquí):',
  en: 'File to write the recovery kit into, to be printed (such as /media/usb/kit.html; Enter: it is shown here):',
}

const fileWanted: Text = {
  es: 'Diga en qué archivo escribir el kit de recuperación, con --out FILE (.html o texto).',
  en: 'Say into which file to write the recovery kit, with --out FILE (.html or text).',
}

const notInHome: Text = {
  es: 'El kit no se guarda con la bóveda: quien se llevara el disco la abriría. Elija otro lugar, mejor un medio que se quite.',
  en: 'The kit is not kept with the vault: whoever took the disk would open it. Choose another place, best a medium that is removed.',
}

const isThere = (path: string): Text => ({
  es: `Ya existe ${path}, y no se escribe encima. Elija otro.`,
  en: `${path} is there already, and is not written over. Choose another.`,
})

const noFolder = (folder: string): Text => ({
  es: `No se puede escribir en ${folder}, o no existe. Elija otro lugar para el kit.`,
  en: `${folder} cannot be written to, or is not there. Choose another place for the kit.`,
})

const written = (path: string): Text => ({
  es: `El kit de recuperación está en ${path}. Imprímalo, guárdelo en una caja fuerte, y borre el archivo.`,
  en: `The recovery kit is in ${path}. Print it, put it into a safe, and delete the file.`,
})
