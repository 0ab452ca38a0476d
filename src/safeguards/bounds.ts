/** What one person or program may do: decided by what is known of them, and of what they ask for. */
import { refuse, refuseAs, type Refusal } from '#kernel/outcome.ts'
import type { Decision, Facts, Policy, PolicyUsed } from '#kernel/policy/index.ts'
import type { RowsOf } from '#people/index.ts'
import { actions, kindsOfAction } from '#records/index.ts'
import type {
  Asking,
  CompartmentId,
  Explained,
  Explanation,
  Given,
  PolicyThing,
  RecordRead,
  Request,
  Standing,
} from '#records/index.ts'
import type { FactTable, HouseSafeguard, Known, SubjectTold, Told } from './facts.ts'

/** What policies are asked by. */
export interface House {
  policy: Policy
  facts: FactTable
  safeguards: readonly HouseSafeguard[]
  rows: RowsOf
}

/**
 * What follows for all of whom the same is known: a decision follows from roles and facts alone (`kernel/policy`), so whoever asks the
 * same again with the same facts is told the same.
 */
export class Followed {
  readonly #known = new Map<string, boolean>()
  readonly #ofThings = new Map<string, Map<number, boolean>>()

  of(name: string, decide: () => boolean): boolean {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const is = decide()
    if (this.#known.size >= followedMax) this.#known.clear()
    this.#known.set(name, is)
    return is
  }

  /** What follows for things of which the same is asked, of subjects of whom the same is known: by the number of what is in them. */
  ofThings(name: string): Map<number, boolean> {
    let known = this.#ofThings.get(name)
    if (!known) {
      if (this.#ofThings.size >= followedMax) this.#ofThings.clear()
      this.#ofThings.set(name, (known = new Map()))
    }
    return known
  }
}

/** Actions, kinds and facts together. */
const followedMax = 20_000
/** What is found out of a subject, and of what is in the thing, once they are looked at. */
const later = ['subject', 'thing', 'between'] as const

export class Bounds implements Standing {
  readonly isWhole = false
  readonly #asking: Asking
  readonly #house: House
  /** What is known of whoever asks. */
  readonly #actor: Known
  readonly #followed: Followed
  /** By what is asked. */
  readonly #names = new Map<string, string>()
  /** Of what was asked last: each match of a search asks for the same. */
  #last: (Request & { of: SubjectTold; followed: Map<number, boolean> }) | undefined
  readonly #subjects = new Map<CompartmentId, SubjectTold | Promise<SubjectTold>>()

  constructor(asking: Asking, house: House, actor: Known, followed: Followed) {
    this.#asking = asking
    this.#house = house
    this.#actor = actor
    this.#followed = followed
  }

  /** Whatever there is to do in the store, whatever it is about. That nothing narrows it for whom this is so, test/golden/policy.txt shows. */
  isEverything(): boolean {
    return this.#followed.of('everything', () => {
      for (const action of actions.filter((each) => each !== 'request' && each !== 'approve'))
        for (const kind of kindsOfAction[action])
          for (const told of this.#house.facts.possible({ of: later, isNarrowed: false, isWidened: false }))
            if (!this.#decide({ action, kind }, told).isAllowed) return false
      return true
    })
  }

  couldBe(request: Request): boolean {
    return this.#followed.of(`could be ${this.#nameOf(request)}`, () => {
      for (const told of this.#house.facts.possible({ of: later, isNarrowed: false }))
        if (this.#decide(request, told).isAllowed) return true
      return false
    })
  }

  refusal(request: Request): Refusal {
    const { facts } = this.#house
    let why: PolicyUsed | undefined
    for (const told of facts.possible({ of: later, isNarrowed: false })) {
      const { isAllowed, by } = this.#decide(request, told)
      const said = isAllowed ? undefined : by.find(({ refusal }) => refusal !== undefined)
      // Of what hangs on whom it is about nothing is told.
      if (!said) return refuse('forbidden')
      why ??= said
    }
    if (why?.refusal === undefined) return refuse('forbidden')
    return refuseAs(why.refusal, { es: why.es, en: why.en })
  }

  implies(one: Request | undefined, other: Request): boolean {
    return this.#followed.of(`${one ? this.#nameOf(one) : ''} implies ${this.#nameOf(other)}`, () => {
      for (const told of this.#house.facts.possible({ of: later, isNarrowed: true })) {
        const isOne = one === undefined || this.#decide(one, told).isAllowed
        if (isOne && !this.#decide(other, told).isAllowed) return false
      }
      return true
    })
  }

  allows(thing: PolicyThing): boolean | Promise<boolean> {
    const { subjects } = thing
    // Whatever there is is somebody's, or the facility's: of what is nobody's at all nothing is known.
    if (subjects.length === 0) return false
    for (const subject of subjects) {
      const told = this.#toldOf(subject)
      if (told instanceof Promise) return this.#allowsLater(thing)
      if (!this.#allowsTo(thing, told)) return false
    }
    return true
  }

  async #allowsLater(thing: PolicyThing): Promise<boolean> {
    for (const subject of thing.subjects)
      if (!this.#allowsTo(thing, await this.#toldOf(subject))) return false
    return true
  }

  reads(shelf: RecordRead): void {
    this.#asking.sources.reads(shelf)
  }

  async places(): Promise<readonly CompartmentId[] | undefined> {
    for (const { places } of this.#house.safeguards) {
      const found = await places?.(this.#asking)
      if (found) return found
    }
    return undefined
  }

  restrains(given: Given, isRecorded: boolean): Promise<Refusal | undefined> | undefined {
    let asked: Promise<Refusal | undefined>[] | undefined
    for (const { name, restrains } of this.#house.safeguards) {
      const answer = restrains?.(this.#asking, given, isRecorded, this.#house.rows(name))
      if (answer) (asked ??= []).push(answer)
    }
    return asked && Promise.all(asked).then((answers) => answers.find((answer) => answer !== undefined))
  }

  async explain(asked: Request | PolicyThing): Promise<Explanation> {
    const ways = [...this.#house.facts.possible({ of: later, isNarrowed: false })]
    const besides = (
      await Promise.all(this.#house.safeguards.map(({ explains }) => explains?.(this.#asking) ?? []))
    ).flat()
    const inEach = ways.map((told) => this.#explained(asked, told)).filter(({ isAllowed }) => isAllowed)
    if (!('subjects' in asked))
      return { isAllowed: inEach.length > 0, explained: inEach, otherwise: [], besides }
    const explained: Explained[] = []
    for (const each of asked.subjects) {
      const subject = await this.#toldOf(each)
      explained.push(this.#explained(asked, subject.known.told, this.#ofThing(asked, subject)))
    }
    const isAllowed = explained.length > 0 && explained.every((each) => each.isAllowed)
    return { isAllowed, explained, otherwise: isAllowed ? [] : inEach, besides }
  }

  #explained(asked: Request, ...told: readonly Told[]): Explained {
    const { isAllowed, by } = this.#ask(asked, this.#laidOut(asked, ...told))
    const known = [this.#actor.told, this.#house.facts.ofRequest(this.#asking, asked), ...told]
    const facts = Object.fromEntries(known.flatMap((each) => [...each]))
    return { isAllowed, facts, policies: by.map(({ id, es, en }) => ({ id, es, en })) }
  }

  #allowsTo(thing: PolicyThing, subject: SubjectTold): boolean {
    const number = this.#house.facts.numberOfThing(this.#asking, thing, subject)
    // What it is not said to be could be anything.
    const followed = number === undefined ? undefined : this.#followedOf(thing, subject)
    const known = followed?.get(number as number)
    if (known !== undefined) return known
    const facts = this.#laidOut(thing, subject.known.told, this.#ofThing(thing, subject))
    const { isAllowed } = this.#ask(thing, facts)
    followed?.set(number as number, isAllowed)
    return isAllowed
  }

  #followedOf({ action, kind, type }: PolicyThing, subject: SubjectTold): Map<number, boolean> {
    const last = this.#last
    if (last?.of === subject && last.action === action && last.kind === kind && last.type === type)
      return last.followed
    const request = type === undefined ? { action, kind } : { action, kind, type }
    const followed = this.#followed.ofThings(`${this.#nameOf(request)} | ${subject.known.name}`)
    this.#last = { ...request, of: subject, followed }
    return followed
  }

  /** What is asked, as far as decisions follow from it. */
  #nameOf(request: Request): string {
    const { action, kind, type = '' } = request
    const asked = `${action} ${kind} ${type}`
    let name = this.#names.get(asked)
    if (name === undefined) {
      name = `${action} ${kind} ${this.#house.facts.valuesOfRequest(this.#asking, request)}`
      this.#names.set(asked, name)
    }
    return name
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

  #ofThing(thing: PolicyThing, subject: SubjectTold): Told {
    return this.#house.facts.ofThing(this.#asking, thing, subject)
  }

  #laidOut(request: Request, ...told: readonly Told[]): Facts {
    const { facts } = this.#house
    return facts.laidOut(this.#actor.told, facts.ofRequest(this.#asking, request), ...told)
  }

  /** Asked for once. */
  #toldOf(subject: CompartmentId): SubjectTold | Promise<SubjectTold> {
    const known = this.#subjects.get(subject)
    if (known) return known
    const telling = this.#house.facts.ofSubject(this.#asking, subject)
    this.#subjects.set(subject, telling)
    if (telling instanceof Promise)
      telling.then(
        (told) => this.#subjects.set(subject, told),
        () => this.#subjects.delete(subject),
      )
    return telling
  }
}
