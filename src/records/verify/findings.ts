/** What a thing is that was found wrong. */
export type Thing =
  | 'version'
  /** The identity capsule of a version. */
  | 'capsule'
  /** A block of index tuples, or what it says of a resource. */
  | 'tuples'
  | 'attachment'
  /** Of a patient. */
  | 'wrapped-key'
  | 'destruction'
  /** A row that confers authority. */
  | 'authority'
  /** Somebody's word that an act may be done. */
  | 'approval'
  /** Where a resource lives. */
  | 'locator'
  /** From the compartment of a further patient that a resource names. */
  | 'pointer'
  /** By which names, identifiers and lists a resource is found. */
  | 'directory'
  /** How many blocks of index tuples a compartment was given. */
  | 'head'
  /** A row of the keyring. */
  | 'keyring'
  /** A table that is none any more, or has triggers, rules or policies. */
  | 'table'
  /** Whose a stream of the ledger is. */
  | 'stream'

/** What became of it. */
export type Wrong =
  | 'altered'
  | 'missing'
  | 'added'
  /** An earlier state stands in its place. */
  | 'rolled-back'
  /** It stands with another patient. */
  | 'moved'

/** One thing that is wrong in the records. Names on disk are keyed; those that people know are given where the vault is open. */
export interface RecordFinding {
  what: Wrong
  of: Thing
  /** Where it is, or was. */
  compartment?: string
  /** Where it was before it was moved. */
  from?: string
  resource?: string
  version?: number
  type?: string
  id?: string
  /** Of an attachment, a keyring row or a table; of a row that confers authority what was done to it. */
  name?: string
  /** Leaf of the ledger that tells of it. */
  index?: number
  /** Milliseconds since 1970: when it was written. */
  writtenAtMs?: number
  /** So many of them. */
  count?: number
}
