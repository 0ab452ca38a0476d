/** Where the store meets policy: who it is that asks, and what follows for them. */
import { refuse } from '#kernel/outcome.ts'
import { createPolicy } from '#kernel/policy/index.ts'
import type { Principal, RowsOf } from '#people/index.ts'
import type { Asking, CompartmentId, Gate, GateMaker, RecordRead, Sources, Standing } from '#records/index.ts'
import { saidPurpose } from './access/index.ts'
import { Bounds, Followed } from './bounds.ts'
import { FactTable, type HouseSafeguard, type Known } from './facts.ts'
import { safeguards as registered } from './all.ts'

export interface GateOptions {
  /** Milliseconds since 1970. */
  now: () => number
  /** What each safeguard keeps. */
  rows: RowsOf
  safeguards?: readonly HouseSafeguard[]
}

export function createGate({ now, rows, safeguards = registered }: GateOptions): GateMaker {
  const facts = new FactTable(safeguards, rows)
  const house = { policy: createPolicy(safeguards), facts, safeguards, rows }
  /** Of all of whom the same is known, by that. */
  const classes = new Map<string, Followed>()

  return (sources): Gate => {
    const ofOneAct = eachActOf(sources)
    return {
      named(by) {
        const purpose = by.principal && saidPurpose(by.principal, by.purpose)
        return purpose === undefined ? by : { ...by, purpose }
      },

      of(by) {
        const { principal } = by
        // The vault itself and whoever runs it act on this machine; nobody comes from elsewhere without a name.
        if (!principal) return by.address === 'local' ? whole : nothing
        const asking = { by, principal, now: now(), sources: ofOneAct() }
        const actor = house.facts.ofActor(asking)
        return actor instanceof Promise
          ? actor.then((told) => standingBy(asking, told))
          : standingBy(asking, actor)
      },

      async factsThen(by, subject, atMs) {
        const asking = { by, principal: by.principal, now: atMs, sources: ofOneAct() }
        const { known } = await house.facts.ofSubject(asking, subject)
        return known.told
      },

      async explain(by, asked) {
        const asking = { by, principal: by.principal, now: now(), sources: ofOneAct() }
        return boundsOf(asking, await house.facts.ofActor(asking)).explain(asked)
      },
    }
  }

  function standingBy(asking: Asking, actor: Known): Standing {
    const bounds = boundsOf(asking, actor)
    return bounds.isEverything() ? whole : bounds
  }

  function boundsOf(asking: Asking, actor: Known): Bounds {
    const name = classOf(asking.principal, actor)
    let followed = classes.get(name)
    if (!followed) {
      if (classes.size >= classesMax) classes.clear()
      classes.set(name, (followed = new Followed()))
    }
    return new Bounds(asking, house, actor, followed)
  }
}

/** Whatever of whoever asks decisions follow from. */
function classOf({ program, person }: Principal, actor: Known): string {
  // Roles and what is told are words of ours; a scope is anything, and so the last.
  return `${program ? 'program' : person?.roles.join(' ')} | ${actor.name} | ${program?.scope}`
}

/** Roles, purposes and what else is known of people, in one house. */
const classesMax = 1_000

/** Where there is nothing to be held to, and where nothing is allowed. */
const whole = standingOf(true)
const nothing = standingOf(false)

function standingOf(is: boolean): Standing {
  return {
    isWhole: is,
    couldBe: () => is,
    refusal: () => refuse('forbidden'),
    implies: () => is,
    allows: () => is,
    reads: () => {},
    places: async () => (is ? undefined : []),
    restrains: () => undefined,
  }
}

/** Of one act: what several facts go by is looked up once. */
interface OfOneAct extends Sources {
  charts?: Map<CompartmentId, ReturnType<Sources['chartOf']>>
  /** What was read of records on the way. */
  shelves?: Map<CompartmentId, RecordRead>
}

/** Made once for all acts: a function that each act made for itself would keep what it reaches in V8's old generation. */
function eachActOf(sources: Sources): () => Sources {
  const ofAnAct: Pick<Sources, 'chartOf' | 'reads'> & ThisType<OfOneAct> = {
    chartOf(subject) {
      if (this.charts?.has(subject)) return this.charts.get(subject)
      const shelf = this.shelves?.get(subject)
      const chart = shelf ? sources.chartIn(shelf) : sources.chartOf(subject)
      ;(this.charts ??= new Map()).set(subject, chart)
      return chart
    },
    reads(shelf) {
      ;(this.shelves ??= new Map()).set(shelf.compartment, shelf)
    },
  }
  const all = Object.assign(Object.create(sources) as Sources, ofAnAct)
  return () => Object.create(all) as Sources
}
