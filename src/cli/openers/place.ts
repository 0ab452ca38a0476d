import { existsSync } from 'node:fs'
import { randomUuid } from '#kernel/crypto/index.ts'
import { lookAtTokens, type DeviceKind } from '#kernel/keys/index.ts'
import { exit } from '../exit.ts'
import { placeOf, type Places } from '../home/places.ts'
import { problem, type Problem } from '../house/problem.ts'
import type { Text } from '../text.ts'

/** One thing to know about where a device is. `--where MEMBER=VALUE` answers it without being asked. */
export interface PlaceQuestion {
  member: string
  ask: Text
  /** An empty answer leaves it out. */
  optional?: boolean
  /** Proposed, and taken when the answer is empty. */
  proposed?: (answers: Readonly<Record<string, string>>) => Promise<string | undefined>
}

/** Where distributions and vendors put their modules: the first that is there is proposed. */
export const usualModules = [
  '/usr/safenet/lunaclient/lib/libCryptoki2_64.so',
  '/opt/nfast/toolkits/pkcs11/libcknfast.so',
  '/opt/cloudhsm/lib/libcloudhsm_pkcs11.so',
  '/usr/lib/x86_64-linux-gnu/pkcs11/yubihsm_pkcs11.so',
  '/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so',
  '/usr/lib/softhsm/libsofthsm2.so',
]

/** What `init` and `keys opener` ask of each kind, in this order. */
export const placeQuestions: Readonly<Record<DeviceKind, readonly PlaceQuestion[]>> = {
  pkcs11: [
    {
      member: 'module',
      ask: { es: 'Ruta del módulo PKCS#11 del fabricante', en: "Path of the vendor's PKCS#11 module" },
      proposed: async () => usualModules.find((path) => existsSync(path)),
    },
    {
      member: 'token',
      ask: { es: 'Etiqueta o número de serie del token', en: 'Label or serial number of the token' },
      proposed: async ({ module = '' }) => {
        const seen = await lookAtTokens(module)
        const labels = seen.status === 'seen' ? seen.tokens.map(({ label }) => label).filter(Boolean) : []
        return labels.length === 1 ? labels[0] : undefined
      },
    },
    {
      member: 'pinFile',
      optional: true,
      ask: {
        es: 'Archivo con el PIN, para arrancar sin nadie (vacío: se teclea cada vez)',
        en: 'File that holds the PIN, to start with nobody there (empty: it is typed each time)',
      },
    },
  ],
  kmip: [
    { member: 'host', ask: { es: 'Nombre del servidor KMIP', en: 'Name of the KMIP server' } },
    { member: 'port', ask: { es: 'Puerto', en: 'Port' }, proposed: async () => '5696' },
    {
      member: 'ca',
      ask: {
        es: 'Archivo PEM de la autoridad que firma su certificado',
        en: 'PEM file of the authority that signs its certificate',
      },
    },
    {
      member: 'certificate',
      ask: { es: 'Archivo PEM del certificado de esta bóveda', en: "PEM file of this vault's certificate" },
    },
    {
      member: 'key',
      ask: {
        es: 'Archivo PEM de la llave de ese certificado (0600)',
        en: "PEM file of that certificate's key (0600)",
      },
    },
  ],
  'aws-kms': [
    {
      member: 'region',
      ask: { es: 'Región de AWS, como mx-central-1', en: 'AWS region, such as mx-central-1' },
    },
    {
      member: 'key',
      ask: { es: 'ARN, id o alias de la llave de KMS', en: 'ARN, id or alias of the KMS key' },
    },
    {
      member: 'credentials',
      ask: {
        es: 'Archivo de credenciales (0600), o instance-role para el rol de esta máquina',
        en: "Credentials file (0600), or instance-role for this machine's role",
      },
      proposed: async () => 'instance-role',
    },
  ],
}

/** What `--where` may also name, and nobody is asked. */
const unasked: Readonly<Record<DeviceKind, readonly string[]>> = {
  pkcs11: ['timeoutSeconds'],
  kmip: ['timeoutSeconds'],
  'aws-kms': ['endpoint', 'ca', 'timeoutSeconds'],
}
const numbers = new Set(['port', 'timeoutSeconds'])

