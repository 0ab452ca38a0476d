/** The ledger as people ask it: entries, how far somebody came, a patient's file, and FHIR's AuditEvent. */
export { Audit } from './audit.ts'
export type { AuditParts } from './audit.ts'
export { auditEventOf, codings } from './audit-event.ts'
export { plainEntry, plainRadius } from './plain.ts'
export type { PlainEntry, PlainRadius } from './plain.ts'
export { entryTerms, questionOf, soughtOf, soughtTerms, timeOf } from './terms.ts'
export type { Terms } from './terms.ts'
export type { LedgerEntry, LedgerPage, LedgerQuestion, LedgerSought, Radius } from './types.ts'
