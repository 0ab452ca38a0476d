/** What all safeguards know: gathered, laid one beside the other, and every way in which it could be. */
import type { Facts } from '#kernel/policy/index.ts'
import type { AnyFact, FactValue, Safeguard } from '#kernel/safeguard.ts'
import type { Asking, CompartmentId, Given, Request, PolicyThing } from '#records/index.ts'

export type HouseSafeguard = Safeguard<Asking, Request, CompartmentId, PolicyThing, Given>
type HouseFact = AnyFact<Asking, Request, CompartmentId, PolicyThing>

/** Where a fact stands: `access.relation`, and what it is. */
export type Told = ReadonlyMap<string, FactValue>

interface Placed {
  safeguard: string
  name: string
  fact: HouseFact
}

export class FactTable {
  readonly #all: readonly Placed[]

  constructor(safeguards: readonly HouseSafeguard[]) {
    this.#all = safeguards.flatMap(({ name: safeguard, facts }) =>
      Object.entries(facts).map(([name, fact]) => ({ safeguard, name, fact })),
    )
  }

  async ofActor(asking: Asking): Promise<Told> {
    const told = new Map<string, FactValue>()
    for (const { safeguard, name, fact } of this.#all)
      if (fact.of === 'actor') told.set(`${safeguard}.${name}`, await fact.tell(asking))
    return told
  }

  async ofSubject(asking: Asking, subject: CompartmentId): Promise<Told> {
    const told = new Map<string, FactValue>()
    for (const { safeguard, name, fact } of this.#all)
      if (fact.of === 'subject') told.set(`${safeguard}.${name}`, await fact.tell(asking, subject))
    return told
  }

  ofRequest(asking: Asking, request: Request): Told {
    const told = new Map<string, FactValue>()
    for (const { safeguard, name, fact } of this.#all)
      if (fact.of === 'request') told.set(`${safeguard}.${name}`, fact.tell(asking, request))
    return told
  }

  ofThing(asking: Asking, thing: PolicyThing): Told {
    const told = new Map<string, FactValue>()
    for (const { safeguard, name, fact } of this.#all)
      if (fact.of === 'thing') told.set(`${safeguard}.${name}`, fact.tell(asking, thing))
    return told
  }

  /** As policy takes them. Throws where one is missing: what is not known is not decided. */
  laidOut(...told: readonly Told[]): Facts {
    const facts: Record<string, Record<string, FactValue>> = {}
    for (const { safeguard, name } of this.#all) {
      const place = `${safeguard}.${name}`
      const value = told.find((each) => each.has(place))?.get(place)
      if (value === undefined) throw new Error(`nothing tells ${place}`)
      ;(facts[safeguard] ??= {})[name] = value
    }
    return facts
  }

  /** Every way in which what is not known yet could be. */
  *possible(...of: readonly HouseFact['of'][]): Generator<Told> {
    const open = this.#all.filter(({ fact }) => of.includes(fact.of))
    yield* ways(open, new Map())
  }
}

function* ways([first, ...rest]: readonly Placed[], told: ReadonlyMap<string, FactValue>): Generator<Told> {
  if (!first) return yield told
  const { safeguard, name, fact } = first
  for (const value of fact.values) yield* ways(rest, new Map([...told, [`${safeguard}.${name}`, value]]))
}
