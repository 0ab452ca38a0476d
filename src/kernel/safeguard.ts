/**
 * The contract that every safeguard satisfies: one folder for each duty, which says what it knows (facts) and what follows from that
 * (policy); and, where it needs them, the rows that it keeps, its routes, its commands, and what of it is done already in an invented
 * hospital. Listed in src/safeguards/registry.ts, and nothing else knows of it. docs/spec/safeguards.md.
 */
import type { Uses } from './ledger/index.ts'
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
  | Fact<'between', [Asking, Subject, SafeguardRows], Judge<Thing> | Promise<Judge<Thing>>>

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
  /**
   * It only adds: its policies permit, and none of them where its facts are as usual. So whoever is allowed everything without it is
   * so whatever its facts are.
   */
  isWidening?: true
  /** Those whom somebody may know of, where it knows all of them and they are few. */
  places?: (asking: Asking) => Promise<readonly Subject[] | undefined>
  /**
   * Where it counts what somebody is given: why they may not have this too. Asked before it is recorded, and once it is; nothing where
   * that is certain without looking.
   */
  restrains?: (
    asking: Asking,
    given: Given,
    isRecorded: boolean,
    rows: SafeguardRows,
  ) => Promise<Refusal | undefined> | undefined
  /** What else holds somebody back than policies, in words: for whoever asks why. */
  explains?: (asking: Asking) => Promise<readonly Words[]>
  /**
   * Cedar: what follows. Each policy has `@id`, `@es` and `@en`. One that forbids may have `@refusal("code")`: whoever is held back by
   * it is told that code and its words, so they say what to do.
   */
  policy: string
  /** By name; each at `/duties/SAFEGUARD` and its path. */
  routes?: Readonly<Record<string, SafeguardRoute>>
  /** What they do, by the same names. Loaded when one is first asked for: a start does not wait for it. */
  endpoints?: () => Promise<Readonly<Record<string, Endpoint<Watched>>>>
  /** Its folder of what runs in a browser: TypeScript, `part.ts` of it for the screen of somebody's account (src/http/page). */
  screens?: URL
  /** What of it needs a second person, by its kind: asked for, signed and recorded as docs/spec/approvals.md says. */
  acts?: Readonly<Record<string, SafeguardAct>>
  /** By their words: `training take`. */
  commands?: Readonly<Record<string, SafeguardCommand>>
  /**
   * Of an invented hospital: what its people have done for it already. Asked at each start, so it leaves alone what is there. Whoever
   * has a safeguard with one does nothing before that is done; tests of other things leave it out.
   */
  seed?: (seed: Seed) => Promise<void>
  /** What it does by itself: whenever the vault has been opened, before anybody is served, and each hour. */
  tend?: (tending: Tending) => Promise<void>
  /** What `sigilo doctor` says of it, of an open vault that is served. */
  checks?: (house: Looking) => Promise<SafeguardFinding | undefined>
  /** What somebody has by it now beside their roles, for whoever reviews what they should have. */
  holds?: (rows: SafeguardRows, person: string, nowMs: number) => Promise<readonly Words[]>
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
  /** The same of several, as one act: all of them or none. */
  changeEach<Value extends object, Result>(
    names: readonly string[],
    who: SafeguardWho,
    make: (values: readonly (Value | undefined)[]) => MakingEach<Value, Result>,
  ): Promise<Result>
  /**
   * The same, with what accounts and programs lose by it, as one act: all of it or nothing. Nobody is given anything by it. Refused
   * (`last-officers`) where fewer than two security officers would be left.
   */
  narrow<Value extends object, Result>(
    name: string,
    who: SafeguardWho,
    make: (value: Value | undefined) => Making<Value, Result> & { narrows: Narrowing },
  ): Promise<Result | Refusal>
}

/** Of several rows: those that are not among `values` stay as they are. */
export interface MakingEach<Value, Result> {
  write?: { values: ReadonlyMap<string, Value>; what: string }
  result: Result
}

/** Of accounts, by their actor, the roles that they lose; of programs, which are taken back. */
export interface Narrowing {
  accounts: readonly { actor: string; loses: readonly string[] }[]
  programs: readonly string[]
  atMs: number
}

/** `what`: for the ledger, in a few words. */
export interface Making<Value, Result> {
  /** `proof`: of what somebody signed or is attested to have said; the entry is then one of action `approval`. */
  write?: { value: Value; what: string; proof?: string }
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
  /** Of `everybody`: as the ledger says them, since when, and who they are in the records. */
  actor?: string
  /** Milliseconds since 1970; absent of who was there before that was kept. */
  sinceMs?: number
  practitioner?: string
  patient?: string
  /** `Patient/…`, whom a representative answers for. */
  represents?: readonly string[]
}

/** What is asked for, exactly: canonical JSON is made of it, and that is signed. None of its members is a secret. */
export type SafeguardDeed = { readonly kind: string; readonly [member: string]: unknown }

/** An act that one person asks for and another approves. */
export interface SafeguardAct {
  /** In plain words, for whoever is to approve it. */
  words(act: SafeguardDeed): Words
  /** For the ledger, in a few words. */
  inWords(act: SafeguardDeed): string
  /** Whose record it is about, `Patient/…`, where it is one patient's: policy is asked about that, of who asks and of who approves. */
  patientOf?(act: SafeguardDeed): string
  /** Why it cannot be, whoever asks. */
  fault(act: SafeguardDeed): Refusal | undefined
  /** Done twice it is as if it were done once. */
  run(
    act: SafeguardDeed,
    approval: { id: string; asked: SafeguardSay; approved: readonly SafeguardSay[] },
    house: Pick<EndpointContext, 'who' | 'rows' | 'notify' | 'nowMs'>,
  ): Promise<{ status: 'ok'; result: { readonly [name: string]: string | number } | null } | Refusal>
}

