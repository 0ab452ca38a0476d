/** From the bytes of a source to what is brought together. */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { bundleEntries, parseDocument, type BundleEntry } from '#records/json/index.ts'
import { checkDocument, refuseMalformed } from '../documents.ts'
import { askedOf } from '../entries.ts'
import { createWish, type Wish } from '../wishes.ts'
import { brokenFinding, findingOf, findingsOf, tooLarge, unitBytesMax, type At } from './findings.ts'
import { formOf, typeAhead, type Shell } from './bundle-forms.ts'
import type { Journal } from './journal.ts'
import { linesOf, wholeOf, type Line } from './lines.ts'
import type { Mapping, ReadResource } from './mapping.ts'
import { SourceBroken, type Finding, type Source } from './types.ts'
import { nameOf, type Item, type Unit } from './unit.ts'

export interface UnitReader {
  /** `only`: of a source read again, the lines (or the document, as line 1) that are still to be brought. */
  (source: Source, only?: ReadonlySet<number>): AsyncGenerator<Unit>
}

export interface ReadingParts {
  journal: Journal
  mapping: Mapping
  base: string | undefined
  onBytes: (bytes: number) => void
  onFinding: (finding: Finding) => void
  /** So many resources are refused. */
  onRefused: (count: number) => void
  /** So many lines or Bundles were brought before. */
  onBefore: (count: number) => void
  breath: Breath
}

/** Gives way to other work. */
export interface Breath {
  readonly isDue: boolean
  take(): Promise<void>
}

/** Items in a group at most: half of what one statement of the writer takes. */
const groupMax = 100
const groupBytesMax = 1_000_000

