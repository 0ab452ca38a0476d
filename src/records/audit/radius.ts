/** How far somebody came, in names that people know. */
import type { Reach, Touched as Counted } from '#kernel/ledger/index.ts'
import type { CompartmentId } from '../place.ts'
import type { Radius, Touched } from './types.ts'

const facilityName = 'facility'

export function patientsOf({ places }: Reach): CompartmentId[] {
  return [...places.keys()].filter((place) => place !== facilityName) as CompartmentId[]
}

export function radiusOf(reach: Reach, names: ReadonlyMap<CompartmentId, string>): Radius {
  const { entries, acts, refused, places, gone } = reach
  const patients = patientsOf(reach).map((place) => {
    const id = names.get(place)
    return { ...(id === undefined ? {} : { id }), ...touchedOf(places.get(place) as Counted) }
  })
  const facility = places.get(facilityName)
  return {
    status: 'ok',
    entries,
    acts,
    refused,
    patients: patients.toSorted((one, other) => other.acts - one.acts || byText(one.id, other.id)),
    ...(facility ? { facility: touchedOf(facility) } : {}),
    gone: { patients: gone.streams, entries: gone.entries },
  }
}

function touchedOf({ acts, reads, changes, firstMs, lastMs, resources }: Counted): Touched {
  return {
    acts,
    reads,
    changes,
    first: new Date(firstMs),
    last: new Date(lastMs),
    resources: resources.toSorted(
      (one, other) =>
        other.reads + other.changes - one.reads - one.changes ||
        byText(`${one.type}/${one.id}`, `${other.type}/${other.id}`),
    ),
  }
}

function byText(one = '', other = ''): number {
  return one < other ? -1 : one > other ? 1 : 0
}
