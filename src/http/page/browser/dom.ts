/** Elements, made one by one: no text is ever read as markup (Trusted Types: none). */

type Child = Node | string | undefined | false
type Props = Record<string, string | boolean | ((event: Event) => unknown) | undefined>

const svgNames = new Set(['svg', 'path'])

/** `onclick` and the like are listeners; true is an attribute without a value; false and undefined none. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  props?: Props,
  ...children: Child[]
): HTMLElementTagNameMap[Name]
export function h(name: 'svg' | 'path', props?: Props, ...children: Child[]): SVGElement
export function h(name: string, props: Props = {}, ...children: Child[]): Element {
  const element = svgNames.has(name)
    ? document.createElementNS('http://www.w3.org/2000/svg', name)
    : document.createElement(name)
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === false) continue
    if (typeof value === 'function') element.addEventListener(key.slice(2), value)
    else element.setAttribute(key, value === true ? '' : value)
  }
  element.append(...children.filter((child) => child !== undefined && child !== false))
  return element
}

let fields = 0

export interface Field {
  input: HTMLInputElement
  parts: Node[]
}

/** A label above, a hint, and the input. */
export function field(label: string, props: Props, hint?: string): Field {
  const id = `field-${++fields}`
  const described = hint === undefined ? {} : { 'aria-describedby': `${id}-hint` }
  const input = h('input', { id, autocapitalize: 'none', spellcheck: 'false', ...described, ...props })
  const parts: Node[] = [h('label', { for: id }, label)]
  if (hint !== undefined) parts.push(h('p', { id: `${id}-hint`, class: 'hint' }, hint))
  return { input, parts: [...parts, input] }
}

export type Tone = 'ok' | 'info' | 'attention' | 'danger'

const icons: Record<Tone, string> = { ok: '✓', info: 'i', attention: '△', danger: '⬣' }

/** Icon, word and colour: none of them alone. */
export function told(tone: Tone, word: string, text: string, ...more: Child[]): HTMLElement {
  const isUrgent = tone === 'danger'
  return h(
    'div',
    { class: `told ${tone}`, role: isUrgent ? 'alert' : 'status', tabindex: '-1' },
    h('span', { 'aria-hidden': 'true' }, icons[tone]),
    h('div', {}, h('p', {}, h('strong', {}, `${word}. `), text), ...more),
  )
}
