/** What break-glass prints at a terminal. */
import type { Terminal, TerminalSaid } from '#kernel/safeguard.ts'

interface OpeningTold {
  id: string
  patient: string
  reason: string
  at: string
  until: string
  reviewBy: string
  isOpen: boolean
  isOverdue: boolean
  by: string
  recent: number
  isRepeated: boolean
  review?: { by: string; verdict: string }
}

type Language = Terminal['language']

export async function open({ language, words, options, ask }: Terminal): Promise<TerminalSaid> {
  const [patient, more] = words
  const { reason } = options
  if (patient === undefined || more !== undefined || typeof reason !== 'string')
    return {
      status: 'usage',
      text: {
        es: 'Diga de quién y por qué: sigilo breakglass open Patient/ID --reason TEXTO --as USUARIO',
        en: 'Say whose and why: sigilo breakglass open Patient/ID --reason TEXT --as LOGIN',
      },
    }
  const opened = await ask<OpeningTold>('POST', '', { patient, reason })
  return opened.status === 'ok' ? told(opened.value, language) : opened
}

export async function list({ language, ask }: Terminal): Promise<TerminalSaid> {
  const looked = await ask<{ openings: OpeningTold[]; overdue: number }>('GET', '')
  if (looked.status === 'problem') return looked
  const { openings, overdue } = looked.value
  const lines = openings.map((each) => lineOf(each, language))
  if (overdue === 0) return { status: 'ok', value: { json: looked.value, lines } }
  const note = {
    es: `Revisiones vencidas: ${overdue}. Una revisión no se puede omitir.`,
    en: `Reviews that are overdue: ${overdue}. A review cannot be skipped.`,
  }
  return { status: 'ok', value: { json: looked.value, lines, note } }
}

export async function review({ language, words, options, ask }: Terminal): Promise<TerminalSaid> {
  const { verdict, note } = options
  if (words.length > 1 || typeof verdict !== 'string') return reviewUsage
  const id = words[0] ?? (await onlyOne(ask))
  if (id === undefined) return reviewUsage
  const body = { verdict, ...(typeof note === 'string' ? { note } : {}) }
  const reviewed = await ask<OpeningTold>('POST', `/${encodeURIComponent(id)}/review`, body)
  return reviewed.status === 'ok' ? told(reviewed.value, language) : reviewed
}

/** Where one alone waits it need not be named. */
async function onlyOne(ask: Terminal['ask']): Promise<string | undefined> {
  const looked = await ask<{ openings: OpeningTold[] }>('GET', '')
  const waiting = looked.status === 'ok' ? looked.value.openings.filter((each) => !each.review) : []
  return waiting.length === 1 ? waiting[0]?.id : undefined
}

const reviewUsage: TerminalSaid = {
  status: 'usage',
  text: {
    es: 'Diga cuál y si estuvo justificado: sigilo breakglass review ID --verdict justified|unjustified [--note TEXTO]',
    en: 'Say which and whether it was justified: sigilo breakglass review ID --verdict justified|unjustified [--note TEXT]',
  },
}

const told = (value: OpeningTold, language: Language): TerminalSaid => ({
  status: 'ok',
  value: { json: value, lines: [lineOf(value, language)] },
})

function lineOf(opening: OpeningTold, language: Language): string {
  const { id, patient, by, at, reason, recent, isRepeated } = opening
  const often = isRepeated
    ? `  △ ${recent} ${language === 'es' ? 'veces en 30 días' : 'times in 30 days'}`
    : ''
  return `${id}  ${patient}  ${by}, ${minute(at)}: ${reason}; ${stateOf(opening)[language]}${often}`
}

function stateOf({
  review: reviewed,
  isOverdue,
  isOpen,
  until,
  reviewBy,
}: OpeningTold): Record<Language, string> {
  if (reviewed) {
    const isGood = reviewed.verdict === 'justified'
    return {
      es: `${isGood ? 'justificado' : 'NO justificado'}, según ${reviewed.by}`,
      en: `${isGood ? 'justified' : 'NOT justified'}, says ${reviewed.by}`,
    }
  }
  const open = isOpen
    ? { es: `abierto hasta ${minute(until)}, `, en: `open until ${minute(until)}, ` }
    : { es: '', en: '' }
  return isOverdue
    ? {
        es: `${open.es}REVISIÓN VENCIDA desde ${minute(reviewBy)}`,
        en: `${open.en}REVIEW OVERDUE since ${minute(reviewBy)}`,
      }
    : {
        es: `${open.es}por revisar antes de ${minute(reviewBy)}`,
        en: `${open.en}to be reviewed by ${minute(reviewBy)}`,
      }
}

const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`
