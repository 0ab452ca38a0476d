/** Break-glass: a record is opened in an emergency; what was opened so is reviewed by somebody else. */
import { call } from '#page/api.ts'
import { field, h, told } from '#page/dom.ts'
import { busy, isFilled, showAgain, tell, tellFailure } from '#page/frame.ts'
import type { Part, PartAsked } from '#page/screens.ts'
import { t, translator, timeText } from '#page/text.ts'

interface OpeningSeen {
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
  isYours: boolean
  review?: { by: string; at: string; verdict: 'justified' | 'unjustified'; note: string }
}

const say = translator({
  title: ['Urgencias', 'Emergencies'],
  reviews: ['Accesos de urgencia por revisar', 'Emergency access to review'],
  none: ['Nada abierto en una urgencia.', 'Nothing opened in an emergency.'],
  open: ['Abrir un expediente en una urgencia', 'Open a record in an emergency'],
  openText: [
    'Por 4 horas, sin esperar a nadie. Se avisa en el acto a privacidad y al paciente, y otra persona lo revisa.',
    'For 4 hours, without waiting for anybody. The privacy officers and the patient are told at once, and somebody else reviews it.',
  ],
  reason: ['Qué urgencia es', 'What the emergency is'],
  reasonHint: ['Al menos 10 letras.', 'At least 10 letters.'],
  reasonShort: [
    'Explica la urgencia, con al menos 10 letras.',
    'Say what the emergency is, in at least 10 letters.',
  ],
  send: ['Abrir ahora', 'Open now'],
  whose: ['Expediente', 'Record'],
  opened: ['Lo abrió', 'Opened by'],
  openUntil: ['Abierto hasta', 'Open until'],
  reviewBy: ['Por revisar antes de', 'To be reviewed by'],
  overdue: ['Revisión vencida', 'Review overdue'],
  overdueText: [
    'Revisiones vencidas: {count}. Una revisión no se puede omitir.',
    'Reviews that are overdue: {count}. A review cannot be skipped.',
  ],
  repeated: ['Uso repetido', 'Repeated use'],
  repeatedText: ['{count} veces en 30 días', '{count} times in 30 days'],
  note: ['Qué se vio', 'What was found'],
  justified: ['Justificado', 'Justified'],
  unjustified: ['No justificado', 'Not justified'],
  verdict: ['Revisión', 'Review'],
  yours: ['Lo revisa otra persona.', 'Somebody else reviews it.'],
})

const openers = ['physician', 'nurse']
const reviewers = ['privacy-officer', 'director']
/** Those that were reviewed, at most. */
const reviewedMax = 5

export async function part({ me: { roles }, failed }: PartAsked): Promise<Part | undefined> {
  const mayOpen = roles.some((role) => openers.includes(role))
  const mayReview = roles.some((role) => reviewers.includes(role))
  if (!mayOpen && !mayReview) return undefined
  const looked = await call<{ openings: OpeningSeen[]; overdue: number }>('/duties/breakglass')
  failed(looked)
  if (!looked.ok) return undefined
  const { openings, overdue } = looked.value
  const title = say(mayReview ? 'reviews' : 'title')
  const section = h('section', { 'aria-labelledby': 'glass' }, h('h2', { id: 'glass' }, title))
  if (overdue > 0)
    section.append(told('attention', t('attention'), say('overdueText', { count: String(overdue) })))
  const waiting = openings.filter(({ review }) => !review)
  const reviewed = openings.filter(({ review }) => review).slice(0, reviewedMax)
  if (waiting.length + reviewed.length === 0) section.append(h('p', { class: 'hint' }, say('none')))
  for (const each of [...waiting, ...reviewed])
    section.append(cardOf(each, mayReview && !each.review && !each.isYours))
  if (mayOpen) section.append(openForm())
  return { element: section, place: mayReview && waiting.length > 0 ? 'above' : 'below' }
}

function cardOf(opening: OpeningSeen, mayReview: boolean): HTMLElement {
  const { patient, reason, by, at, until, reviewBy, isOpen, isOverdue, recent, isRepeated, isYours, review } =
    opening
  const card = h(
    'div',
    { class: 'card' },
    h(
      'dl',
      {},
      ...row(say('opened'), `${by}, ${timeOf(at)}`),
      ...row(say('whose'), patient),
      ...row(say('reason'), reason),
      ...(isOpen ? row(say('openUntil'), timeOf(until)) : []),
      ...(review
        ? row(say('verdict'), verdictOf(review))
        : row(isOverdue ? `△ ${say('overdue')}` : say('reviewBy'), timeOf(reviewBy))),
      ...(isRepeated ? row(`△ ${say('repeated')}`, say('repeatedText', { count: String(recent) })) : []),
    ),
  )
  if (isYours && !review) card.append(h('p', { class: 'hint' }, say('yours')))
  if (mayReview) card.append(reviewForm(opening, card))
  return card
}

function reviewForm({ id, patient, by }: OpeningSeen, card: HTMLElement): HTMLElement {
  const note = field(say('note'), { name: 'note', autocomplete: 'off', maxlength: '1000' })
  const button = (verdict: 'justified' | 'unjustified', kind: string) => {
    const about = `${say(verdict)}: ${patient}, ${by}`
    const made = h('button', { type: 'button', class: kind, 'aria-label': about }, say(verdict))
    const send = async (): Promise<void> => {
      const body = { verdict, note: note.input.value.trim() }
      const reply = await call(`/duties/breakglass/${id}/review`, { method: 'POST', body })
      if (reply.ok) await showAgain()
      else tellFailure(card, reply)
    }
    made.addEventListener('click', () => void busy(made, send))
    return made
  }
  return h(
    'div',
    { 'data-about': id },
    ...note.parts,
    h('div', { class: 'acts' }, button('justified', 'primary'), button('unjustified', 'danger')),
  )
}

function openForm(): HTMLElement {
  const plain = { required: true, autocomplete: 'off' } as const
  const patient = field(t('patientOf'), { name: 'glass-patient', ...plain }, t('patientHint'))
  const reason = field(say('reason'), { name: 'glass-reason', ...plain }, say('reasonHint'))
  const send = h('button', { type: 'submit', class: 'danger' }, say('send'))
  const form = h(
    'form',
    { novalidate: true },
    h('p', { class: 'hint' }, say('openText')),
    ...patient.parts,
    ...reason.parts,
    h('div', { class: 'acts' }, send),
  )
  const open = async (): Promise<void> => {
    const body = { patient: referenceOf(patient.input.value), reason: reason.input.value.trim() }
    if (body.reason.length < 10) {
      tell(form, 'danger', t('problem'), say('reasonShort'))
      reason.input.setAttribute('aria-invalid', 'true')
      return reason.input.focus()
    }
    const reply = await call('/duties/breakglass', { method: 'POST', body })
    if (!reply.ok) return tellFailure(form, reply)
    form.reset()
    await showAgain()
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (isFilled(form)) void busy(send, open)
  })
  return h('details', {}, h('summary', {}, say('open')), form)
}

/** `Patient/…`, whether that was typed or the id alone. */
function referenceOf(text: string): string {
  const typed = text.trim()
  return typed.startsWith('Patient/') ? typed : `Patient/${typed}`
}

const verdictOf = ({ verdict, by, at, note }: NonNullable<OpeningSeen['review']>): string =>
  [say(verdict), by, timeOf(at), ...(note === '' ? [] : [note])].join(' · ')

const row = (name: string, text: string) => [h('dt', {}, name), h('dd', {}, text)]

const timeOf = (iso: string): string => timeText(Date.parse(iso) / 1000)
