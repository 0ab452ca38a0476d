import { deriveKey, type SealKey } from '#kernel/crypto/index.ts'
import { createCombiner } from '#kernel/db/index.ts'
import { Attempts } from './attempts.ts'
import { cachedCompartmentsMax, KeyCache, type CompartmentKeys } from './cache.ts'
import type { Keys, KeysOptions, OpenersChanged, Proven } from './contract.ts'
import { isWrongSecret } from './device.ts'
import { epochCompartmentsMax, Epochs, KeysSealed } from './epochs.ts'
import { houseName } from './house-name.ts'
import { createOpener, makeHouse, openHouse, type HouseOpened } from './house.ts'
import { Keyring } from './keyring.ts'
import type { OpenerKind, Secret } from './opener.ts'
import { depart, enter, rootFor, silentSecondsMin, watch, type Presence } from './presence.ts'
import { OwnKeys } from './own-keys.ts'
import * as queries from './queries.ts'
import { rewrapEpoch } from './rewrap.ts'
import { changeRoot, type RootChanged } from './root-change.ts'
import { endEpochs, finishEpochs } from './rotation.ts'
import { sealEverywhere } from './sealing.ts'

/** Compartments in one query at most. */
const loadBatchMax = 1000

/** Epochs that end one after the other while a compartment is read. */
const rereadsMax = 3

interface Open {
  name: string
  locator: SealKey
  directory: SealKey
  token: SealKey
  destruction: SealKey
  ledger: SealKey
  keyring: Keyring
  epochs: Epochs
  own: OwnKeys
  presence: Presence
  stopWatching: () => void
}

