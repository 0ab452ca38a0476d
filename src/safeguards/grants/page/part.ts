/** One patient's record, asked for by a colleague: who may approves or refuses it, and whoever sees it ends it. */
import { call, type Reply } from '#page/api.ts'
import { field, h } from '#page/dom.ts'
import { busy, isFilled, showAgain, tell, tellFailure } from '#page/frame.ts'
import { approveWith } from '#page/officers.ts'
import { callStepped } from '#page/proofs.ts'
import type { Part, PartAsked } from '#page/screens.ts'
import { t, translator, timeText } from '#page/text.ts'

interface Extent {
  patient: string
  reason: string
  types: string[]
  writes: boolean
}

interface RequestSeen extends Extent {
  approval: string
  hours: number
  by: string
  at: string
  until: string
  isYours: boolean
  mayApprove: boolean
}

interface GrantSeen extends Extent {
  id: string
  to: string
  approvedBy: string[]
  until: string
  isOpen: boolean
  ended?: { by: string; at: string }
}

const say = translator({
  title: ['Accesos a expedientes', 'Access to records'],
  none: [
    'Ningún acceso pedido ni otorgado. Aquí aparece lo que alguien pide de un expediente, y hasta cuándo se le abrió.',
    'Nothing asked for or granted. What somebody asks of a record appears here, and until when it was opened.',
  ],
  ask: ['Pedir el expediente de un paciente', 'Ask for a patient’s record'],
  askText: [
    'De un paciente que no atiendes. Lo aprueba quien lo atiende como médico, o el paciente, que también se entera. En una urgencia, usa Urgencias.',
    'Of a patient whom you do not care for. Who does as a physician approves it, or the patient, who is told as well. In an emergency use Emergencies.',
  ],
  reason: ['Para qué', 'What for'],
  reasonHint: [
    'Al menos 10 letras. Lo leen quien aprueba y el paciente.',
    'At least 10 letters. Who approves and the patient read it.',
  ],
  reasonShort: ['Explica para qué, con al menos 10 letras.', 'Say what for, in at least 10 letters.'],
  hours: ['Por cuántas horas', 'For how many hours'],
  hoursHint: ['De 1 a 720. Después se cierra por sí solo.', 'From 1 to 720. Then it closes by itself.'],
  types: ['Solo estos tipos de datos', 'Only these types of data'],
  typesHint: [
    'Por ejemplo: Observation Condition. Vacío: todo lo clínico.',
    'For example: Observation Condition. Empty: all that is clinical.',
  ],
  writes: ['También para anotar en él', 'To add to it, too'],
  send: ['Pedir el acceso', 'Ask for access'],
  whose: ['Expediente', 'Record'],
  extent: ['Qué se abre', 'What is opened'],
  who: ['A quién', 'To whom'],
  all: ['Todo lo clínico', 'All that is clinical'],
  readOnly: ['solo leer', 'read only'],
  readAndAdd: ['leer y anotar', 'read and add'],
  time: ['Cuánto', 'How long'],
  forHours: ['{hours} horas desde que se apruebe', '{hours} hours from its approval'],
  yours: [
    'Espera a quien atiende a este paciente, o al paciente.',
    'It waits for who cares for this patient, or the patient.',
  ],
  waits: ['Espera aprobación.', 'It waits for approval.'],
  openUntil: ['Abierto hasta', 'Open until'],
  over: ['Venció', 'Ended'],
  endedBy: ['Terminado por', 'Ended by'],
  end: ['Terminar el acceso', 'End the access'],
})

/** Who has nothing to ask and no record to answer for is not asked about it. */
const concerned = ['physician', 'nurse', 'patient', 'representative', 'privacy-officer', 'security-officer']
const askers = ['physician', 'nurse']

/** Those that are over, at most. */
const overMax = 5

