import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { dealShares, sharesMax, shareText, type Share } from '#kernel/keys/index.ts'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'
import { isTerminal, pressEnter, readShown } from '../terminal.ts'
import type { Text } from '../text.ts'
import { codeLines } from './code-lines.ts'
import { showUntilCopied } from './copying.ts'
import { isWithin, writeSecretFile } from './secret-file.ts'
import { cancelled } from './source.ts'

/** How many shares, and how many of them open the vault. */
export interface DealAsked {
  threshold: number
  of: number
  /** Folder for a file each; absent, they are shown one by one on the terminal. */
  out?: string
}

/** Reads `--holders`, `--threshold` and `--out`; the numbers are asked for where they were not given. */
export async function dealAsked({
  options,
  settings: { home, language },
}: Context): Promise<{ status: 'ok'; deal: DealAsked } | Problem> {
  const numberOf = async (option: string, question: Text): Promise<number> => {
    const said = options[option]
    if (typeof said === 'string') return Number(said)
    return isTerminal() ? Number((await readShown(`${question[language]}: `)) ?? '') : Number.NaN
  }
  const of = await numberOf('holders', howMany)
  const threshold = await numberOf('threshold', howManyOpen)
  const out = options['out']
  const inRange = Number.isInteger(threshold) && Number.isInteger(of) && threshold >= 2
  if (!inRange || threshold > of || of > sharesMax) return problem(exit.usage, numbersWanted)
  if (typeof out !== 'string' && !isTerminal()) return problem(exit.usage, folderWanted)
  if (typeof out === 'string' && isWithin(resolve(out), home)) return problem(exit.usage, notInHome)
  return { status: 'ok', deal: { threshold, of, ...(typeof out === 'string' ? { out: resolve(out) } : {}) } }
}

/**
 * Deals a new key and gives each holder a share. Nothing depends on the shares before this is over: left in the
 * middle, those given are worth nothing, and the vault opens as it did.
 */
export async function deal(
  context: Context,
  house: string,
  { threshold, of, out }: DealAsked,
): Promise<{ status: 'ok'; shares: Share[] } | Problem> {
  const shares = await dealShares({ house, threshold, of })
  if (!shares) return problem(exit.usage, numbersWanted)
  const day = context.now().toISOString().slice(0, 10)
  const sheets = shares.map((share) => ({ share, code: shareText(share), day }))
  if (out === undefined) {
    for (const sheet of sheets) {
      if (!(await hand(context, sheet))) return cancelled
    }
    return { status: 'ok', shares }
  }
  mkdirSync(out, { recursive: true, mode: 0o700 })
  for (const sheet of sheets) {
    const { number, deal: name } = sheet.share
    const path = join(out, `sigilo-${house}-${name}-${number}.txt`)
    const written = writeSecretFile(path, shareSheet(sheet))
    if (written) return written
  }
  context.note({
    es: `Las partes están en ${out}, un archivo cada una. Entregue cada uno a quien le toca, y bórrelo de aquí.`,
    en: `The shares are in ${out}, a file each. Give each to its holder, and delete it from here.`,
  })
  return { status: 'ok', shares }
}

interface Sheet {
  share: Share
  code: string
  day: string
}

/** Shows a holder the share, until two of its groups come back right: so it was written down. */
async function hand({ settings }: Context, sheet: Sheet): Promise<boolean> {
  const { number, of } = sheet.share
  if (!(await pressEnter(comes(number, of)[settings.language]))) return false
  return await showUntilCopied(shareSheet(sheet), sheet.code, settings.language)
}

function shareSheet({ share, code, day }: Sheet): string {
  const { house, number, of, threshold, deal: name } = share
  return [
    `SIGILO · Parte ${number} de ${of} / Share ${number} of ${of}`,
    `Bóveda / Vault ${house} · Reparto / Deal ${name} · ${day}`,
    '',
    ...codeLines(code).map((line) => `    ${line}`),
    '',
    `Con ${threshold} de las ${of} partes se abre la bóveda. Guarde la suya donde solo usted la halle; no la fotografíe ni la`,
    'envíe. Cuando se la pidan: sigilo keys unseal, en su propia terminal. Si la pierde, o si alguien la vio, dígalo',
    'el mismo día: se hace otro reparto, y esta deja de valer.',
    '',
    `${threshold} of the ${of} shares open the vault. Keep yours where you alone find it; take no photograph of it, and do not`,
    'send it. When it is asked for: sigilo keys unseal, at a terminal of your own. If you lose it, or somebody saw',
    'it, say so the same day: another deal is made, and this one is no longer good.',
    '',
  ].join('\n')
}

const howMany: Text = { es: 'Cuántas personas guardan una parte', en: 'How many people keep a share' }
const howManyOpen: Text = { es: 'Cuántas de ellas la abren juntas', en: 'How many of them together open it' }

const numbersWanted: Text = {
  es: `Diga cuántas partes y cuántas abren, como --holders 3 --threshold 2: de 2 a ${sharesMax} partes, y abren de 2 a todas.`,
  en: `Say how many shares, and how many of them open the vault, such as --holders 3 --threshold 2: 2 to ${sharesMax} shares, of which 2 to all.`,
}

const notInHome: Text = {
  es: 'Las partes no se guardan con la bóveda: quien se llevara el disco la abriría. Elija otra carpeta, mejor en un medio que se quite.',
  en: 'Shares are not kept with the vault: whoever took the disk would open it. Choose another folder, best on a medium that is removed.',
}

const folderWanted: Text = {
  es: 'No hay terminal donde mostrar las partes: diga en qué carpeta escribirlas, con --out.',
  en: 'There is no terminal to show the shares on: say into which folder to write them, with --out.',
}

const comes = (number: number, of: number): Text => ({
  es: `Parte ${number} de ${of}: que venga quien la guarda, y que nadie más mire. Enter `,
  en: `Share ${number} of ${of}: let its holder come, and nobody else look. Enter `,
})
