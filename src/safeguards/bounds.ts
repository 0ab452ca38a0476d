/** What one person or program may do: decided by what is known of them, and of what they ask for. */
import type { Refusal } from '#kernel/outcome.ts'
import type { Decision, Facts, Policy } from '#kernel/policy/index.ts'
import { actions, kindsOfAction } from '#records/index.ts'
import type {
  Asking,
  CompartmentId,
  Explained,
  Explanation,
  Given,
  PolicyThing,
  Request,
  Standing,
} from '#records/index.ts'
import type { FactTable, HouseSafeguard, Told } from './facts.ts'

/** What policies are asked by. */
export interface House {
  policy: Policy
  facts: FactTable
  safeguards: readonly HouseSafeguard[]
}

export class Bounds implements Standing {
  readonly isWhole = false
  readonly #asking: Asking
  readonly #house: House
  /** What is known of whoever asks. */
  readonly #actor: Told
  readonly #subjects = new Map<CompartmentId, Told | Promise<Told>>()
  readonly #allowed = new Map<string, boolean>()

  constructor(asking: Asking, house: House, actor: Told) {
    this.#asking = asking
    this.#house = house
    this.#actor = actor
  }

  /** The same of all for whom the same follows. */
  get name(): string {
    const { program, person } = this.#asking.principal
    return JSON.stringify([program?.scope, person?.roles, ...this.#actor.values()])
  }

  /** Whatever there is to do, whatever it is about. */
  isEverything(): boolean {
    for (const action of actions)
      for (const kind of kindsOfAction[action]) if (!this.implies(undefined, { action, kind })) return false
    return true
  }

  couldBe(request: Request): boolean {
    const { facts } = this.#house
    for (const told of facts.possible('subject', 'thing'))
      if (this.#decide(request, told).isAllowed) return true
    return false
  }

  implies(one: Request | undefined, other: Request): boolean {
    const { facts } = this.#house
    for (const told of facts.possible('subject', 'thing')) {
      const isOne = one === undefined || this.#decide(one, told).isAllowed
      if (isOne && !this.#decide(other, told).isAllowed) return false
    }
    return true
  }

  allows(thing: PolicyThing): boolean | Promise<boolean> {
    const { subjects } = thing
    // Whatever there is is somebody's, or the facility's: of what is nobody's at all nothing is known.
    if (subjects.length === 0) return false
    for (const subject of subjects) {
      const told = this.#subjects.get(subject)
      if (told === undefined || told instanceof Promise) return this.#allowsLater(thing)
      if (!this.#allowsTo(thing, subject, told)) return false
    }
    return true
  }

  async #allowsLater(thing: PolicyThing): Promise<boolean> {
    for (const subject of thing.subjects)
      if (!this.#allowsTo(thing, subject, await this.#toldOf(subject))) return false
    return true
  }

  async places(): Promise<readonly CompartmentId[] | undefined> {
    for (const { places } of this.#house.safeguards) {
      const found = await places?.(this.#asking)
      if (found) return found
    }
    return undefined
  }

  restrains(given: Given, isRecorded: boolean): Promise<Refusal | undefined> | undefined {
    const asked = this.#house.safeguards.flatMap(
      ({ restrains }) => restrains?.(this.#asking, given, isRecorded) ?? [],
    )
    if (asked.length < 2) return asked[0]
    return Promise.all(asked).then((answers) => answers.find((answer) => answer !== undefined))
  }

  async explain(asked: Request | PolicyThing): Promise<Explanation> {
    const ways = [...this.#house.facts.possible('subject', 'thing')]
    const inEach = ways.map((told) => this.#explained(asked, told)).filter(({ isAllowed }) => isAllowed)
    if (!('subjects' in asked)) return { isAllowed: inEach.length > 0, explained: inEach, otherwise: [] }
    const explained: Explained[] = []
    for (const subject of asked.subjects)
      explained.push(this.#explained(asked, await this.#toldOf(subject), this.#ofThing(asked)))
    const isAllowed = explained.length > 0 && explained.every((each) => each.isAllowed)
    return { isAllowed, explained, otherwise: isAllowed ? [] : inEach }
  }

  #explained(asked: Request, ...told: readonly Told[]): Explained {
    const { isAllowed, by } = this.#ask(asked, this.#laidOut(asked, ...told))
    const known = [this.#actor, this.#house.facts.ofRequest(this.#asking, asked), ...told]
    const facts = Object.fromEntries(known.flatMap((each) => [...each]))
    return { isAllowed, facts, policies: by.map(({ id, es, en }) => ({ id, es, en })) }
  }

  /** Most of what a search finds is of few kinds and of one patient. */
  #allowsTo(thing: PolicyThing, subject: CompartmentId, told: Told): boolean {
    const { action, kind, type = '' } = thing
    const ofThing = this.#ofThing(thing)
    const name = `${action} ${kind} ${type} ${[...ofThing.values()].join(' ')} ${subject}`
    const known = this.#allowed.get(name)
    if (known !== undefined) return known
    const { isAllowed } = this.#ask(thing, this.#laidOut(thing, told, ofThing))
    this.#allowed.set(name, isAllowed)
    return isAllowed
  }

  #decide(request: Request, told: Told): Decision {
    return this.#ask(request, this.#laidOut(request, told))
  }

  #ask({ action, kind }: Request, facts: Facts): Decision {
    const { program, person } = this.#asking.principal
    const roles = person?.roles ?? []
    const principal = program ? ({ is: 'Program' } as const) : ({ is: 'Person', roles } as const)
    return this.#house.policy.decide({ principal, action, kind, facts })
  }

  #ofThing(thing: PolicyThing): Told {
    return this.#house.facts.ofThing(this.#asking, thing)
  }

  #laidOut(request: Request, ...told: readonly Told[]): Facts {
    const { facts } = this.#house
    return facts.laidOut(this.#actor, facts.ofRequest(this.#asking, request), ...told)
  }

  /** Known once it was asked for. */
  async #toldOf(subject: CompartmentId): Promise<Told> {
    const known = this.#subjects.get(subject)
    if (known) return known
    const telling = this.#house.facts.ofSubject(this.#asking, subject)
    this.#subjects.set(subject, telling)
    try {
      const told = await telling
      this.#subjects.set(subject, told)
      return told
    } catch (error) {
      this.#subjects.delete(subject)
      throw error
    }
  }
}
