/** For whoever keeps the records apart and together: pairs of patients who may be one person, and what is asked for of them. */
import { call, type Reply } from './api.ts'
import { field, h } from './dom.ts'
import { busy, isFilled, showAgain, tell, tellFailure } from './frame.ts'
import { callStepped } from './proofs.ts'
import { d, type DuplicatesText } from './duplicates-text.ts'
import { currentLanguage, t } from './text.ts'

interface Patient {
  id: string
  active?: boolean
  name?: { text?: string; family?: string; given?: string[] }[]
  birthDate?: string
  gender?: string
  identifier?: { value?: string; system?: string }[]
}

interface Parameter {
  name: string
  part?: Parameter[]
  resource?: Patient
  valueString?: string
  valueInteger?: number
  valueCode?: string
  valueCoding?: { display: string }
}

type Parameters = { parameter: Parameter[] }
type Failed = (reply: Reply<unknown>) => void

const at = '/fhir/R4/Patient'
const sent = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter })
const named = (name: string, id: string) => ({ name, valueReference: { reference: `Patient/${id}` } })

/** A page of the list is what 25 patients give, which may be no pair: it is gone on with until there is one, or the end; so far by itself, and further when asked. */
const pagesMax = { itself: 4, asked: 40 }

export async function duplicatesPart(login: string, failed: Failed): Promise<HTMLElement[]> {
  const section = h(
    'section',
    { 'aria-labelledby': 'duplicates' },
    h('h2', { id: 'duplicates' }, d('duplicates')),
  )
  const list = h('div', {})
  const far = h('p', { class: 'hint', role: 'status' })
  const more = h('button', { type: 'button' }, d('lookOn'))
  more.addEventListener('click', () => void busy(more, () => lookOn(pagesMax.asked)))
  section.append(h('p', { class: 'hint' }, d('duplicatesHint')), list, far, h('div', { class: 'acts' }, more))
  const waiting = await pairsAsked()
  let next: string | undefined
  let count = 0
  let looked = 0

  const lookOn = async (pages: number): Promise<void> => {
    const before = count
    for (let page = 0; page < pages && count === before; page++) {
      const query = next === undefined ? '' : `?_page=${encodeURIComponent(next)}`
      const reply = await call<Parameters>(`${at}/$duplicates${query}`)
      if (!reply.ok) return failed(reply)
      const { parameter } = reply.value
      const pairs = parameter.filter(({ name }) => name === 'pair')
      for (const { part = [] } of pairs) list.append(pairPart(part, ++count, { login, section, waiting }))
      looked += parameter.find(({ name }) => name === 'looked')?.valueInteger ?? 0
      next = parameter.find(({ name }) => name === 'next')?.valueString
      const said = next === undefined ? (count === 0 ? 'noDuplicates' : 'lookedAtAll') : 'lookedAt'
      far.textContent = d(said, { count: looked.toLocaleString(currentLanguage()) })
      if (next === undefined) break
    }
    if (next === undefined) more.remove()
  }
  await lookOn(pagesMax.itself)
  return [section, partingPart(login)]
}

interface Around {
  login: string
  section: HTMLElement
  /** Pairs for which somebody asked that they be merged. */
  waiting: ReadonlySet<string>
}

interface Request {
  state: string
  act: { kind: string; source?: string; target?: string }
}

const pairName = (...references: readonly string[]): string => references.toSorted().join(' ')

async function pairsAsked(): Promise<ReadonlySet<string>> {
  const reply = await call<{ approvals: Request[] }>('/auth/approvals')
  const approvals = reply.ok ? reply.value.approvals : []
  return new Set(
    approvals.flatMap(({ state, act: { kind, source, target } }) =>
      state === 'pending' && kind === 'merge' && source && target ? [pairName(source, target)] : [],
    ),
  )
}

