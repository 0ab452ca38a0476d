import type { HistoryEntry, Page, SearchPage, Version } from '#records/index.ts'
import { etagOf } from './conditions.ts'
import { queryOf } from './parameters.ts'
import type { Pairs } from './parameters.ts'
import { cut } from './shape.ts'
import type { Shape } from './shape.ts'

/** Where a page is: its address without the query, and the query that names it. */
export interface PagePlace {
  base: string
  path: string
  pairs: Pairs
}

/** A page of a search, as text: the resources stand in it as they were stored. */
export function searchBundle(page: Page<Version>, place: PagePlace, shape: Shape): string {
  return bundle('searchset', page, place, (version) => {
    const { type, id } = version
    return `{"fullUrl":"${place.base}/${type}/${id}","resource":${cut(version.json, type, shape)},"search":{"mode":"match"}}`
  })
}

/** A page of a search. `outcome`: what is to be said of the search itself. */
export function searchsetBundle(
  page: SearchPage,
  place: PagePlace,
  shape: Shape,
  outcome: string | undefined,
): string {
  const entries = page.entries.map(({ mode, version }) => {
    const { type, id } = version
    return `{"fullUrl":"${place.base}/${type}/${id}","resource":${cut(version.json, type, shape)},"search":{"mode":"${mode}"}}`
  })
  if (outcome !== undefined) entries.push(`{"resource":${outcome},"search":{"mode":"outcome"}}`)
  return bundle('searchset', { ...page, entries }, place, (entry) => entry)
}

/** A page of a history. FHIR R4 http.html#history: a deletion has no resource. */
export function historyBundle(page: Page<HistoryEntry>, place: PagePlace, shape: Shape): string {
  return bundle('history', page, place, (version) => {
    const { type, id, method } = version
    const resource = version.deleted ? '' : `"resource":${cut(version.json, type, shape)},`
    const url = method === 'POST' ? type : `${type}/${id}`
    const lastModified = version.lastUpdated.toISOString()
    const response = `{"status":"${statusOf(version)}","etag":${JSON.stringify(etagOf(version.version))},"lastModified":"${lastModified}"}`
    return `{"fullUrl":"${place.base}/${type}/${id}",${resource}"request":{"method":"${method}","url":"${url}"},"response":${response}}`
  })
}

function statusOf({ method, version }: HistoryEntry): string {
  if (method === 'DELETE') return '204 No Content'
  return version === 1 || method === 'POST' ? '201 Created' : '200 OK'
}

export function bundle<Entry>(
  type: string,
  page: Pick<Page<Entry>, 'entries' | 'next' | 'total'>,
  place: PagePlace,
  write: (entry: Entry) => string,
): string {
  const links = [linkOf('self', place, place.pairs)]
  if (page.next !== undefined) {
    const others = place.pairs.filter(([name]) => name !== '_page')
    links.push(linkOf('next', place, [...others, ['_page', page.next]]))
  }
  const total = page.total === undefined ? '' : `"total":${page.total},`
  // FHIR R4 json.html: an array is never empty.
  const entries = page.entries.length === 0 ? '' : `,"entry":[${page.entries.map(write).join(',')}]`
  return `{"resourceType":"Bundle","type":"${type}",${total}"link":[${links.join(',')}]${entries}}`
}

function linkOf(relation: 'self' | 'next', { base, path }: PagePlace, pairs: Pairs): string {
  const query = queryOf(pairs)
  const address = path === '' ? base : `${base}/${path}`
  return JSON.stringify({ relation, url: `${address}${query === '' ? '' : `?${query}`}` })
}