/**
 * The place of a device: from the answers that were given (`--where`), and for the rest from `ask`, which gives
 * undefined where there is nobody to ask, or who was asked has left.
 */
export async function askPlace<Kind extends DeviceKind>(
  kind: Kind,
  given: Readonly<Record<string, string>>,
  ask: (question: PlaceQuestion, proposed: string | undefined) => Promise<string | undefined>,
): Promise<{ status: 'ok'; place: NonNullable<Places[Kind]> } | Problem> {
  const answers: Record<string, string> = { ...given }
  const unanswered: string[] = []
  for (const question of placeQuestions[kind]) {
    if (answers[question.member] !== undefined) continue
    const proposed = await question.proposed?.(answers)
    const typed = await ask(question, proposed)
    const answer = typed === '' ? proposed : typed
    if (answer !== undefined && answer !== '') answers[question.member] = answer
    else if (!question.optional) unanswered.push(question.member)
  }
  if (unanswered.length > 0) return missing(kind, unanswered)
  const typed = Object.entries(answers).map(([member, text]) => [
    member,
    numbers.has(member) ? Number(text) : text,
  ])
  const read = placeOf(kind, { ...Object.fromEntries(typed), house: randomUuid() })
  return read.status === 'ok' ? read : wrong(kind, read.member, answers[read.member] ?? '')
}

const missing = (kind: DeviceKind, members: string[]): Problem => {
  const options = members.map((member) => `--where ${member}=…`).join(' ')
  return problem(exit.usage, {
    es: `Para abrir con ${kind} falta decir: ${options}`,
    en: `To open with ${kind} it has to be said: ${options}`,
  })
}

/** What is right, for the members where that is not plain. */
const rights: Readonly<Record<string, Text>> = {
  module: { es: 'una ruta absoluta', en: 'an absolute path' },
  pinFile: { es: 'una ruta absoluta', en: 'an absolute path' },
  ca: { es: 'una ruta absoluta', en: 'an absolute path' },
  certificate: { es: 'una ruta absoluta', en: 'an absolute path' },
  host: { es: 'un nombre o una dirección, sin puerto', en: 'a name or an address, without a port' },
  port: { es: 'un puerto de 1 a 65535', en: 'a port from 1 to 65535' },
  region: { es: 'una región, como mx-central-1', en: 'a region, such as mx-central-1' },
  credentials: { es: 'una ruta absoluta, o instance-role', en: 'an absolute path, or instance-role' },
  endpoint: { es: 'una dirección https', en: 'an https address' },
  timeoutSeconds: { es: 'de 1 a 120 segundos', en: 'from 1 to 120 seconds' },
}

function wrong(kind: DeviceKind, member: string, value: string): Problem {
  const known = [...placeQuestions[kind].map((each) => each.member), ...unasked[kind]].includes(member)
  if (!known) {
    return problem(exit.usage, {
      es: `--where ${member}: no hay tal cosa para ${kind}.`,
      en: `--where ${member}: there is no such thing for ${kind}.`,
    })
  }
  const path = { es: 'una ruta absoluta', en: 'an absolute path' }
  const right =
    member === 'key' && kind === 'aws-kms' ? { es: 'un ARN', en: 'an ARN' } : (rights[member] ?? path)
  return problem(exit.usage, {
    es: `${member} es «${value}»: debe ser ${right.es}.`,
    en: `${member} is "${value}": it must be ${right.en}.`,
  })
}

/** `MEMBER=VALUE` as the option `--where` is given, once for each. */
export function whereOf(texts: readonly string[]): { status: 'ok'; given: Record<string, string> } | Problem {
  const given: Record<string, string> = {}
  for (const text of texts) {
    const at = text.indexOf('=')
    const member = text.slice(0, at)
    if (at < 1 || Object.hasOwn(given, member)) {
      return problem(exit.usage, {
        es: `--where ${text}: debe ser NOMBRE=VALOR, cada nombre una vez.`,
        en: `--where ${text}: it must be NAME=VALUE, each name once.`,
      })
    }
    given[member] = text.slice(at + 1)
  }
  return { status: 'ok', given }
}
