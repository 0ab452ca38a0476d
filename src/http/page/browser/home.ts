/** Whoever is signed in: what they should know, how they sign in, and where; of officers, what they ask of each other. */
import { call, type Reply } from './api.ts'
import { h } from './dom.ts'
import { duplicatesPart } from './duplicates.ts'
import { deviceName, passwordForm, showCodes, type Offer } from './enrol.ts'
import { busy, show, showAgain, tell, tellFailure, useHeader } from './frame.ts'
import { officerParts, approvalsOf } from './officers.ts'
import { createPasskey, hasPasskeys, type Json } from './passkey.ts'
import { callStepped } from './proofs.ts'
import { partsOf, type Part } from './screens.ts'
import {
  aboutText,
  addressText,
  allPurposes,
  noticeText,
  purposeText,
  roleText,
  t,
  timeText,
  type Language,
  type TextName,
} from './text.ts'

export interface Me {
  session: string
  account: string
  login: string
  name: string
  roles: string[]
  language: Language
  purpose?: string
  notices: { kind: string; at: number; address?: string; about?: string }[]
}

interface Factors {
  passkeys: { id: string; label: string; addedAt: number; suspendedAt?: number }[]
  password?: { setAt: number }
  recovery: number
}

interface SessionSeen {
  id: string
  createdAt: number
  seenAt: number
  device: string
  address: string
  isThis: boolean
}

export async function showHome(me: Me, leave: (why: TextName) => void): Promise<void> {
  useHeader(() => [
    h('span', { class: 'who' }, `${me.name}, ${me.roles.map(roleText).join(', ')}`),
    h('button', { type: 'button', onclick: () => void signOut(leave) }, t('signOut')),
  ])
  await show(async () => {
    const main = h('main', {}, h('h1', {}, t('account')))
    const failed = (reply: Reply<unknown>): void => {
      if (reply.ok) return
      if (reply.status === 401) leave('sessionOver')
      else tellFailure(main, reply)
    }
    const [now, factors, sessions] = await Promise.all([
      call<Me>('/auth/session'),
      call<Factors>('/auth/factors'),
      call<{ sessions: SessionSeen[] }>('/auth/sessions'),
    ])
    failed(now)
    failed(factors)
    failed(sessions)
    if (!now.ok || !factors.ok || !sessions.ok) return main
    const goBack = () => showHome(me, leave)
    const parts = await partsOf({ me, failed, back: goBack })
    const at = (place: Part['place']) => parts.flatMap((part) => (part.place === place ? part.element : []))
    main.append(...at('first'))
    if (now.value.notices.length > 0) main.append(noticesPart(now.value))
    main.append(...at('above'))
    if (me.roles.includes('security-officer')) main.append(...(await officerParts(me, failed, goBack)))
    else main.append(...(await approvalsOf(me, failed)))
    if (me.roles.some((role) => role === 'archivist' || role === 'privacy-officer'))
      main.append(...(await duplicatesPart(me.login, failed)))
    main.append(...at('below'))
    main.append(
      purposePart(now.value, failed),
      factorsPart(me, factors.value, goBack),
      sessionsPart(sessions.value.sessions, failed),
    )
    return main
  })
}

function noticesPart(me: Me): HTMLElement {
  const rows = me.notices.toReversed().map(({ kind, at, address, about }) => {
    const what = about === undefined ? [] : [aboutText(about)]
    const whence = address === undefined ? [] : [addressText(address)]
    const where = [timeText(at), ...what, ...whence].join(' · ')
    return h('li', {}, h('div', {}, h('p', {}, noticeText(kind)), h('p', { class: 'hint' }, where)))
  })
  return h(
    'section',
    { 'aria-labelledby': 'news' },
    h('h2', { id: 'news' }, t('news')),
    h('ul', { class: 'rows' }, ...rows),
  )
}

/** What for, of whatever is asked from now on. */
function purposePart({ purpose = '' }: Me, failed: (reply: Reply<unknown>) => void): HTMLElement {
  const section = h('section', { 'aria-labelledby': 'purpose' }, h('h2', { id: 'purpose' }, t('purpose')))
  const options = allPurposes.map((each) =>
    h('option', { value: each, selected: each === purpose }, purposeText(each)),
  )
  const select = h('select', { 'aria-labelledby': 'purpose', 'aria-describedby': 'purpose-hint' }, ...options)
  const say = async (): Promise<void> => {
    const body = { purpose: select.value === '' ? null : select.value }
    const said = await call('/auth/session', { method: 'PATCH', body })
    if (!said.ok) return failed(said)
    tell(section, 'ok', t('done'), t('purposeSaid', { purpose: purposeText(select.value) }))
  }
  section.append(
    h('p', { class: 'hint', id: 'purpose-hint' }, t('purposeHint')),
    h('div', { class: 'acts' }, select, h('button', { type: 'button', onclick: act(say) }, t('change'))),
  )
  return section
}