/** Who had a say, as which human. */
export interface SafeguardSay {
  person: string
  name: string
}

/** What was asked for of a safeguard's acts. Times in seconds since 1970. */
export interface SafeguardApproval {
  id: string
  act: SafeguardDeed
  words: Words
  state: string
  askedBy: { name: string; at: number }
  expiresAt: number
  /** Whether the one who looks asked for it, by any of their accounts. */
  isYours: boolean
}

/** Of the acts of the safeguard itself. */
export interface SafeguardApprovals {
  /** By whoever asks the route; both factors have to be shown again a moment before. */
  ask(act: SafeguardDeed): Promise<{ status: 'ok'; approval: SafeguardApproval } | Refusal>
  /** All that are kept, newest first; whom they are shown is for the safeguard to say. */
  list(kind: string): Promise<SafeguardApproval[]>
  /** Whether policy lets them, as things are: whoever asks the route, or somebody else by their actor. */
  may(deed: 'request' | 'approve', act: SafeguardDeed, actor?: string): Promise<boolean>
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
  /** Why policy lets whoever asks read nothing clinical, whosever it is: they have yet to take a course, say. */
  barred: () => Promise<Refusal | undefined>
  /** Everybody who has an account that is not suspended. */
  everybody: () => AsyncIterable<SafeguardPerson>
  approvals: SafeguardApprovals
  /** Tells them, when they are next here, that it was done; `about` in a few words. */
  notify: (whom: (each: SafeguardPerson) => boolean, notice: { kind: string; about: string }) => Promise<void>
  /** Every program that is registered. */
  programs: () => AsyncIterable<SafeguardProgram>
  /** What an account or program did in a span, in numbers, as the ledger has it. */
  uses: (actor: string, span: { fromMs: number; toMs: number }) => Promise<Uses>
  /** What somebody has by other safeguards. */
  holds: (person: string) => Promise<readonly Words[]>
  /** What the passkey of whoever asks is to sign for a deed; refused (`no-passkey`) where they have none. */
  signingOptions: (deed: Deed) => Promise<{ status: 'ok'; flow: string; options: object } | Refusal>
  /**
   * That whoever asks said so: by the passkey that they have, else, when both factors were shown a moment ago, on the vault's word.
   * `entry`: for the ledger, by which it can be judged without the vault.
   */
  signed: (
    deed: Deed,
    proof: SigningProof | undefined,
  ) => Promise<{ status: 'ok'; said: Said; entry: string } | Refusal>
  nowMs: number
}

/** What is signed: canonical JSON, for `id` and nothing else; asked by the vault itself, when. */
export interface Deed {
  id: string
  act: string
  askedAtMs: number
}

/** What a passkey answered. */
export interface SigningProof {
  flow: string
  response: object
}

/** Who said it, when (seconds since 1970), and what shows it. */
export interface Said {
  account: string
  person: string
  name: string
  at: number
  by: 'signed' | 'attested'
}

export interface SafeguardProgram {
  id: string
  name: string
  scope: string
  purposes?: readonly string[]
  sinceMs?: number
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

export type Words = Readonly<Record<Language, string>>

export interface SafeguardCommand {
  summary: Words
  /** What help calls the words that follow. */
  words?: string
  options?: Readonly<Record<string, { type: 'boolean' | 'string'; value?: string; text: Words }>>
  /** Both factors are shown once more first. */
  isDangerous?: boolean
  /** An example of it, of the first person with this role, and what it leaves in the ledger: a test has it done. */
  tried: {
    words: readonly string[]
    role: string
    /** With which it exits, where it is not 0. */
    code?: number
    leaves: readonly [action: string, query: RegExp]
  }
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

/** `problem`: what `ask` gave, which is told by itself. `isPending`: it waits for another person's approval, and the command exits 3. */
export type TerminalSaid =
  | { status: 'ok'; value: { json: unknown; lines: string[]; note?: Words }; isPending?: true }
  | { status: 'usage'; text: Words }
  | { status: 'problem' }

/** Whoever looks without being asked by anybody. */
export interface Looking {
  rows: SafeguardRows
  /** Everybody who has an account that is not suspended. */
  everybody: () => AsyncIterable<SafeguardPerson>
  programs: () => AsyncIterable<SafeguardProgram>
  nowMs: number
}

export interface Tending extends Looking {
  /** The vault itself. */
  who: SafeguardWho
  notify: EndpointContext['notify']
}

export interface SafeguardFinding {
  status: 'ok' | 'warning' | 'bad'
  text: Words
  cure?: Words
}

/** Whom an invented hospital has, in the order of its roll. */
export interface Seed {
  people: readonly SafeguardPerson[]
  programs: readonly SafeguardProgram[]
  rows: SafeguardRows
  who: SafeguardWho
  nowMs: number
}

/** Uses what is known at once, or later what has to be looked for: whoever searches asks it of each match. */
export function onceKnown<Value, Result>(
  value: Value | Promise<Value>,
  use: (value: Value) => Result | Promise<Result>,
): Result | Promise<Result> {
  return value instanceof Promise ? value.then(use) : use(value)
}
