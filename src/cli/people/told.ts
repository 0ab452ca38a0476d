/** What /auth tells of accounts, sessions and requests, as lines. */
import type { Language, Text } from '../text.ts'

export interface AccountTold {
  id: string
  login: string
  name: string
  status: 'active' | 'suspended'
  roles: readonly string[]
  language: string
  factors: { passkeys: number; password: boolean; recovery: number }
  practitioner?: string
  patient?: string
  represents?: readonly string[]
}

export interface SessionTold {
  id: string
  createdAt: number
  seenAt: number
  method: string
  device: string
  address: string
}

export interface RequestTold {
  id: string
  wanted: { kind: string; login?: string; name?: string; id?: string; roles?: readonly string[] }
  about?: { name: string }
  state: string
  askedBy: { name: string; at: number }
  decidedBy?: { name: string; at: number }
  opensAt?: number
}

export interface LinkTold {
  url: string
  login: string
  name: string
  endsAt: number
}

export interface ProgramTold {
  id: string
  name: string
  scope: string
  keys: number
  isRevoked?: boolean
}

export const timeOf = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 16)

export function accountLine({ login, roles, name, status }: AccountTold, language: Language): string {
  return `${login.padEnd(24)} ${name}  [${roles.join(', ')}]${status === 'suspended' ? `  ${suspended[language]}` : ''}`
}

export function accountLines(account: AccountTold, language: Language): string[] {
  const { practitioner, patient, represents = [], factors } = account
  const { passkeys, password, recovery } = factors
  const of = [practitioner, patient, ...represents].filter((each) => each !== undefined)
  return [
    accountLine(account, language),
    ...of.map((each) => `  ${each}`),
    {
      es: `  llaves de acceso: ${passkeys}; contraseña y código: ${password ? 'sí' : 'no'}; códigos de recuperación: ${recovery}`,
      en: `  passkeys: ${passkeys}; password and code: ${password ? 'yes' : 'no'}; recovery codes: ${recovery}`,
    }[language],
  ]
}

const suspended: Text = { es: 'suspendida', en: 'suspended' }

export function sessionLine(
  { createdAt, seenAt, method, device, address }: SessionTold,
  language: Language,
): string {
  return {
    es: `desde ${timeOf(createdAt)}, usada ${timeOf(seenAt)} (UTC)  ${address}  ${device}  ${method}`,
    en: `since ${timeOf(createdAt)}, used ${timeOf(seenAt)} (UTC)  ${address}  ${device}  ${method}`,
  }[language]
}

const kinds: Record<string, Text> = {
  invite: { es: 'invitar', en: 'invite' },
  roles: { es: 'cambiar el rol', en: 'change the role' },
  reset: { es: 'restablecer el acceso', en: 'reset the factors' },
  suspend: { es: 'suspender', en: 'suspend' },
  reinstate: { es: 'rehabilitar', en: 'reinstate' },
  program: { es: 'registrar el programa', en: 'register the program' },
  'revoke-program': { es: 'retirar el programa', en: 'take back the program' },
}

const states: Record<string, Text> = {
  pending: { es: 'espera a otro oficial', en: 'waits for another officer' },
  confirmed: { es: 'confirmada', en: 'confirmed' },
  done: { es: 'hecha', en: 'done' },
  refused: { es: 'rechazada', en: 'refused' },
  withdrawn: { es: 'retirada', en: 'withdrawn' },
  objected: { es: 'la persona se opuso', en: 'the person objected' },
  expired: { es: 'vencida', en: 'expired' },
}

export function requestLine(
  { id, wanted, about, state, askedBy, opensAt }: RequestTold,
  language: Language,
): string {
  const whom = about?.name ?? wanted.name ?? wanted.id ?? ''
  const roles = wanted.roles ? ` [${wanted.roles.join(', ')}]` : ''
  const opens =
    opensAt === undefined || state !== 'confirmed'
      ? ''
      : { es: `, enlace desde ${timeOf(opensAt)} UTC`, en: `, link from ${timeOf(opensAt)} UTC` }[language]
  const kind = kinds[wanted.kind]?.[language] ?? wanted.kind
  const by = { es: `pedida por ${askedBy.name}`, en: `asked by ${askedBy.name}` }[language]
  return `${id}  ${kind} ${whom}${roles}; ${by}: ${states[state]?.[language] ?? state}${opens}`
}

export function programLine({ id, name, scope, keys, isRevoked }: ProgramTold, language: Language): string {
  const gone = isRevoked ? { es: '  retirado', en: '  taken back' }[language] : ''
  return `${id.padEnd(24)} ${name}  [${scope}]  ${{ es: 'llaves', en: 'keys' }[language]}: ${keys}${gone}`
}
