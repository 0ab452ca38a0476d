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

/** What is known of whoever asks, or of a subject: values in the order of the table, which are laid out where something is decided anew. */
export class Known {
  readonly #facts: readonly Placed[]
  readonly #values: readonly FactValue[]
  /** The values. */
  readonly name: string

  constructor(facts: readonly Placed[], values: readonly FactValue[]) {
    this.#facts = facts
    this.#values = values
    let name = ''
    for (const value of values) name += `${value} `
    this.name = name
  }

  get told(): Told {
    return new Map(this.#facts.map(({ place }, n) => [place, this.#values[n] as FactValue]))
  }
}

/** What is known of a subject, and what its record says of things: in the order of the table. */
export interface SubjectTold {
  known: Known
  between: readonly Judge<PolicyThing>[]
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
  ofActor(asking: Asking): Known | Promise<Known> {
    const { actor } = this.#of
    const values = toldBy(actor, ({ safeguard, fact }) => fact.tell(asking, this.#rows(safeguard)))
    return values instanceof Promise
      ? values.then((later) => new Known(actor, later))
      : new Known(actor, values)
  }

  ofSubject(asking: Asking, subject: CompartmentId): SubjectTold | Promise<SubjectTold> {
    const told = toldBy(this.#of.subject, ({ safeguard, fact }) =>
      fact.tell(asking, subject, this.#rows(safeguard)),
    )
    const between = toldBy(this.#of.between, ({ safeguard, fact }) =>
      fact.tell(asking, subject, this.#rows(safeguard)),
    )
    const made = (values: readonly FactValue[], judges: readonly Judge<PolicyThing>[]): SubjectTold => ({
      known: new Known(this.#of.subject, values),
      between: judges,
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

  /** The values of `ofRequest`. */
  valuesOfRequest(asking: Asking, request: Request): string {
    let values = ''
    for (const { fact } of this.#of.request) values += `${fact.tell(asking, request)} `
    return values
  }

  /** `between`: of a subject whom it is about. */
  ofThing(asking: Asking, thing: PolicyThing, { between }: Pick<SubjectTold, 'between'>): Told {
    const told = new Map<string, FactValue>()
    for (const { place, fact } of this.#of.thing) told.set(place, fact.tell(asking, thing))
    for (const [n, judge] of between.entries()) told.set(this.#of.between[n]!.place, judge(thing))
    return told
  }

  /** The values of `ofThing`, which it is asked of each match of a search, as one number; undefined where one is none that it could be. */
  numberOfThing(
    asking: Asking,
    thing: PolicyThing,
    { between }: Pick<SubjectTold, 'between'>,
  ): number | undefined {
    let number = 0
    for (const { fact } of this.#of.thing) {
      const at = placeAmong(fact.values, fact.tell(asking, thing))
      if (at < 0) return undefined
      number = number * fact.values.length + at
    }
    for (let n = 0; n < between.length; n++) {
      const { values } = this.#of.between[n]!.fact
      const at = placeAmong(values, between[n]!(thing))
      if (at < 0) return undefined
      number = number * values.length + at
    }
    return number
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

const placeAmong = (values: readonly FactValue[], value: FactValue): number => values.indexOf(value)

type Tell<Fact extends HouseFact, Answer> = (placed: Placed<Fact>) => Answer | Promise<Answer>

/** Each of them at once: what has to be read is read together. */
function toldBy<Fact extends HouseFact, Answer>(
  facts: readonly Placed<Fact>[],
  tell: Tell<Fact, Answer>,
): Answer[] | Promise<Answer[]> {
  const told: (Answer | Promise<Answer>)[] = []
  let isLater = false
  for (const placed of facts) {
    const value = tell(placed)
    if (value instanceof Promise) isLater = true
    told.push(value)
  }
  return isLater ? Promise.all(told) : (told as Answer[])
}

function* ways([first, ...rest]: readonly Placed[], told: ReadonlyMap<string, FactValue>): Generator<Told> {
  if (!first) return yield told
  const { place, fact } = first
  for (const value of fact.values) yield* ways(rest, new Map([...told, [place, value]]))
}
