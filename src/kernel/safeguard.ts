/**
 * The contract that every safeguard satisfies: one folder for each duty, which says what it knows (facts) and what follows from that
 * (policy). Listed in src/safeguards/registry.ts.
 */
import type { Refusal } from './outcome.ts'

/** What a fact can be: one of few values, so that decisions can be memoised by them, and laid out in a table. The first is the usual one. */
export type FactValues = readonly string[] | readonly boolean[]
export type FactValue = string | boolean

interface Fact<Of extends string, Asked extends unknown[], Answer = FactValue> {
  of: Of
  values: FactValues
  tell: (...asked: Asked) => Answer
}

/** It may have to be looked for. */
type Sought = FactValue | Promise<FactValue>

/**
 * `actor`: of whoever asks, gathered once for each act. `request`: of what is asked, before anything is looked at. `subject`: of a
 * patient whom it is about (or of nobody). `thing`: of what is in it.
 */
export type AnyFact<Asking, Request, Subject, Thing> =
  | Fact<'actor', [Asking], Sought>
  | Fact<'request', [Asking, Request]>
  | Fact<'subject', [Asking, Subject], Sought>
  | Fact<'thing', [Asking, Thing]>

export interface Safeguard<Asking, Request, Subject, Thing, Given = unknown> {
  /** Policies know its facts by it: `context.access.relation`. */
  name: string
  /** Of the twenty duties, those that it carries out. */
  duties: readonly number[]
  /** What it knows. In Cedar a fact of words has an enumerated type of its own name: `Relation::"care"`. */
  facts: Readonly<Record<string, AnyFact<Asking, Request, Subject, Thing>>>
  /** Those whom somebody may know of, where it knows all of them and they are few. */
  places?: (asking: Asking) => Promise<readonly Subject[] | undefined>
  /**
   * Where it counts what somebody is given: why they may not have this too. Asked before it is recorded, and once it is; nothing where
   * that is certain without looking.
   */
  restrains?: (asking: Asking, given: Given, isRecorded: boolean) => Promise<Refusal | undefined> | undefined
  /** Cedar: what follows. Each policy has `@id`, `@es` and `@en`. */
  policy: string
}
