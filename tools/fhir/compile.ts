import * as medplum from '@medplum/core'
import type { TypeShape } from './definitions.ts'

/**
 * FHIRPath to TypeScript. The parser is Medplum's; types are followed where the definitions give them, so that a
 * navigation knows at compile time whether it meets an object, a primitive or a choice. What comes out calls
 * src/records/fhir/fhirpath-runtime.ts as `R`, with the item as `t` and the scope as `x`.
 */
export interface Compiled {
  /** Expression of type `Collection`. */
  collection: string
  /** Expression of type `Truth`. */
  truth: string
}

export interface CompileOptions {
  /** What a comparison gives that cannot be decided, such as a year with a month. */
  unknown?: 'true' | 'undefined'
}

interface Node {
  left?: Node
  right?: Node
  child?: Node
  name?: string
  args?: Node[]
  expr?: Node
  operator?: string
  value?: { type: string; value: unknown }
}

/** An expression while it is compiled: code, whether that is a collection or a truth, and the types it may have. */
interface Piece {
  code: string
  truth: boolean
  /** Undefined: anything. */
  types: Set<string> | undefined
  /** For a plain navigation to a primitive: where it came from, for `birthDate.extension`. */
  primitive?: { from: string; name: string }
  /** For a navigation to a choice element: where from, and the JSON name by type. */
  choices?: { from: string; names: Map<string, string> }
}

interface Frame {
  /** The focus: what a bare name navigates from. */
  focus: Piece
  /** `$this`: the item that the nearest where(), all() … looks at, or the root. */
  self: Piece
  depth: number
  index?: string
}

export function createCompiler(shapes: Map<string, TypeShape>, options: CompileOptions = {}) {
  return (expression: string, type: string): Compiled => {
    const root = medplum.parseFhirPath(expression) as unknown as Node
    const focus: Piece = { code: '[t]', truth: false, types: new Set([type]) }
    const piece = new Translation(shapes, options, type).visit(root.child!, { focus, self: focus, depth: 0 })
    return { collection: asCollection(piece), truth: asTruth(piece) }
  }
}

const asCollection = (piece: Piece): string => (piece.truth ? `R.box(${piece.code})` : piece.code)
const asTruth = (piece: Piece): string => (piece.truth ? piece.code : `R.truth(${piece.code})`)
const quoted = (value: string): string => JSON.stringify(value)

// The classes of the parser's tree, by name: their own names are lost in the published bundle.
const atomNames = new Map<unknown, string>(
  Object.entries(medplum).flatMap(([name, value]) => (name.endsWith('Atom') ? [[value, name]] : [])),
)

class Translation {
  readonly shapes: Map<string, TypeShape>
  readonly options: CompileOptions
  readonly context: string

  constructor(shapes: Map<string, TypeShape>, options: CompileOptions, context: string) {
    this.shapes = shapes
    this.options = options
    this.context = context
  }

  visit(node: Node, frame: Frame): Piece {
    const kind = atomNames.get(node.constructor)
    const visitor = kind && this.visitors[kind]
    if (!visitor) throw new Error(`FHIRPath: no rule for ${kind ?? JSON.stringify(node)}`)
    return visitor(node, frame)
  }

