/** What a batch or transaction asks for, entry by entry. */
import { setImmediate } from 'node:timers/promises'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { validate } from '#records/fhir/index.ts'
import { bundleEntries, type BundleEnd } from '#records/json/index.ts'
import { refuseMalformed } from './documents.ts'
import { askedOf, type Asked } from './entries.ts'

export interface BundleAsked {
  status: 'ok'
  type: 'batch' | 'transaction'
  /** In the order of the entries. */
  asked: Asked[]
}

/** Entries read between two pauses for other work: some 5 ms. */
const entriesBetweenPauses = 32

/** Reads it with pauses for other work. */
export async function readBundle(body: Uint8Array, base: string | undefined): Promise<BundleAsked | Refusal> {
  const reading = bundleSteps(body, base)
  for (;;) {
    const step = reading.next()
    if (step.done) return step.value
    await setImmediate()
  }
}

/** Reads it without a pause. `each`: called with what each entry asks for, as it is read; of one that is named twice only at first. */
export function readBundleAtOnce(
  body: Uint8Array,
  base: string | undefined,
  each: (asked: Asked) => void,
): BundleAsked | Refusal {
  const reading = bundleSteps(body, base, each)
  for (;;) {
    const step = reading.next()
    if (step.done) return step.value
  }
}

function* bundleSteps(
  body: Uint8Array,
  base: string | undefined,
  each?: (asked: Asked) => void,
): Generator<undefined, BundleAsked | Refusal, undefined> {
  const asked: Asked[] = []
  const fullUrls = new Set<string>()
  const reading = bundleEntries(body)
  for (;;) {
    const step = reading.next()
    if (step.done) {
      const end = step.value
      if (end.status !== 'ok') return refuseMalformed(end)
      return endOf(end, asked)
    }
    const entry = step.value
    if (entry.index % entriesBetweenPauses === entriesBetweenPauses - 1) yield undefined
    const next = askedOf(entry, base)
    if (entry.fullUrl !== undefined && fullUrls.has(entry.fullUrl)) {
      asked.push({ kind: 'refused', refusal: refuse('duplicate-in-bundle', { entry: entry.index }) })
    } else {
      asked.push(next)
      each?.(next)
    }
    if (entry.fullUrl !== undefined) fullUrls.add(entry.fullUrl)
  }
}

function endOf({ resourceType, type, value }: BundleEnd, asked: Asked[]): BundleAsked | Refusal {
  if (resourceType !== 'Bundle')
    return refuse('invalid-parameter', { parameter: 'resourceType', expected: 'Bundle' })
  if (type !== 'batch' && type !== 'transaction') {
    return refuse('invalid-parameter', { parameter: 'Bundle.type', expected: 'batch, transaction' })
  }
  const { entry: _, ...shell } = value
  const issues = validate(shell).filter(({ severity }) => severity === 'error' || severity === 'fatal')
  if (issues.length > 0) return refuse('invalid', {}, { issues })
  return { status: 'ok', type, asked }
}
