/** What /auth tells of accounts, sessions and approvals, as lines. */
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
  deviceName?: string
  address: string
}

export interface ApprovalTold {
  id: string
  act: { kind: string }
  words: Text
  hash: string
  state: string
  askedBy: { name: string; at: number }
  needed: number
  approvedBy: { name: string; at: number; by: 'signed' | 'attested' }[]
  decidedBy?: { name: string; at: number }
  expiresAt: number
  opensAt?: number
  result?: unknown
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
  purposes?: string[]
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
  { createdAt, seenAt, method, device: browser, deviceName, address }: SessionTold,
  language: Language,
): string {
  // As the ledger is asked for it.
  const device = deviceName === undefined ? browser : `${browser} (${deviceName})`
  return {
    es: `desde ${timeOf(createdAt)}, usada ${timeOf(seenAt)} (UTC)  ${address}  ${device}  ${method}`,
    en: `since ${timeOf(createdAt)}, used ${timeOf(seenAt)} (UTC)  ${address}  ${device}  ${method}`,
  }[language]
}

const states: Record<string, Text> = {
  pending: { es: 'espera aprobación', en: 'waits for approval' },
  approved: { es: 'aprobada', en: 'approved' },
  done: { es: 'hecha', en: 'done' },
  failed: { es: 'aprobada, pero no se pudo hacer', en: 'approved, but could not be done' },
  refused: { es: 'rechazada', en: 'refused' },
  withdrawn: { es: 'retirada', en: 'withdrawn' },
  objected: { es: 'la persona se opuso', en: 'the person objected' },
  expired: { es: 'vencida', en: 'expired' },
}

export function approvalLine(
  { id, words, state, askedBy, needed, approvedBy, opensAt }: ApprovalTold,
  language: Language,
): string {
  const opens =
    opensAt === undefined || state !== 'approved'
      ? ''
      : { es: `, enlace desde ${timeOf(opensAt)} UTC`, en: `, link from ${timeOf(opensAt)} UTC` }[language]
  const count = state === 'pending' && needed > 1 ? ` (${approvedBy.length}/${needed})` : ''
  const by = { es: `pedida por ${askedBy.name}`, en: `asked by ${askedBy.name}` }[language]
  return `${id}  ${words[language]}; ${by}: ${states[state]?.[language] ?? state}${count}${opens}`
}

/** All of it: what is approved is these bytes. */
export function approvalLines(approval: ApprovalTold, language: Language): string[] {
  const { act, hash, approvedBy, decidedBy, expiresAt } = approval
  const es = language === 'es'
  const how = {
    signed: es ? 'con su llave de acceso' : 'by passkey',
    attested: es ? 'con contraseña y código' : 'by password and code',
  }
  return [
    approvalLine(approval, language),
    ...approvedBy.map(
      ({ name, at, by }) => `  ${es ? 'aprobada por' : 'approved by'} ${name}, ${how[by]}, ${timeOf(at)} UTC`,
    ),
    ...(decidedBy
      ? [`  ${es ? 'decidida por' : 'decided by'} ${decidedBy.name}, ${timeOf(decidedBy.at)} UTC`]
      : []),
    `  ${es ? 'hasta' : 'until'} ${timeOf(expiresAt)} UTC`,
    `  ${JSON.stringify(act)}`,
    `  SHA-256 ${hash}`,
  ]
}

/** What came of it: its own words where it has some. */
export function resultLines(approval: ApprovalTold, language: Language): string[] {
  const { text } = (approval.result ?? {}) as { text?: Text }
  return [...(text ? [text[language]] : []), approvalLine(approval, language)]
}

export function programLine(program: ProgramTold, language: Language): string {
  const { id, name, keys, isRevoked, purposes } = program
  const scope = purposes === undefined ? program.scope : `${program.scope}; ${purposes.join(' ')}`
  const gone = isRevoked ? { es: '  retirado', en: '  taken back' }[language] : ''
  return `${id.padEnd(24)} ${name}  [${scope}]  ${{ es: 'llaves', en: 'keys' }[language]}: ${keys}${gone}`
}
