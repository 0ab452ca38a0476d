import { asCollection, asTruth, collection, joined, quoted, truth, typeNameOf } from './pieces.ts'
import type { Frame, Node, Piece, Translator } from './pieces.ts'

/** A call, such as `where(…)`, on the focus of its frame. */
export function callFunction(on: Translator, name: string, args: Node[], frame: Frame): Piece {
  const { focus } = frame
  const from = asCollection(focus)
  const lambda = (arg: Node, kind: 'truth' | 'collection'): string => {
    const depth = frame.depth + 1
    const item: Piece = { code: `[t${depth}]`, truth: false, types: focus.types }
    const inner: Frame = { focus: item, self: item, depth, index: `i${depth}` }
    const body = on.visit(arg, inner)
    const code = kind === 'truth' ? asTruth(body) : asCollection(body)
    return `(t${depth}${code.includes(`i${depth}`) ? `, i${depth}` : ''}) => ${code}`
  }
  // Arguments that are not looked at item by item belong to what surrounds the call (FHIRPath N1 §5).
  const outer: Frame = { ...frame, focus: frame.self }
  const arg = (index = 0): string => on.code(args[index]!, outer)
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
      const { types } = on.visit(args[0]!, inner)
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
      return collection(`R.${name}(${from}, ${arg()})`, joined(focus.types, on.visit(args[0]!, outer).types))
    case 'trace':
      return focus
    case 'count':
      return collection(`[${from}.length]`, new Set(['integer']))
    case 'iif': {
      const test = on.test(args[0]!, frame)
      return collection(
        `(${test} === true ? ${on.code(args[1]!, frame)} : ${args[2] ? on.code(args[2], frame) : 'R.none'})`,
      )
    }
    case 'startsWith':
    case 'endsWith':
      return truth(`R.onText(${from}, ${arg()}, (a, b) => a.${name}(b))`)
    case 'contains':
      return truth(`R.onText(${from}, ${arg()}, (a, b) => a.includes(b))`)
    case 'matches':
      return truth(`R.matches(${from}, ${patternOf(args[0]!)})`)
    case 'replaceMatches': {
      const by = quoted(String(args[1]!.value!.value))
      return collection(
        `R.mapText(${from}, (a) => a.replace(${patternOf(args[0]!, 'g')}, ${by}))`,
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
      return on.ofType(focus, typeNameOf(args[0]!))
    case 'is':
      return on.isType(focus, typeNameOf(args[0]!))
    default:
      throw new Error(`FHIRPath: no rule for the function ${name}()`)
  }
}

// As a literal: a pattern that is none fails here, not when a resource waits.
function patternOf(node: Node, flags = ''): string {
  return new RegExp(String(node.value!.value), flags).toString()
}
