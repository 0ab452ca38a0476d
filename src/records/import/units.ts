/** From what was read to what is brought together. */
import { setTimeout } from 'node:timers/promises'
import type { Refusal } from '#kernel/outcome.ts'
import { brokenFinding, findingOf, findingsOf, type At } from './findings.ts'
import type { Journal } from './journal.ts'
import { groupMax, piecesOf, type Body, type Piece } from './pieces.ts'
import type { Reader } from './readers.ts'
import type { ItemRead, Reading } from './reading.ts'
import type { Finding, Source } from './types.ts'
import { nameOf, type Item, type Unit } from './unit.ts'

/** A source, or what is still to be brought of one read before: its lines, or the document as line 1. */
export interface Wanted {
  source: Source
  only?: ReadonlySet<number>
}

/** In the order of the sources, and of what stands in each. */
export type UnitReader = (wanted: readonly Wanted[]) => AsyncGenerator<Unit>

export interface UnitParts {
  journal: Journal
  reader: Reader
  onFile: (name: string) => void
  onBytes: (bytes: number) => void
  onFinding: (finding: Finding) => void
  /** So many resources are refused. */
  onRefused: (count: number) => void
  /** So many lines or Bundles were brought before. */
  onBefore: (count: number) => void
  /** Each line or document that was brought before. */
  onLine?: ((source: Source, line: number) => void) | undefined
  /** Whether somebody else waits for something: then reading rests as long as it works. */
  givesWay: () => boolean
}

/** Of files, read ahead of what is written: two Bundles of a hospital, or eight groups of lines. */
const aheadBytesMax = 8_000_000
const restMsMax = 50

/** A piece, and where it is read what it becomes. */
interface Ahead {
  piece: Piece
  reading: Promise<Reading> | undefined
  bytes: number
}

export function createUnitReader(parts: UnitParts): UnitReader {
  const { journal, reader, givesWay } = parts
  let { onFinding, onRefused, onBefore } = parts

  return async function* unitsOf(wanted) {
    // What was wrong with it was told when it was first read.
    ;({ onFinding, onRefused, onBefore } = wanted.some(({ only }) => only) ? toldBefore : parts)
    const ahead: Ahead[] = []
    let bytes = 0
    for await (const piece of pieces(wanted)) {
      const next = begin(piece)
      ahead.push(next)
      bytes += next.bytes
      while (ahead.length > 0 && (givesWay() || ahead.length >= reader.most || bytes > aheadBytesMax)) {
        const first = ahead.shift() as Ahead
        bytes -= first.bytes
        yield* unitsIn(first)
      }
    }
    for (const each of ahead) yield* unitsIn(each)
  }

  async function* pieces(wanted: readonly Wanted[]): AsyncGenerator<Piece> {
    for (const { source, only } of wanted) {
      if (!only) parts.onFile(source.name)
      const { onBytes, onLine } = parts
      yield* piecesOf(source, only, { journal, onBytes, onBefore, ...(onLine ? { onLine } : {}) })
    }
  }

  function begin(piece: Piece): Ahead {
    if (piece.kind === 'refused' || piece.kind === 'broken') return { piece, reading: undefined, bytes: 0 }
    const { kind: form, bodies } = piece
    const bytes = sizeOf(bodies)
    const reading = reader.read({ form, bodies: bodies.map((body) => body.bytes) })
    // Whoever comes to it sees why.
    reading.catch(() => {})
    return { piece, reading, bytes }
  }

  async function* unitsIn({ piece, reading: begun, bytes }: Ahead): AsyncGenerator<Unit> {
    const { source } = piece
    if (piece.kind === 'refused') return refuseOne(piece.at, piece.refusal)
    if (piece.kind === 'broken') {
      onFinding(brokenFinding(piece.at, piece.error))
      return onRefused(1)
    }
    const began = performance.now()
    const reading = (await begun) as Reading
    if (givesWay()) await setTimeout(Math.min(performance.now() - began, restMsMax))
    const { bodies } = piece
    const [{ at, mark }] = bodies as [Body]
    const { items, refused } = reading
    switch (reading.kind) {
      case 'malformed': {
        const line = source.form === 'document' ? (reading.line ?? at.line) : at.line
        return refuseOne({ ...at, line }, refused[0]?.refusal as Refusal)
      }
      case 'bundle-type':
        onFinding(findingOf('error', at, 'bundle-type', 'Bundle.type'))
        return onRefused(1)
      case 'lines':
        for (const { place, refusal } of refused) refuseOne((bodies[place] as Body).at, refusal)
        return yield* apart(source, items, bytes, (place) => bodies[place] as Body)
      case 'batch': {
        tellEntries(at, refused)
        onRefused(refused.length)
        const bodyOf = (place: number) => ({
          at: { ...at, entry: place },
          mark: journal.markOfEntry(mark, place),
        })
        const known = await journal.known(items.map(({ place }) => bodyOf(place).mark))
        const left = items.filter(({ place }) => !known.has(bodyOf(place).mark))
        if (left.length < items.length) onBefore(items.length - left.length)
        return yield* apart(source, left, bytes, bodyOf)
      }
      case 'together': {
        tellEntries(at, refused)
        if (refused.length > 0) return onRefused(reading.count ?? 0)
        const placed = items.map(({ place, ...item }): Item => ({ ...item, at: { ...at, entry: place } }))
        if (placed.length > 0) yield { source, items: placed, mark, bytes }
      }
    }
  }

  /** In groups, and one more wherever the same resource comes again: the later is brought after the earlier. */
  function* apart(
    source: Source,
    all: readonly ItemRead[],
    bytes: number,
    bodyOf: (place: number) => { at: At; mark: string },
  ): Generator<Unit> {
    const unitOf = (items: Item[]): Unit => ({
      source,
      items,
      bytes: Math.ceil((bytes * items.length) / all.length),
    })
    let items: Item[] = []
    let names = new Set<string>()
    for (const { place, ...item } of all) {
      const name = nameOf(item.wish)
      if (names.has(name) || items.length === groupMax) {
        yield unitOf(items)
        items = []
        names = new Set()
      }
      names.add(name)
      const { at, mark } = bodyOf(place)
      items.push({ ...item, at, mark })
    }
    if (items.length > 0) yield unitOf(items)
  }

  function refuseOne(at: At, refusal: Refusal): void {
    for (const finding of findingsOf(at, refusal)) onFinding(finding)
    onRefused(1)
  }

  function tellEntries(at: At, refused: Reading['refused']): void {
    for (const { place, refusal } of refused) {
      for (const finding of findingsOf({ ...at, entry: place }, refusal)) onFinding(withEntry(finding))
    }
  }
}

const toldBefore = { onFinding() {}, onRefused() {}, onBefore() {} }

function sizeOf(bodies: readonly Body[]): number {
  return bodies.reduce((sum, { bytes }) => sum + bytes.length, 0)
}

/** The expression as it reads from the Bundle. */
function withEntry(finding: Finding): Finding {
  const { entry, expression } = finding
  if (entry === undefined || expression === undefined || expression.startsWith('Bundle.')) return finding
  return {
    ...finding,
    expression: `Bundle.entry[${entry}].resource.${expression.replace(/^[A-Za-z]+\.?/, '')}`,
  }
}
