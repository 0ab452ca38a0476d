/**
 * The contract that every safeguard satisfies: one folder for each duty, which says what it knows (facts) and what follows from that
 * (policy); and, where it needs them, the rows that it keeps, its routes, its commands, and what of it is done already in an invented
 * hospital. Listed in src/safeguards/registry.ts, and nothing else knows of it. docs/spec/safeguards.md.
 */
import type { Language, Refusal } from './outcome.ts'

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
 * `actor`: of whoever asks, gathered once for each act; `rows` are the safeguard's own, as of `subject`. `request`: of what is asked, before anything is
 * looked at. `subject`: of a patient whom it is about (or of nobody). `thing`: of what is in it. `between`: of what that patient's
 * record says of the thing: the record is asked once, and what it answers with judges each thing at once.
 */
export type AnyFact<Asking, Request, Subject, Thing> =
  | Fact<'actor', [Asking, SafeguardRows], Sought>
  | Fact<'request', [Asking, Request]>
  | Fact<'subject', [Asking, Subject, SafeguardRows], Sought>
  | Fact<'thing', [Asking, Thing]>
  | Fact<'between', [Asking, Subject], Judge<Thing> | Promise<Judge<Thing>>>

export type Judge<Thing> = (thing: Thing) => FactValue

export interface Safeguard<Asking, Request, Subject, Thing, Given = unknown, Watched = unknown> {
  /** Policies know its facts by it: `context.access.relation`. */
  name: string
  /** Of the twenty duties, those that it carries out. */
  duties: readonly number[]
  /** What it knows. In Cedar a fact of words has an enumerated type of its own name: `Relation::"care"`. */
  facts: Readonly<Record<string, AnyFact<Asking, Request, Subject, Thing>>>
  /**
   * It only takes away: its policies forbid, each by its own facts and those of `access`, and none of them where its facts are as usual. A
   * test holds it to that, so that whether something could ever be allowed need not be tried with all facts of all safeguards.
   */
  isNarrowing?: true
  /** Those whom somebody may know of, where it knows all of them and they are few. */
  places?: (asking: Asking) => Promise<readonly Subject[] | undefined>
  /**
   * Where it counts what somebody is given: why they may not have this too. Asked before it is recorded, and once it is; nothing where
   * that is certain without looking.
   */
  restrains?: (asking: Asking, given: Given, isRecorded: boolean) => Promise<Refusal | undefined> | undefined
  /**
   * Cedar: what follows. Each policy has `@id`, `@es` and `@en`. One that forbids may have `@refusal("code")`: whoever is held back by
   * it is told that code and its words, so they say what to do.
   */
  policy: string
  /** By name; each at `/duties/SAFEGUARD` and its path. */
  routes?: Readonly<Record<string, SafeguardRoute>>
  /** What they do, by the same names. Loaded when one is first asked for: a start does not wait for it. */
  endpoints?: () => Promise<Readonly<Record<string, Endpoint<Watched>>>>
  /** By their words: `training take`. */
  commands?: Readonly<Record<string, SafeguardCommand>>
  /**
   * Of an invented hospital: what its people have done for it already. Asked at each start, so it leaves alone what is there. Whoever
   * has a safeguard with one does nothing before that is done; tests of other things leave it out.
   */
  seed?: (seed: Seed) => Promise<void>
}

/**
 * What a safeguard keeps: rows that confer authority, each sealed with its place, its version in the ledger (docs/spec/authority.md). What SQL
 * made, altered or put back is as if it were not there. Throws where the database is away.
 */
export interface SafeguardRows {
  /** For facts: as it was a moment ago, at once where that is known; as it is where this process changed it. */
  known<Value extends object>(name: string): Value | undefined | Promise<Value | undefined>
  find<Value extends object>(name: string): Promise<Value | undefined>
  /** All of this safeguard, in no order. */
  list<Value extends object>(): AsyncIterable<{ name: string; value: Value }>
  /** What `make` makes of the row as it is, with one entry of the ledger; asked again where somebody else was faster. */
  change<Value extends object, Result>(
    name: string,
    who: SafeguardWho,
    make: (value: Value | undefined) => Making<Value, Result>,
  ): Promise<Result>
}

/** `what`: for the ledger, in a few words. */
export interface Making<Value, Result> {
  write?: { value: Value; what: string }
  result: Result
}

/** Who acts, as the ledger says it. */
export interface SafeguardWho {
  actor: string
  client: string
  address: string
}

/** Somebody with an account. */
export interface SafeguardPerson {
  /** UUID of the human: of several accounts of one it is the same. */
  person: string
  login: string
  name: string
  roles: readonly string[]
  /** Of `everybody`: as the ledger says them, and who they are in the records. */
  actor?: string
  practitioner?: string
  patient?: string
  /** `Patient/…`, whom a representative answers for. */
  represents?: readonly string[]
}

export interface SafeguardRoute {
  method: 'GET' | 'POST'
  /** Empty, or `/` and words; `:id` is a parameter. */
  path: string
}

/** Given to people alone, who are signed in. Each is recorded before anything is answered. */
export interface EndpointContext<Watched = unknown> {
  person: SafeguardPerson
  who: SafeguardWho
  params: Readonly<Record<string, string>>
  /** Ledger and records, for those who may ask the whole ledger and see identities: the others get the refusal. */
  watched: () => Promise<Watched | Refusal>
  rows: SafeguardRows
  /** Everybody who has an account that is not suspended. */
  everybody: () => AsyncIterable<SafeguardPerson>
  /** Tells them, when they are next here, that it was done; `about` in a few words. */
  notify: (whom: (each: SafeguardPerson) => boolean, notice: { kind: string; about: string }) => Promise<void>
  nowMs: number
}

export interface Endpoint<Watched = unknown> {
  summary: string
  /** JSON Schemas, closed and bounded. Without one no body is taken. */
  body?: object
  answer: object
  act: (
    context: EndpointContext<Watched>,
    body: never,
  ) => Promise<{ status: 'answer'; value: object } | Refusal>
}

type Words = Readonly<Record<Language, string>>

export interface SafeguardCommand {
  summary: Words
  /** What help calls the words that follow. */
  words?: string
  options?: Readonly<Record<string, { type: 'boolean' | 'string'; value?: string; text: Words }>>
  /** An example of it, of the first person with this role, and what it leaves in the ledger: a test has it done. */
  tried: { words: readonly string[]; role: string; leaves: readonly [action: string, query: RegExp] }
  load: () => Promise<{ run: (terminal: Terminal) => Promise<TerminalSaid> }>
}

/** Whoever types it, signed in with both factors. */
export interface Terminal {
  language: Language
  words: readonly string[]
  options: Readonly<Record<string, unknown>>
  /** Of the safeguard's own routes: `path` is what comes after `/duties/SAFEGUARD`. */
  ask<Value>(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
  ): Promise<{ status: 'ok'; value: Value } | { status: 'problem' }>
}

/** `problem`: what `ask` gave, which is told by itself. */
export type TerminalSaid =
  | { status: 'ok'; value: { json: unknown; lines: string[]; note?: Words } }
  | { status: 'usage'; text: Words }
  | { status: 'problem' }

/** Whom an invented hospital has, in the order of its roll. */
export interface Seed {
  people: readonly SafeguardPerson[]
  rows: SafeguardRows
  who: SafeguardWho
  nowMs: number
}
