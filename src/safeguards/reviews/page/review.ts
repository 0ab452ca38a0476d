/** One review: what somebody has and what of it was used; the answer, signed with the passkey or after both factors. */
import { call, type Reply } from '#page/api.ts'
import { field, h } from '#page/dom.ts'
import { busy, show, tell, tellFailure } from '#page/frame.ts'
import { usePasskey, type Json } from '#page/passkey.ts'
import { callStepped } from '#page/proofs.ts'
import { isUnanswered, type ReviewBrief, type ReviewDecision } from './seen.ts'
import { currentLanguage, dayText, roleText, t, type Language } from '#page/text.ts'
import { reviewStateText, d, type ReviewTextName } from './text.ts'

interface Used {
  patients: number
  reads: number
  writes: number
  exports: number
  prints: number
  ledger: number
  approvals: number
  changes: number
  lastSignIn?: string
}

interface ShownItem extends ReviewBrief {
  from: string
  until: string
  hash: string
  accounts: { account: string; login: string; roles: { role: string; isUsed: boolean }[]; used: Used }[]
  program?: { id: string; scope: string; purposes?: string[]; used: Used }
  holds: Record<Language, string>[]
}

interface Answer {
  takes: 'nothing' | 'roles' | 'all'
  roles?: { account: string; role: string }[]
}

interface Whom {
  id: string
  /** Of whoever answers. */
  login: string
  mayManage: boolean
}

export async function showReview(whom: Whom, back: () => Promise<void>): Promise<void> {
  const path = `/duties/reviews/${encodeURIComponent(whom.id)}`
  const shown = await call<ShownItem>(path)
  await show(() => {
    if (!shown.ok) {
      const main = h('main', {}, h('h1', {}, d('reviews')), h('div', { class: 'acts' }, backButton(back)))
      tellFailure(main, shown)
      return main
    }
    return itemMain(shown.value, whom, path, back)
  })
}

const backButton = (back: () => Promise<void>): HTMLElement =>
  h('button', { type: 'button', onclick: () => void back() }, t('back'))

function itemMain(item: ShownItem, whom: Whom, path: string, back: () => Promise<void>): HTMLElement {
  const { name, state, reviewers, manager, accounts, program, holds, decision, isYours } = item
  const main = h('main', {}, h('h1', {}, name))
  const row = (label: string, text: string) => [h('dt', {}, label), h('dd', {}, text)]
  main.append(
    h(
      'dl',
      { class: 'card' },
      ...row(d('stateOf'), reviewStateText(state)),
      ...(isUnanswered(state) ? row(d('reviewedBy'), manager ?? reviewers.join(', ')) : []),
      ...(decision ? decisionRows(decision, row) : []),
    ),
  )
  const canAnswer = isYours && isUnanswered(state)
  // Of one role alone there is nothing to choose.
  const isChoice = canAnswer && accounts.flatMap(({ roles }) => roles).length > 1
  const boxes: { input: HTMLInputElement; account: string; role: string }[] = []
  for (const { account, login, roles, used } of accounts) {
    const held = roles.map(({ role, isUsed }) => {
      const text = `${roleText(role)}${isUsed ? '' : ` △ ${d('notUsed')}`}`
      if (!isChoice) return h('p', {}, text)
      const input = h('input', {
        type: 'checkbox',
        name: 'keeps',
        value: `${account} ${role}`,
        checked: true,
      })
      boxes.push({ input, account, role })
      return h('label', { class: 'choice' }, input, text)
    })
    const legend = isChoice ? h('legend', {}, d('keepsLegend')) : h('h3', {}, d('rolesHeld'))
    main.append(
      h(
        'section',
        { 'aria-label': login },
        h('h2', {}, login),
        h(isChoice ? 'fieldset' : 'div', {}, legend, ...held),
        ...usedParts(used, item),
      ),
    )
  }
  if (program)
    main.append(
      h(
        'section',
        { 'aria-label': program.id },
        h('h2', {}, program.id),
        h('dl', {}, ...row(d('scope'), [program.scope, ...(program.purposes ?? [])].join(' · '))),
        ...usedParts(program.used, item),
      ),
    )
  if (holds.length > 0)
    main.append(
      h(
        'section',
        { 'aria-labelledby': 'holds' },
        h('h2', { id: 'holds' }, d('alsoHas')),
        ...holds.map((each) => h('p', {}, each[currentLanguage()])),
      ),
    )
  if (canAnswer) main.append(answerPart(item, whom, path, boxes, back))
  else main.append(h('div', { class: 'acts' }, backButton(back)))
  if (whom.mayManage && !program && accounts.length > 0) main.append(managerForm(whom, path, back))
  return main
}

function decisionRows(
  { at, by, how, lost, note, isMutual }: ReviewDecision,
  row: (label: string, text: string) => HTMLElement[],
): HTMLElement[] {
  return [
    ...row(d('decidedBy'), `${by}, ${dayText(at)} · ${d(`${how}By`)}`),
    ...(lost.length > 0 ? row(d('lostText'), lost.join(', ')) : []),
    ...(note === '' ? [] : row(d('note'), note)),
    ...(isMutual ? row(`△ ${t('attention')}`, d('mutual')) : []),
  ]
}

const counted = [
  'patients',
  'reads',
  'writes',
  'exports',
  'prints',
  'ledger',
  'approvals',
  'changes',
] as const

