import { failed, isFault, malformed, type Fault } from './faults.ts'
import type { Tree } from './tree.ts'

/** Reference tokens of a JSON Pointer (RFC 6901); none for the whole document. */
export type Pointer = readonly string[]

/** Names of FHIR are short and a resource is 64 levels deep: longer pointers lead nowhere. */
const pointerLengthMax = 4_000

export function parsePointer(text: string, member: 'path' | 'from'): Pointer | Fault {
  if (text === '') return []
  if (text.length > pointerLengthMax) {
    return malformed(
      `"${member}" is longer than ${pointerLengthMax} characters`,
      `"${member}" pasa de ${pointerLengthMax} caracteres`,
    )
  }
  if (!text.startsWith('/'))
    return malformed(`"${member}" must begin with "/"`, `"${member}" debe empezar con "/"`)
  // RFC 6901 §3: a tilde is followed by 0 or 1.
  if (/~(?![01])/.test(text)) {
    return malformed(
      `"${member}" has a "~" that is not "~0" or "~1"`,
      `"${member}" tiene un "~" que no es "~0" ni "~1"`,
    )
  }
  const tokens = text.slice(1).split('/')
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** What is there, or the step at which there is nothing. */
export function find(root: Tree, pointer: Pointer): Tree | Fault {
  let tree = root
  for (const [step, token] of pointer.entries()) {
    const next = inside(tree, token)
    if (!next) return nothingAt(step)
    if (isFault(next)) return next
    tree = next
  }
  return tree
}

/** The member or element that a token names. */
export function inside({ members, items }: Tree, token: string): Tree | Fault | undefined {
  if (members) return members.get(token)?.value
  if (!items) return undefined
  const index = indexOf(token)
  return isFault(index) ? index : items[index]
}

/** RFC 6901 §4: digits without a leading zero. Any index that is too large for a list is larger than the list. */
export function indexOf(token: string): number | Fault {
  if (/^(?:0|[1-9]\d*)$/.test(token)) return Number(token)
  return failed('a list is entered by an index: 0, 1, 2 …', 'a una lista se entra por un índice: 0, 1, 2 …')
}

export function nothingAt(step: number): Fault {
  return failed(
    `there is nothing at step ${step + 1} of its path`,
    `no hay nada en el paso ${step + 1} de su ruta`,
  )
}

/** Whether `inner` lies within `outer`, or is it. */
export function isWithin(inner: Pointer, outer: Pointer): boolean {
  return outer.length <= inner.length && outer.every((token, at) => inner[at] === token)
}
