/** The FHIR store: versions, compartments, identity apart, conditional writes, Bundles. */
export { createStore } from './store.ts'
export type { StoreOptions } from './store.ts'
export { decodedPath, segmentOf } from './addresses.ts'
export { besideCriteria } from './entries.ts'
export type { ScannerPlace } from './attachments/index.ts'
export type { Exports, ExportLimits, Kickoff, Look, Manifest } from './export/index.ts'
export type { PatchForm } from './patch/index.ts'
export type {
  Found,
  HistoryEntry,
  HistoryOptions,
  Interval,
  ListOptions,
  Page,
  Version,
  WriteOptions,
  Written,
} from './types.ts'
export type { SearchEntry, SearchOptions, SearchPage } from './search/run/index.ts'
export type { Extent } from './destruction.ts'
export type {
  Acting,
  Asked,
  BundleOptions,
  Interactions,
  LedgerAsked,
  Store,
  StrangerCount,
} from './interactions.ts'
export { auditEventOf, codings, entryTerms, plainEntry, plainRadius, soughtTerms } from './audit/index.ts'
export type { LedgerQuestion, PlainEntry, PlainRadius, Terms } from './audit/index.ts'
export type { By } from './by.ts'
export { watermarkExtension } from './watermark.ts'
export type { Watermark } from './watermark.ts'
export { actions, kindsOf, kindsOfAction } from './gate/index.ts'
export type {
  Asking,
  CareLink,
  Chart,
  Code,
  Content,
  Explained,
  Explanation,
  Gate,
  GateMaker,
  Given,
  Kind,
  PolicyAction,
  RecordRead,
  Request,
  Sources,
  Standing,
  Thing as PolicyThing,
} from './gate/index.ts'
export { reasonTexts } from './matching/index.ts'
export type { Matches, Proposals, Scored } from './matching/index.ts'
export type { Foreseen } from './joining.ts'
export type { Joining, Pair } from './merging/index.ts'
export type { Happening, LookSeen, Watched } from './watching/index.ts'
export type { CompartmentId } from './place.ts'
export type { OnFlush } from './directory/index.ts'
export { termsEdition } from './directory/index.ts'
export { verifyRecords } from './verify/index.ts'
export type {
  Before,
  Progress,
  RecordFinding,
  Thing,
  Verified,
  VerifyOptions,
  Wrong,
} from './verify/index.ts'
