/** What one officer asks, another confirms; and what somebody may object to that is about them. */
import { call, type Reply } from './api.ts'
import { field, h } from './dom.ts'
import { busy, isFilled, showAgain, tell, tellFailure } from './frame.ts'
import { callStepped } from './proofs.ts'
import { allRoles, currentLanguage, roleText, stateText, t, timeText, type TextName } from './text.ts'

interface Wanted {
  kind: string
  login?: string
  name?: string
  id?: string
  roles?: string[]
}

interface RequestSeen {
  id: string
  wanted: Wanted
  about?: { name: string }
  state: string
  askedBy: { name: string; at: number }
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

const deeds: Record<string, readonly [es: string, en: string]> = {
  invite: ['Invitar a {name} ({login}) como {roles}', 'Invite {name} ({login}) as {roles}'],
  roles: ['Cambiar sus funciones a {roles}', 'Change their roles to {roles}'],
  reset: [
    'Restablecer su acceso: enrola de nuevo con un enlace',
    'Reset their access: they enrol anew with a link',
  ],
  suspend: ['Suspender la cuenta y cerrar sus sesiones', 'Suspend the account and end its sessions'],
  reinstate: ['Reactivar la cuenta', 'Reinstate the account'],
  program: ['Registrar el programa {id} ({name})', 'Register the program {id} ({name})'],
  'revoke-program': ['Retirar el programa {id}', 'Take back the program {id}'],
}

function deedText({ kind, name = '', login = '', id = '', roles = [] }: Wanted): string {
  const slots: Record<string, string> = { name, login, id, roles: roles.map(roleText).join(', ') }
  const text = deeds[kind]?.[currentLanguage() === 'es' ? 0 : 1] ?? kind
  return text.replace(/\{(\w+)\}/g, (_, slot: string) => slots[slot] ?? '')
}

export async function officerParts(login: string, failed: Failed): Promise<HTMLElement[]> {
  const [requests, accounts] = await Promise.all([
    call<{ requests: RequestSeen[] }>('/auth/requests'),
    call<{ accounts: AccountSeen[] }>('/auth/accounts'),
  ])
  failed(requests)
  failed(accounts)
  if (!requests.ok || !accounts.ok) return []
  const { requests: all } = requests.value
  return [
    requestsPart(login, all, 'toConfirm'),
    invitePart(login),
    peoplePart(login, accounts.value.accounts),
  ]
}

/** Of whoever is no officer: what is asked about them. */
export async function requestsOf(login: string, failed: Failed): Promise<HTMLElement[]> {
  const requests = await call<{ requests: RequestSeen[] }>('/auth/requests')
  failed(requests)
  if (!requests.ok || requests.value.requests.length === 0) return []
  return [requestsPart(login, requests.value.requests, 'requests')]
}

function requestsPart(login: string, requests: RequestSeen[], title: TextName): HTMLElement {
  const section = h('section', { 'aria-labelledby': title }, h('h2', { id: title }, t(title)))
  const isOfficers = title === 'toConfirm'
  const isLive = ({ state, wanted }: RequestSeen) =>
    state === 'pending' || (state === 'confirmed' && (wanted.kind === 'reset' || wanted.kind === 'invite'))
  const live = requests.filter(isLive)
  if (live.length === 0) section.append(h('p', { class: 'hint' }, t('nothingToConfirm')))

  const decide = async (id: string, how: string, method: 'POST' | 'DELETE' = 'POST'): Promise<void> => {
    const path = how === '' ? `/auth/requests/${id}` : `/auth/requests/${id}/${how}`
    const body = method === 'POST' ? { body: {} } : {}
    const reply = await callStepped<{ link?: Given } & Partial<Given>>(login, path, { method, ...body })
    if (!reply) return
    if (!reply.ok) return tellFailure(section, reply)
    const given = how === 'link' ? (reply.value as Given) : reply.value?.link
    if (given) {
      // What was confirmed is confirmed: only its link is left to be handed over.
      document.getElementById(`request-${id}`)?.remove()
      return tellLink(section, given)
    }
    await showAgain()
  }
  const button = (name: TextName, about: string, does: () => Promise<void>, kind = '') => {
    const made = h('button', { type: 'button', class: kind, 'aria-label': `${t(name)}: ${about}` }, t(name))
    made.addEventListener('click', () => void busy(made, does))
    return made
  }
  for (const { id, wanted, about, state, askedBy, expiresAt, opensAt, isYours } of live) {
    const deed = deedText(wanted)
    const whom = about?.name ?? wanted.name ?? wanted.id ?? ''
    const isPending = state === 'pending'
    const row = (name: TextName, text: string) => [h('dt', {}, t(name)), h('dd', {}, text)]
    section.append(
      h(
        'div',
        { class: 'card', id: `request-${id}` },
        h(
          'dl',
          {},
          ...row('what', deed),
          ...row('whom', whom),
          ...row('askedBy', `${askedBy.name}, ${timeText(askedBy.at)}`),
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
            button('confirm', deed, () => decide(id, 'confirm'), 'primary'),
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
    const reply = await callStepped(login, '/auth/requests', { method: 'POST', body })
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
    const reply = await callStepped(login, '/auth/requests', {
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
