/** Where the store meets policy: who it is that asks, and what follows for them. */
import { createPolicy } from '#kernel/policy/index.ts'
import type { Gate, GateMaker, Standing } from '#records/index.ts'
import { saidPurpose } from './access/index.ts'
import { Bounds } from './bounds.ts'
import { FactTable, type HouseSafeguard } from './facts.ts'
import { safeguards as registered } from './registry.ts'

export interface GateOptions {
  /** Milliseconds since 1970. */
  now: () => number
  safeguards?: readonly HouseSafeguard[]
}

export function createGate({ now, safeguards = registered }: GateOptions): GateMaker {
  const house = { policy: createPolicy(safeguards), facts: new FactTable(safeguards), safeguards }
  /** By what follows from who asks: whether it is everything. */
  const known = new Map<string, boolean>()

  return (sources): Gate => ({
    named(by) {
      const purpose = by.principal && saidPurpose(by.principal, by.purpose)
      return purpose === undefined ? by : { ...by, purpose }
    },

    async of(by) {
      const { principal } = by
      // The vault itself and whoever runs it act on this machine; nobody comes from elsewhere without a name.
      if (!principal) return by.address === 'local' ? whole : nothing
      const asking = { by, principal, now: now(), sources }
      const bounds = new Bounds(asking, house, await house.facts.ofActor(asking))
      const isEverything = known.get(bounds.name) ?? bounds.isEverything()
      if (known.size >= knownMax) known.clear()
      known.set(bounds.name, isEverything)
      return isEverything ? whole : bounds
    },

    async explain(by, asked) {
      const asking = { by, principal: by.principal, now: now(), sources }
      return new Bounds(asking, house, await house.facts.ofActor(asking)).explain(asked)
    },
  })
}

/** Roles, scopes and purposes together, in one house. */
const knownMax = 10_000

/** Where there is nothing to be held to, and where nothing is allowed. */
const whole = standingOf(true)
const nothing = standingOf(false)

function standingOf(is: boolean): Standing {
  return {
    isWhole: is,
    couldBe: () => is,
    implies: () => is,
    allows: () => is,
    places: async () => (is ? undefined : []),
    restrains: () => undefined,
  }
}
