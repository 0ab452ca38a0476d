/**
 * What a kick-off asks for, understood: every parameter of Bulk Data Access 2.0.0
 * (https://hl7.org/fhir/uv/bulkdata/STU2/export.html), or a refusal that names the one that is not.
 */
import { refuse, type Refusal } from '#kernel/outcome.ts'
import { inPatientCompartment, typeCode } from '#records/fhir/index.ts'
import { parseSearch, type ExtractOptions, type Search } from '#records/search/index.ts'

export interface Kickoff {
  level: 'system' | 'patient' | 'group'
  /** Id of the Group. */
  group?: string
  /** Decoded, in order. References of a Parameters resource as `Patient/x`. */
  pairs: readonly (readonly [name: string, value: string])[]
  /** Sent by POST: only then there may be `patient`. */
  isPosted?: boolean
  /** `Prefer: handling=lenient`: what is not supported is left out and told. */
  lenient?: boolean
  /** The address of the request, for the manifest. */
  url: string
  /** Whose the export is: nobody else sees it. */
  actor: string
}

/** As it is kept with the job. */
export interface Request {
  url: string
  level: Kickoff['level']
  /** Resources changed later than this, in milliseconds since 1970. */
  since?: number
  /** Names of types; none: all. */
  types?: string[]
  /** Of each type, `*` for any: the elements that stay. */
  elements?: [type: string, element: string][]
  /** Any of those of a type will do. */
  filters?: [type: string, query: [string, string][]][]
  /** Ids of the patients asked for. */
  patients?: string[]
  /** Names of the parameters that a lenient caller has had left out. */
  ignored: string[]
}

/** Of `_typeFilter`, all queries together: each costs on every resource of its type. */
const filtersMax = 50

export function readRequest(
  { level, pairs, isPosted = false, lenient = false, url }: Kickoff,
  local: ExtractOptions,
  now: number,
): { status: 'ok'; request: Request } | Refusal {
  const request: Request = { url, level, ignored: [] }
  for (const [name, value] of pairs) {
    const refusal = readPair(name, value)
    if (refusal === undefined) continue
    if (!lenient || !leftOut.has(refusal.status)) return refusal
    request.ignored.push(String(refusal.slots?.['parameter'] ?? '?'))
  }
  for (const [type] of request.filters ?? []) {
    if (request.types && !request.types.includes(type)) return badUse('_typeFilter', texts.filterType)
  }
  return { status: 'ok', request }

  function readPair(name: string, value: string): Refusal | undefined {
    switch (name) {
      case '_outputFormat':
        // A plus sign that was not percent-encoded arrives as a space.
        return formats.has(value.replace(' ', '+')) ? undefined : badUse(name, texts.format)
      case '_since': {
        if (request.since !== undefined) return badUse(name, texts.once)
        const since = instantOf(value)
        if (since === undefined) return badUse(name, texts.instant)
        request.since = since
        return undefined
      }
      case '_type':
        for (const type of value.split(',')) {
          if (typeCode(type) === undefined) return badUse(name, texts.types)
          ;(request.types ??= []).push(type)
        }
        return undefined
      case '_elements':
        for (const each of value.split(',')) {
          const [, type = '*', element = ''] = /^(?:([A-Z]\w*)\.)?([a-z]\w*)$/.exec(each) ?? []
          if (element === '' || (type !== '*' && typeCode(type) === undefined))
            return badUse(name, texts.elements)
          ;(request.elements ??= []).push([type, element])
        }
        return undefined
      case '_typeFilter':
        for (const query of queriesOf(value)) {
          const refusal = readFilter(query)
          if (refusal) return refusal
        }
        return undefined
      case 'patient': {
        if (!isPosted || level === 'system') return refuse('unsupported-parameter', { parameter: name })
        const id = /^(?:Patient\/)?([A-Za-z0-9.-]{1,64})$/.exec(value)?.[1]
        if (id === undefined) return badUse(name, texts.patient)
        ;(request.patients ??= []).push(id)
        return undefined
      }
      default:
        return refuse('unsupported-parameter', { parameter: shown(name) })
    }
  }

  function readFilter(query: string): Refusal | undefined {
    const [type = '', rest] = query.split(/\?(.*)/s)
    const inner = rest === undefined ? undefined : pairsOf(rest)
    if (inner === undefined || typeCode(type) === undefined) return badUse('_typeFilter', texts.filter)
    const parsed = searchOf(type, inner, local, now, lenient)
    if (parsed.status !== 'ok') return parsed
    for (const ignored of parsed.search.ignored) request.ignored.push(`_typeFilter=${type}?${ignored}`)
    const understood = parsed.search.understood.map(([name, value]): [string, string] => [name, value])
    ;(request.filters ??= []).push([type, understood])
    return request.filters.length > filtersMax ? badUse('_typeFilter', texts.filters) : undefined
  }
}

