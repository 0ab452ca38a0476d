import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { inventedBundles } from './invented.ts'

/** Transaction Bundles as a client sends them. */
export interface ImportSet {
  name: 'synthea-smart' | 'invented'
  bundles: Uint8Array[]
}

export const synthea = new URL('../../shared/data/synthea-smart/', import.meta.url)

/** The Synthea Bundles beside the repository, each as the file is; without them, invented ones of their kind. */
export function importSet(): ImportSet {
  if (!existsSync(synthea)) return { name: 'invented', bundles: inventedBundles() }
  const files = readdirSync(synthea).filter((name) => name.endsWith('.json.gz'))
  const bundles = files.toSorted().map((name) => gunzipSync(readFileSync(new URL(name, synthea))))
  return { name: 'synthea-smart', bundles }
}

/** Bytes of the Bundles as they are, and of their resources alone as compact JSON; how many there are. */
export function weigh(bundles: readonly Uint8Array[]) {
  let resources = 0
  let compactBytes = 0
  let rawBytes = 0
  for (const bundle of bundles) {
    const { entry } = JSON.parse(Buffer.from(bundle).toString()) as { entry: { resource: unknown }[] }
    rawBytes += bundle.length
    resources += entry.length
    for (const { resource } of entry) compactBytes += Buffer.byteLength(JSON.stringify(resource))
  }
  return { resources, compactBytes, rawBytes }
}