function factorsPart(me: Me, factors: Factors, goBack: () => Promise<void>): HTMLElement {
  const section = h('section', { 'aria-labelledby': 'ways' }, h('h2', { id: 'ways' }, t('waysIn')))
  const change = async <Value>(
    path: string,
    asked: Parameters<typeof call>[1],
  ): Promise<Value | undefined> => {
    const reply = await callStepped<Value>(me.login, path, asked)
    if (reply?.ok) return reply.value
    if (reply) tellFailure(section, reply)
    return undefined
  }
  const remove = async (id: string): Promise<void> => {
    const path = `/auth/factors/${encodeURIComponent(id)}`
    if (await change(path, { method: 'DELETE' })) await showAgain()
  }
  const addPasskey = async (): Promise<void> => {
    const offer = await change<Offer>('/auth/factors/options', { method: 'POST', body: {} })
    if (!offer) return
    const response = await createPasskey(offer.passkey.options)
    if (!response) return tell(section, 'attention', t('attention'), t('passkeyStopped'))
    const body: Json = { flow: offer.passkey.flow, response, label: deviceName() }
    if (await change('/auth/factors/passkeys', { method: 'POST', body })) await showAgain()
  }
  const setPassword = async (): Promise<void> => {
    const offer = await change<Offer>('/auth/factors/options', { method: 'POST', body: {} })
    if (!offer) return
    section.querySelector('form')?.remove()
    const form = passwordForm(offer.totp, me.login, async (body) => {
      const made = await change<{ recoveryCodes: string[] }>('/auth/factors/password', {
        method: 'POST',
        body,
      })
      if (made) await showCodes(made.recoveryCodes, goBack)
    })
    section.append(form)
    form.querySelector<HTMLInputElement>('input[type=password]')?.focus()
  }
  const newCodes = async (): Promise<void> => {
    const made = await change<{ recoveryCodes: string[] }>('/auth/factors/recovery-codes', {
      method: 'POST',
      body: {},
    })
    if (made) await showCodes(made.recoveryCodes, goBack)
  }

  const rows = factors.passkeys.map(({ id, label, addedAt, suspendedAt }) => {
    const state = suspendedAt === undefined ? '' : ` · △ ${t('suspendedPasskey')}`
    const said = t('removePasskey', { date: timeText(addedAt) })
    return h(
      'li',
      {},
      h(
        'div',
        {},
        h('p', {}, `${t('passkey')}: ${label}`),
        h('p', { class: 'hint' }, `${t('since')} ${timeText(addedAt)}${state}`),
      ),
      h('button', { type: 'button', 'aria-label': said, onclick: act(() => remove(id)) }, t('remove')),
    )
  })
  if (factors.password) {
    const { setAt } = factors.password
    const left = t('recoveryLeft', { count: String(factors.recovery) })
    rows.push(
      h(
        'li',
        {},
        h(
          'div',
          {},
          h('p', {}, t('passwordAndCode')),
          h('p', { class: 'hint' }, `${t('since')} ${timeText(setAt)} · ${left}`),
        ),
        h(
          'button',
          {
            type: 'button',
            'aria-label': `${t('remove')}: ${t('passwordAndCode')}`,
            onclick: act(() => remove('password')),
          },
          t('remove'),
        ),
      ),
    )
  }
  section.append(
    h('ul', { class: 'rows' }, ...rows),
    h(
      'div',
      { class: 'acts' },
      hasPasskeys() && h('button', { type: 'button', onclick: act(addPasskey) }, t('addPasskey')),
      h(
        'button',
        { type: 'button', onclick: act(setPassword) },
        t(factors.password ? 'changePassword' : 'addPassword'),
      ),
      factors.password && h('button', { type: 'button', onclick: act(newCodes) }, t('newCodes')),
    ),
  )
  return section
}

/** A button that works until its act is over. */
const act =
  (does: () => Promise<void>) =>
  ({ currentTarget }: Event): void =>
    void busy(currentTarget as HTMLButtonElement, does)

function sessionsPart(sessions: SessionSeen[], failed: (reply: Reply<unknown>) => void): HTMLElement {
  const end = async (id: string): Promise<void> => {
    const ended = await call(`/auth/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' })
    if (ended.ok) await showAgain()
    else failed(ended)
  }
  const rows = sessions.map(({ id, createdAt, seenAt, device, address, isThis }) => {
    const said = `${timeText(createdAt)} · ${t('seenAt')} ${timeText(seenAt)} · ${t('from')} ${addressText(address)}`
    return h(
      'li',
      {},
      h('div', {}, h('p', {}, device), h('p', { class: 'hint' }, said)),
      isThis
        ? h('strong', {}, t('thisOne'))
        : h(
            'button',
            {
              type: 'button',
              'aria-label': t('endSession', { of: `${device}, ${timeText(createdAt)}` }),
              onclick: act(() => end(id)),
            },
            t('end'),
          ),
    )
  })
  return h(
    'section',
    { 'aria-labelledby': 'open' },
    h('h2', { id: 'open' }, t('sessions')),
    h('ul', { class: 'rows' }, ...rows),
  )
}

async function signOut(leave: (why: TextName) => void): Promise<void> {
  await call('/auth/session', { method: 'DELETE', isLeaving: true })
  leave('signedOut')
}