/** One query of a `_typeFilter`, which judges a resource by itself: without chains, and without what shapes a page. */
export function searchOf(
  type: string,
  pairs: readonly (readonly [string, string])[],
  local: ExtractOptions,
  now: number,
  isLenient = false,
): { status: 'ok'; search: Search } | Refusal {
  const shaping = pairs.find(([name]) => pageParameters.test(name))
  if (shaping) return refuse('unsupported-parameter', { parameter: shown(shaping[0]) })
  const parsed = parseSearch({ type, pairs, ...local, now, isLenient })
  if (parsed.status !== 'ok') return parsed
  const linked = parsed.search.filters.find(({ is }) => is === 'chain' || is === 'has')
  if (!linked) return parsed
  const parameter = linked.is === 'chain' ? linked.parameter : '_has'
  return refuse('unsupported-parameter', { parameter: `_typeFilter=${type}?${parameter}` })
}

const pageParameters = /^_(?:sort|count|total|summary|elements|format|pretty|page|include|revinclude)(?::|$)/

/** What a lenient caller wants left out: what is not supported, but not what is wrong. */
const leftOut: ReadonlySet<string> = new Set(['unsupported-parameter', 'unknown-value-set'])

/** Queries are joined by commas, and may hold some themselves: a new one begins where a type and a question mark do. */
function queriesOf(value: string): string[] {
  return value.split(/,(?=[A-Z][A-Za-z]*\?)/)
}

function pairsOf(query: string): [string, string][] | undefined {
  try {
    return query
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair): [string, string] => {
        const [name = '', value = ''] = pair.split(/=(.*)/s)
        return [decodeURIComponent(name), decodeURIComponent(value.replaceAll('+', ' '))]
      })
  } catch {
    return undefined
  }
}

/** Whether resources of a type are given where only patients are asked for: those of the facility, if they are named. */
export function isWanted({ level, types }: Request, type: string, isFacility: boolean): boolean {
  if (types && !types.includes(type)) return false
  if (level === 'system' || !isFacility) return true
  return types !== undefined && !inPatientCompartment(type) && type !== 'Patient'
}

const formats: ReadonlySet<string> = new Set(['application/fhir+ndjson', 'application/ndjson', 'ndjson'])

/** An instant, or a date, which begins in UTC. FHIR R4 datatypes.html#instant. */
function instantOf(text: string): number | undefined {
  const match =
    /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))?$/.exec(text.replace(' ', '+')) ??
    undefined
  if (!match) return undefined
  const date = Date.parse(`${match[1]}T00:00:00Z`)
  // Date.parse takes 30 February as 2 March.
  if (Number.isNaN(date) || new Date(date).toISOString().slice(0, 10) !== match[1]) return undefined
  const instant = Date.parse(match[0])
  return Number.isNaN(instant) ? undefined : instant
}

function badUse(parameter: string, expected: { en: string; es: string }): Refusal {
  return refuse('invalid-parameter', { parameter, expected })
}

/** A name as it may be told: values can stand in its place. */
function shown(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/.test(name) ? name : '?'
}

export const texts = {
  once: { en: 'to be given once', es: 'que se dé una sola vez' },
  format: {
    en: 'application/fhir+ndjson, application/ndjson or ndjson',
    es: 'application/fhir+ndjson, application/ndjson o ndjson',
  },
  instant: {
    en: 'an instant such as 2026-11-22T10:00:00Z',
    es: 'un instante como 2026-11-22T10:00:00Z',
  },
  types: { en: 'resource types of FHIR R4, with commas', es: 'tipos de recurso de FHIR R4, con comas' },
  elements: {
    en: 'top-level elements such as id or Patient.name, with commas',
    es: 'elementos del primer nivel como id o Patient.name, con comas',
  },
  filter: {
    en: 'searches such as Observation?status=final, with commas',
    es: 'búsquedas como Observation?status=final, con comas',
  },
  filters: { en: `at most ${filtersMax} searches`, es: `a lo más ${filtersMax} búsquedas` },
  filterType: { en: 'types that _type names too', es: 'tipos que _type nombre también' },
  patient: {
    en: 'references such as Patient/1, of patients who are here (and in the Group)',
    es: 'referencias como Patient/1, de pacientes que están aquí (y en el Group)',
  },
} as const