  readonly visitors: Record<string, (node: Node, frame: Frame) => Piece> = {
    LiteralAtom: (node) => this.literal(node),
    EmptySetAtom: () => collection('R.none'),
    SymbolAtom: (node, frame) => this.symbol(node.name!, frame),
    DotAtom: (node, frame) => this.visit(node.right!, { ...frame, focus: this.visit(node.left!, frame) }),
    FunctionAtom: (node, frame) => this.call(node.name!, node.args!, frame),
    IndexerAtom: (node, frame) => {
      const left = this.visit(node.left!, frame)
      return collection(`R.at(${asCollection(left)}, ${this.code(node.expr!, frame)})`, left.types)
    },
    UnionAtom: (node, frame) => this.sets('union', node, frame),
    AsAtom: (node, frame) => this.ofType(this.visit(node.left!, frame), typeNameOf(node.right!)),
    IsAtom: (node, frame) => this.isType(this.visit(node.left!, frame), typeNameOf(node.right!)),
    EqualsAtom: (node, frame) => truth(`R.equals(${this.pair(node, frame)})`),
    NotEqualsAtom: (node, frame) => truth(`R.not(R.equals(${this.pair(node, frame)}))`),
    EquivalentAtom: (node, frame) => truth(`R.equivalent(${this.pair(node, frame)})`),
    NotEquivalentAtom: (node, frame) => truth(`!R.equivalent(${this.pair(node, frame)})`),
    InAtom: (node, frame) => truth(`R.isIn(${this.pair(node, frame)})`),
    ContainsAtom: (node, frame) =>
      truth(`R.isIn(${this.code(node.right!, frame)}, ${this.code(node.left!, frame)})`),
    AndAtom: (node, frame) =>
      truth(`R.and(${this.test(node.left!, frame)}, () => ${this.test(node.right!, frame)})`),
    OrAtom: (node, frame) =>
      truth(`R.or(${this.test(node.left!, frame)}, () => ${this.test(node.right!, frame)})`),
    XorAtom: (node, frame) =>
      truth(`R.xor(${this.test(node.left!, frame)}, ${this.test(node.right!, frame)})`),
    ImpliesAtom: (node, frame) =>
      truth(`R.implies(${this.test(node.left!, frame)}, () => ${this.test(node.right!, frame)})`),
    ConcatAtom: (node, frame) => collection(`R.concat(${this.pair(node, frame)})`, new Set(['string'])),
    ArithmeticOperatorAtom: (node, frame) => this.arithmetic(node, frame),
    UnaryOperatorAtom: (node, frame) => this.visit(node.child!, frame),
  }

  literal(node: Node): Piece {
    const { type, value } = node.value!
    if (type === 'boolean') return truth(String(value))
    return collection(`[${JSON.stringify(value)}]`, new Set([type]))
  }

  symbol(name: string, frame: Frame): Piece {
    if (name === '$this') return frame.self
    if (name === '$index') return collection(`[${frame.index ?? '0'}]`)
    if (name === '%resource') return collection('[x.resource]', new Set([this.context.split('.')[0]!]))
    if (name === '%rootResource') return collection('[x.rootResource]')
    if (name === '%context') return collection('[t]', new Set([this.context]))
    if (name === '%ucum') return collection('R.ucum')
    if (name.startsWith('%')) throw new Error(`FHIRPath: unknown variable ${name}`)
    return this.navigate(frame, name)
  }

  navigate(frame: Frame, name: string): Piece {
    const { focus } = frame
    const from = asCollection(focus)
    // A path may begin with the type itself: Appointment.status.
    if (/^[A-Z]/.test(name)) {
      if (!focus.types || name === 'Resource' || name === 'DomainResource') return focus
      return focus.types.has(name) ? focus : collection('R.none')
    }
    if (!focus.types) return collection(`R.any(${from}, ${quoted(name)})`)
    const found = [...focus.types].flatMap((type) => this.elementOf(type, name))
    if (found.length === 0) {
      if (focus.primitive && (name === 'extension' || name === 'id')) {
        const { from: holder, name: primitive } = focus.primitive
        return collection(
          `R.primitiveElement(${holder}, ${quoted(primitive)}, ${quoted(name)})`,
          new Set(['Extension']),
        )
      }
      const opaque = [...focus.types].some((type) => type === 'Resource' || type === 'DomainResource')
      return opaque ? collection(`R.any(${from}, ${quoted(name)})`) : collection('R.none')
    }
    const types = new Set(found.flatMap((element) => element.types))
    if (found.some((element) => element.choice)) {
      const names = new Map([...types].map((type) => [type, name + type[0]!.toUpperCase() + type.slice(1)]))
      const code = `R.choice(${from}, ${JSON.stringify([...names.values()])})`
      return { ...collection(code, types), choices: { from, names } }
    }
    const primitive = [...types].some((type) => this.isPrimitive(type))
    const piece = collection(`R.${primitive ? 'prim' : 'nav'}(${from}, ${quoted(name)})`, types)
    return primitive ? { ...piece, primitive: { from, name } } : piece
  }

  elementOf(type: string, name: string) {
    return this.shapes.get(type)?.elements.filter((element) => element.name === name) ?? []
  }

  isPrimitive(type: string): boolean {
    return this.shapes.get(type)?.kind === 'primitive'
  }

