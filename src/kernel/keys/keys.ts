import { deriveKey, SealBroken, type SealKey } from '#kernel/crypto/index.ts'
import { Attempts } from './attempts.ts'
import { cachedCompartmentsMax, KeyCache } from './cache.ts'
import type { Keys, KeysOptions, OpenersChanged, Proven } from './contract.ts'
import { isWrongSecret } from './device.ts'
import { openNote } from './destruction-note.ts'
import { epochCompartmentsMax, Epochs, KeysSealed } from './epochs.ts'
import { houseName } from './house-name.ts'
import { createOpener, makeHouse, openHouse, type HouseOpened } from './house.ts'
import { Keyring } from './keyring.ts'
import { createLoading } from './loading.ts'
import type { OpenerKind, Secret } from './opener.ts'
import { depart, enter, rootFor, silentSecondsMin, watch, type Presence } from './presence.ts'
import { OwnKeys } from './own-keys.ts'
import * as queries from './queries.ts'
import { rewrapEpoch } from './rewrap.ts'
import { changeRoot, type OpenerChange, type RootChanged } from './root-change.ts'
import { endEpochs, finishEpochs } from './rotation.ts'
import { isBoundTo, isWhole } from './sealed-opener.ts'
import { sealEverywhere } from './sealing.ts'

interface Open {
  name: string
  locator: SealKey
  directory: SealKey
  token: SealKey
  destruction: SealKey
  ledger: SealKey
  authority: SealKey
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
  const replacedListeners: (() => void)[] = []

  const house = (): Open => {
    if (!opened) throw new KeysSealed()
    return opened
  }

  /** Departures under way: whoever closes the database waits for them, or the others would wait for a process that has gone. */
  let departing: Promise<void> = Promise.resolve()

  /** Closes at once. What runs with a key fails at its next use of it. */
  const seal = (): Promise<void> => {
    sealings++
    if (!opened) return departing
    const { locator, directory, token, destruction, ledger, authority } = opened
    const { keyring, epochs, own, presence, stopWatching } = opened
    opened = undefined
    stopWatching()
    for (const key of [locator, directory, token, destruction, ledger, authority]) key.zero()
    keyring.zero()
    epochs.zero()
    own.zero()
    loading.zero()
    for (const listener of listeners) listener()
    // Whoever ordered it waits for this; a database that is away learns it by our silence.
    const gone = depart(sql, presence).catch(() => {})
    departing = Promise.all([departing, gone]).then(() => {})
    return departing
  }

  const openWith = ({ rootKey, root, index }: HouseOpened, presence: Presence): void => {
    const renew = async () => {
      const found = await rootFor(sql, presence)
      if (!found && opened?.presence === presence) void seal()
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
      authority: deriveKey(index, 'authority'),
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
    const presence = await enter(sql, { root: { key: rootKey, number: root }, seals }, how.lift).catch(
      (error: unknown) => {
        zeroHouse(found)
        throw error
      },
    )
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

  /** What becomes of a change of keys: the bytes of the rows of before are to go. */
  const replaced = <Done>(done: Done, isAny: (done: Done) => boolean): Done => {
    if (isAny(done)) for (const listener of replacedListeners) listener()
    return done
  }

  const changeRootHere = async (change: OpenerChange = {}): Promise<RootChanged> =>
    replaced(await changeRoot(sql, house().keyring, change), ({ status }) => status === 'ok')

  /** Changes openers, under a new root key where some are taken away. */
  const change = async (remove: readonly string[], secret?: Secret, id?: string): Promise<OpenersChanged> => {
    house()
    if (!secret) return changed(await changeRootHere({ remove }))
    const made = await createOpener(secret, id)
    if (made.status !== 'ok') return made
    try {
      return changed(await changeRootHere({ remove, add: made.opener }))
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
      const found = await openHouse(sql, secret, options.knownOpeners?.())
      if (found.status === 'ok') attempts.succeeded()
      if (isWrong(found)) attempts.failed(now())
      if (found.status === 'wrong-secret') return { ...found, wrong: attempts.wrong }
      return found.status === 'device-refused' && isWrong(found) ? { ...found, wrong: attempts.wrong } : found
    } finally {
      unsealing = false
    }
  }

  const isNoted = (compartment: string, sealed: Uint8Array): boolean =>
    openNote(house().destruction, compartment, sealed) !== undefined

  const loading = createLoading({ sql, cache, epochs: () => house().epochs, listeners })

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
      // Here first, and at once: that does not depend on a database that answers.
      await seal()
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

    async ownOpeners() {
      const rows = await queries.openers(sql)
      const { key } = house().keyring.root
      return rows.filter((row) => isWhole(row) && isBoundTo(row, key)).map(({ id }) => id)
    },

    async known() {
      const [known] = await queries.vaultKnown(sql, silentSecondsMin)
      if (!known) throw new Error('the vault has no row')
      return known
    },

    async ordersToSeal() {
      const [vault] = await queries.vaultRow(sql)
      if (!vault) throw new Error('the vault has no row')
      return vault.seals
    },

    addOpener: (secret) => change([], secret),
    removeOpener: (...ids) => change(ids),
    replaceOpener: change,
    rotateRoot: () => changeRootHere(),
    rotateEpochs: () => endEpochs(sql, house().epochs),
    finishRotation: async () =>
      replaced(await finishEpochs(sql, house().epochs, isNoted), ({ destroyed }) => destroyed > 0),

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
    get authority() {
      return house().authority
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

    load: loading.load,
    inspect: loading.inspect,

    async inspectKeyring() {
      const { keyring } = house()
      const broken: string[] = []
      const byPurpose = Map.groupBy(await queries.keyringPurposes(sql), ({ purpose }) => purpose)
      for (const [purpose, rows] of byPurpose) {
        const found = await keyring.fetch(
          rows.map(({ id }) => id),
          purpose,
        )
        for (const [id, key] of found) {
          if (key instanceof SealBroken) broken.push(id)
          else key.zero()
        }
      }
      return broken
    },

    rewrap: async (epoch) => rewrapEpoch(sql, house().epochs, epoch, isNoted),

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

    isDestroyed: loading.isDestroyed,

    async verify(compartments) {
      await loading.verify(compartments)
      const epochs = opened?.epochs
      const current = epochs?.current
      if (epochs === undefined || current === undefined) return
      const [row] = await queries.standingEpochs(sql, [current])
      if (!row || row.retired) epochs.leave(current)
    },

    forget: loading.forget,

    onForget(listener) {
      listeners.push(listener)
    },

    onReplaced(listener) {
      replacedListeners.push(listener)
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
