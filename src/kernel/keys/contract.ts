import type { SealKey } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys } from './cache.ts'
import type { Minted } from './epochs.ts'
import type { FirstSecret } from './house.ts'
import type { OpenerKind, OpenerRefusal, Secret } from './opener.ts'
import type { OwnPurpose } from './own-keys.ts'
import type { VaultKnown } from './queries.ts'
import type { Rewrapped } from './rewrap.ts'
import type { RootChanged } from './root-change.ts'
import type { EpochsFinished } from './rotation.ts'
import type { SealedEverywhere } from './sealing.ts'

export type Initialised =
  | { status: 'open' }
  | { status: 'already-initialised' }
  /** Whoever makes the first secret left. */
  | { status: 'given-up' }
  | OpenerRefusal

export type Unsealed =
  | { status: 'open' }
  /** `wrong` counts wrong secrets in a row. */
  | { status: 'wrong-secret'; wrong: number }
  | { status: 'too-many-attempts'; retryAfterMs: number }
  | { status: 'not-initialised' }
  /** The secret was right, and somebody sealed the house before it was open. */
  | { status: 'sealed-meanwhile' }
  /** Somebody ordered it to be sealed: it opens by no secret that is at hand without a person. */
  | { status: 'sealed-by-order'; since: Date }
  /** The house has openers, none of this kind. */
  | { status: 'no-such-opener'; kind: OpenerKind; kinds: OpenerKind[] }
  | OpenerRefusal

/** Whether a secret opens the house, which stays as it is. */
export type Proven =
  | { status: 'ok' }
  | Exclude<Unsealed, { status: 'open' | 'sealed-meanwhile' | 'sealed-by-order' }>

/** What became of a change of openers. */
export type OpenersChanged = { status: 'ok' } | Exclude<RootChanged, { status: 'ok' }> | OpenerRefusal

/** What is known of an opener without its secret. */
export interface OpenerKnown {
  id: string
  kind: OpenerKind
  createdAt: Date
  /** The kind's own text, such as a deal's (`readDeal`). Proven only when the opener opens the house. */
  parameters: string
}

export interface Keys {
  state(): 'sealed' | 'open'
  /** Makes a new house: root key, its first opener, index key. Open afterwards. */
  initialise(secret: FirstSecret): Promise<Initialised>
  /**
   * Opens the house in this process, and ends an order to seal that stands; `byItself`, as a start does with a secret that
   * lies ready, it obeys the order.
   */
  unseal(secret: Secret, how?: { byItself: boolean }): Promise<Unsealed>
  /** Tries a secret on a house, open or sealed. Wrong ones count as at `unseal`. */
  prove(secret: Secret): Promise<Proven>
  /** What the house is called on paper, such as `KX7Q-2MPD`. Throws `KeysSealed` when sealed. */
  readonly name: string
  /**
   * Zeroes everything, at once. What still runs with a key fails at its next use of it. Resolves when the other processes
   * have been told that this one holds no keys any more, or cannot be; never rejects.
   */
  seal(): Promise<void>
  /** The same in every process over this database; it stays sealed until a person unseals. Needs no key. */
  sealEverywhere(): Promise<SealedEverywhere>
  /** The openers there are, without their secrets. */
  openers(): Promise<OpenerKnown[]>
  /** Ids of those that were stored by this house, and not by who writes its database. Throws `KeysSealed` when sealed. */
  ownOpeners(): Promise<string[]>
  /** What there is to know of the house without a key. */
  known(): Promise<VaultKnown>
  /** How many orders to seal the house were ever given, here or in another process. */
  ordersToSeal(): Promise<number>
  /** One more way to open the house. */
  addOpener(secret: Secret): Promise<OpenersChanged>
  /** Takes openers away for good: the root key is changed with it. One that is no recovery kit must stay. */
  removeOpener(...ids: readonly string[]): Promise<OpenersChanged>
  /** Puts one in the place of others, which are gone for good as with `removeOpener`; all of it, or nothing. `id`: the new one's, by which it is known afterwards whether it was. */
  replaceOpener(ids: readonly string[], secret: Secret, id?: string): Promise<OpenersChanged>
  /** A new root key, for every opener and every process that holds the one before. Nobody's secret changes. */
  rotateRoot(): Promise<RootChanged>
  /** Ends every epoch; returns how many. Their patient keys move by `finishRotation`. */
  rotateEpochs(): Promise<number>
  /** Moves the patient keys of epochs that have ended, here or elsewhere, and destroys those epochs' keys. */
  finishRotation(): Promise<EpochsFinished>

  /** For locator tags, directory tags and page tokens. Throw `KeysSealed` when sealed. */
  readonly locator: SealKey
  readonly directory: SealKey
  readonly token: SealKey
  /** For the notes of what was destroyed. */
  readonly destruction: SealKey
  /** For the ledger's tags, for what it stages and for entries of the facility. */
  readonly ledger: SealKey
  /** For rows that confer authority: their names on disk, and what is in them. */
  readonly authority: SealKey

  /** A new random patient key, wrapped. Its caller stores the row, then calls `keep`; or zeroes the keys. */
  mint(compartment: string): Promise<Minted>
  /** Puts the keys of a row that is now committed into the cache. */
  keep(compartment: string, keys: CompartmentKeys): void
  cached(compartment: string): CompartmentKeys | undefined
  /** The keys of those compartments that exist and are not shredded. Concurrent callers share a query. */
  load(compartments: readonly string[]): Promise<Map<string, CompartmentKeys>>
  /** Whether it was destroyed, as far as was read: `load` finds out. */
  isDestroyed(compartment: string): boolean
  /**
   * Asks the database which of these were destroyed, whatever is held of them, and forgets those; and whether the epoch has
   * ended under which patient keys are minted here.
   */
  verify(compartments: readonly string[]): Promise<void>
  /**
   * What the rows of these compartments hold now, whatever is remembered of them; those without a row are left out. `broken`: it is
   * not what was sealed, or its epoch's key is gone. Keys that it gives are its caller's, who zeroes them.
   */
  inspect(compartments: readonly string[]): Promise<Map<string, CompartmentKeys | 'destroyed' | 'broken'>>
  /** Rows of the keyring that are not what was sealed. */
  inspectKeyring(): Promise<string[]>
  /** Ends an epoch: its survivors are sealed under another key, and its own is destroyed. */
  rewrap(epoch: string): Promise<Rewrapped>
  /** A key that a room made for itself; undefined where it was destroyed. */
  keyringKey(id: string, purpose: OwnPurpose): Promise<SealKey | undefined>
  makeKeyringKey(purpose: OwnPurpose): Promise<{ id: string; key: SealKey }>
  /** Lets go of the keys of the keyring that others destroyed. */
  letGo(): Promise<void>
  /** Zeroes what is held of a compartment, at once. */
  forget(compartment: string): void
  /** Called with each compartment that is forgotten, and with none when the house is sealed. */
  onForget(listener: (compartment?: string) => void): void
  /** Called when this process has replaced keys, whose former rows are to leave the disk. */
  onReplaced(listener: () => void): void
}

export interface KeysOptions {
  sql: Sql
  /** What `ownOpeners` said when the house was last open, kept outside of the database: these are tried first. */
  knownOpeners?: () => readonly string[]
  /** Monotonic milliseconds. */
  now?: () => number
  epochCompartmentsMax?: number
  cachedCompartmentsMax?: number
}
