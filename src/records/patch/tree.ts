import { elements, members, stringAt } from '#records/json/index.ts'

export interface Member {
  /** The name as it was written, quotes and escapes and all. */
  key: string
  value: Tree
}

export type Kind = 'object' | 'list' | 'string' | 'number' | 'boolean' | 'null'

/**
 * A JSON value that can be changed in place and keeps the literal text of whatever is not: each value is its text
 * until somebody looks inside, and then only its own members become values. Made of compact JSON.
 */
export class Tree {
  #text: string | undefined
  #members: Map<string, Member> | undefined
  #items: Tree[] | undefined

  constructor(text: string) {
    this.#text = text
  }

  static list(items: Tree[]): Tree {
    const tree = new Tree('[]')
    tree.#text = undefined
    tree.#items = items
    return tree
  }

  get kind(): Kind {
    if (this.#members) return 'object'
    if (this.#items) return 'list'
    switch (this.#text?.[0]) {
      case '{':
        return 'object'
      case '[':
        return 'list'
      case '"':
        return 'string'
      case 't':
      case 'f':
        return 'boolean'
      case 'n':
        return 'null'
      default:
        return 'number'
    }
  }

  /** By name, in the order of the text; a Map, so that `__proto__` is a name like any other. Changes are kept. */
  get members(): Map<string, Member> | undefined {
    if (this.#members || this.kind !== 'object') return this.#members
    const text = this.#text as string
    this.#members = new Map()
    for (const { name, keyStart, valueStart, valueEnd } of members(text)) {
      const key = text.slice(keyStart, valueStart - 1)
      this.#members.set(name, { key, value: new Tree(text.slice(valueStart, valueEnd)) })
    }
    this.#text = undefined
    return this.#members
  }

  /** Changes are kept. */
  get items(): Tree[] | undefined {
    if (this.#items || this.kind !== 'list') return this.#items
    const text = this.#text as string
    this.#items = elements(text).map(({ valueStart, valueEnd }) => new Tree(text.slice(valueStart, valueEnd)))
    this.#text = undefined
    return this.#items
  }

  /** The value of a string, its escapes resolved. */
  get string(): string | undefined {
    if (this.kind !== 'string') return undefined
    const text = this.#text as string
    return stringAt(text, 0, text.length)
  }

  /** The literal of a number, boolean or null. */
  get literal(): string | undefined {
    return this.kind === 'object' || this.kind === 'list' || this.kind === 'string' ? undefined : this.#text
  }

  get(name: string): Tree | undefined {
    return this.members?.get(name)?.value
  }

  /** A member that is there keeps its place and its spelling. Nothing happens where this is no object. */
  set(name: string, value: Tree): void {
    const found = this.members?.get(name)
    if (found) found.value = value
    else this.members?.set(name, { key: JSON.stringify(name), value })
  }

  /** Compact JSON. No recursion: moving a value into another, again and again, makes a nest of any depth. */
  toText(): string {
    const out: string[] = []
    const ahead: (Tree | string)[] = [this]
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      if (typeof next === 'string') out.push(next)
      else if (next.#text !== undefined) out.push(next.#text)
      else next.#open(ahead)
    }
    return out.join('')
  }

  #open(ahead: (Tree | string)[]): void {
    const parts: (Tree | string)[] = []
    if (this.#members) {
      for (const { key, value } of this.#members.values()) {
        parts.push(`${parts.length === 0 ? '{' : ','}${key}:`, value)
      }
      parts.push(parts.length === 0 ? '{}' : '}')
    } else {
      for (const item of this.#items as Tree[]) parts.push(parts.length === 0 ? '[' : ',', item)
      parts.push(parts.length === 0 ? '[]' : ']')
    }
    for (let at = parts.length - 1; at >= 0; at--) ahead.push(parts[at] as Tree | string)
  }
}