export async function part({ me: { login, roles }, failed }: PartAsked): Promise<Part | undefined> {
  if (!roles.some((role) => concerned.includes(role))) return undefined
  const looked = await call<{ requests: RequestSeen[]; grants: GrantSeen[] }>('/duties/grants')
  failed(looked)
  if (!looked.ok) return undefined
  const { requests, grants } = looked.value
  const mayAsk = roles.some((role) => askers.includes(role))
  const open = grants.filter(({ isOpen }) => isOpen)
  const over = grants.filter(({ isOpen }) => !isOpen).slice(0, overMax)
  const section = h('section', { 'aria-labelledby': 'grants' }, h('h2', { id: 'grants' }, say('title')))
  if (requests.length + open.length + over.length === 0)
    section.append(h('p', { class: 'hint' }, say('none')))

  const settle = async (does: () => Promise<Reply<unknown> | undefined>): Promise<void> => {
    const reply = await does()
    if (reply?.ok) await showAgain()
    else if (reply) tellFailure(section, reply)
  }
  const button = (
    text: string,
    about: string,
    does: () => Promise<Reply<unknown> | undefined>,
    kind = '',
  ) => {
    const made = h('button', { type: 'button', class: kind, 'aria-label': `${text}: ${about}` }, text)
    made.addEventListener('click', () => void busy(made, () => settle(does)))
    return made
  }
  const approve = async (id: string): Promise<Reply<unknown> | undefined> => {
    const reply = await approveWith(login, id)
    if (!reply) tell(section, 'attention', t('attention'), t('passkeyStopped'))
    return reply
  }
  const decide = (id: string, how: '/refuse' | ''): Promise<Reply<unknown> | undefined> =>
    callStepped(
      login,
      `/auth/approvals/${id}${how}`,
      how === '' ? { method: 'DELETE' } : { method: 'POST', body: {} },
    )

  for (const request of requests) {
    const { approval, patient, by, at, hours, until, isYours, mayApprove } = request
    const about = `${patient}, ${by}`
    section.append(
      h(
        'div',
        { class: 'card' },
        h(
          'dl',
          {},
          ...row(t('askedBy'), `${by}, ${timeOf(at)}`),
          ...extentRows(request),
          ...row(say('time'), say('forHours', { hours: String(hours) })),
          ...row(t('until'), timeOf(until)),
        ),
        h('p', { class: 'hint' }, isYours ? say('yours') : say('waits')),
        h(
          'div',
          { class: 'acts' },
          mayApprove && button(t('approve'), about, () => approve(approval), 'primary'),
          mayApprove && button(t('refuse'), about, () => decide(approval, '/refuse')),
          isYours && button(t('withdraw'), about, () => decide(approval, '')),
        ),
      ),
    )
  }
  for (const grant of [...open, ...over]) {
    const { id, patient, to, approvedBy, until, isOpen, ended } = grant
    section.append(
      h(
        'div',
        { class: 'card' },
        h(
          'dl',
          {},
          ...row(say('who'), to),
          ...extentRows(grant),
          ...row(t('approvedBy'), approvedBy.join(', ')),
          ...(ended
            ? row(say('endedBy'), `${ended.by}, ${timeOf(ended.at)}`)
            : row(say(isOpen ? 'openUntil' : 'over'), timeOf(until))),
        ),
        isOpen &&
          h(
            'div',
            { class: 'acts' },
            button(
              say('end'),
              `${patient}, ${to}`,
              () => call(`/duties/grants/${id}/end`, { method: 'POST', body: {} }),
              'danger',
            ),
          ),
      ),
    )
  }
  if (mayAsk) section.append(askForm(login))
  return { element: section, place: 'below' }
}

function askForm(login: string): HTMLElement {
  const plain = { autocomplete: 'off' } as const
  const patient = field(t('patientOf'), { name: 'grant-patient', required: true, ...plain }, t('patientHint'))
  const reason = field(say('reason'), { name: 'grant-reason', required: true, ...plain }, say('reasonHint'))
  const hours = field(
    say('hours'),
    { name: 'grant-hours', inputmode: 'numeric', required: true, value: '72', ...plain },
    say('hoursHint'),
  )
  const types = field(say('types'), { name: 'grant-types', ...plain }, say('typesHint'))
  const writes = h('input', { type: 'checkbox', name: 'grant-writes' })
  const send = h('button', { type: 'submit' }, say('send'))
  const form = h(
    'form',
    { novalidate: true },
    h('p', { class: 'hint' }, say('askText')),
    ...[patient, reason, hours, types].flatMap(({ parts }) => parts),
    h('label', { class: 'choice' }, writes, say('writes')),
    h('div', { class: 'acts' }, send),
  )
  const ask = async (): Promise<void> => {
    const count = Number(hours.input.value)
    const body = {
      patient: referenceOf(patient.input.value),
      reason: reason.input.value.trim(),
      hours: count,
      types: types.input.value.split(/[\s,]+/).filter(Boolean),
      writes: writes.checked,
    }
    const wrong = body.reason.length < 10 ? reason : count >= 1 && count <= 720 ? undefined : hours
    if (wrong) {
      tell(form, 'danger', t('problem'), say(wrong === reason ? 'reasonShort' : 'hoursHint'))
      wrong.input.setAttribute('aria-invalid', 'true')
      return wrong.input.focus()
    }
    const reply = await callStepped(login, '/duties/grants', { method: 'POST', body })
    if (!reply) return
    if (!reply.ok) return tellFailure(form, reply)
    form.reset()
    await showAgain(t('askedFor'))
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (isFilled(form)) void busy(send, ask)
  })
  return h('details', {}, h('summary', {}, say('ask')), form)
}

/** `Patient/…`, whether that was typed or the id alone. */
function referenceOf(text: string): string {
  const typed = text.trim()
  return typed.startsWith('Patient/') ? typed : `Patient/${typed}`
}

const row = (name: string, text: string) => [h('dt', {}, name), h('dd', {}, text)]

const timeOf = (iso: string): string => timeText(Date.parse(iso) / 1000)

function extentRows({ patient, types, writes, reason }: Extent): HTMLElement[] {
  const what = types.length === 0 ? say('all') : types.join(', ')
  return [
    ...row(say('whose'), patient),
    ...row(say('extent'), `${what}; ${say(writes ? 'readAndAdd' : 'readOnly')}`),
    ...row(say('reason'), reason),
  ]
}
