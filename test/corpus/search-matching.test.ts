import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { indexSearchParameter, matchesSearchRequest, Operator } from '@medplum/core'
import type { Resource } from '@medplum/fhirtypes'
import type { JsonObject } from '#records/json/index.ts'
import {
  compileFilters,
  decodeTuple,
  encodeTuple,
  extract,
  parametersOf,
  parseSearch,
} from '#records/search/index.ts'
import type { Candidate, Value } from '#records/search/index.ts'
import { readParameters } from '../../tools/fhir/search.ts'
import { fhirSets, hasData, loadMedplum, samplesOf } from './validation-corpus.ts'

const skip = hasData ? false : 'needs ../shared/data, which is not here'

/** One zone for both: Medplum's matcher takes every date for one of UTC. */
const timeZone = 'UTC'
/** Resources of one type, each asked with what the others have. */
const perType = 16

test(
  'what matches is what Medplum matches, but for the listed differences',
  { skip, timeout: 200_000 },
  () => {
    loadMedplum()
    for (const parameter of readParameters()) indexSearchParameter(parameter)
    const found = new Set<string>()
    let asked = 0
    let equal = 0
    for (const [type, resources] of samples()) {
      // Medplum has its own, without these parameters.
      if (type === 'Binary') continue
      const candidates = resources.map((resource) => [resource, candidateOf(resource)] as const)
      for (const { name, kind } of parametersOf(type)) {
        if (
          kind !== 'token' &&
          kind !== 'date' &&
          kind !== 'string' &&
          kind !== 'uri' &&
          kind !== 'reference'
        )
          continue
        if (name === '_lastUpdated') continue
        for (const query of queriesOf(name, candidates)) {
          const parsed = parseSearch({
            type,
            pairs: [[`${name}${query.suffix}`, query.value]],
            timeZone,
            now: 0,
          })
          if (parsed.status !== 'ok') continue
          const matcher = compileFilters(parsed.search.filters)
          const filter = { code: name, operator: query.operator, value: query.theirs }
          for (const [resource, candidate] of candidates) {
            const ours = matcher(candidate, () => new Set())
            const theirs = matchesSearchRequest(resource as unknown as Resource, {
              resourceType: type as 'Patient',
              filters: [filter],
            })
            asked++
            if (ours === theirs) equal++
            else {
              const why = reasons.find((reason) =>
                reason.is({ name, kind, ours, theirs, query, values: candidate.tuple.values(name) ?? [] }),
              )
              found.add(
                why?.text ??
                  `${type}.${name} ${query.operator} ${query.value} ours ${ours} ${JSON.stringify(candidate.tuple.values(name))}`.slice(
                    0,
                    500,
                  ),
              )
            }
          }
        }
      }
    }
    assert.ok(asked > 50_000 && equal > asked * 0.9, `${equal} of ${asked} alike`)
    assert.deepEqual([...found].sort(), listedReasons().sort())
  },
)

interface Query {
  suffix: string
  operator: Operator
  value: string
  theirs: string
}
interface Difference {
  name: string
  kind: string
  ours: boolean
  theirs: boolean
  query: Query
  values: readonly Value[]
}

/** Of the page's table, the first column. */
function listedReasons(): string[] {
  const page = readFileSync(new URL('../../docs/spec/search.md', import.meta.url), 'utf8')
  const table = page.slice(page.indexOf("## Compared with Medplum's matcher"))
  const rows = table.slice(0, table.indexOf('\n## ', 1)).matchAll(/^\| (\w[^|]*?) +\|.*\| (?:we|both)\b/gm)
  return [...rows].map(([, name]) => name!)
}

