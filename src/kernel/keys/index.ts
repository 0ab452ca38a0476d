/** opener → root → keyring → patient keys. See docs/spec/keys.md. */
export { createKeys } from './keys.ts'
export type {
  Initialised,
  Keys,
  KeysOptions,
  OpenerKnown,
  OpenersChanged,
  Proven,
  Unsealed,
} from './contract.ts'
export { groupIsRight, groupLength, groupsOf } from './code/index.ts'
export type { CodeFault, CodeKind } from './code/index.ts'
export type { FirstSecret } from './house.ts'
export { houseNameIn } from './house-name.ts'
export { judgeKit, kitText, newKit, readKit, zeroKit } from './kit/index.ts'
export type { Kit, KitRefused } from './kit/index.ts'
export {
  dealShares,
  judgeShare,
  readDeal,
  readShare,
  ShareCollecting,
  sharesMax,
  shareText,
  zeroShare,
} from './shares/index.ts'
export type { Share, ShareGiven, SharesCollected } from './shares/index.ts'
export { isPassing, timeoutSecondsMax } from './device.ts'
export type { DeviceFault, DeviceKind, DeviceRefusal } from './device.ts'
export { readClosedFile } from './closed-file.ts'
export { examineDevice } from './examine.ts'
export type { DeviceSeen } from './examine.ts'
export { lookAtTokens } from './pkcs11/look.ts'
export type { Pkcs11Place } from './pkcs11/place.ts'
export type { KmipPlace } from './kmip/place.ts'
export type { AwsKmsPlace } from './aws-kms/place.ts'
export type { CompartmentKeys } from './cache.ts'
export { KeysSealed } from './epochs.ts'
export type { SealedEverywhere } from './sealing.ts'
export type { Minted } from './epochs.ts'
export type { KitSecret, OpenerKind, OpenerRefusal, OpenerSecret, Secret } from './opener.ts'
export { createShredding, deletionOf } from './shredding/index.ts'
export type {
  Batch,
  Copies,
  Deletion,
  Destroyed,
  Destruction,
  Shredding,
  ShreddingOptions,
  Unforced,
} from './shredding/index.ts'