  ofType(from: Piece, name: string): Piece {
    const type = name.replace(/^(FHIR|System)\./, '')
    if (from.choices) {
      const json = from.choices.names.get(type)
      if (!json) return collection('R.none', new Set([type]))
      const holder = from.choices.from
      if (!this.isPrimitive(type)) return collection(`R.nav(${holder}, ${quoted(json)})`, new Set([type]))
      const piece = collection(`R.prim(${holder}, ${quoted(json)})`, new Set([type]))
      return { ...piece, primitive: { from: holder, name: json } }
    }
    if (from.types?.size === 1 && from.types.has(type)) return from
    return collection(`R.ofType(${asCollection(from)}, ${quoted(type)})`, new Set([type]))
  }

  isType(from: Piece, name: string): Piece {
    const type = name.replace(/^(FHIR|System)\./, '')
    if (from.choices) {
      const lower = type[0]!.toLowerCase() + type.slice(1)
      const json = from.choices.names.get(type) ?? from.choices.names.get(lower)
      const present = `R.exists(${from.code})`
      return truth(
        json
          ? `(${present} ? R.exists(R.choice(${from.choices.from}, [${quoted(json)}])) : undefined)`
          : `(${present} ? false : undefined)`,
      )
    }
    if (from.types?.size === 1 && from.types.has(type))
      return truth(`(R.exists(${asCollection(from)}) || undefined)`)
    return truth(`R.is(${asCollection(from)}, ${quoted(type)})`)
  }

  arithmetic(node: Node, frame: Frame): Piece {
    const operator = node.operator!
    if (node.left === node.right) {
      return collection(`R.arithmetic([0], ${this.code(node.right!, frame)}, (a, b) => a - b)`)
    }
    const pair = this.pair(node, frame)
    if (operator === '<' || operator === '<=' || operator === '>' || operator === '>=') {
      return truth(`R.ordered(${pair}, (o) => o ${operator} 0, ${this.options.unknown ?? 'undefined'})`)
    }
    if (operator === '+') return collection(`R.add(${pair})`)
    const works: Record<string, string> = {
      '-': 'a - b',
      '*': 'a * b',
      '/': 'a / b',
      mod: 'a % b',
      div: 'Math.trunc(a / b)',
    }
    return collection(`R.arithmetic(${pair}, (a, b) => ${works[operator]!})`)
  }

