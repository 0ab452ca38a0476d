/** What grants print at a terminal. */
import type { Terminal, TerminalSaid } from '#kernel/safeguard.ts'
import { extentWords } from './act.ts'

interface RequestTold {
  approval: string
  patient: string
  reason: string
  types: string[]
  writes: boolean
  hours: number
  by: string
  until: string
  mayApprove: boolean
}

interface GrantTold {
  id: string
  patient: string
  reason: string
  types: string[]
  writes: boolean
  to: string
  approvedBy: string[]
  until: string
  isOpen: boolean
  ended?: { by: string; at: string }
}

type Language = Terminal['language']

export async function ask({ words, options, ask: send }: Terminal): Promise<TerminalSaid> {
  const [patient, more] = words
  const { reason, hours, types, write } = options
  const count = hours === undefined ? undefined : Number(hours)
  const isUnfit = count !== undefined && !Number.isInteger(count)
  if (patient === undefined || more !== undefined || typeof reason !== 'string' || isUnfit) return askUsage
  const asked = await send<RequestTold>('POST', '', {
    patient,
    reason,
    ...(count === undefined ? {} : { hours: count }),
    ...(typeof types === 'string' ? { types: types.split(',').filter((type) => type !== '') } : {}),
    ...(write === true ? { writes: true } : {}),
  })
  if (asked.status === 'problem') return asked
  const { approval, until } = asked.value
  const note = {
    es: `${requestLine(asked.value, 'es')}\nEspera que lo apruebe quien atiende a este paciente como médico, o el paciente, hasta ${minute(until)}: sigilo approvals approve ${approval}`,
    en: `${requestLine(asked.value, 'en')}\nIt waits for who cares for this patient as a physician, or the patient, to approve it, until ${minute(until)}: sigilo approvals approve ${approval}`,
  }
  return { status: 'ok', isPending: true, value: { json: { approval }, lines: [approval], note } }
}

export async function list({ language, ask: send }: Terminal): Promise<TerminalSaid> {
  const looked = await send<{ requests: RequestTold[]; grants: GrantTold[] }>('GET', '')
  if (looked.status === 'problem') return looked
  const { requests, grants } = looked.value
  const lines = [
    ...requests.map((each) => `${each.approval}  ${requestLine(each, language)}`),
    ...grants.map((each) => grantLine(each, language)),
  ]
  return { status: 'ok', value: { json: looked.value, lines } }
}

export async function end({ language, words, ask: send }: Terminal): Promise<TerminalSaid> {
  const id = words[0] ?? (await onlyOne(send))
  if (words.length > 1 || id === undefined) return endUsage
  const ended = await send<GrantTold>('POST', `/${encodeURIComponent(id)}/end`, {})
  if (ended.status === 'problem') return ended
  return { status: 'ok', value: { json: ended.value, lines: [grantLine(ended.value, language)] } }
}

/** Where one alone is open it need not be named. */
async function onlyOne(send: Terminal['ask']): Promise<string | undefined> {
  const looked = await send<{ grants: GrantTold[] }>('GET', '')
  const open = looked.status === 'ok' ? looked.value.grants.filter((each) => each.isOpen) : []
  return open.length === 1 ? open[0]?.id : undefined
}

function requestLine(request: RequestTold, language: Language): string {
  const { patient, by, hours, reason, mayApprove } = request
  const extent = extentWords(request)[language]
  const may = mayApprove ? { es: '; usted puede aprobarlo', en: '; you may approve it' }[language] : ''
  return {
    es: `${patient}  lo pide ${by} por ${hours} h (${extent}): ${reason}; espera aprobación${may}`,
    en: `${patient}  asked for by ${by} for ${hours} h (${extent}): ${reason}; waits for approval${may}`,
  }[language]
}

function grantLine(grant: GrantTold, language: Language): string {
  const { id, patient, to, approvedBy, reason, until, isOpen, ended } = grant
  const by = approvedBy.join(', ')
  const state = isOpen
    ? { es: `abierto hasta ${minute(until)}`, en: `open until ${minute(until)}` }
    : ended
      ? {
          es: `terminado por ${ended.by}, ${minute(ended.at)}`,
          en: `ended by ${ended.by}, ${minute(ended.at)}`,
        }
      : { es: `venció ${minute(until)}`, en: `ended ${minute(until)}` }
  const extent = extentWords(grant)[language]
  return {
    es: `${id}  ${patient}  ${to} (${extent}), lo aprobó ${by}: ${reason}; ${state.es}`,
    en: `${id}  ${patient}  ${to} (${extent}), approved by ${by}: ${reason}; ${state.en}`,
  }[language]
}

const askUsage: TerminalSaid = {
  status: 'usage',
  text: {
    es: 'Diga de quién y para qué: sigilo grants ask Patient/ID --reason TEXTO [--hours N] [--types TIPO,TIPO] [--write] --as USUARIO',
    en: 'Say whose and what for: sigilo grants ask Patient/ID --reason TEXT [--hours N] [--types TYPE,TYPE] [--write] --as LOGIN',
  },
}
const endUsage: TerminalSaid = {
  status: 'usage',
  text: {
    es: 'Diga cuál, de los que «sigilo grants list» muestra: sigilo grants end ID',
    en: 'Say which, of those that "sigilo grants list" shows: sigilo grants end ID',
  },
}

const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`
