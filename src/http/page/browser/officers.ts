/** What one asks, another approves; and what somebody may object to that is about them. */
import { call, type Reply } from './api.ts'
import { field, h } from './dom.ts'
import { busy, isFilled, showAgain, tell, tellFailure } from './frame.ts'
import { usePasskey, type Json } from './passkey.ts'
import { callStepped } from './proofs.ts'
import {
  allRoles,
  currentLanguage,
  roleText,
  stateText,
  t,
  timeText,
  type Language,
  type TextName,
} from './text.ts'

interface ApprovalSeen {
  id: string
  act: { kind: string }
  words: Record<Language, string>
  about?: { name: string }
  state: string
  askedBy: { name: string; at: number }
  needed: number
  approvedBy: { name: string }[]
  expiresAt: number
  opensAt?: number
  isYours: boolean
}

interface AccountSeen {
  id: string
  login: string
  name: string
  status: string
  roles: string[]
}

interface Given {
  url: string
  name: string
  endsAt: number
}

type Failed = (reply: Reply<unknown>) => void

export async function officerParts(login: string, failed: Failed): Promise<HTMLElement[]> {
  const [approvals, accounts] = await Promise.all([
    call<{ approvals: ApprovalSeen[] }>('/auth/approvals'),
    call<{ accounts: AccountSeen[] }>('/auth/accounts'),
  ])
  failed(approvals)
  failed(accounts)
  if (!approvals.ok || !accounts.ok) return []
  return [
    approvalsPart(login, approvals.value.approvals, 'toApprove'),
    invitePart(login),
    peoplePart(login, accounts.value.accounts),
  ]
}

/** Of whoever is no officer: what is asked about them. */
export async function approvalsOf(login: string, failed: Failed): Promise<HTMLElement[]> {
  const approvals = await call<{ approvals: ApprovalSeen[] }>('/auth/approvals')
  failed(approvals)
  if (!approvals.ok || approvals.value.approvals.length === 0) return []
  return [approvalsPart(login, approvals.value.approvals, 'requests')]
}

/** With the passkey, which signs the very act; whoever has none shows both factors again. Undefined where it was given up. */
async function approveWith(login: string, id: string): Promise<Reply<{ link?: Given }> | undefined> {
  const path = `/auth/approvals/${id}`
  const asked = await call<{ flow: string; options: Json }>(`${path}/options`, { method: 'POST', body: {} })
  if (!asked.ok && asked.error !== 'no-passkey') return asked
  if (!asked.ok) return callStepped(login, `${path}/approve`, { method: 'POST', body: {} })
  const response = await usePasskey(asked.value.options)
  if (!response) return undefined
  const proof = { flow: asked.value.flow, response }
  return callStepped(login, `${path}/approve`, { method: 'POST', body: { proof } })
}

function approvalsPart(login: string, approvals: ApprovalSeen[], title: TextName): HTMLElement {
  const section = h('section', { 'aria-labelledby': title }, h('h2', { id: title }, t(title)))
  const isOfficers = title === 'toApprove'
  const isLive = ({ state, act }: ApprovalSeen) =>
    state === 'pending' || (state === 'approved' && (act.kind === 'reset' || act.kind === 'invite'))
  const live = approvals.filter(isLive)
  if (live.length === 0) section.append(h('p', { class: 'hint' }, t('nothingToApprove')))

  const decide = async (id: string, how: string, method: 'POST' | 'DELETE' = 'POST'): Promise<void> => {
    const path = how === '' ? `/auth/approvals/${id}` : `/auth/approvals/${id}/${how}`
    const body = method === 'POST' ? { body: {} } : {}
    const reply: Reply<{ link?: Given } & Partial<Given>> | undefined =
      how === 'approve' ? await approveWith(login, id) : await callStepped(login, path, { method, ...body })
    if (!reply)
      return how === 'approve' ? tell(section, 'attention', t('attention'), t('passkeyStopped')) : undefined
    if (!reply.ok) return tellFailure(section, reply)
    const given = how === 'link' ? (reply.value as Given) : reply.value?.link
    if (given) {
      // What was approved is approved: only its link is left to be handed over.
      document.getElementById(`approval-${id}`)?.remove()
      return tellLink(section, given)
    }
    await showAgain()
  }
  const button = (name: TextName, about: string, does: () => Promise<void>, kind = '') => {
    const made = h('button', { type: 'button', class: kind, 'aria-label': `${t(name)}: ${about}` }, t(name))
    made.addEventListener('click', () => void busy(made, does))
    return made
  }
  for (const { id, words, about, state, askedBy, needed, approvedBy, expiresAt, opensAt, isYours } of live) {
    const deed = words[currentLanguage()]
    const done = approvedBy.map(({ name }) => name).join(', ')
    const isPending = state === 'pending'
    const row = (name: TextName, text: string) => [h('dt', {}, t(name)), h('dd', {}, text)]
    section.append(
      h(
        'div',
        { class: 'card', id: `approval-${id}` },
        h(
          'dl',
          {},
          ...row('what', deed),
          ...(about ? row('whom', about.name) : []),
          ...row('askedBy', `${askedBy.name}, ${timeText(askedBy.at)}`),
          ...(needed > 1 ? row('approvedBy', `${approvedBy.length}/${needed} ${done}`) : []),
          ...(isPending ? row('until', timeText(expiresAt)) : []),
          ...(opensAt === undefined ? [] : row('opens', timeText(opensAt))),
        ),
        isYours && isPending && h('p', { class: 'hint' }, t('yours')),
        !isPending && h('p', { class: 'hint' }, stateText(state)),
        h(
          'div',
          { class: 'acts' },
          isOfficers &&
            isPending &&
            !isYours &&
            button('approve', deed, () => decide(id, 'approve'), 'primary'),
          isOfficers && !isPending && button('giveLink', deed, () => decide(id, 'link'), 'primary'),
          isOfficers && !isYours && button('refuse', deed, () => decide(id, 'refuse')),
          isYours && button('withdraw', deed, () => decide(id, '', 'DELETE')),
          !isOfficers && button('object', deed, () => decide(id, 'object'), 'danger'),
        ),
      ),
    )
  }
  return section
}

