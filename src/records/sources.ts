/** What policy may know of the records: who is named in them as one who cares for the patient. */
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Directory } from './directory/index.ts'
import { linksByHome, linksIn, type Sources } from './gate/index.ts'
import { facilityOf, patientCompartment, type ResourceKey } from './place.ts'
import type { Reader } from './reader.ts'
import type { ExtractOptions } from './search/index.ts'
import { createNamed } from './search/run/index.ts'
import type { Entry, TupleIndex } from './tuples/index.ts'

export interface SourceRooms {
  sql: Sql
  keys: Keys
  reader: Reader
  tuples: TupleIndex
  directory: Directory
  local: ExtractOptions
}

/** Read in one statement. */
const namesAtOnce = 200

export function createSources({ sql, keys, reader, tuples, directory, local }: SourceRooms): Sources {
  // Apart from what searches remember by name: of whom somebody cares for the same few resources are asked again and again.
  const named = createNamed(sql, keys, reader, local)
  return {
    compartmentOf: (patient) => patientCompartment(keys.locator, patient.replace(/^Patient\//, '')),

    facility: () => facilityOf(keys.locator),

    async linksOf(compartment, practitioner) {
      const shelf = await tuples.read(compartment, { view: 'clinical' })
      return shelf ? linksIn(shelf.entries, practitioner) : []
    },

    async linksBetween(practitioner, span) {
      const id = practitioner.replace(/^Practitioner\//, '')
      const lists = await Promise.all(directory.carers(id, span).map(allOf))
      const names = [...new Set(lists.flat())]
      const entries: Entry[] = []
      for (let at = 0; at < names.length; at += namesAtOnce)
        entries.push(...(await named.entries(names.slice(at, at + namesAtOnce), 'clinical')))
      return linksByHome(entries, practitioner)
    },
  }
}

async function allOf(batches: AsyncGenerator<ResourceKey[]>): Promise<ResourceKey[]> {
  const all: ResourceKey[] = []
  for await (const batch of batches) all.push(...batch)
  return all
}