export function createUnitReader(parts: ReadingParts): UnitReader {
  const { journal, mapping, base, onBytes, breath } = parts
  let { onFinding, onRefused, onBefore } = parts

  return async function* unitsOf(source, only) {
    // What was wrong with it was told when it was first read.
    ;({ onFinding, onRefused, onBefore } = only ? toldBefore : parts)
    const at: At = { file: source.name, line: 0 }
    const refuseItem = (place: At, refusal: Refusal) => {
      for (const finding of findingsOf(place, refusal)) onFinding(finding)
      onRefused(1)
    }
    try {
      if (source.form === 'document') yield* documentsOf(source, at, refuseItem)
      else yield* groupsOf(source, at, refuseItem, only)
    } catch (error) {
      if (!(error instanceof SourceBroken)) throw error
      onFinding(brokenFinding(at, error))
      onRefused(1)
    }
  }

  async function* groupsOf(
    source: Source,
    at: At,
    refuseItem: (at: At, refusal: Refusal) => void,
    only: ReadonlySet<number> | undefined,
  ): AsyncGenerator<Unit> {
    let lines: (Line & { bytes: Uint8Array })[] = []
    let bytes = 0
    let broken: unknown
    const reading = linesOf(source.read(onBytes), unitBytesMax)
    try {
      for (;;) {
        // What was read whole before the file broke is brought all the same.
        const step = await reading.next().catch((error: unknown) => {
          broken = error
          return { done: true as const, value: undefined }
        })
        if (!step.done) {
          const { number, bytes: line } = step.value
          at.line = number
          if (only && !only.has(number)) continue
          if (!line) {
            refuseItem({ ...at }, tooLarge)
            continue
          }
          lines.push({ number, bytes: line })
          bytes += line.length
        }
        if (step.done || lines.length >= groupMax || bytes >= groupBytesMax) {
          yield* (source.form === 'lines' ? groupOf : transactionsOf)(source, lines, refuseItem)
          lines = []
          bytes = 0
        }
        if (step.done) break
      }
    } finally {
      // Where nobody wants the rest, the file is closed.
      await reading.return()
    }
    if (broken !== undefined) throw broken
  }

  /** One group, or several where the same resource comes twice: the later is brought after the earlier. */
  async function* groupOf(
    source: Source,
    lines: readonly { number: number; bytes: Uint8Array }[],
    refuseItem: (at: At, refusal: Refusal) => void,
  ): AsyncGenerator<Unit> {
    const marks = lines.map(({ bytes }) => journal.markOf(bytes))
    const known = new Set(await journal.known(marks))
    let items: Item[] = []
    let size = 0
    let names = new Set<string>()
    for (const [n, { number, bytes }] of lines.entries()) {
      if (breath.isDue) await breath.take()
      const mark = marks[n] as string
      if (known.has(mark)) {
        onBefore(1)
        continue
      }
      known.add(mark)
      const place: At = { file: source.name, line: number }
      const wish = lineWish(bytes)
      if ('status' in wish) {
        refuseItem(place, wish)
        continue
      }
      const name = nameOf(wish)
      if (names.has(name)) {
        yield { source, items, bytes: size }
        items = []
        size = 0
        names = new Set()
      }
      names.add(name)
      items.push({ at: place, wish, mark })
      size += bytes.length
    }
    if (items.length > 0) yield { source, items, bytes: size }
  }

  function lineWish(bytes: Uint8Array): Wish | Refusal {
    const parsed = parseDocument(bytes)
    return parsed.status === 'malformed' ? refuseMalformed(parsed) : resourceWish(mapping.resource(parsed))
  }

  async function* documentsOf(
    source: Source,
    at: At,
    refuseItem: (at: At, refusal: Refusal) => void,
  ): AsyncGenerator<Unit> {
    at.line = 1
    const bytes = await wholeOf(source.read(onBytes), unitBytesMax)
    if (!bytes) return refuseItem({ ...at }, tooLarge)
    yield* transactionsOf(source, [{ number: 1, bytes }], refuseItem)
  }

  async function* transactionsOf(
    source: Source,
    lines: readonly { number: number; bytes: Uint8Array }[],
    refuseItem: (at: At, refusal: Refusal) => void,
  ): AsyncGenerator<Unit> {
    const marks = lines.map(({ bytes }) => journal.markOf(bytes))
    const known = await journal.known(marks)
    for (const [n, { number, bytes }] of lines.entries()) {
      const mark = marks[n] as string
      if (known.has(mark)) onBefore(1)
      else yield* documentOf(source, { file: source.name, line: number }, bytes, mark, refuseItem)
    }
  }

  async function* documentOf(
    source: Source,
    at: At,
    bytes: Uint8Array,
    mark: string,
    refuseItem: (at: At, refusal: Refusal) => void,
  ): AsyncGenerator<Unit> {
    const expected = typeAhead(bytes)
    let read = await readEntries(bytes, at, expected)
    // The type stood after the entries, or elsewhere than it seemed: read once more, knowing it.
    if (read.status === 'ok' && formOf(read) !== formOf(expected)) read = await readEntries(bytes, at, read)
    if (read.status === 'malformed') {
      const line = source.form === 'document' ? read.line : at.line
      return refuseItem({ ...at, line }, refuseMalformed(read))
    }
    const form = formOf(read)
    if (!form) {
      onFinding(findingOf('error', { ...at }, 'bundle-type', 'Bundle.type'))
      return onRefused(1)
    }
    if (form === 'resource') {
      yield* groupOf(source, [{ number: at.line, bytes }], refuseItem)
      return
    }
    const { items, refused, type } = read
    for (const { place, refusal } of refused) {
      for (const finding of findingsOf(place, refusal)) onFinding(withEntry(finding))
    }
    if (type === 'batch') {
      onRefused(refused.length)
      return yield* entriesApart(source, items, mark, bytes.length)
    }
    if (refused.length > 0) return onRefused(items.length + refused.length)
    if (items.length > 0) yield { source, items, mark, bytes: bytes.length }
  }

  /** Entries of a batch have nothing to do with each other: each has a mark of its own. */
  async function* entriesApart(
    source: Source,
    all: Item[],
    bundle: string,
    bytes: number,
  ): AsyncGenerator<Unit> {
    const marks = all.map(({ at }) => journal.markOfEntry(bundle, at.entry ?? 0))
    const known = await journal.known(marks)
    const share = (part: readonly Item[]) => Math.ceil((bytes * part.length) / all.length)
    let items: Item[] = []
    let names = new Set<string>()
    for (const [n, { at, wish }] of all.entries()) {
      const mark = marks[n] as string
      if (known.has(mark)) {
        onBefore(1)
        continue
      }
      const name = nameOf(wish)
      if (names.has(name) || items.length === groupMax) {
        yield { source, items, bytes: share(items) }
        items = []
        names = new Set()
      }
      names.add(name)
      items.push({ at, wish, mark })
    }
    if (items.length > 0) yield { source, items, bytes: share(items) }
  }

  /** Entry by entry, so that no more is kept of each than what is to be brought. */
  async function readEntries(bytes: Uint8Array, at: At, expected: Shell) {
    const form = formOf(expected)
    const items: Item[] = []
    const refused: { place: At; refusal: Refusal }[] = []
    const fullUrls = new Set<string>()
    const take = (entry: BundleEntry) => {
      const wish = form === 'as asked' ? askedWish(mapping.entry(entry)) : entryWish(entry)
      if (wish === undefined) return
      const { fullUrl, index } = entry
      const place: At = { ...at, entry: index }
      const isTwice = fullUrl !== undefined && fullUrls.has(fullUrl)
      if (fullUrl !== undefined) fullUrls.add(fullUrl)
      if ('status' in wish) refused.push({ place, refusal: wish })
      else if (isTwice) refused.push({ place, refusal: refuse('duplicate-in-bundle', { entry: index }) })
      else items.push({ at: place, wish, ...(fullUrl === undefined ? {} : { fullUrl }) })
    }
    const reading = bundleEntries(bytes)
    for (let step = reading.next(); ; step = reading.next()) {
      if (!step.done) {
        if (form === 'as asked' || form === 'as resources') take(step.value)
        if (breath.isDue) await breath.take()
        continue
      }
      const end: Exclude<typeof step.value, BundleEntry> = step.value
      return end.status === 'ok' ? { ...end, items, refused } : end
    }
  }

  /** Of a transaction or batch: what the entry asks for; undefined of one that only reads. */
  function askedWish(entry: BundleEntry): Wish | Refusal | undefined {
    const asked = askedOf(entry, base)
    if (asked.kind === 'get') return undefined
    return asked.kind === 'refused' ? asked.refusal : asked.wish
  }

  /** Of a collection or a page of a search: the resource as it is. */
  function entryWish({ resource, value }: BundleEntry): Wish | Refusal | undefined {
    if (!resource) return undefined
    const { search } = value as { search?: { mode?: unknown } }
    return search?.mode === 'outcome' ? undefined : resourceWish(mapping.resource(resource))
  }
}

const toldBefore = { onFinding() {}, onRefused() {}, onBefore() {} }

/** A PUT under its own id, or a POST where it has none. */
function resourceWish({ text, value, decimals }: ReadResource): Wish | Refusal {
  const { resourceType, id } = value
  const type = typeof resourceType === 'string' ? resourceType : ''
  const checked = checkDocument(type, text, value, decimals)
  if (checked.status !== 'ok') return checked
  const { document } = checked
  return typeof id === 'string' ? { kind: 'put', type, id, document } : createWish(type, document, undefined)
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
