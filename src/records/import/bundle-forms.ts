/** What is done with a document, by its type and that of its Bundle. */

/** What a document is, but for its entries. */
export interface Shell {
  resourceType?: string
  type?: string
}

/** As it seems by its beginning, where the type nearly always stands. */
export function typeAhead(bytes: Uint8Array): Shell {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, shellBytes)).toString(
    'latin1',
  )
  const [ahead = ''] = head.split('"entry"', 1)
  const resourceType = /"resourceType"\s*:\s*"(\w+)"/.exec(ahead)?.[1]
  const type = /"type"\s*:\s*"([a-z-]+)"/.exec(ahead)?.[1]
  return { ...(resourceType === undefined ? {} : { resourceType }), ...(type === undefined ? {} : { type }) }
}

const shellBytes = 4_096

export function formOf({ resourceType, type = '' }: Shell): BundleForm | undefined {
  if (resourceType !== 'Bundle') return 'resource'
  return Object.hasOwn(bundleForms, type) ? bundleForms[type] : undefined
}

export type BundleForm = 'as asked' | 'as resources' | 'resource'

/** What is done with a Bundle of each type; of others, nothing. */
const bundleForms: Record<string, BundleForm | undefined> = {
  transaction: 'as asked',
  batch: 'as asked',
  collection: 'as resources',
  searchset: 'as resources',
  document: 'resource',
  message: 'resource',
}
