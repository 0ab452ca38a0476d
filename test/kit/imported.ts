/** Files for imports, made of what a test says; and what became of them. */
import { isRefusal } from '#kernel/outcome.ts'
import type { Counts, Finding, ImportOptions, Source } from '#records/import/index.ts'
import { look } from '#records/import/index.ts'
import { type TestStore } from './vault.ts'

/** A source that comes in pieces of some bytes. */
export function sourceOf(name: string, content: string | Uint8Array, pieceBytes = 1000): Source {
  const bytes = Buffer.from(content)
  const seenAs = look(bytes.subarray(0, 65_536), name)
  if (!seenAs) throw new Error(`${name} is no JSON`)
  return {
    name,
    ...seenAs,
    bytes: bytes.length,
    async *read(onBytes) {
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        const piece = bytes.subarray(from, from + pieceBytes)
        onBytes(piece.length)
        yield piece
      }
    },
  }
}

export function linesSource(name: string, resources: readonly object[]): Source {
  return sourceOf(`${name}.ndjson`, resources.map((each) => `${JSON.stringify(each)}\n`).join(''))
}

export function bundleSource(name: string, type: string, entry: readonly object[]): Source {
  return sourceOf(`${name}.json`, JSON.stringify({ resourceType: 'Bundle', type, entry }, null, 2))
}

export interface Ended {
  status: 'ok' | 'stopped'
  /** Without those that are 0. */
  counts: Partial<Counts>
  findings: Finding[]
}

export async function imported(
  store: TestStore,
  sources: readonly Source[],
  options: Omit<ImportOptions, 'sources' | 'onFinding'> = {},
): Promise<Ended> {
  const findings: Finding[] = []
  const ended = await store.import({
    sources,
    ...options,
    onFinding: (finding) => void findings.push(finding),
  })
  if (isRefusal(ended)) throw new Error(`the import was refused: ${ended.status}`)
  const counts = Object.fromEntries(Object.entries(ended.counts).filter(([, count]) => count > 0))
  return { status: ended.status, counts, findings }
}

/** Where and why, in short: `file:line[entry] code expression`. */
export function told({ findings }: Ended): string[] {
  return findings.map(({ file, line, entry, code, expression }) =>
    [`${file}:${line}${entry === undefined ? '' : `[${entry}]`}`, code, expression].filter(Boolean).join(' '),
  )
}
