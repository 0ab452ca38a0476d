/** Both factors, in one request: for signing in, and for confirming that it is still the same person. */
import { call, renewSession, type Failure, type Reply } from './api.ts'
import { field, h } from './dom.ts'
import { busy, isFilled, tell, tellFailure } from './frame.ts'
import { hasPasskeys, usePasskey, type Json } from './passkey.ts'
import { t } from './text.ts'

export type Proof =
  | { kind: 'passkey'; flow: string; response: Json }
  | { kind: 'password'; login: string; password: string; code: string }

let dialogs = 0

/** How somebody has shown both factors last: that is offered first. */
let lastKind: Proof['kind'] | undefined

export interface ProofOptions<Value> {
  passkeyText: string
  /** Of the passkey ceremony. */
  options: () => Promise<Reply<{ flow: string; options: Json }>>
  /** Known already; otherwise it is asked for. */
  login?: string
  send: (proof: Proof) => Promise<Reply<Value>>
  done: (value: Value) => Promise<void>
}

/** The button, and the form below it. `place` is where faults are told. */
export function proofParts<Value>(place: () => HTMLElement, options: ProofOptions<Value>): HTMLElement[] {
  const settle = async (kind: Proof['kind'], reply: Reply<Value>): Promise<void> => {
    if (!reply.ok) return tellFailure(place(), reply)
    lastKind = kind
    // Until what comes next is shown, nothing is sent a second time.
    await options.done(reply.value)
  }

  // Of both ways one at a time: each begins with a key of its own.
  let isBusy = false
  const alone = async (button: HTMLButtonElement, does: () => Promise<void>): Promise<void> => {
    if (isBusy) return
    isBusy = true
    await busy(button, does).finally(() => (isBusy = false))
  }

  const withPasskey = async (): Promise<void> => {
    const asked = await options.options()
    if (!asked.ok) return tellFailure(place(), asked)
    const response = await usePasskey(asked.value.options)
    if (!response) return tell(place(), 'attention', t('attention'), t('passkeyStopped'))
    await settle('passkey', await options.send({ kind: 'passkey', flow: asked.value.flow, response }))
  }

  const login = field(t('login'), { autocomplete: 'username', name: 'login', required: true })
  const password = passwordField(t('password'), 'current-password')
  const code = field(
    t('code'),
    { autocomplete: 'one-time-code', inputmode: 'text', name: 'code', class: 'code', required: true },
    t('codeHint'),
  )
  const button = h('button', { type: 'submit', class: hasPasskeys() ? '' : 'primary' }, t('goOn'))
  const form = h(
    'form',
    { class: 'card', novalidate: true, 'aria-label': t('passwordAndCode') },
    ...(options.login === undefined ? login.parts : []),
    ...password.parts,
    ...code.parts,
    h('div', { class: 'acts' }, button),
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!isFilled(form)) return
    const name = options.login ?? login.input.value
    const typed = { login: name, password: password.input.value, code: code.input.value.replaceAll(' ', '') }
    void alone(button, async () => settle('password', await options.send({ kind: 'password', ...typed })))
  })

  if (!hasPasskeys()) return [h('p', { class: 'hint' }, t('noPasskeys')), form]
  const passkey = h('button', { type: 'button', class: 'primary wide' }, options.passkeyText)
  passkey.addEventListener('click', () => void alone(passkey, withPasskey))
  return [
    h('div', { class: 'card' }, passkey, h('p', { class: 'hint' }, t('passkeyHint'))),
    ...(options.login === undefined ? [h('p', { class: 'or' }, t('or')), form] : [folded(form)]),
  ]
}

/** Where somebody has signed in with the passkey, the form is out of the way. */
function folded(form: HTMLFormElement): HTMLElement {
  return h('details', { open: lastKind === 'password' }, h('summary', {}, t('usePassword')), form)
}

/** With a box that shows it: typed once, and seen, is better than typed twice. */
export function passwordField(label: string, autocomplete: string, hint?: string) {
  const made = field(label, { type: 'password', name: 'password', autocomplete, required: true }, hint)
  const shows = h('input', { type: 'checkbox' })
  shows.addEventListener('change', () => made.input.setAttribute('type', shows.checked ? 'text' : 'password'))
  return { ...made, parts: [...made.parts, h('label', { class: 'choice' }, shows, t('showPassword'))] }
}

export function stepUp(login: string): Promise<boolean> {
  return proveInDialog(login, {
    title: t('stepUp'),
    text: t('stepUpText'),
    passkeyText: t('confirmPasskey'),
    options: () => call('/auth/session/step-up/options', { method: 'POST', body: {} }),
    send: (proof) => call<{ session: string }>('/auth/session/step-up', { method: 'POST', body: { proof } }),
    done: ({ session }) => renewSession(session),
  })
}

/** Shown in the middle of something: resolves true once both factors were shown, false where it was given up. `hides`: what is behind it. */
export function proveInDialog<Value>(
  login: string,
  {
    title,
    text,
    hides = false,
    ...options
  }: Omit<ProofOptions<Value>, 'login'> & { title: string; text: string; hides?: boolean },
): Promise<boolean> {
  return new Promise((resolve) => {
    const id = `proof-${++dialogs}`
    const dialog = h('dialog', { 'aria-labelledby': id, class: hides ? 'hiding' : undefined })
    let isDone = false
    const cancel = h('button', { type: 'button', onclick: () => dialog.close() }, t('cancel'))
    dialog.append(
      h('h2', { id, tabindex: '-1' }, title),
      h('p', {}, text),
      ...proofParts(() => dialog, {
        ...options,
        login,
        async done(value) {
          isDone = true
          await options.done(value)
          dialog.close()
        },
      }),
      h('div', { class: 'acts' }, cancel),
    )
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(isDone)
    })
    document.body.append(dialog)
    dialog.showModal()
    dialog.querySelector('h2')?.focus()
  })
}

/** Asks; where both factors have to be shown again first, does that and asks once more. Undefined where it was given up. */
export async function callStepped<Value>(
  login: string,
  path: string,
  asked: Parameters<typeof call>[1],
): Promise<Reply<Value> | undefined> {
  const first = await call<Value>(path, asked)
  if (first.ok || !needsStep(first)) return first
  return (await stepUp(login)) ? call<Value>(path, asked) : undefined
}

const needsStep = ({ error }: Failure): boolean => error === 'step-up-needed'
