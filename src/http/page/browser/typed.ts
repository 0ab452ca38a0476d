/** What somebody has typed or chosen, and where they are: kept while a screen is drawn anew. */

type Control = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement

/** By the name of each; `data-about` tells apart forms that ask for the same. */
export type Typed = ReadonlyMap<string, string | boolean>

/** All that somebody can fill in or choose, and whose name says what it is. */
const named = 'main :is(input, textarea, select)[name]'

const isBox = ({ type }: Control): boolean => type === 'checkbox' || type === 'radio'

const keyOf = (control: Control): string =>
  [
    control.closest<HTMLElement>('[data-about]')?.dataset['about'] ?? '',
    control.name,
    isBox(control) ? control.value : '',
  ].join('\n')

/** Where two would have one name nobody knows whose it is. */
function controlsIn(place: Element): Map<string, Control> {
  const found = new Map<string, Control>()
  const twice = new Set<string>()
  for (const control of place.querySelectorAll<Control>(named)) {
    const key = keyOf(control)
    if (found.has(key)) twice.add(key)
    found.set(key, control)
  }
  for (const key of twice) found.delete(key)
  return found
}

/** What is not as it was drawn. */
export function typedIn(place: Element): Typed {
  const typed = new Map<string, string | boolean>()
  for (const [key, control] of controlsIn(place)) {
    if (control instanceof HTMLInputElement && isBox(control)) {
      if (control.checked !== control.defaultChecked) typed.set(key, control.checked)
    } else if (control.value !== drawnOf(control)) typed.set(key, control.value)
  }
  return typed
}

function drawnOf(control: Control): string | undefined {
  if (!(control instanceof HTMLSelectElement)) return control.defaultValue
  const options = [...control.options]
  return (options.find(({ defaultSelected }) => defaultSelected) ?? options[0])?.value
}

export function retype(main: HTMLElement, typed: Typed): void {
  const controls = controlsIn(main.parentElement ?? main)
  for (const [key, value] of typed) {
    const control = controls.get(key)
    if (!control) continue
    if (typeof value === 'string') control.value = value
    else if (control instanceof HTMLInputElement) control.checked = value
    for (let fold = control.closest('details'); fold; fold = fold.parentElement?.closest('details') ?? null)
      fold.open = true
    control.dispatchEvent(new Event('change', { bubbles: true }))
  }
}

const focusable = `button, summary, a, select, ${named}`

/** By what an element is known that is drawn anew. */
export function focusOf(element: Element | null): string | undefined {
  if (!element?.matches(focusable)) return undefined
  if (element.matches(named)) return keyOf(element as Control)
  return element.id === 'language' ? 'language' : (element.ariaLabel ?? element.textContent)
}

/** False where it is there no more. */
export function refocus(focus: string | undefined): boolean {
  if (focus === undefined) return false
  const found = [...document.querySelectorAll<HTMLElement>(focusable)].find((each) => focusOf(each) === focus)
  found?.focus({ preventScroll: true })
  return found !== undefined
}
