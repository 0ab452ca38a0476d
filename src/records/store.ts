/** The FHIR store: everything in it is done in somebody's name, and recorded. */
import type { Ledger } from '#kernel/ledger/index.ts'
import { SomebodyActing } from './acting.ts'
import { Audit, type AuditParts } from './audit/index.ts'
import type { Store } from './interactions.ts'
import type { SourceRooms } from './sources.ts'
import { Sight, type GateMaker, type SightParts } from './gate/index.ts'
import { judgeDeeds, judgeReading } from './deeds.ts'
import { createContextOf } from './homes.ts'
import { facilityOf } from './place.ts'
import { createRecords, type RecordsOptions } from './records.ts'
import { Scribe, type Recording } from './scribe.ts'
import { createSources } from './sources.ts'
import { createWatching } from './watching/index.ts'
import { stageMerge, stageOpening } from './writing.ts'

export interface StoreOptions extends RecordsOptions {
  ledger: Recording & AuditParts['ledger'] & SourceRooms['ledger'] & Pick<Ledger, 'uses'>
  /** Policy: what is done is done through it. */
  gate: GateMaker
}

export function createStore({ ledger, gate: makeGate, ...options }: StoreOptions): Store {
  const made = createRecords({
    ...options,
    tell: async (by, act, seen) =>
      void (await scribe.tell({ action: 'export', outcome: 'done', by, act, spares: true }, seen)),
    async sightOf(by) {
      const standing = await gate.of(gate.named(by))
      return standing.isWhole ? undefined : new Sight(standing, sightParts)
    },
    stageMerge: (...merged) => stageMerge(ledger, facilityOf(options.keys.locator), ...merged),
    stageOpening: (...opened) => stageOpening(ledger, facilityOf(options.keys.locator), ...opened),
  })
  const { records, reader, local } = made
  const scribe = new Scribe({ ledger, keys: options.keys, reader, local })
  const audit = new Audit({ ledger, keys: options.keys, reader, scribe, records, timeZone: options.timeZone })
  const { keys } = options
  const sources = createSources({ sql: options.sql, ...made, keys, ledger, timeZone: options.timeZone })
  const gate = makeGate(sources)
  const sightParts: SightParts = {
    locator: () => keys.locator,
    placesOf: (version) => scribe.placesOf(version),
    extracted: (text) => scribe.extracted(text),
    async binary(resource) {
      const head = await reader.head(resource)
      return head?.alive && !head.deleted ? reader.open(head, 'clinical') : undefined
    },
    contextOf: createContextOf({ sql: options.sql, keys, reader, local }),
  }
  const rooms = {
    records,
    sightParts,
    scribe,
    audit,
    keys,
    gate,
    now: options.now,
    watching: createWatching({ ledger, ...made, sources, gate, scribe, timeZone: options.timeZone }),
  }
  const { attachments, exports, destructions, tend, close } = records
  return {
    as: (by, act) => new SomebodyActing(rooms, by, act),
    mayDo: judgeDeeds(gate, sources, keys),
    mayRead: judgeReading(gate, keys),
    strangers: (counts) =>
      ledger.record(
        counts.map(({ address, reasons }) => ({
          action: 'turned-away',
          outcome: 'refused',
          client: 'http',
          address,
          reason: Object.entries(reasons)
            .map(([reason, times]) => `${reason}: ${times}`)
            .join(', '),
        })),
      ),
    uses: (sought) => ledger.uses(sought),
    attachments,
    exports,
    destructions,
    tend,
    close,
  }
}
