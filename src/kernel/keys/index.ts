/** opener → root → keyring → patient keys. See docs/spec/keys.md. */
export { createKeys } from './keys.ts'
export type { Initialised, Keys, KeysOptions, Unsealed } from './keys.ts'
export type { CompartmentKeys } from './cache.ts'
export { KeysSealed } from './epochs.ts'
export type { Minted } from './epochs.ts'
export type { KitSecret, OpenerKind, OpenerRefusal, OpenerSecret, Secret } from './opener.ts'