/** Why they differ; the page docs/spec/search.md says who is right in each. */
const reasons: readonly { text: string; is(difference: Difference): boolean }[] = [
  {
    text: 'a date within',
    is: ({ kind, ours, query }) => kind === 'date' && !ours && query.operator === Operator.EQUALS,
  },
  {
    text: 'a time of another zone',
    is: ({ kind, query }) => kind === 'date' && query.operator !== Operator.EQUALS,
  },
  {
    text: 'a system told by the element',
    is: ({ kind, query }) => kind === 'token' && query.value.includes('|'),
  },
  {
    text: 'words and sounds of names',
    is: ({ kind, name, ours }) => kind === 'string' && ours && names.has(name),
  },
  {
    text: 'a part of an address',
    is: ({ kind, name, ours }) => kind === 'string' && ours && name === 'address',
  },
  { text: 'inside a text', is: ({ kind, ours }) => (kind === 'string' || kind === 'uri') && !ours },
  {
    text: 'an id without a type',
    is: ({ kind, ours, query }) => kind === 'reference' && ours && !query.value.includes('/'),
  },
  {
    text: 'what a Bundle begins with',
    is: ({ name, ours, kind }) =>
      kind === 'reference' && !ours && (name === 'composition' || name === 'message'),
  },
  {
    text: 'an absolute address under `resolve()`',
    is: ({ name, values }) =>
      (name === 'patient' || name === 'practitioner') &&
      values.some((value) => value.kind === 'reference' && value.url !== undefined),
  },
]

const names = new Set(['name', 'family', 'given', 'phonetic'])

function candidateOf(resource: JsonObject): Candidate {
  return { tuple: decodeTuple(encodeTuple(extract(resource, { timeZone }))), updatedAt: 0 }
}

function samples(): Map<string, JsonObject[]> {
  const byType = new Map<string, JsonObject[]>()
  for (const set of fhirSets)
    for (const { value } of samplesOf(set)) {
      const type = value['resourceType'] as string
      const list = byType.get(type) ?? []
      if (list.length < perType) byType.set(type, [...list, value])
    }
  return byType
}

/** Three values that some of them have, each asked in every way that both know. */
function* queriesOf(
  name: string,
  candidates: readonly (readonly [JsonObject, Candidate])[],
): Generator<Query> {
  const values = candidates.flatMap(([, { tuple }]) => tuple.values(name) ?? [])
  for (const value of [values[0], values[values.length >> 1], values.at(-1)]) {
    if (!value) continue
    for (const text of textsOf(value)) {
      if (/[,$\\]/.test(text)) continue
      const plain = { suffix: '', value: text, theirs: text }
      yield { ...plain, operator: Operator.EQUALS }
      if (value.kind === 'token') yield { ...plain, suffix: ':not', operator: Operator.NOT }
      if (value.kind !== 'date') continue
      for (const [prefix, operator] of prefixes) yield { ...plain, operator, value: prefix + text }
    }
  }
  yield { suffix: ':missing', value: 'true', theirs: 'true', operator: Operator.MISSING }
}

const prefixes = [
  ['gt', Operator.GREATER_THAN],
  ['lt', Operator.LESS_THAN],
  ['ge', Operator.GREATER_THAN_OR_EQUALS],
  ['le', Operator.LESS_THAN_OR_EQUALS],
  ['sa', Operator.STARTS_AFTER],
  ['eb', Operator.ENDS_BEFORE],
] as const

function textsOf(value: Value): string[] {
  switch (value.kind) {
    case 'token':
      return value.code === undefined ? [] : [value.code, `${value.system ?? ''}|${value.code}`]
    case 'date': {
      const iso = new Date(Number.isFinite(value.low) ? value.low : value.high).toISOString()
      return [iso.slice(0, 4), iso.slice(0, 7), iso.slice(0, 10), `${iso.slice(0, 19)}Z`]
    }
    case 'string':
      return [value.text, value.text.slice(0, 3)]
    case 'uri':
      return [value.uri]
    case 'reference':
      return value.id === undefined
        ? value.url === undefined
          ? []
          : [value.url]
        : [value.id, `${value.type}/${value.id}`]
    default:
      return []
  }
}
