/** A stretch of a parameter's value, its escapes still in it; `at` counts characters from 1, as errors tell them. */
export interface Piece {
  text: string
  at: number
}

export type Separator = ',' | '|' | '$'

export const wholeOf = (text: string): Piece => ({ text, at: 1 })

/** Parts between separators that no `\` precedes (R4 search.html#escaping). */
export function splitAt({ text, at }: Piece, separator: Separator): Piece[] {
  const pieces: Piece[] = []
  let start = 0
  for (let end = 0; end < text.length; end++) {
    if (text[end] === '\\') end++
    else if (text[end] === separator) {
      pieces.push({ text: text.slice(start, end), at: at + start })
      start = end + 1
    }
  }
  pieces.push({ text: text.slice(start), at: at + start })
  return pieces
}

/** Without escapes; where one of them is none, its place in `badAt`. */
export function plainText({ text, at }: Piece): { text: string } | { badAt: number } {
  if (!text.includes('\\')) return { text }
  const bad = /(?:^|[^\\])(?:\\\\)*\\(?![\\,|$])/.exec(text)
  if (bad) return { badAt: at + bad.index + bad[0].length - 1 }
  return { text: text.replaceAll(/\\([\\,|$])/g, '$1') }
}

/** A text as a value in which nothing separates. */
export function escapeText(text: string): string {
  return text.replaceAll(/[\\,|$]/g, String.raw`\$&`)
}
