import { readKit, readShare, zeroKit, zeroShare, type CodeFault, type CodeKind } from '#kernel/keys/index.ts'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import type { HomeOpener } from '../home/home.ts'
import { problem, type Problem } from '../house/problem.ts'
import { weaknessOf } from '../passphrase.ts'
import { isTerminal, lineReader, readCodeTyped, readHidden } from '../terminal.ts'
import type { Text } from '../text.ts'
import type { SecretSent } from './sent.ts'
import { secretText } from './texts.ts'

type Read<Found> = ({ status: 'ok' } & Found) | Problem

/** Where a command's secrets come from: typed on the terminal and not shown, or the lines of standard input. */
export class SecretSource {
  readonly #context: Context
  #nextLine: (() => Promise<string | undefined>) | undefined

  constructor(context: Context) {
    this.#context = context
  }

  /** Whether programs speak, and nobody can be asked anything. */
  get fromInput(): boolean {
    const { options } = this.#context
    return options['secret-stdin'] === true || options['passphrase-stdin'] === true
  }

  /**
   * What opens the vault, of one kind; of shares as many as are needed, one after the other. `withPin`: a device wants
   * one that is typed.
   */
  async present(kind: HomeOpener | 'recovery-kit', withPin = false): Promise<Read<{ sent: SecretSent }>> {
    switch (kind) {
      case 'passphrase': {
        const read = await this.#line(prompts.passphrase)
        return read.status === 'ok' ? ok({ kind, passphrase: read.text }) : read
      }
      case 'recovery-kit': {
        const read = await this.#code('kit', prompts.kit)
        return read.status === 'ok' ? ok({ kind, code: read.text }) : read
      }
      case 'shamir':
        return this.#shares()
      case 'pkcs11': {
        if (!withPin) return ok({ kind })
        const read = await this.pin()
        return read.status === 'ok' ? ok({ kind, pin: read.text }) : read
      }
      case 'key-file':
      case 'kmip':
      case 'aws-kms':
        return ok({ kind })
    }
  }

  /** Of a token, which counts wrong ones: it is not asked for twice. */
  async pin(): Promise<Read<{ text: string }>> {
    return this.#line(prompts.pin)
  }

  /** One share, of whoever is at this terminal. */
  async share(): Promise<Read<{ text: string }>> {
    return this.#code('share', prompts.share)
  }

  async newPassphrase(): Promise<Read<{ sent: Extract<SecretSent, { kind: 'passphrase' }> }>> {
    const first = await this.#line(prompts.newPassphrase)
    if (first.status !== 'ok') return first
    const weakness = weaknessOf(first.text)
    if (weakness) return problem(exit.failed, weakness)
    if (!this.fromInput) {
      const second = await this.#line(prompts.again)
      if (second.status !== 'ok') return second
      if (second.text !== first.text) return problem(exit.failed, prompts.differ)
    }
    return { status: 'ok', sent: { kind: 'passphrase', passphrase: first.text } }
  }

  async #shares(): Promise<Read<{ sent: SecretSent }>> {
    const shares: string[] = []
    for (let need = 1; shares.length < need;) {
      const at = { es: ` (${shares.length + 1})`, en: ` (${shares.length + 1})` }
      const read = await this.#code('share', { es: prompts.share.es + at.es, en: prompts.share.en + at.en })
      if (read.status !== 'ok') return read
      const share = readShare(read.text)
      if (share.status !== 'ok') return problem(exit.failed, secretText(share))
      // The first one says how many it takes.
      need = share.share.threshold
      zeroShare(share.share)
      shares.push(read.text)
    }
    return ok({ kind: 'shamir', shares })
  }

  async #code(kind: CodeKind, prompt: Text): Promise<Read<{ text: string }>> {
    if (this.fromInput) {
      const read = await this.#line(prompt)
      const fault = read.status === 'ok' ? faultOf(kind, read.text) : undefined
      return fault ? problem(exit.failed, secretText(fault)) : read
    }
    if (!isTerminal()) return noTerminal
    const typed = await readCodeTyped(`${prompt[this.#context.settings.language]}:\n`, kind)
    return typed === undefined ? cancelled : { status: 'ok', text: typed }
  }

  async #line(prompt: Text): Promise<Read<{ text: string }>> {
    if (this.fromInput) {
      this.#nextLine ??= lineReader()
      const line = await this.#nextLine()
      return line === undefined ? tooFewLines : { status: 'ok', text: line }
    }
    if (!isTerminal()) return noTerminal
    const typed = await readHidden(`${prompt[this.#context.settings.language]}: `)
    return typed === undefined ? cancelled : { status: 'ok', text: typed }
  }
}

/** What is wrong with a code as it was typed: said here, so that half a secret is sent nowhere. */
function faultOf(kind: CodeKind, text: string): CodeFault | undefined {
  const read = kind === 'share' ? readShare(text) : readKit(text)
  if (read.status !== 'ok') return read
  if ('share' in read) zeroShare(read.share)
  else zeroKit(read.kit)
  return undefined
}

const ok = (sent: SecretSent) => ({ status: 'ok', sent }) as const

const prompts = {
  passphrase: { es: 'Frase', en: 'Passphrase' },
  newPassphrase: { es: 'Frase nueva', en: 'New passphrase' },
  again: { es: 'Otra vez', en: 'Once more' },
  differ: { es: 'Las dos frases no son iguales.', en: 'The two passphrases differ.' },
  pin: { es: 'PIN del token', en: 'PIN of the token' },
  share: {
    es: 'Su parte, grupo por grupo; no se muestra',
    en: 'Your share, group by group; it is not shown',
  },
  kit: {
    es: 'El kit de recuperación, grupo por grupo; no se muestra',
    en: 'The recovery kit, group by group; it is not shown',
  },
} satisfies Record<string, Text>

export const cancelled: Problem = problem(exit.failed, { es: 'Cancelado.', en: 'Cancelled.' })

const noTerminal = problem(exit.failed, {
  es: 'No hay terminal donde escribir: use --passphrase-stdin o --secret-stdin y póngalo en la entrada estándar, una línea cada cosa.',
  en: 'There is no terminal to type on: use --passphrase-stdin or --secret-stdin and give it on standard input, a line each.',
})

const tooFewLines = problem(exit.failed, {
  es: 'Faltan líneas en la entrada estándar: una por cada secreto que se pide.',
  en: 'Standard input has too few lines: one for each secret that is asked for.',
})
