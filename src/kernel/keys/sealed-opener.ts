import {
  ageRecipient,
  contextOf,
  decryptKeyWith,
  encryptKeyTo,
  equalBytes,
  keyedHash,
  SealBroken,
  randomKey,
  unwrapKey,
  unwrapKeys,
  uuidBytes,
  wrapKey,
  wrapKeys,
  type SealKey,
} from '#kernel/crypto/index.ts'

/** Which opener it is, and what its kind keeps with it. All of it is bound by seal and tag. */
export interface OpenerPlace {
  id: string
  kind: string
  parameters: string
}

/**
 * What an opener opens: an age identity, to which the root key is encrypted, and the key that authenticates who may be
 * given a root key, and which root key may be given.
 */
export interface OpenerSecrets {
  seed: SealKey
  bond: SealKey
}

/** An opener as it is stored. docs/spec/keys.md, "Openers at rest". */
export interface SealedOpener extends OpenerPlace {
  /** seed ‖ bond, under the opener's key; null where they are kept elsewhere, as a recovery kit's on paper. */
  wrapped: Uint8Array | null
  recipient: string
  /** The bond under the root key: who holds the root can give its successor to this opener. */
  bond: Uint8Array
  /** An age file: the root key for `recipient`. */
  root: Uint8Array
  /** Under the bond, over all the above but `wrapped` and `bond`, which have seals of their own. */
  tag: Uint8Array
}

/** Rows of the earlier form hold the root key itself. */
export function isWhole<Row extends { recipient: string | null }>(row: Row): row is Row & SealedOpener {
  return row.recipient !== null
}

/** The opener that holds these secrets, new ones as a rule. `key` is the opener's key, if its kind has one. */
export async function makeOpener(
  root: SealKey,
  place: OpenerPlace,
  key?: SealKey,
  secrets: OpenerSecrets = { seed: randomKey(), bond: randomKey() },
): Promise<{ opener: SealedOpener; secrets: OpenerSecrets }> {
  const recipient = await ageRecipient(secrets.seed)
  const wrapped = key ? wrapKeys(key, secretsContext(place), [secrets.seed, secrets.bond]) : null
  const opener = await sealRoot(root, { ...place, wrapped, recipient }, secrets.bond)
  return { opener, secrets }
}

/** What the opener's key opens; undefined where it is another's key. */
export function secretsOf(
  opener: OpenerPlace & { wrapped: Uint8Array | null },
  key: SealKey,
): OpenerSecrets | undefined {
  if (!opener.wrapped) return undefined
  try {
    const [seed, bond] = unwrapKeys(key, secretsContext(opener), opener.wrapped, 2) as [SealKey, SealKey]
    return { seed, bond }
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}

/** The root key that the opener holds; undefined where it was not put there by somebody who held the bond. */
export async function rootOf(opener: SealedOpener, secrets: OpenerSecrets): Promise<SealKey | undefined> {
  if (!equalBytes(tagOf(opener, secrets.bond), opener.tag)) return undefined
  return await decryptKeyWith(secrets.seed, opener.root)
}

/**
 * The same opener for a new root key. Needs nobody's secret: the old root opens the bond, and the bond says that the
 * recipient is the opener's own. Undefined where it is not.
 */
export async function succeed(
  opener: SealedOpener,
  old: SealKey,
  next: SealKey,
  /** Where it is from then on, if that changes with the root key. */
  place: OpenerPlace = opener,
): Promise<SealedOpener | undefined> {
  const bond = bondUnder(opener, old)
  if (!bond) return undefined
  try {
    if (!equalBytes(tagOf(opener, bond), opener.tag)) return undefined
    return await sealRoot(next, { ...opener, ...place }, bond)
  } finally {
    bond.zero()
  }
}

/** Whether whoever stored it held this root key, or has it from somebody who did. */
export function isBoundTo(opener: SealedOpener, root: SealKey): boolean {
  const bond = bondUnder(opener, root)
  const isOurs = bond !== undefined && equalBytes(tagOf(opener, bond), opener.tag)
  bond?.zero()
  return isOurs
}

function bondUnder(opener: SealedOpener, root: SealKey): SealKey | undefined {
  try {
    return unwrapKey(root, bondContext(opener), opener.bond)
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}

export function zeroSecrets({ seed, bond }: OpenerSecrets): void {
  seed.zero()
  bond.zero()
}

async function sealRoot(
  root: SealKey,
  { id, kind, parameters, wrapped, recipient }: Omit<SealedOpener, 'bond' | 'root' | 'tag'>,
  bond: SealKey,
): Promise<SealedOpener> {
  const file = await encryptKeyTo(recipient, root)
  const opener = { id, kind, parameters, wrapped, recipient, root: file }
  return { ...opener, bond: wrapKey(root, bondContext(opener), bond), tag: tagOf(opener, bond) }
}

function tagOf(opener: Omit<SealedOpener, 'tag' | 'bond'>, bond: SealKey): Uint8Array {
  const { id, kind, parameters, recipient, root } = opener
  return keyedHash(bond, 'opener', uuidBytes(id), kind, parameters, recipient, root)
}

function secretsContext({ id, kind, parameters }: OpenerPlace): Uint8Array {
  return contextOf('opener secrets', uuidBytes(id), kind, parameters)
}

function bondContext({ id }: OpenerPlace): Uint8Array {
  return contextOf('opener bond', uuidBytes(id))
}
