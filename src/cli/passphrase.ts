import { createInterface } from 'node:readline'
import type { Language, Text } from './text.ts'

/**
 * Shortest passphrase: NIST SP 800-63B-4 §3.1.1.2 asks for 15 characters of a password that stands alone, as this one
 * does against the thief of a disk. The different characters keep out a key held down.
 */
const charactersMin = 15
const differentMin = 8
const charactersMax = 1024

export type PassphraseRead = { status: 'ok'; passphrase: string } | { status: 'refused'; text: Text }

/** What is wrong with a new passphrase, or undefined. The rule is stated whole, so that one try is enough. */
export function weaknessOf(passphrase: string): Text | undefined {
  const characters = [...passphrase]
  const strong =
    characters.length >= charactersMin &&
    characters.length <= charactersMax &&
    new Set(characters).size >= differentMin &&
    passphrase.trim() === passphrase
  if (strong) return undefined
  return {
    es: `La frase debe tener de ${charactersMin} a ${charactersMax} caracteres, al menos ${differentMin} distintos, sin espacios al principio ni al final. Seis palabras al azar son buena elección.`,
    en: `The passphrase must have ${charactersMin} to ${charactersMax} characters, at least ${differentMin} of them different, with no space at either end. Six random words are a good choice.`,
  }
}

/**
 * Reads a passphrase: from the terminal without echo (twice when it is new), or one line of standard input.
 * Unicode is normalised (NFC), so that the same accents typed on another keyboard open the vault.
 */
export async function readPassphrase(
  from: { stdin: boolean; isNew: boolean },
  language: Language,
): Promise<PassphraseRead> {
  const passphrase = from.stdin ? await readLine() : await askTwice(from.isNew, language)
  if (typeof passphrase !== 'string') return { status: 'refused', text: passphrase }
  const weakness = from.isNew ? weaknessOf(passphrase) : undefined
  return weakness ? { status: 'refused', text: weakness } : { status: 'ok', passphrase }
}

const prompts = {
  first: { es: 'Frase: ', en: 'Passphrase: ' },
  again: { es: 'Otra vez: ', en: 'Once more: ' },
} satisfies Record<string, Text>

async function askTwice(twice: boolean, language: Language): Promise<string | Text> {
  if (!process.stdin.isTTY) {
    return {
      es: 'No hay terminal donde escribir la frase: use --passphrase-stdin y póngala en la entrada estándar.',
      en: 'There is no terminal to type the passphrase on: use --passphrase-stdin and give it on standard input.',
    }
  }
  const first = await readHidden(prompts.first[language])
  if (first === undefined) return { es: 'Cancelado.', en: 'Cancelled.' }
  if (!twice || weaknessOf(first)) return first
  const second = await readHidden(prompts.again[language])
  return first === second
    ? first
    : { es: 'Las dos frases no son iguales.', en: 'The two passphrases differ.' }
}

async function readLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const line of lines) return line.normalize('NFC')
    return ''
  } finally {
    lines.close()
    process.stdin.destroy()
  }
}

/** Reads a line from the terminal in raw mode: nothing is shown. Undefined: Ctrl-C or Ctrl-D. */
function readHidden(prompt: string): Promise<string | undefined> {
  const { stdin } = process
  // Silent before it asks: what a fast typist, or a program, writes at once is not shown either.
  stdin.setRawMode(true)
  process.stderr.write(prompt)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((resolve) => {
    let typed = ''
    const finish = (result: string | undefined): void => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      process.stderr.write('\n')
      resolve(result?.normalize('NFC'))
    }
    const onData = (chunk: string): void => {
      for (const character of chunk) {
        if (character === '\r' || character === '\n') return finish(typed)
        if (character === '\u0003' || character === '\u0004') return finish(undefined)
        if (character === '\u0015') typed = ''
        else if (character === '\u007f' || character === '\b') typed = [...typed].slice(0, -1).join('')
        else typed += character
      }
    }
    stdin.on('data', onData)
  })
}
