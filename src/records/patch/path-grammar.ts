/**
 * The part of FHIRPath (N1) that says where a patch acts: members, indices, first(), last(), where(…), ofType(…) and
 * extension('…'); within where(…) and exists(…), comparisons with literals, exists(), empty(), not(), and, or. Whatever
 * else FHIRPath has is refused with the position at which it stands, never passed over.
 */
import { malformed, type Fault } from './faults.ts'

/** Steps from the resource, or from the element that a criterion is about. */
export type Path = readonly Step[]
/** `at`: where in the text the step begins, counted from 1. */
export type Step = { at: number } & (
  | { kind: 'member'; name: string }
  | { kind: 'index'; index: number }
  | { kind: 'first' }
  | { kind: 'last' }
  | { kind: 'where'; test: Test }
  | { kind: 'ofType'; type: string }
  | { kind: 'extension'; url: string }
)
export type Test =
  | { kind: 'and' | 'or'; left: Test; right: Test }
  | { kind: 'not'; test: Test }
  | { kind: 'equal'; left: Operand; right: Operand }
  | { kind: 'exists'; path: Path }
  /** An element that is itself true or false. */
  | { kind: 'truth'; path: Path }
export type Operand = { kind: 'path'; path: Path } | Literal
export type Literal = { kind: 'string' | 'number' | 'boolean' | 'date'; value: string }

const pathLengthMax = 2_000
/** Parentheses within parentheses. */
const nestMax = 16

export function parsePath(text: string): Path | Fault {
  if (text.length > pathLengthMax) {
    return malformed(
      `its path is longer than ${pathLengthMax} characters`,
      `su ruta pasa de ${pathLengthMax} caracteres`,
    )
  }
  const parser = new Parser(text)
  const path = parser.path(false)
  if (parser.next.kind !== 'end') parser.unexpected()
  return parser.fault ?? path
}

interface Token {
  kind: 'name' | 'symbol' | 'string' | 'number' | 'date' | 'this' | 'end' | 'other'
  value: string
  at: number
}

