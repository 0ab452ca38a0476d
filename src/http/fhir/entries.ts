import { httpStatusOf, languageOf, operationOutcome, refuse } from '#kernel/outcome.ts'
import { decodedPath, segmentOf, type Acting, type BundleOptions } from '#records/index.ts'
import type { Edge } from '../edge.ts'
import { readAuditEvent, searchAuditEvents, searchAuditEventsOf } from './audit.ts'
import { etagOf } from './conditions.ts'
import type { Handler, Input } from './context.ts'
import { everything, instanceHistory, typeHistory } from './lists.ts'
import { isNothing } from './hushed.ts'
import { metadata, read, vread } from './read.ts'
import { searchCompartment, searchSystem, searchType } from './search.ts'

/** What an entry of a batch or transaction may get, as patterns of a path relative to `[base]`; the first that fits. */
const readable: readonly (readonly [RegExp, Handler])[] = [
  [/^metadata$/, metadata],
  [/^$/, searchSystem],
  [/^AuditEvent$/, searchAuditEvents],
  // There is one version of each, and no history.
  [/^AuditEvent\/_history$/, () => refuse('not-found')],
  [/^AuditEvent\/(?<id>[^/]+)$/, readAuditEvent],
  [/^AuditEvent\/[^/]+\/_history$/, () => refuse('not-found')],
  [/^AuditEvent\/(?<id>[^/]+)\/_history\/(?<version>[^/]+)$/, readAuditEvent],
  [/^Patient\/(?<id>[^/]+)\/AuditEvent$/, searchAuditEventsOf],
  [/^(?<type>[^/]+)$/, searchType],
  [/^(?<type>[^/]+)\/_history$/, typeHistory],
  [/^(?<type>[^/]+)\/(?<id>[^/]+)$/, read],
  [/^Patient\/(?<id>[^/]+)\/\$everything$/, everything],
  [/^(?<type>[^/]+)\/(?<id>[^/]+)\/_history$/, instanceHistory],
  [/^Patient\/(?<id>[^/]+)\/(?<type>[^/]+)$/, searchCompartment],
  [/^(?<type>[^/]+)\/(?<id>[^/]+)\/_history\/(?<version>[^/]+)$/, vread],
]

/**
 * Answers the entries of a Bundle that read, as the same request by itself would be answered. Only the language of
 * the Bundle's request is theirs: conditions and preferences in its headers are not meant for them. `signal`: searches end
 * when whoever sent the Bundle has gone. `onNothing`: one of them found nothing, or nothing that is seen.
 */
export function entryReader(
  edge: Edge,
  { headers: bundleHeaders }: Pick<Input, 'headers'>,
  { signal, onNothing }: { signal: AbortSignal | undefined; onNothing: () => void },
): NonNullable<BundleOptions['get']> {
  const language = languageOf(bundleHeaders['accept-language'])
  return async (url, acting) => {
    const mark = url.indexOf('?')
    const path = decodedPath(mark === -1 ? url : url.slice(0, mark))
    const query = mark === -1 ? '' : url.slice(mark + 1)
    const result =
      path === undefined ? refuse('bad-request') : await getEntry(edge, acting, path, query, signal)
    if (isNothing(result)) onNothing()
    if (result.status !== 'answer') {
      const refused = await acting.refused(result, `GET ${url}`)
      return { httpStatus: httpStatusOf(refused), json: operationOutcome(refused, language) }
    }
    const { httpStatus, text = '', version } = result
    if (version === undefined) return { httpStatus, json: text }
    return { httpStatus, json: text, etag: etagOf(version.version), lastModified: version.lastUpdated }
  }
}

async function getEntry(
  edge: Edge,
  acting: Acting,
  path: string,
  query: string,
  signal: AbortSignal | undefined,
): ReturnType<AsyncHandler> {
  for (const [pattern, handler] of readable) {
    const match = pattern.exec(path)
    if (match === null) continue
    const named = Object.entries(match.groups ?? {})
    const params: Input['params'] = Object.fromEntries(named.map(([name, text]) => [name, segmentOf(text)]))
    const ended = signal === undefined ? {} : { signal: () => signal }
    return handler(edge, { acting, params, query, headers: {}, body: undefined, ...ended })
  }
  return refuse('not-found')
}

type AsyncHandler = (...given: Parameters<Handler>) => Promise<Awaited<ReturnType<Handler>>>