/** Shown this once: it stays until the officer goes on. */
function tellLink(section: HTMLElement, { url, name, endsAt }: Given): void {
  const copy = h('button', { type: 'button' }, t('copy'))
  copy.addEventListener('click', () => {
    void navigator.clipboard.writeText(url).then(() => (copy.textContent = t('copied')))
  })
  const done = h('button', { type: 'button', onclick: () => void showAgain() }, t('done'))
  const text = t('linkText', { name, until: timeText(endsAt) })
  tell(
    section,
    'ok',
    t('link'),
    text,
    h('p', { class: 'secret' }, url),
    h('div', { class: 'acts' }, copy, done),
  )
}

function invitePart(login: string): HTMLElement {
  const name = field(
    t('fullName'),
    { name: 'full-name', autocomplete: 'off', required: true },
    t('fullNameHint'),
  )
  const theirs = field(t('login'), { name: 'new-login', autocomplete: 'off', required: true }, t('loginHint'))
  const patient = field(t('patientOf'), { name: 'patient', autocomplete: 'off' }, t('patientHint'))
  const represents = field(t('representsWhom'), { name: 'represents', autocomplete: 'off' }, t('patientHint'))
  const boxes = allRoles.map((role) => h('input', { type: 'checkbox', value: role }))
  const more = h('div', { hidden: true }, ...patient.parts)
  const others = h('div', { hidden: true }, ...represents.parts)
  const button = h('button', { type: 'submit' }, t('askInvite'))
  const form = h(
    'form',
    { novalidate: true },
    ...name.parts,
    ...theirs.parts,
    h(
      'fieldset',
      {},
      h('legend', {}, t('roles')),
      h(
        'div',
        { class: 'choices' },
        ...boxes.map((box) => h('label', { class: 'choice' }, box, roleText(box.value))),
      ),
    ),
    more,
    others,
    h('div', { class: 'acts' }, button),
  )
  const isChosen = (role: string) => boxes.some((box) => box.value === role && box.checked)
  form.addEventListener('change', () => {
    more.hidden = !isChosen('patient')
    others.hidden = !isChosen('representative')
  })
  const send = async (): Promise<void> => {
    const roles = boxes.filter((box) => box.checked).map((box) => box.value)
    if (roles.length === 0) return tell(form, 'danger', t('problem'), t('fill', { what: t('roles') }))
    const body = {
      kind: 'invite',
      name: name.input.value.trim(),
      login: theirs.input.value.trim(),
      language: currentLanguage(),
      roles,
      ...(isChosen('patient') ? { patient: patient.input.value.trim() } : {}),
      ...(isChosen('representative')
        ? { represents: represents.input.value.split(/[\s,]+/).filter(Boolean) }
        : {}),
    }
    const reply = await callStepped(login, '/auth/approvals', { method: 'POST', body })
    if (!reply) return
    if (!reply.ok) return tellFailure(form, reply)
    await showAgain()
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (isFilled(form)) void busy(button, send)
  })
  const details = h('details', {}, h('summary', {}, t('invite')), form)
  return h('section', { 'aria-label': t('invite') }, details)
}

function peoplePart(login: string, accounts: AccountSeen[]): HTMLElement {
  const section = h('section', { 'aria-labelledby': 'people' }, h('h2', { id: 'people' }, t('people')))
  const reset = async (account: string): Promise<void> => {
    const reply = await callStepped(login, '/auth/approvals', {
      method: 'POST',
      body: { kind: 'reset', account },
    })
    if (!reply) return
    if (!reply.ok) return tellFailure(section, reply)
    await showAgain()
  }
  const rows = accounts.map(({ id, login: theirs, name, status, roles }) => {
    const said = [
      theirs,
      ...roles.map(roleText),
      ...(status === 'active' ? [] : [`△ ${t('suspended')}`]),
    ].join(' · ')
    const button = h('button', { type: 'button', 'aria-label': `${t('resetOf')}: ${name}` }, t('resetOf'))
    button.addEventListener('click', () => void busy(button, () => reset(id)))
    return h(
      'li',
      {},
      h('div', {}, h('p', {}, name), h('p', { class: 'hint' }, said)),
      theirs !== login && button,
    )
  })
  section.append(h('ul', { class: 'rows' }, ...rows))
  return section
}
