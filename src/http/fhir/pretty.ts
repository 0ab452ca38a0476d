/**
 * JSON text with line breaks and indents. It moves text and parses nothing, so every literal stays as it was:
 * `1.0` remains `1.0`. The text must be well-formed JSON.
 */
export function pretty(text: string): string {
  const parts: string[] = []
  let indent = '\n'
  let start = 0
  let index = 0
  const flush = (): void => {
    if (index > start) parts.push(text.slice(start, index))
    start = index + 1
  }
  while (index < text.length) {
    const character = text.charCodeAt(index)
    if (character === quote) {
      index = endOfString(text, index)
    } else if (character === openBrace || character === openBracket) {
      const close = text.charCodeAt(index + 1)
      if (close === closeBrace || close === closeBracket) {
        index += 1
      } else {
        index += 1
        flush()
        start = index
        indent += '  '
        parts.push(indent)
        continue
      }
    } else if (character === closeBrace || character === closeBracket) {
      flush()
      indent = indent.slice(0, -2)
      parts.push(indent, text[index] as string)
    } else if (character === comma) {
      flush()
      parts.push(',', indent)
    } else if (character === colon) {
      flush()
      parts.push(': ')
    } else if (character <= space) {
      flush()
    }
    index += 1
  }
  flush()
  return parts.join('')
}

function endOfString(text: string, start: number): number {
  let index = start + 1
  while (text.charCodeAt(index) !== quote) index += text.charCodeAt(index) === backslash ? 2 : 1
  return index
}

const space = 0x20
const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