function pairPart(parts: readonly Parameter[], number: number, around: Around): HTMLElement {
  const { login, section, waiting } = around
  const [one, other] = parts.flatMap(({ resource }) => (resource ? [resource] : []))
  if (!one || !other) return h('div', {})
  const reasons = parts.flatMap(({ valueCoding }) => (valueCoding ? [valueCoding.display] : []))
  const grade = parts.find(({ name }) => name === 'grade')?.valueCode ?? ''
  const about = `${nameOf(one)}, ${nameOf(other)}`
  // The one that was there first is what goes on, unless something else is chosen.
  const stays = h('select', { id: `stays-${number}`, name: 'stays' }, ...[other, one].map(optionOf))
  const card = h('div', { class: 'card', 'data-about': pairName(one.id, other.id) })

  const merge = async (): Promise<void> => {
    const target = stays.value
    const source = target === one.id ? other.id : one.id
    const body = sent(named('source-patient', source), named('target-patient', target))
    const reply = await callStepped<unknown>(login, `${at}/$merge`, { method: 'POST', body })
    if (!reply) return
    if (!reply.ok) return tellFailure(card, reply)
    await showAgain(t('askedFor'))
  }
  const apart = async (): Promise<void> => {
    const body = sent(named('patient', one.id), named('patient', other.id))
    const reply = await call<unknown>(`${at}/$not-duplicate`, { method: 'POST', body })
    if (!reply.ok) return tellFailure(card, reply)
    card.remove()
    tell(section, 'ok', t('done'), d('notedApart'))
  }
  const button = (name: DuplicatesText, does: () => Promise<void>, kind = '') => {
    const made = h('button', { type: 'button', class: kind, 'aria-label': `${d(name)}: ${about}` }, d(name))
    made.addEventListener('click', () => void busy(made, does))
    return made
  }
  const isAsked = waiting.has(pairName(`Patient/${one.id}`, `Patient/${other.id}`))
  card.append(
    h('h3', {}, d(gradeNames[grade] ?? 'possible')),
    h('p', {}, `${d('because')}: ${reasons.join(', ')}`),
    patientPart(one, other),
    patientPart(other, one),
    ...(isAsked
      ? [h('p', {}, d('askedAlready')), h('div', { class: 'acts' }, button('twoPeople', apart))]
      : [
          h('label', { for: `stays-${number}` }, d('stays')),
          stays,
          h('div', { class: 'acts' }, button('askMerge', merge, 'primary'), button('twoPeople', apart)),
        ]),
  )
  return card
}

const gradeNames: Readonly<Record<string, DuplicatesText>> = {
  certain: 'certain',
  probable: 'probable',
  possible: 'possible',
}

function nameOf({ name, id }: Patient): string {
  const [first] = name ?? []
  const said = first?.text ?? [...(first?.given ?? []), first?.family ?? ''].join(' ').trim()
  return said === '' ? id : said
}

const optionOf = (patient: Patient) =>
  h('option', { value: patient.id }, `${nameOf(patient)} (${patient.id})`)

/** What of it differs from the other is said, so that nobody has to go through both. */
function patientPart(patient: Patient, other: Patient): HTMLElement {
  const rows = rowsOf(patient)
  const theirs = new Map(rowsOf(other))
  return h(
    'div',
    { class: 'one-of-two' },
    h('h4', {}, nameOf(patient)),
    h(
      'dl',
      {},
      ...rows.flatMap(([name, text]) => {
        const isOther = name !== 'record' && theirs.has(name) && theirs.get(name) !== text
        const mark = isOther ? [' ', h('strong', {}, `≠ ${d('differs')}`)] : []
        return [h('dt', {}, d(name)), h('dd', {}, text, ...mark)]
      }),
    ),
  )
}

const sexes: Readonly<Record<string, DuplicatesText>> = { female: 'female', male: 'male' }

function rowsOf({ id, birthDate = '', gender = '', identifier = [] }: Patient): [DuplicatesText, string][] {
  const sex = sexes[gender]
  const rows: [DuplicatesText, string][] = [
    ['born', birthDate],
    ['sex', sex ? d(sex) : ''],
    ['identifiers', identifier.flatMap(({ value }) => (value ? [value] : [])).join(', ')],
    ['record', id],
  ]
  return rows.filter(([, text]) => text !== '')
}

/** The way back: by the two ids, as the approval of the merge shows them. */
function partingPart(login: string): HTMLElement {
  const hint = d('recordHint')
  const source = field(d('mergedRecord'), { name: 'source', autocomplete: 'off', required: true }, hint)
  const target = field(d('remainingRecord'), { name: 'target', autocomplete: 'off', required: true }, hint)
  const button = h('button', { type: 'submit' }, d('askUnmerge'))
  const form = h(
    'form',
    { novalidate: true },
    ...source.parts,
    ...target.parts,
    h('div', { class: 'acts' }, button),
  )
  const send = async (): Promise<void> => {
    const [from, into] = [source, target].map(({ input }) => input.value.trim().replace(/^Patient\//, ''))
    const body = sent(named('source-patient', from ?? ''), named('target-patient', into ?? ''))
    const reply = await callStepped<unknown>(login, `${at}/$unmerge`, { method: 'POST', body })
    if (!reply) return
    if (!reply.ok) return tellFailure(form, reply)
    form.reset()
    await showAgain(t('askedFor'))
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (isFilled(form)) void busy(button, send)
  })
  return h(
    'section',
    { 'aria-labelledby': 'unmerging' },
    h('h2', { id: 'unmerging' }, d('unmerging')),
    h('p', { class: 'hint' }, d('unmergingHint')),
    form,
  )
}