const tokenShape =
  /\s*(?:([A-Za-z_]\w*)|`((?:[^`\\]|\\.)*)`|'((?:[^'\\]|\\.)*)'|(\d+(?:\.\d+)?)|@(\d{4}(?:-\d{2}(?:-\d{2})?)?)(?!T)|(\$this\b)|(!=|[.()[\]=]))/y

/** After the first fault every token is the end, so that reading stops by itself. */
class Parser {
  readonly text: string
  at = 0
  nest = 0
  fault: Fault | undefined
  next: Token

  constructor(text: string) {
    this.text = text
    this.next = this.read()
  }

  /** `inTest`: of an element that a criterion is about; functions that judge it are left to the caller. */
  path(inTest: boolean): Step[] {
    const steps: Step[] = []
    if (this.next.kind === 'this' && inTest) this.take()
    else if (this.next.kind === 'name') this.step(steps, inTest)
    else this.unexpected()
    while (!this.fault) {
      const { at } = this.next
      if (this.isSymbol('[')) {
        this.take()
        const index = this.take('number').value
        // Nine digits are more than any list has, and count exactly.
        if (!/^\d{1,9}$/.test(index)) this.refuse(at)
        steps.push({ kind: 'index', index: Number(index), at })
        this.symbol(']')
      } else if (this.isSymbol('.')) {
        if (inTest && this.judges()) break
        this.take()
        if (this.next.kind === 'name') this.step(steps, inTest)
        else this.unexpected()
      } else break
    }
    return steps
  }

  step(steps: Step[], inTest: boolean): void {
    const { value: name, at } = this.take('name')
    if (!this.isSymbol('(')) {
      steps.push({ kind: 'member', name, at })
      return
    }
    // A criterion may begin with a function that judges the element itself.
    if (inTest && steps.length === 0 && judging.has(name)) return this.refuse(at)
    this.symbol('(')
    switch (name) {
      case 'first':
      case 'last':
        steps.push({ kind: name, at })
        break
      case 'where':
        steps.push({ kind: 'where', test: this.criterion(), at })
        break
      case 'ofType': {
        let type = this.take('name').value
        if (type === 'FHIR' && this.isSymbol('.')) {
          this.take()
          type = this.take('name').value
        }
        steps.push({ kind: 'ofType', type, at })
        break
      }
      case 'extension':
        steps.push({ kind: 'extension', url: this.take('string').value, at })
        break
      default:
        this.refuse(at)
    }
    this.symbol(')')
  }

  criterion(): Test {
    if (++this.nest > nestMax) this.refuse(this.next.at)
    // FHIRPath N1 §6.10: "and" binds closer than "or".
    let test = this.conjunction()
    while (this.isWord('or')) {
      this.take()
      test = { kind: 'or', left: test, right: this.conjunction() }
    }
    this.nest--
    return test
  }

  conjunction(): Test {
    let test = this.term()
    while (this.isWord('and')) {
      this.take()
      test = { kind: 'and', left: test, right: this.term() }
    }
    return test
  }

  term(): Test {
    if (this.isSymbol('(')) {
      this.take()
      const test = this.criterion()
      this.symbol(')')
      return this.negated(test)
    }
    const left = this.operand()
    const unequal = this.isSymbol('!=')
    if (unequal || this.isSymbol('=')) {
      this.take()
      const test: Test = { kind: 'equal', left, right: this.operand() }
      return unequal ? { kind: 'not', test } : test
    }
    if (left.kind !== 'path') {
      this.unexpected()
      return nothing
    }
    return this.judged(left.path)
  }

  operand(): Operand {
    const { kind, value } = this.next
    if (kind === 'string' || kind === 'number' || kind === 'date') return { kind, value: this.take().value }
    if (this.isWord('true') || this.isWord('false')) return { kind: 'boolean', value: this.take().value }
    if (kind === 'name' && judging.has(value) && this.text[this.at] === '(') {
      // `exists()` by itself is about the element.
      this.refuse(this.next.at)
    }
    return { kind: 'path', path: this.path(true) }
  }

  /** `.exists()`, `.exists(…)`, `.empty()`, and `.not()` of any of them or of the element's own truth. */
  judged(path: Path): Test {
    if (!this.judges() || this.judges() === 'not') return this.negated({ kind: 'truth', path })
    this.take()
    const { value: name, at } = this.take('name')
    this.symbol('(')
    let test: Test = { kind: 'exists', path }
    if (name === 'exists' && !this.isSymbol(')')) {
      test = { kind: 'exists', path: [...path, { kind: 'where', test: this.criterion(), at }] }
    }
    this.symbol(')')
    return this.negated(name === 'empty' ? { kind: 'not', test } : test)
  }

  negated(test: Test): Test {
    if (this.judges() !== 'not') return test
    this.take()
    this.take()
    this.symbol('(')
    this.symbol(')')
    return this.negated({ kind: 'not', test })
  }

  /** The function that judges, if one follows. */
  judges(): string | undefined {
    if (!this.isSymbol('.')) return undefined
    const name = /^\s*(exists|empty|not)\s*\(/.exec(this.text.slice(this.at, this.at + judgeLengthMax))?.[1]
    return name
  }

  isSymbol(symbol: string): boolean {
    return this.next.kind === 'symbol' && this.next.value === symbol
  }

  isWord(word: string): boolean {
    return this.next.kind === 'name' && this.next.value === word && this.text[this.at - 1] !== '`'
  }

  symbol(symbol: string): void {
    if (this.isSymbol(symbol)) this.take()
    else this.unexpected()
  }

  take(kind?: Token['kind']): Token {
    const token = this.next
    if (kind !== undefined && token.kind !== kind) this.unexpected()
    else this.next = this.read()
    return token
  }

  read(): Token {
    if (this.fault) return { kind: 'end', value: '', at: this.at + 1 }
    tokenShape.lastIndex = this.at
    const match = tokenShape.exec(this.text)
    if (!match) {
      const space = /\S|$/.exec(this.text.slice(this.at))?.index ?? 0
      const at = this.at + space + 1
      return { kind: at > this.text.length ? 'end' : 'other', value: '', at }
    }
    const [whole, name, delimited, string, number, date, self, symbol] = match
    const at = this.at + whole.length - whole.trimStart().length + 1
    this.at = tokenShape.lastIndex
    if (name !== undefined) return { kind: 'name', value: name, at }
    if (number !== undefined) return { kind: 'number', value: number, at }
    if (date !== undefined) return { kind: 'date', value: date, at }
    if (self !== undefined) return { kind: 'this', value: '', at }
    if (symbol !== undefined) return { kind: 'symbol', value: symbol, at }
    const value = unescaped(delimited ?? string ?? '')
    if (value === undefined) return { kind: 'other', value: '', at }
    return { kind: delimited === undefined ? 'string' : 'name', value, at }
  }

  unexpected(): void {
    this.refuse(this.next.at)
  }

  refuse(at: number): void {
    this.fault ??=
      at > this.text.length
        ? malformed('its path ends too early', 'su ruta termina antes de tiempo')
        : malformed(
            `its path has something at character ${at} that is not taken there`,
            `su ruta tiene algo en el carácter ${at} que no se admite ahí`,
          )
    this.next = { kind: 'end', value: '', at: this.text.length + 1 }
  }
}

const judging: ReadonlySet<string> = new Set(['exists', 'empty', 'not'])
/** White space before and after the name of a function; more than this is nobody's. */
const judgeLengthMax = 64
const nothing: Test = { kind: 'exists', path: [] }

/** FHIRPath N1 §4.1.2. Undefined for an escape that it does not have. */
function unescaped(raw: string): string | undefined {
  if (!raw.includes('\\')) return raw
  if (/\\(?!['"`\\/fnrt]|u[\dA-Fa-f]{4})/.test(raw.replaceAll('\\\\', ''))) return undefined
  return raw.replace(/\\(?:u([\dA-Fa-f]{4})|(.))/g, (_, unit: string | undefined, char: string | undefined) =>
    unit === undefined
      ? (escapes[char as string] ?? (char as string))
      : String.fromCharCode(parseInt(unit, 16)),
  )
}

const escapes: Record<string, string> = { f: '\f', n: '\n', r: '\r', t: '\t' }
