export interface Node {
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
export interface Piece {
  code: string
  truth: boolean
  /** Undefined: anything. */
  types: Set<string> | undefined
  /** For a plain navigation to a primitive: where it came from, for `birthDate.extension`. */
  primitive?: { from: string; name: string }
  /** For a navigation to a choice element: where from, and the JSON name by type. */
  choices?: { from: string; names: Map<string, string> }
}

export interface Frame {
  /** The focus: what a bare name navigates from. */
  focus: Piece
  /** `$this`: the item that the nearest where(), all() … looks at, or the root. */
  self: Piece
  depth: number
  index?: string
}

export const asCollection = (piece: Piece): string => (piece.truth ? `R.box(${piece.code})` : piece.code)
export const asTruth = (piece: Piece): string => (piece.truth ? piece.code : `R.truth(${piece.code})`)
export const quoted = (value: string): string => JSON.stringify(value)

export const truth = (code: string): Piece => ({ code, truth: true, types: new Set(['boolean']) })
export const collection = (code: string, types?: Set<string>): Piece => ({ code, truth: false, types })

export function joined(
  left: Set<string> | undefined,
  right: Set<string> | undefined,
): Set<string> | undefined {
  return left && right ? new Set([...left, ...right]) : undefined
}

export function typeNameOf(node: Node): string {
  if (node.name) return node.name
  return `${typeNameOf(node.left!)}.${typeNameOf(node.right!)}`
}

/** What functions need of the translation that meets them. */
export interface Translator {
  visit(node: Node, frame: Frame): Piece
  /** As a collection. */
  code(node: Node, frame: Frame): string
  /** As a truth. */
  test(node: Node, frame: Frame): string
  ofType(from: Piece, name: string): Piece
  isType(from: Piece, name: string): Piece
}
