import type { Principal } from '#people/index.ts'

/** Who acts: what the ledger says of an act beside what was done. */
export interface By {
  /** A person, or a program that acts for nobody: `system`. */
  actor: string
  /** The program. */
  client: string
  /** Of the network; `local` of what runs on the vault's own machine. */
  address: string
  /** Of a person who is signed in there: `Details.device`. */
  device?: string
  /** What for, in a word: a code of HL7's PurposeOfUse, say. */
  purpose?: string
  /** Acts of one view of a person's have it in common. */
  view?: string
  /** They say that what they are given is to be printed. */
  use?: 'print'
  /** As policy knows them. Absent: the vault itself, or whoever runs the machine, and that from `local` alone. */
  principal?: Principal
  /** Nobody asked for it at the moment: what a person is shown says so. */
  machine?: true
}

/** The vault itself, by one of its programs. */
export function system(client: string): By {
  return { actor: 'system', client, address: 'local', machine: true }
}