export function createKeys(options: KeysOptions): Keys {
  const { sql, now = () => performance.now() } = options
  const cache = new KeyCache(options.cachedCompartmentsMax ?? cachedCompartmentsMax)
  const attempts = new Attempts()
  let opened: Open | undefined
  let unsealing = false
  let sealings = 0
  const listeners: ((compartment?: string) => void)[] = []

  const house = (): Open => {
    if (!opened) throw new KeysSealed()
    return opened
  }

  /** Closes at once. What runs with a key fails at its next use of it. */
  const seal = (): void => {
    sealings++
    if (!opened) return
    const { locator, directory, token, destruction, ledger, keyring, epochs, own, presence, stopWatching } =
      opened
    opened = undefined
    stopWatching()
    for (const key of [locator, directory, token, destruction, ledger]) key.zero()
    keyring.zero()
    epochs.zero()
    own.zero()
    cache.zero()
    destroyed.clear()
    for (const listener of listeners) listener()
    // Whoever ordered it waits for this; a database that is away learns it by our silence.
    depart(sql, presence).catch(() => {})
  }

  const openWith = ({ rootKey, root, index }: HouseOpened, presence: Presence): void => {
    const renew = async () => {
      const found = await rootFor(sql, presence)
      if (!found && opened?.presence === presence) seal()
      return found
    }
    const keyring = new Keyring(sql, { key: rootKey, number: root }, renew)
    opened = {
      name: houseName(index),
      locator: deriveKey(index, 'locator'),
      directory: deriveKey(index, 'directory'),
      token: deriveKey(index, 'token'),
      destruction: deriveKey(index, 'destruction'),
      ledger: deriveKey(index, 'ledger'),
      keyring,
      epochs: new Epochs(keyring, options.epochCompartmentsMax ?? epochCompartmentsMax),
      own: new OwnKeys(keyring),
      presence,
      stopWatching: watch(sql, presence, {
        ordered: seal,
        root: async (number) => {
          if (number > keyring.root.number) await keyring.catchUp()
          return keyring.root
        },
      }),
    }
    index.zero()
  }

  /** Takes the place among the processes that hold the keys, then opens; undefined where the house has changed since it was read. */
  const openAs = async (
    found: HouseOpened,
    how: { lift: boolean; sealings: number },
  ): Promise<{ status: 'open' } | { status: 'sealed-meanwhile' } | undefined> => {
    const { rootKey, root, seals } = found
    const presence = await enter(sql, { root: { key: rootKey, number: root }, seals }, how.lift)
    // Opened by another way meanwhile, or whoever sealed the house while this one was typing has the last word.
    if (presence && !opened && sealings === how.sealings) {
      openWith(found, presence)
      return { status: 'open' }
    }
    zeroHouse(found)
    if (presence) await depart(sql, presence)
    if (opened) return { status: 'open' }
    if (sealings !== how.sealings) return { status: 'sealed-meanwhile' }
    const [vault] = await queries.vaultRow(sql)
    return vault?.seals === seals ? undefined : { status: 'sealed-meanwhile' }
  }

  /** Changes openers, under a new root key where some are taken away. */
  const change = async (remove: readonly string[], secret?: Secret): Promise<OpenersChanged> => {
    const { keyring } = house()
    if (!secret) return changed(await changeRoot(sql, keyring, { remove }))
    const made = await createOpener(secret)
    if (made.status !== 'ok') return made
    try {
      return changed(await changeRoot(sql, keyring, { remove, add: made.opener }))
    } finally {
      made.forget()
    }
  }

  /** Tries a secret, one at a time: an attempt takes 128 MiB and both cores. Wrong ones are counted. */
  const attempt = async (secret: Secret): Promise<HouseOpened | Exclude<Proven, { status: 'ok' }>> => {
    const retryAfterMs = unsealing ? 1000 : attempts.wait(now())
    if (retryAfterMs > 0) return { status: 'too-many-attempts', retryAfterMs: Math.ceil(retryAfterMs) }
    unsealing = true
    try {
      const found = await openHouse(sql, secret)
      if (found.status === 'ok') attempts.succeeded()
      if (isWrong(found)) attempts.failed(now())
      if (found.status === 'wrong-secret') return { ...found, wrong: attempts.wrong }
      return found.status === 'device-refused' && isWrong(found) ? { ...found, wrong: attempts.wrong } : found
    } finally {
      unsealing = false
    }
  }

  // For each query on its way, the compartments forgotten since:
  //   load:      query sent … row of p1 read …                       … puts p1's keys into the cache
  //   shredding:                               destroys p1, forget(p1)
  // Without this note the cache would keep the keys of a shredded compartment.
  const flights = new Set<Set<string>>()

  /** Names alone, which are keyed hashes: those that somebody here asked for since. */
  const destroyed = new Set<string>()

  const forget = (compartment: string): void => {
    cache.delete(compartment)
    for (const forgotten of flights) forgotten.add(compartment)
    for (const listener of listeners) listener(compartment)
  }

  /** Those that are there; of the others nothing is to stay. */
  const livingOf = (stored: readonly queries.StoredCompartment[]): queries.CompartmentRow[] =>
    stored.flatMap((row) => {
      const { compartment, wrapped } = row
      if (wrapped) {
        destroyed.delete(compartment)
        return [{ ...row, wrapped }]
      }
      destroyed.add(compartment)
      if (cache.get(compartment)) forget(compartment)
      return []
    })

  const fetchKeys = async (compartments: string[], forgotten: Set<string>) => {
    const { epochs } = house()
    let rows = livingOf(await queries.compartmentKeys(sql, compartments))
    await epochs.fetch(rows)
    // An epoch may have ended between the two: its survivors stand under another by now.
    for (let tries = 0; tries < rereadsMax && !rows.every((row) => epochs.has(row.epoch)); tries++) {
      rows = livingOf(await queries.compartmentKeys(sql, compartments))
      await epochs.fetch(rows)
    }
    // The house may have been sealed, and opened again, while the rows were on their way.
    if (opened?.epochs !== epochs) throw new KeysSealed()
    const found = new Map<string, CompartmentKeys | Error>()
    for (const row of rows) {
      if (forgotten.has(row.compartment)) continue
      try {
        // Another flight, or `keep`, may have been faster: one set of keys for one compartment.
        const keys = cache.get(row.compartment) ?? epochs.open(row)
        if (!keys) continue
        cache.set(row.compartment, keys)
        found.set(row.compartment, keys)
      } catch (error) {
        // A row that was tampered with concerns those who asked for it, not the others in the batch.
        found.set(row.compartment, error as Error)
      }
    }
    return found
  }

  /** Each item a list of compartments; its result is what the batch found, other items' compartments too. */
  const loadRows = createCombiner<readonly string[], Map<string, CompartmentKeys | Error>>({
    batchMax: loadBatchMax,
    key: () => [],
    weight: (compartments) => compartments.length,
    repeatable: true,
    async run(items) {
      const forgotten = new Set<string>()
      flights.add(forgotten)
      try {
        const found = await fetchKeys([...new Set(items.flat())], forgotten)
        return items.map(() => found)
      } finally {
        flights.delete(forgotten)
      }
    },
  })

  return {
    state: () => (opened ? 'open' : 'sealed'),

    async initialise(secret) {
      const before = sealings
      const made = await makeHouse(sql, secret)
      if (made.status !== 'ok') return made
      const done = await openAs(made, { lift: true, sealings: before })
      return done?.status === 'open' ? done : { status: 'already-initialised' }
    },

    async unseal(secret, { byItself } = { byItself: false }) {
      const before = sealings
      for (;;) {
        if (opened) return { status: 'open' }
        const [vault] = byItself ? await queries.vaultRow(sql) : []
        if (vault?.sealedAt) return { status: 'sealed-by-order', since: vault.sealedAt }
        const found = await attempt(secret)
        if (found.status !== 'ok') return found
        const done = await openAs(found, { lift: !byItself, sealings: before })
        if (done) return done
      }
    },

    async prove(secret) {
      const found = await attempt(secret)
      if (found.status !== 'ok') return found
      zeroHouse(found)
      return { status: 'ok' }
    },

    get name() {
      return house().name
    },

    seal,

    async sealEverywhere() {
      // Here first: it does not depend on a database that answers.
      seal()
      return sealEverywhere(sql)
    },

    async openers() {
      const rows = await queries.openers(sql)
      return rows.map(({ id, kind, createdAt, parameters }) => ({
        id,
        kind: kind as OpenerKind,
        createdAt,
        parameters,
      }))
    },

    async known() {
      const [known] = await queries.vaultKnown(sql, silentSecondsMin)
      if (!known) throw new Error('the vault has no row')
      return known
    },

    addOpener: (secret) => change([], secret),
    removeOpener: (...ids) => change(ids),
    replaceOpener: (ids, secret) => change(ids, secret),
    rotateRoot: () => changeRoot(sql, house().keyring),
    rotateEpochs: () => endEpochs(sql, house().epochs),
    finishRotation: () => finishEpochs(sql, house().epochs),

    get locator() {
      return house().locator
    },
    get directory() {
      return house().directory
    },
    get token() {
      return house().token
    },
    get destruction() {
      return house().destruction
    },
    get ledger() {
      return house().ledger
    },

    async mint(compartment) {
      const minted = await house().epochs.mint(compartment)
      cache.lend(minted.keys)
      return minted
    },

    keep(compartment, keys) {
      // Sealed meanwhile: the keys must not outlive it here.
      if (opened) cache.set(compartment, keys)
      else keys.zero()
    },

    cached: (compartment) => cache.get(compartment),

    async load(compartments) {
      house()
      const found = new Map<string, CompartmentKeys>()
      const absent: string[] = []
      for (const compartment of compartments) {
        const keys = cache.get(compartment)
        if (keys) found.set(compartment, keys)
        else absent.push(compartment)
      }
      if (absent.length === 0) return found
      const fetched = await loadRows(absent)
      for (const compartment of absent) {
        const keys = fetched.get(compartment)
        if (keys instanceof Error) throw keys
        if (keys) found.set(compartment, keys)
      }
      return found
    },

    rewrap: async (epoch) => rewrapEpoch(sql, house().epochs, epoch),

    keyringKey: async (id, purpose) => house().own.get(id, purpose),
    makeKeyringKey: async (purpose) => house().own.make(purpose),

    async letGo() {
      if (!opened) return
      const { epochs, own } = opened
      const held = [...epochs.held(), ...own.held()]
      if (held.length === 0) return
      const standing = new Set((await queries.standingKeys(sql, held)).map(({ id }) => id))
      epochs.drop(epochs.held().filter((id) => held.includes(id) && !standing.has(id)))
      own.drop(own.held().filter((id) => held.includes(id) && !standing.has(id)))
    },

    isDestroyed: (compartment) => destroyed.has(compartment),

    async verify(compartments) {
      for (const { compartment } of await queries.destroyedAmong(sql, [...compartments])) {
        if (destroyed.has(compartment) && !cache.get(compartment)) continue
        destroyed.add(compartment)
        forget(compartment)
      }
      const epochs = opened?.epochs
      const current = epochs?.current
      if (epochs === undefined || current === undefined) return
      const [row] = await queries.standingEpochs(sql, [current])
      if (!row || row.retired) epochs.leave(current)
    },

    forget,

    onForget(listener) {
      listeners.push(listener)
    },
  }
}

/** What somebody who guesses would hear too; a share that was given already tells nobody anything. */
function isWrong(found: Awaited<ReturnType<typeof openHouse>>): boolean {
  if (found.status === 'device-refused') return isWrongSecret(found)
  if (found.status === 'share-refused') return found.reason !== 'given-already'
  return found.status === 'wrong-secret'
}

function zeroHouse({ rootKey, index }: HouseOpened): void {
  rootKey.zero()
  index.zero()
}

function changed(done: RootChanged): OpenersChanged {
  return done.status === 'ok' ? { status: 'ok' } : done
}
