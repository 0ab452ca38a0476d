import { existsSync, readFileSync } from 'node:fs'
import { lookAtTokens } from '#kernel/keys/index.ts'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import { homeOpeners, type HomeKind, type HomeOpener } from '../home/home.ts'
import { problem, type Problem } from '../house/problem.ts'
import { isTerminal, readShown } from '../terminal.ts'
import type { Text } from '../text.ts'
import { usualModules } from './place.ts'
import { cancelled } from './source.ts'

/** What this machine has that could open a vault. */
interface MachineFound {
  /** Label of the token in a security module. */
  token?: string
  /** It is one of AWS's. */
  aws: boolean
}

const names = {
  passphrase: {
    es: 'una frase, que una persona teclea en cada arranque',
    en: 'a passphrase, which one person types at each start',
  },
  shamir: {
    es: 'varias personas, con una parte cada una: abren unas cuantas juntas',
    en: 'several people with a share each: some of them together open it',
  },
  pkcs11: { es: 'un módulo de seguridad (HSM, PKCS#11)', en: 'a security module (HSM, PKCS#11)' },
  kmip: { es: 'un servidor de llaves (KMIP)', en: 'a key server (KMIP)' },
  'aws-kms': { es: 'AWS KMS', en: 'AWS KMS' },
  'key-file': {
    es: 'un archivo en este equipo: solo para pruebas',
    en: 'a file on this machine: for trials only',
  },
} satisfies Record<HomeOpener, Text>

/**
 * What is to open a home that is being made: as `--opener` says, or as is chosen on the terminal. Programs must say;
 * nothing here chooses a key file for a home of real patients.
 */
export async function chooseOpener(
  { options, settings }: Context,
  kind: HomeKind,
): Promise<{ status: 'ok'; opener: HomeOpener } | Problem> {
  const said = homeOpeners.find((each) => each === options['opener'])
  if (said) return { status: 'ok', opener: said }
  if (options['passphrase-stdin'] === true) return { status: 'ok', opener: 'passphrase' }
  if (!isTerminal()) return problem(exit.usage, nobodyToAsk)
  const listed = homeOpeners.filter((each) => kind === 'demo' || each !== 'key-file')
  const { opener: advised, why } = advise(await lookAround())
  const { language } = settings
  const lines = listed.map((each, at) => `  ${at + 1}  ${each.padEnd(11)} ${names[each][language]}`)
  process.stderr.write(`${question[language]}\n${lines.join('\n')}\n${why[language]}\n`)
  for (;;) {
    const typed = await readShown(`1-${listed.length} (${listed.indexOf(advised) + 1})> `)
    if (typed === undefined) return cancelled
    const text = typed.trim()
    const chosen = text === '' ? advised : (listed[Number(text) - 1] ?? listed.find((each) => each === text))
    if (chosen) return { status: 'ok', opener: chosen }
  }
}

/** What is advised, and why: people decide. */
export function advise({ token, aws }: MachineFound): { opener: HomeOpener; why: Text } {
  if (token !== undefined) {
    return {
      opener: 'pkcs11',
      why: {
        es: `Aquí conviene pkcs11: hay un módulo de seguridad, «${token}».`,
        en: `Here pkcs11 is best: there is a security module, "${token}".`,
      },
    }
  }
  if (aws) {
    return {
      opener: 'aws-kms',
      why: {
        es: 'Aquí conviene aws-kms: este equipo es de AWS. Si responden varias personas, shamir.',
        en: 'Here aws-kms is best: this machine is one of AWS. Where several people answer for it, shamir.',
      },
    }
  }
  return {
    opener: 'passphrase',
    why: {
      es: 'No se halló módulo de seguridad ni nube. Si responde una sola persona, conviene passphrase; si varias, shamir.',
      en: 'No security module and no cloud was found. Where one person answers for it, passphrase is best; where several do, shamir.',
    },
  }
}

/** The card in a reader is a person's, and SoftHSM is a file: neither is advised. */
const notAdvised = /opensc|softhsm/

async function lookAround(): Promise<MachineFound> {
  const module = usualModules.find((path) => !notAdvised.test(path) && existsSync(path))
  const seen = module === undefined ? undefined : await lookAtTokens(module)
  const token = seen?.status === 'seen' ? seen.tokens[0]?.label : undefined
  return { aws: vendor().includes('Amazon'), ...(token === undefined ? {} : { token }) }
}

/** Who made the machine, as Linux has it from the firmware. */
function vendor(): string {
  try {
    return readFileSync('/sys/class/dmi/id/sys_vendor', 'utf8')
  } catch {
    return ''
  }
}

const question: Text = { es: '¿Con qué se abrirá esta bóveda?', en: 'What shall open this vault?' }

const nobodyToAsk: Text = {
  es: `Diga con qué se abrirá la bóveda: --opener ${homeOpeners.join('|')}, o --passphrase-stdin.`,
  en: `Say what shall open the vault: --opener ${homeOpeners.join('|')}, or --passphrase-stdin.`,
}
