/** Enrolling with a one-time link, and what is shown once. */
import { call, type Reply } from './api.ts'
import { field, h } from './dom.ts'
import { busy, isFilled, show, tell, tellFailure } from './frame.ts'
import { createPasskey, hasPasskeys, type Json } from './passkey.ts'
import { passwordField } from './proofs.ts'
import { t, timeText } from './text.ts'

export interface Offer {
  passkey: { flow: string; options: Json }
  totp: { flow: string; secret: string; uri: string; qr: string; size: number }
}

interface Invited {
  login: string
  name: string
  isReset: boolean
  endsAt: number
}

export async function showEnrolment(invitation: string, done: (isNew: boolean) => void): Promise<void> {
  const invited = await call<Invited>('/auth/invitations', { invitation })
  if (!invited.ok)
    return show(() => {
      const isBad = invited.error === 'link-invalid'
      const main = h('main', {}, h('h1', {}, t('problem')), isBad && h('p', {}, t('badLink')))
      if (!isBad) tellFailure(main, invited)
      const again = (): void => void showEnrolment(invitation, done)
      main.append(
        h(
          'div',
          { class: 'acts' },
          // The link is in the address no more: here is where it is tried once more.
          !isBad && h('button', { type: 'button', class: 'primary', onclick: again }, t('retry')),
          h('button', { type: 'button', onclick: () => done(false) }, t('signIn')),
        ),
      )
      return main
    })
  const { login, name, isReset, endsAt } = invited.value
  const send = (body: Json) =>
    call<{ recoveryCodes: string[] }>('/auth/enrolment', { method: 'POST', body, invitation })
  // The key in somebody's code app stays good when the screen is drawn anew.
  let offer: Offer | undefined
  await show(() => {
    const main = h(
      'main',
      {},
      h('h1', {}, t('welcome', { name })),
      h('p', {}, isReset ? t('resetIntro') : t('enrolIntro')),
      h(
        'dl',
        { class: 'card' },
        h('dt', {}, t('yourLogin')),
        h('dd', {}, login),
        h('dt', {}, t('linkUntil')),
        h('dd', {}, timeText(endsAt)),
      ),
    )
    const settle = (reply: Reply<{ recoveryCodes: string[] }>): void => {
      if (!reply.ok) return tellFailure(main, reply)
      const { recoveryCodes } = reply.value
      if (recoveryCodes.length === 0) done(true)
      else void showCodes(recoveryCodes, () => done(true))
    }
    const options = () => call<Offer>('/auth/enrolment/options', { method: 'POST', body: {}, invitation })
    if (hasPasskeys())
      main.append(...passkeyParts(main, options, (passkey) => send({ passkey }).then(settle)))
    const fold = h('details', { class: 'card' }, h('summary', {}, t('usePassword')))
    fold.open = offer !== undefined || !hasPasskeys()
    let isFilling = false
    const fill = async (): Promise<void> => {
      if (!fold.open || isFilling || fold.querySelector('form')) return
      isFilling = true
      const offered = await options()
      isFilling = false
      if (!offered.ok) {
        fold.open = false
        return tellFailure(main, offered)
      }
      fillWith((offer = offered.value))
    }
    const fillWith = ({ totp }: Offer): void =>
      fold.append(passwordForm(totp, login, (password) => send({ password }).then(settle)))
    fold.addEventListener('toggle', () => void fill())
    if (offer) fillWith(offer)
    else if (fold.open) void fill()
    main.append(fold)
    return main
  })
}

function passkeyParts(
  main: HTMLElement,
  options: () => Promise<Reply<Offer>>,
  send: (passkey: Json) => Promise<void>,
): HTMLElement[] {
  const button = h('button', { type: 'button', class: 'primary wide' }, t('makePasskey'))
  const make = async (): Promise<void> => {
    const offered = await options()
    if (!offered.ok) return tellFailure(main, offered)
    const { flow } = offered.value.passkey
    const response = await createPasskey(offered.value.passkey.options)
    if (!response) return tell(main, 'attention', t('attention'), t('passkeyStopped'))
    await send({ flow, response, label: deviceName() })
  }
  button.addEventListener('click', () => void busy(button, make))
  return [
    h('div', { class: 'card' }, button, h('p', { class: 'hint' }, `${t('recommended')} ${t('passkeyHint')}`)),
    h('p', { class: 'or' }, t('or')),
  ]
}

/** What the person will know it by in their list. */
export function deviceName(): string {
  const { userAgent } = navigator
  const device = /iPhone|iPad|Android|Windows|Macintosh|CrOS|Linux/.exec(userAgent)?.[0] ?? ''
  return { Macintosh: 'Mac', CrOS: 'Chromebook' }[device] ?? (device === '' ? 'Sigilo' : device)
}

/** The password, the key of the code app, and the first code that it shows. */
export function passwordForm(
  totp: Offer['totp'],
  login: string,
  send: (password: Json) => Promise<void>,
): HTMLFormElement {
  const password = passwordField(t('choosePassword'), 'new-password', t('passwordHint'))
  const code = field(
    t('firstCode'),
    {
      autocomplete: 'one-time-code',
      inputmode: 'numeric',
      name: 'code',
      class: 'code',
      maxlength: '7',
      required: true,
    },
    t('sixDigits'),
  )
  const button = h('button', { type: 'submit', class: 'primary' }, t('finish'))
  const path = h('path', { d: totp.qr, fill: '#000' })
  const form = h(
    'form',
    { novalidate: true },
    // So that the browser keeps the password under the right name.
    h('input', { type: 'text', name: 'login', autocomplete: 'username', value: login, hidden: true }),
    ...password.parts,
    h('h2', {}, t('addToApp')),
    h('p', {}, t('addToAppHint')),
    h(
      'svg',
      {
        class: 'qr',
        viewBox: `0 0 ${totp.size} ${totp.size}`,
        role: 'img',
        'aria-label': t('qr'),
        'shape-rendering': 'crispEdges',
      },
      path,
    ),
    h(
      'dl',
      {},
      h('dt', {}, t('key')),
      h('dd', { class: 'secret' }, totp.secret.replace(/(.{4})(?=.)/g, '$1 ')),
    ),
    h('p', {}, h('a', { href: totp.uri }, t('openApp'))),
    ...code.parts,
    h('div', { class: 'acts' }, button),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!isFilled(form)) return
    const typed = {
      password: password.input.value,
      code: code.input.value.replaceAll(' ', ''),
      flow: totp.flow,
    }
    void busy(button, () => send(typed))
  })
  return form
}

/** A browser may refuse. */
export async function isCopied(text: string): Promise<boolean> {
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  )
}

/** Shown this once. */
export function showCodes(codes: readonly string[], done: () => unknown): Promise<void> {
  return show(() => {
    const copied = h('span', { role: 'status', class: 'hint' })
    const copy = async (): Promise<void> => {
      copied.textContent = t((await isCopied(codes.join('\n'))) ? 'copied' : 'notCopied')
    }
    return h(
      'main',
      {},
      h('h1', {}, t('codesTitle')),
      h('p', {}, t('codesText')),
      h('ol', { class: 'codes' }, ...codes.map((each) => h('li', {}, each))),
      h(
        'div',
        { class: 'acts' },
        h('button', { type: 'button', class: 'primary', onclick: () => void done() }, t('kept')),
        h('button', { type: 'button', onclick: () => window.print() }, t('print')),
        h('button', { type: 'button', onclick: () => void copy() }, t('copy')),
        copied,
      ),
    )
  })
}
