import * as medplum from '@medplum/core'
import type { TypeShape } from './definitions.ts'
import { callFunction } from './functions.ts'
import { asCollection, asTruth, collection, joined, quoted, truth, typeNameOf } from './pieces.ts'
import type { Frame, Node, Piece, Translator } from './pieces.ts'

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

export function createCompiler(shapes: Map<string, TypeShape>, options: CompileOptions = {}) {
  return (expression: string, type: string): Compiled => {
    const root = medplum.parseFhirPath(expression) as unknown as Node
    const focus: Piece = { code: '[t]', truth: false, types: new Set([type]) }
    const piece = new Translation(shapes, options, type).visit(root.child!, { focus, self: focus, depth: 0 })
    return { collection: asCollection(piece), truth: asTruth(piece) }
  }
}

// The classes of the parser's tree, by name: their own names are lost in the published bundle.
const atomNames = new Map<unknown, string>(
  Object.entries(medplum).flatMap(([name, value]) => (name.endsWith('Atom') ? [[value, name]] : [])),
)

class Translation implements Translator {
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
    FunctionAtom: (node, frame) => callFunction(this, node.name!, node.args!, frame),
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
