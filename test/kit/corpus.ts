import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'

const folder = fileURLToPath(new URL('../../../shared/data/', import.meta.url))

/** What to give as `skip` of a test that reads `set`: false where it is there. */
export function without(set: string): string | false {
  return existsSync(`${folder}${set}`)
    ? false
    : `the data set ${set} is not beside the checkout (../shared/data)`
}

/** The files of a set with this ending, opened, in the order of their names. */
export function* corpusFiles(set: string, ending: string): Generator<{ name: string; text: string }> {
  for (const name of readdirSync(`${folder}${set}`).toSorted()) {
    if (!name.endsWith(ending)) continue
    const bytes = readFileSync(`${folder}${set}/${name}`)
    yield { name, text: (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8') }
  }
}

/** Lines of the NDJSON files of a set. */
export function* corpusLines(set: string, ending: string): Generator<{ name: string; text: string }> {
  for (const { name, text } of corpusFiles(set, ending)) {
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() !== '') yield { name: `${name}:${index + 1}`, text: line }
    }
  }
}

/** A JSON tree in which numbers are the texts they were written as, so that 1.0 and 1 differ. */
export function exactTree(text: string): unknown {
  return JSON.parse(text, (_, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? { number: context?.source } : value,
  )
}
