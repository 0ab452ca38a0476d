/** From the bytes of sources to what is read at once: of what was brought before, nothing. */
import type { Refusal } from '#kernel/outcome.ts'
import { tooLarge, unitBytesMax, type At } from './findings.ts'
import type { Journal } from './journal.ts'
import { linesOf, wholeOf, type Line } from './lines.ts'
import { SourceBroken, type Source } from './types.ts'

/** In the order of the file. */
export type Piece = { source: Source } & (
  | { kind: 'lines' | 'document'; bodies: Body[] }
  | { kind: 'refused'; at: At; refusal: Refusal }
  /** It ends here. */
  | { kind: 'broken'; at: At; error: SourceBroken }
)

/** A line, or a whole document. */
export interface Body {
  at: At
  bytes: Uint8Array
  mark: string
}

export interface PieceParts {
  journal: Journal
  onBytes(bytes: number): void
  /** So many lines or documents were brought before. */
  onBefore(count: number): void
  /** Each of them. */
  onLine?(source: Source, line: number): void
}

/** Lines read at once: half of what one statement of the writer takes. */
export const groupMax = 100
const groupBytesMax = 1_000_000

/** `only`: of a source read again, the lines (or the document, as line 1) that are still to be brought. */
export async function* piecesOf(
  source: Source,
  only: ReadonlySet<number> | undefined,
  parts: PieceParts,
): AsyncGenerator<Piece> {
  const at: At = { file: source.name, line: 0 }
  try {
    if (source.form === 'document') yield* documentOf(source, at, parts)
    else yield* groupsOf(source, at, only, parts)
  } catch (error) {
    if (!(error instanceof SourceBroken)) throw error
    yield { source, kind: 'broken', at: { ...at }, error }
  }
}

async function* documentOf(source: Source, at: At, parts: PieceParts): AsyncGenerator<Piece> {
  at.line = 1
  const bytes = await wholeOf(source.read(parts.onBytes), unitBytesMax)
  if (!bytes) yield { source, kind: 'refused', at: { ...at }, refusal: tooLarge }
  else yield* documentsOf(source, [{ number: 1, bytes }], parts)
}

async function* documentsOf(source: Source, lines: readonly WholeLine[], parts: PieceParts) {
  for (const body of await unknown(source, lines, parts)) {
    yield { source, kind: 'document' as const, bodies: [body] }
  }
}

async function* groupsOf(
  source: Source,
  at: At,
  only: ReadonlySet<number> | undefined,
  parts: PieceParts,
): AsyncGenerator<Piece> {
  let lines: WholeLine[] = []
  let bytes = 0
  let broken: unknown
  const reading = linesOf(source.read(parts.onBytes), unitBytesMax)
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
          yield { source, kind: 'refused', at: { ...at }, refusal: tooLarge }
          continue
        }
        lines.push({ number, bytes: line })
        bytes += line.length
      }
      if (step.done || lines.length >= groupMax || bytes >= groupBytesMax) {
        if (source.form === 'transactions') yield* documentsOf(source, lines, parts)
        else {
          const bodies = await unknown(source, lines, parts)
          if (bodies.length > 0) yield { source, kind: 'lines', bodies }
        }
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

type WholeLine = Line & { bytes: Uint8Array }

/** Those that were not brought yet, each once. */
async function unknown(
  source: Source,
  lines: readonly WholeLine[],
  { journal, onBefore, onLine }: PieceParts,
): Promise<Body[]> {
  const marks = lines.map(({ bytes }) => journal.markOf(bytes))
  const known = new Set(await journal.known(marks))
  const bodies: Body[] = []
  for (const [n, { number, bytes }] of lines.entries()) {
    const mark = marks[n] as string
    if (known.has(mark)) {
      onBefore(1)
      onLine?.(source, number)
      continue
    }
    known.add(mark)
    bodies.push({ at: { file: source.name, line: number }, bytes, mark })
  }
  return bodies
}
