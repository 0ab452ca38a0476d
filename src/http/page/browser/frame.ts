/** What every screen has: the header, one h1, and a place for what went wrong. */
import { h, told, type Tone } from './dom.ts'
import { focusOf, refocus, retype, typedIn } from './typed.ts'
import { currentLanguage, t, useLanguage, type Language } from './text.ts'
import type { Failure } from './api.ts'
import { keep, kept } from './store.ts'

type Screen = () => HTMLElement | Promise<HTMLElement>

let current: Screen | undefined
let headerParts: () => Node[] = () => []

/** Of whoever is signed in: their name, and the way out. */
export function useHeader(parts: () => Node[]): void {
  headerParts = parts
}

/** Puts a screen in place of the one before; its h1 is read out, and the language switch draws it anew, with what has been typed. */
export async function show(screen: Screen, { moves = true } = {}): Promise<void> {
  current = screen
  const main = await drawn(screen)
  if (current !== screen) return
  main.id = 'main'
  const before = moves ? undefined : { typed: typedIn(document.body), focus: focusOf(document.activeElement) }
  const other: Language = currentLanguage() === 'es' ? 'en' : 'es'
  const header = h(
    'header',
    {},
    h('p', { class: 'brand' }, 'Sigilo'),
    ...headerParts(),
    h(
      'button',
      {
        type: 'button',
        id: 'language',
        class: 'plain',
        lang: other,
        onclick: () => void chooseLanguage(other),
      },
      t('otherLanguage'),
    ),
  )
  const skip = h('a', { class: 'skip', href: '#main', onclick: skipTo }, t('skip'))
  // What hides the screen stays, whatever is drawn below it: taken out, a dialog would never be answered.
  for (const each of document.querySelectorAll('body > :not(dialog.hiding)')) each.remove()
  document.body.prepend(skip, header, main)
  const title = main.querySelector('h1')
  document.title = `${title?.textContent ?? t('signIn')} · Sigilo`
  if (before) retype(main, before.typed)
  if (before && refocus(before.focus)) return
  title?.setAttribute('tabindex', '-1')
  title?.focus({ preventScroll: before !== undefined })
}

/**
 * Of a screen that cannot be drawn, since a part of the page did not come: that, and the way to try again: a browser may hold
 * to it that a module did not come until the page is loaded anew.
 */
async function drawn(screen: Screen): Promise<HTMLElement> {
  try {
    return await screen()
  } catch (error) {
    reportError(error)
    const again = h(
      'button',
      { type: 'button', class: 'primary', onclick: () => location.reload() },
      t('retry'),
    )
    return h(
      'main',
      {},
      h('h1', {}, t('problem')),
      h('p', {}, t('unexpected')),
      h('div', { class: 'acts' }, again),
    )
  }
}

/** Drawn anew; `said`: what has been done, told above everything else. */
export async function showAgain(said?: string): Promise<void> {
  if (!current) return
  await show(current, { moves: false })
  const main = document.querySelector('main')
  if (main && said !== undefined) tell(main, 'ok', t('done'), said)
}

/** Something is typed or chosen on the screen that nobody has yet. */
export const hasTyped = (): boolean => typedIn(document.body).size > 0

/** The fragment may hold an invitation: it is left alone. */
function skipTo(event: Event): void {
  event.preventDefault()
  const main = document.querySelector<HTMLElement>('main h1')
  main?.setAttribute('tabindex', '-1')
  main?.focus()
}

async function chooseLanguage(language: Language): Promise<void> {
  useLanguage(language)
  await keep('language', language)
  await showAgain()
}

/** As was chosen here; otherwise the person's, and before anybody is known the browser's. */
export async function settleLanguage(person?: Language): Promise<void> {
  const chosen = (await kept('language')) as Language | undefined
  const browser = navigator.languages
    .map((each) => each.slice(0, 2))
    .find((each) => each === 'es' || each === 'en')
  useLanguage(chosen ?? person ?? ((browser ?? 'es') as Language))
}

/** What went wrong, above everything else of a place, and focused. */
export function tell(place: Element, tone: Tone, word: string, text: string, ...more: Node[]): void {
  place.querySelector(':scope > .told')?.remove()
  const box = told(tone, word, text, ...more)
  const title = place.querySelector(':scope > h1, :scope > h2')
  if (title) title.after(box)
  else place.prepend(box)
  box.focus()
}

export function tellFailure(place: Element, failure: Failure): void {
  const text = failure.status === 0 ? t(failure.lost ?? 'offline') : failure.message[currentLanguage()]
  const wait = failure.retrySeconds ? ` ${t('wait', { seconds: String(failure.retrySeconds) })}` : ''
  tell(place, failure.status === 429 ? 'attention' : 'danger', t('problem'), text + wait)
}

/** While it works the button says so, and does nothing a second time. */
export async function busy<Value>(
  button: HTMLButtonElement | null,
  act: () => Promise<Value>,
): Promise<Value | undefined> {
  if (button?.getAttribute('aria-disabled') === 'true') return undefined
  button?.setAttribute('aria-disabled', 'true')
  try {
    return await act()
  } catch (error) {
    reportError(error)
    const place = button?.closest('form, section, dialog, main')
    if (place) tell(place, 'danger', t('problem'), t('unexpected'))
    return undefined
  } finally {
    button?.removeAttribute('aria-disabled')
  }
}

/** The first field of a form that is empty is told and focused; true where none is. */
export function isFilled(form: HTMLFormElement): boolean {
  const empty = [...form.querySelectorAll('input')].find(
    (input) => input.required && input.value.trim() === '',
  )
  for (const input of form.querySelectorAll('input')) input.removeAttribute('aria-invalid')
  if (!empty) return true
  const label = form.querySelector(`label[for="${empty.id}"]`)?.textContent ?? ''
  tell(form, 'danger', t('problem'), t('fill', { what: label }))
  empty.setAttribute('aria-invalid', 'true')
  empty.focus()
  return false
}