function usedParts(used: Used, { from, until }: ShownItem): HTMLElement[] {
  const rows = counted.flatMap((name: (typeof counted)[number] & ReviewTextName) =>
    used[name] === 0 ? [] : [h('dt', {}, d(name)), h('dd', {}, String(used[name]))],
  )
  const { lastSignIn } = used
  return [
    h('h3', {}, d('usedSpan', { from: dayText(from), until: dayText(until) })),
    ...(rows.length === 0 ? [h('p', {}, d('nothingUsed'))] : []),
    h(
      'dl',
      {},
      ...rows,
      h('dt', {}, d('lastSignIn')),
      h('dd', {}, lastSignIn === undefined ? d('never') : dayText(lastSignIn)),
    ),
  ]
}

function answerPart(
  item: ShownItem,
  { login }: Whom,
  path: string,
  boxes: readonly { input: HTMLInputElement; account: string; role: string }[],
  back: () => Promise<void>,
): HTMLElement {
  const section = h(
    'section',
    { 'aria-labelledby': 'decision' },
    h('h2', { id: 'decision' }, d('decision')),
    h('p', { class: 'hint' }, d('decisionText')),
  )
  const note = field(d('note'), {
    name: 'note',
    autocomplete: 'off',
    autocapitalize: 'sentences',
    maxlength: '500',
  })
  const cleared = () =>
    boxes.flatMap(({ input, account, role }) => (input.checked ? [] : [{ account, role }]))
  const send = async (answer: Answer): Promise<void> => {
    const { until, hash } = item
    const said = note.input.value.trim()
    const body = { until, hash, ...answer, ...(said === '' ? {} : { note: said }) }
    const reply = await answered(login, path, body)
    if (reply === 'stopped') return tell(section, 'attention', t('attention'), t('passkeyStopped'))
    if (!reply) return
    if (!reply.ok) return tellFailure(section, reply)
    await back()
  }
  const certify = h('button', { type: 'button', class: 'primary' }, d('certify'))
  certify.addEventListener('click', () => {
    if (cleared().length > 0) return tell(section, 'attention', t('attention'), d('changesLeft'))
    void busy(certify, () => send({ takes: 'nothing' }))
  })
  const some = h('button', { type: 'button' }, d('revokeSome'))
  some.addEventListener('click', () => {
    const roles = cleared()
    if (roles.length === 0) return tell(section, 'attention', t('attention'), d('noneCleared'))
    void busy(some, () => send({ takes: 'roles', roles }))
  })
  const all = h('button', { type: 'button', class: 'danger' }, d('revokeAll'))
  all.addEventListener('click', () => {
    void busy(all, async () => {
      if (await isSure(item)) await send({ takes: 'all' })
    })
  })
  section.append(
    ...note.parts,
    h('div', { class: 'acts' }, certify, boxes.length > 1 && some, all, backButton(back)),
  )
  return section
}

/** The passkey signs the very answer; whoever has none shows both factors again. */
async function answered(
  login: string,
  path: string,
  body: object,
): Promise<Reply<unknown> | 'stopped' | undefined> {
  const asked = await call<{ flow: string; options: Json }>(`${path}/options`, { method: 'POST', body })
  if (!asked.ok && asked.error !== 'no-passkey') return asked
  if (!asked.ok) return callStepped(login, `${path}/decision`, { method: 'POST', body })
  const response = await usePasskey(asked.value.options)
  if (!response) return 'stopped'
  const proof = { flow: asked.value.flow, response }
  return call(`${path}/decision`, { method: 'POST', body: { ...body, proof } })
}

/** What cannot be taken back by one alone is asked once more. */
function isSure({ name, program }: ShownItem): Promise<boolean> {
  return new Promise((resolve) => {
    const dialog = h('dialog', { 'aria-labelledby': 'sure' })
    let is = false
    const yes = h('button', { type: 'button', class: 'danger' }, d('revokeAll'))
    yes.addEventListener('click', () => {
      is = true
      dialog.close()
    })
    dialog.append(
      h('h2', { id: 'sure', tabindex: '-1' }, d('revokeAllAsk', { name })),
      h('p', {}, d(program ? 'revokeProgramText' : 'revokeAllText')),
      h(
        'div',
        { class: 'acts' },
        h('button', { type: 'button', onclick: () => dialog.close() }, t('cancel')),
        yes,
      ),
    )
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(is)
    })
    document.body.append(dialog)
    dialog.showModal()
    dialog.querySelector('h2')?.focus()
  })
}

function managerForm({ id, login, mayManage }: Whom, path: string, back: () => Promise<void>): HTMLElement {
  const who = field(d('managerLogin'), { name: 'manager', autocomplete: 'off' }, d('managerHint'))
  const button = h('button', { type: 'submit' }, d('saveManager'))
  const form = h('form', { novalidate: true }, ...who.parts, h('div', { class: 'acts' }, button))
  const send = async (): Promise<void> => {
    const typed = who.input.value.trim().toLowerCase()
    const body = typed === '' ? {} : { login: typed }
    const reply = await callStepped(login, `${path}/manager`, { method: 'POST', body })
    if (!reply) return
    if (!reply.ok) return tellFailure(form, reply)
    await showReview({ id, login, mayManage }, back)
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void busy(button, send)
  })
  const details = h('details', {}, h('summary', {}, d('whoReviews')), form)
  return h('section', { 'aria-label': d('whoReviews') }, details)
}
