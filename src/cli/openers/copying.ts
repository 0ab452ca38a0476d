import { randomBytes } from '#kernel/crypto/index.ts'
import { pressEnter, readHidden, secretScreen } from '../terminal.ts'
import type { Language, Text } from '../text.ts'

/**
 * Shows a sheet with a code on it, and clears the screen; over again until two of its groups, taken by chance, come
 * back right from the copy. False: who copied left.
 */
export async function showUntilCopied(sheet: string, code: string, language: Language): Promise<boolean> {
  const groups = code.split(' ')
  for (;;) {
    const screen = secretScreen(sheet)
    const written = await pressEnter(copied[language])
    screen.leave()
    if (!written) return false
    let right = true
    for (const at of twoOf(groups.length)) {
      const typed = await readHidden(groupBack(at + 1)[language])
      if (typed === undefined) return false
      right &&= plain(typed) === groups[at]
    }
    if (right) return true
    process.stderr.write(`${notThat[language]}\n`)
  }
}

const plain = (typed: string): string => typed.trim().toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1')

/** Two different places of so many. */
function twoOf(count: number): [number, number] {
  const [a = 0, b = 0] = randomBytes(2)
  const first = a % count
  return [first, (first + 1 + (b % (count - 1))) % count]
}

const copied: Text = {
  es: 'Cuando la haya copiado, Enter: la pantalla se borra. ',
  en: 'When you have copied it, Enter: the screen is cleared. ',
}

const groupBack = (group: number): Text => ({
  es: `De su copia, el grupo ${group}: `,
  en: `Of your copy, group ${group}: `,
})

const notThat: Text = {
  es: 'No es ese: compare otra vez.',
  en: 'That is not it: compare again.',
}
