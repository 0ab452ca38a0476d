/**
 * Places in compact JSON text (as `parseDocument` gives it: strict, no white space outside strings), found without
 * building a tree. Cutting and joining such spans keeps every byte of what stays.
 */
export interface Member {
  name: string
  /** Offset of the quote that opens the name. */
  keyStart: number
  valueStart: number
  /** Offset after the value's last character. */
  valueEnd: number
}

export interface Element {
  valueStart: number
  valueEnd: number
}

/** The members of the object whose brace is at `start`, in order. */
export function members(text: string, start = 0): Member[] {
  const found: Member[] = []
  let at = start + 1
  while (text.charCodeAt(at) === QUOTE) {
    const nameEnd = stringEnd(text, at)
    const valueStart = nameEnd + 1
    const valueEnd = skipValue(text, valueStart)
    found.push({ name: stringAt(text, at, nameEnd), keyStart: at, valueStart, valueEnd })
    at = text.charCodeAt(valueEnd) === COMMA ? valueEnd + 1 : valueEnd
  }
  return found
}

/** The elements of the array whose bracket is at `start`, in order. */
export function elements(text: string, start = 0): Element[] {
  const found: Element[] = []
  let at = start + 1
  while (text.charCodeAt(at) !== CLOSE_ARRAY) {
    const valueEnd = skipValue(text, at)
    found.push({ valueStart: at, valueEnd })
    at = text.charCodeAt(valueEnd) === COMMA ? valueEnd + 1 : valueEnd
  }
  return found
}

/**
 * Visits each string value with the name of its nearest member, and puts what `replace` returns in its place;
 * everything else keeps its bytes. Texts in which nothing is replaced come back as they are.
 */
export function replaceStrings(
  text: string,
  replace: (key: string, value: string) => string | undefined,
): string {
  const keys: string[] = []
  let out = ''
  let copied = 0
  let key = ''
  for (let at = 0; at < text.length;) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) {
      const end = stringEnd(text, at)
      const string = stringAt(text, at, end)
      if (text.charCodeAt(end) === COLON) key = string
      else {
        const replaced = replace(key, string)
        if (replaced !== undefined && replaced !== string) {
          out += text.slice(copied, at) + JSON.stringify(replaced)
          copied = end
        }
      }
      at = end
      continue
    }
    if (char === OPEN_OBJECT || char === OPEN_ARRAY) keys.push(key)
    else if (char === CLOSE_OBJECT || char === CLOSE_ARRAY) key = keys.pop()!
    at++
  }
  return copied === 0 ? text : out + text.slice(copied)
}

const QUOTE = 34
const COMMA = 44
const COLON = 58
const OPEN_ARRAY = 91
const CLOSE_ARRAY = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** Offset after the value that begins at `start`. */
function skipValue(text: string, start: number): number {
  const first = text.charCodeAt(start)
  if (first === QUOTE) return stringEnd(text, start)
  let at = start
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    for (; at < text.length; at++) {
      const char = text.charCodeAt(at)
      if (char === COMMA || char === CLOSE_OBJECT || char === CLOSE_ARRAY) break
    }
    return at
  }
  let depth = 0
  for (; at < text.length;) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) {
      at = stringEnd(text, at)
      continue
    }
    at++
    if (char === OPEN_OBJECT || char === OPEN_ARRAY) depth++
    else if ((char === CLOSE_OBJECT || char === CLOSE_ARRAY) && --depth === 0) return at
  }
  throw new Error('skipValue: the text is not compact JSON')
}

/** Offset after the quote that closes the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let at = text.indexOf('"', start + 1)
  while (at >= 0) {
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === 92) slashes++
    if ((slashes & 1) === 0) return at + 1
    at = text.indexOf('"', at + 1)
  }
  throw new Error('stringEnd: the text is not compact JSON')
}

/** The string whose quotes span `start` to `end`, its escapes resolved. */
export function stringAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1)
  return raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw
}
