import type { Random, Sex } from '../types.ts'

/**
 * Sentences with alternatives, in the sex of whom they are about:
 * `{Refiere|Comenta} que {duerme {bien|sin molestias}|descansa}`, `cansad@`, `<el|la> paciente` (his form first).
 */
export type Template = string

export interface Speech {
  /** One way of saying it that this chart has not said yet, as long as there is one. */
  say(template: Template): string
}

const triesMax = 6

export function createSpeech(random: Random, sex: Sex): Speech {
  const said = new Set<string>()
  return {
    say(template) {
      let text = ''
      for (let tries = 0; tries < triesMax; tries++) {
        text = tidy(chosen(gendered(template, sex), random))
        if (!said.has(text)) break
      }
      said.add(text)
      return text
    },
  }
}

/** The innermost braces first, until there are none. */
function chosen(template: Template, random: Random): string {
  let text = template
  while (text.includes('{')) {
    const next = text.replace(/\{([^{}]*)\}/g, (_, inner: string) => random.pick(inner.split('|')))
    if (next === text) throw new RangeError(`braces do not match: ${template}`)
    text = next
  }
  return text
}

export function gendered(text: string, sex: Sex): string {
  return text
    .replace(/<([^<>|]*)\|([^<>|]*)>/g, (_, his: string, her: string) => (sex === 'male' ? his : her))
    .replaceAll('@', sex === 'male' ? 'o' : 'a')
}

function tidy(text: string): string {
  return text
    .replace(/ {2,}/g, ' ')
    .replace(/ ([,.;:])/g, '$1')
    .trim()
}

/** `a, b y c`; `e` before the sound of i. */
export function listed(items: readonly string[]): string {
  const last = items.at(-1) ?? ''
  if (items.length < 2) return last
  const and = /^h?i(?![aeo])/i.test(last) ? 'e' : 'y'
  return `${items.slice(0, -1).join(', ')} ${and} ${last}`
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
