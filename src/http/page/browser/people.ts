/** Who has an account: an officer asks for what changes one, sees where somebody is signed in, and ends that. */
import { call } from './api.ts'
import { h } from './dom.ts'
import { busy, showAgain, tell, tellFailure } from './frame.ts'
import { callStepped } from './proofs.ts'
import { standingFields, type Standing } from './standing.ts'
import { addressText, roleText, t, timeText } from './text.ts'

export interface AccountSeen extends Standing {
  id: string
  login: string
  name: string
  status: string
}

interface SessionSeen {
  createdAt: number
  seenAt: number
  device: string
  address: string
}

/** `login`: of the officer, who asks for nothing about themselves. */
export function peoplePart(login: string, accounts: AccountSeen[]): HTMLElement {
  const section = h('section', { 'aria-labelledby': 'people' }, h('h2', { id: 'people' }, t('people')))
  const rows = accounts.map((account) => {
    const { name, status, roles } = account
    const said = [
      account.login,
      ...roles.map(roleText),
      ...(status === 'active' ? [] : [`△ ${t('suspended')}`]),
    ].join(' · ')
    return h(
      'li',
      {},
      h('div', {}, h('p', {}, name), h('p', { class: 'hint' }, said)),
      account.login !== login && managing(login, account),
    )
  })
  section.append(h('ul', { class: 'rows' }, ...rows))
  return section
}

/** What is in it is looked up when it is opened. */
function managing(login: string, account: AccountSeen): HTMLElement {
  const { id, name, status } = account
  const summary = h('summary', { 'aria-label': `${t('manage')}: ${name}` }, t('manage'))
  const details = h('details', {}, summary)
  const ask = async (body: object): Promise<void> => {
    const reply = await callStepped(login, '/auth/approvals', { method: 'POST', body })
    if (!reply) return
    if (!reply.ok) return tellFailure(details, reply)
    await showAgain(t('askedFor'))
  }
  const button = (text: string, does: () => Promise<void>, kind = '') => {
    const made = h('button', { type: 'button', class: kind, 'aria-label': `${text}: ${name}` }, text)
    made.addEventListener('click', () => void busy(made, does))
    return made
  }
  const isActive = status === 'active'
  let isFilled = false
  details.addEventListener('toggle', () => {
    if (isFilled || !details.open) return
    isFilled = true
    details.append(
      rolesForm(account, ask),
      sessionsOf(login, account, button),
      h('h3', {}, t('accountItself')),
      h('p', { class: 'hint' }, t('askedText')),
      h(
        'div',
        { class: 'acts' },
        button(t('resetOf'), () => ask({ kind: 'reset', account: id })),
        isActive
          ? button(t('suspend'), () => ask({ kind: 'suspend', account: id }), 'danger')
          : button(t('reinstate'), () => ask({ kind: 'reinstate', account: id })),
      ),
    )
  })
  return details
}

function rolesForm(account: AccountSeen, ask: (body: object) => Promise<void>): HTMLElement {
  const standing = standingFields(account)
  const button = h('button', { type: 'submit' }, t('askRoles'))
  const form = h(
    'form',
    { novalidate: true, 'data-about': account.id },
    ...standing.parts,
    h('div', { class: 'acts' }, button),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const wanted = standing.read()
    if (!wanted) return tell(form, 'danger', t('problem'), t('fill', { what: t('roles') }))
    void busy(button, () => ask({ kind: 'roles', account: account.id, ...wanted }))
  })
  return form
}

function sessionsOf(
  login: string,
  { id }: AccountSeen,
  button: (text: string, does: () => Promise<void>) => HTMLElement,
): HTMLElement {
  const part = h('div', {}, h('h3', {}, t('sessions')), h('p', { class: 'hint' }, t('loading')))
  const path = `/auth/accounts/${id}/sessions`
  const end = async (): Promise<void> => {
    const ended = await callStepped(login, path, { method: 'DELETE' })
    if (ended?.ok) await look()
    else if (ended) tellFailure(part, ended)
  }
  const look = async (): Promise<void> => {
    const found = await call<{ sessions: SessionSeen[] }>(path)
    part.replaceChildren(h('h3', {}, t('sessions')))
    if (!found.ok) return tellFailure(part, found)
    const { sessions } = found.value
    if (sessions.length === 0) return part.append(h('p', { class: 'hint' }, t('noSessions')))
    const rows = sessions.map(({ createdAt, seenAt, device, address }) => {
      const where = `${timeText(createdAt)} · ${t('seenAt')} ${timeText(seenAt)} · ${t('from')} ${addressText(address)}`
      return h('li', {}, h('div', {}, h('p', {}, device), h('p', { class: 'hint' }, where)))
    })
    part.append(h('ul', { class: 'rows' }, ...rows), h('div', { class: 'acts' }, button(t('endAll'), end)))
  }
  void look()
  return part
}
