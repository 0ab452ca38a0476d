/** Who may be in twice, as acts: in the entries of all who are shown. */
import type { Interactions } from '../interactions.ts'
import type { Desk } from './desk.ts'

export function matchingOf(desk: Desk): Interactions['matching'] {
  return {
    match: (patient, count) =>
      desk.look(
        'search',
        { query: 'Patient/$match' },
        (records) => records.matching.match(patient, { count }),
        ({ matches }) => matches.map(({ version }) => version),
      ),
    duplicates: (after) =>
      desk.look(
        'search',
        { query: 'Patient/$duplicates' },
        (records) => records.matching.duplicates(after === undefined ? {} : { after }),
        ({ proposals }) => [...new Set(proposals.flatMap(({ one, other }) => [one, other]))],
      ),
    setApart(pair) {
      const { actor, client, address } = desk.by
      return desk.look(
        'read',
        { query: `Patient/${pair.source} and Patient/${pair.target} are two people` },
        (records) => records.matching.setApart(pair, { actor, client, address }),
        ({ one, other }) => [one, other],
      )
    },
  }
}
