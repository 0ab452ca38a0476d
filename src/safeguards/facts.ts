/** What all safeguards know: gathered, laid one beside the other, and every way in which it could be. */
import type { Facts } from '#kernel/policy/index.ts'
import type { AnyFact, FactValue, Judge, Safeguard } from '#kernel/safeguard.ts'
import type { RowsOf } from '#people/index.ts'
import type { Asking, CompartmentId, Given, Request, PolicyThing, Watched } from '#records/index.ts'

export type HouseSafeguard = Safeguard<Asking, Request, CompartmentId, PolicyThing, Given, Watched>
type HouseFact = AnyFact<Asking, Request, CompartmentId, PolicyThing>

/** Where a fact stands: `access.relation`, and what it is. */
export type Told = ReadonlyMap<string, FactValue>

type FactOf<Of extends HouseFact['of']> = Extract<HouseFact, { of: Of }>

/** What is known of a subject, and what its record says of things. */
export interface SubjectTold {
  told: Told
  /** The values of `told`. */
  name: string
  between: ReadonlyMap<string, Judge<PolicyThing>>
}

interface Placed<Fact extends HouseFact = HouseFact> {
  /** `access.relation` */
  place: string
  safeguard: string
  isNarrowing: boolean
  isWidening: boolean
  name: string
  fact: Fact
}

export class FactTable {
  readonly #all: readonly Placed[]
  readonly #of: { readonly [Of in HouseFact['of']]: readonly Placed<FactOf<Of>>[] }
  readonly #rows: RowsOf

  /** `rows`: what each safeguard keeps. */
  constructor(safeguards: readonly HouseSafeguard[], rows: RowsOf) {
    this.#rows = rows
    this.#all = safeguards.flatMap(({ name: safeguard, isNarrowing = false, isWidening = false, facts }) =>
      Object.entries(facts).map(([name, fact]) => ({
        place: `${safeguard}.${name}`,
        safeguard,
        isNarrowing,
        isWidening,
        name,
        fact,
      })),
    )
    const of = <Of extends HouseFact['of']>(what: Of) =>
      this.#all.filter((placed): placed is Placed<FactOf<Of>> => placed.fact.of === what)
    this.#of = {
      actor: of('actor'),
      request: of('request'),
      subject: of('subject'),
      thing: of('thing'),
      between: of('between'),
    }
  }

  /** At once where none has to be looked for. */
  ofActor(asking: Asking): Told | Promise<Told> {
    return toldBy(this.#of.actor, ({ safeguard, fact }) => fact.tell(asking, this.#rows(safeguard)))
  }

  ofSubject(asking: Asking, subject: CompartmentId): SubjectTold | Promise<SubjectTold> {
    const told = toldBy(this.#of.subject, ({ safeguard, fact }) =>
      fact.tell(asking, subject, this.#rows(safeguard)),
    )
    const between = toldBy(this.#of.between, ({ safeguard, fact }) =>
      fact.tell(asking, subject, this.#rows(safeguard)),
    )
    const made = (one: Told, other: SubjectTold['between']): SubjectTold => ({
      told: one,
      name: valuesOf(one),
      between: other,
    })
    return told instanceof Promise || between instanceof Promise
      ? Promise.all([told, between]).then(([one, other]) => made(one, other))
      : made(told, between)
  }

  ofRequest(asking: Asking, request: Request): Told {
    const told = new Map<string, FactValue>()
    for (const { place, fact } of this.#of.request) told.set(place, fact.tell(asking, request))
    return told
  }

  /** `between`: of a subject whom it is about. */
  ofThing(asking: Asking, thing: PolicyThing, { between }: Pick<SubjectTold, 'between'>): Told {
    if (this.#of.thing.length + between.size === 0) return nothing
    const told = new Map<string, FactValue>()
    for (const { place, fact } of this.#of.thing) told.set(place, fact.tell(asking, thing))
    for (const [place, judge] of between) told.set(place, judge(thing))
    return told
  }

  /** The values of `ofThing`, which it is asked of each match of a search. */
  valuesOfThing(asking: Asking, thing: PolicyThing, { between }: Pick<SubjectTold, 'between'>): string {
    let values = ''
    for (const { fact } of this.#of.thing) values += `${fact.tell(asking, thing)} `
    for (const judge of between.values()) values += `${judge(thing)} `
    return values
  }

  /** As policy takes them. Throws where one is missing: what is not known is not decided. */
  laidOut(...told: readonly Told[]): Facts {
    const facts: Record<string, Record<string, FactValue>> = {}
    for (const { place, safeguard, name } of this.#all) {
      const value = told.find((each) => each.has(place))?.get(place)
      if (value === undefined) throw new Error(`nothing tells ${place}`)
      ;(facts[safeguard] ??= {})[name] = value
    }
    return facts
  }

  /** Every way in which what is not known yet could be; where nothing is narrowed, or widened, what does that is as usual in all of them. */
  *possible(o: {
    of: readonly HouseFact['of'][]
    isNarrowed: boolean
    isWidened?: boolean
  }): Generator<Told> {
    const { isWidened = true } = o
    const open = this.#all.filter(({ fact }) => o.of.includes(fact.of))
    const usual = new Map(open.map(({ place, fact }) => [place, fact.values[0] as FactValue]))
    const wide = open.filter(({ isNarrowing, isWidening }) => !isNarrowing && (isWidened || !isWidening))
    yield* ways(wide, usual)
    if (!o.isNarrowed) return
    const narrowing = Map.groupBy(
      open.filter((each) => each.isNarrowing),
      ({ safeguard }) => safeguard,
    )
    // One safeguard at a time: what another would take away besides changes nothing of whether this one does.
    for (const some of narrowing.values()) yield* ways([...wide, ...some], usual)
  }
}

const nothing: Told = new Map()

export function valuesOf(told: Told): string {
  let text = ''
  for (const value of told.values()) text += `${value} `
  return text
}

type Tell<Fact extends HouseFact, Answer> = (placed: Placed<Fact>) => Answer | Promise<Answer>

/** Each of them at once: what has to be read is read together. */
function toldBy<Fact extends HouseFact, Answer>(
  facts: readonly Placed<Fact>[],
  tell: Tell<Fact, Answer>,
): Map<string, Answer> | Promise<Map<string, Answer>> {
  const told = new Map<string, Answer | Promise<Answer>>()
  let later: Promise<unknown>[] | undefined
  for (const placed of facts) {
    const { place } = placed
    const value = tell(placed)
    // Each keeps its place among the others, whenever it is known.
    told.set(place, value)
    if (value instanceof Promise) (later ??= []).push(value.then((known) => told.set(place, known)))
  }
  const known = told as Map<string, Answer>
  return later ? Promise.all(later).then(() => known) : known
}

function* ways([first, ...rest]: readonly Placed[], told: ReadonlyMap<string, FactValue>): Generator<Told> {
  if (!first) return yield told
  const { place, fact } = first
  for (const value of fact.values) yield* ways(rest, new Map([...told, [place, value]]))
}