  call(name: string, args: Node[], frame: Frame): Piece {
    const { focus } = frame
    const from = asCollection(focus)
    const lambda = (arg: Node, kind: 'truth' | 'collection'): string => {
      const depth = frame.depth + 1
      const item: Piece = { code: `[t${depth}]`, truth: false, types: focus.types }
      const inner: Frame = { focus: item, self: item, depth, index: `i${depth}` }
      const body = this.visit(arg, inner)
      const code = kind === 'truth' ? asTruth(body) : asCollection(body)
      return `(t${depth}${code.includes(`i${depth}`) ? `, i${depth}` : ''}) => ${code}`
    }
    // Arguments that are not looked at item by item belong to what surrounds the call (FHIRPath N1 §5).
    const outer: Frame = { ...frame, focus: frame.self }
    const arg = (index = 0): string => this.code(args[index]!, outer)
    const kept = (code: string) => collection(code, focus.types)
    switch (name) {
      case 'exists':
        return truth(
          args.length > 0 ? `R.exists(R.where(${from}, ${lambda(args[0]!, 'truth')}))` : `R.exists(${from})`,
        )
      case 'empty':
      case 'allTrue':
      case 'allFalse':
      case 'anyTrue':
      case 'anyFalse':
      case 'isDistinct':
      case 'hasValue':
        return truth(`R.${name}(${from})`)
      case 'not':
        return truth(`R.not(${asTruth(focus)})`)
      case 'where':
        return kept(`R.where(${from}, ${lambda(args[0]!, 'truth')})`)
      case 'all':
        return truth(`R.all(${from}, ${lambda(args[0]!, 'truth')})`)
      case 'select':
      case 'repeat': {
        const item: Piece = { code: '[t]', truth: false, types: focus.types }
        const inner: Frame = { focus: item, self: item, depth: frame.depth + 1 }
        const { types } = this.visit(args[0]!, inner)
        return collection(`R.${name}(${from}, ${lambda(args[0]!, 'collection')})`, types)
      }
      case 'first':
      case 'last':
      case 'tail':
      case 'distinct':
        return kept(`R.${name}(${from})`)
      case 'single':
        return kept(`R.first(${from})`)
      case 'skip':
      case 'take':
      case 'intersect':
      case 'exclude':
        return kept(`R.${name}(${from}, ${arg()})`)
      case 'union':
      case 'combine':
        return collection(
          `R.${name}(${from}, ${arg()})`,
          joined(focus.types, this.visit(args[0]!, outer).types),
        )
      case 'trace':
        return focus
      case 'count':
        return collection(`[${from}.length]`, new Set(['integer']))
      case 'iif': {
        const test = this.test(args[0]!, frame)
        return collection(
          `(${test} === true ? ${this.code(args[1]!, frame)} : ${args[2] ? this.code(args[2], frame) : 'R.none'})`,
        )
      }
      case 'startsWith':
      case 'endsWith':
        return truth(`R.onText(${from}, ${arg()}, (a, b) => a.${name}(b))`)
      case 'contains':
        return truth(`R.onText(${from}, ${arg()}, (a, b) => a.includes(b))`)
      case 'matches':
        return truth(`R.matches(${from}, new RegExp(${JSON.stringify(String(args[0]!.value!.value))}, 'u'))`)
      case 'replaceMatches': {
        const pattern = JSON.stringify(String(args[0]!.value!.value))
        const by = JSON.stringify(String(args[1]!.value!.value))
        return collection(
          `R.mapText(${from}, (a) => a.replace(new RegExp(${pattern}, 'gu'), ${by}))`,
          new Set(['string']),
        )
      }
      case 'substring': {
        const rest = args.map((_, index) => `Number(${arg(index)}[0])`).join(', ')
        const body = args[1] ? `a.substr(${rest})` : `a.slice(${rest})`
        return collection(`R.mapText(${from}, (a) => ${body})`, new Set(['string']))
      }
      case 'length':
        return collection(`R.mapText(${from}, (a) => a.length)`, new Set(['integer']))
      case 'lower':
      case 'upper':
        return collection(
          `R.mapText(${from}, (a) => a.to${name === 'lower' ? 'Lower' : 'Upper'}Case())`,
          focus.types,
        )
      case 'toInteger':
        return collection(`R.toInteger(${from})`, new Set(['integer']))
      case 'toString':
        return collection(`R.toText(${from})`, new Set(['string']))
      case 'children':
      case 'descendants':
        return collection(`R.${name}(${from})`)
      case 'resolve':
        return collection(`R.resolve(${from}, x)`)
      case 'extension':
        return collection(
          focus.primitive
            ? `R.where(R.primitiveElement(${focus.primitive.from}, ${quoted(focus.primitive.name)}, "extension"), (e) => R.equals(R.any([e], "url"), ${arg()}))`
            : `R.extension(${from}, ${arg()})`,
          new Set(['Extension']),
        )
      case 'as':
      case 'ofType':
        return this.ofType(focus, typeNameOf(args[0]!))
      case 'is':
        return this.isType(focus, typeNameOf(args[0]!))
      default:
        throw new Error(`FHIRPath: no rule for the function ${name}()`)
    }
  }

  sets(name: string, node: Node, frame: Frame): Piece {
    const [left, right] = [this.visit(node.left!, frame), this.visit(node.right!, frame)]
    return collection(
      `R.${name}(${asCollection(left)}, ${asCollection(right)})`,
      joined(left.types, right.types),
    )
  }

  code(node: Node, frame: Frame): string {
    return asCollection(this.visit(node, frame))
  }

  test(node: Node, frame: Frame): string {
    return asTruth(this.visit(node, frame))
  }

  pair(node: Node, frame: Frame): string {
    return `${this.code(node.left!, frame)}, ${this.code(node.right!, frame)}`
  }
}

const truth = (code: string): Piece => ({ code, truth: true, types: new Set(['boolean']) })
const collection = (code: string, types?: Set<string>): Piece => ({ code, truth: false, types })

function joined(left: Set<string> | undefined, right: Set<string> | undefined): Set<string> | undefined {
  return left && right ? new Set([...left, ...right]) : undefined
}

function typeNameOf(node: Node): string {
  if (node.name) return node.name
  return `${typeNameOf(node.left!)}.${typeNameOf(node.right!)}`
}
