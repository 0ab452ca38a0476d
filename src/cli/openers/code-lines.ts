/** Of a code that is printed: a person keeps four in mind. */
const groupsInLine = 4

/** Lines of a code, each with the number of its first group: one that was mistyped is found by its number. */
export function codeLines(code: string): string[] {
  const groups = code.split(' ')
  const lines = []
  for (let at = 0; at < groups.length; at += groupsInLine) {
    lines.push(`${String(at + 1).padStart(2)}:  ${groups.slice(at, at + groupsInLine).join('  ')}`)
  }
  return lines
}
