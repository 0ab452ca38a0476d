/** Entries and reach as programs read them: docs/spec/ledger.md, "Asked". */
import type { LedgerEntry, Radius, Touched } from './types.ts'

export interface PlainEntry extends Omit<LedgerEntry, 'recorded' | 'resources' | 'commitments' | 'patient'> {
  /** An instant. */
  recorded: string
  patient?: string
  /** `Observation/o1/_history/3`. */
  resources?: string[]
  /** Hashes in hexadecimal. */
  commitments?: { kind: string; hash: string }[]
}

export function plainEntry({ resources, commitments, recorded, patient, ...rest }: LedgerEntry): PlainEntry {
  return {
    ...rest,
    recorded: recorded.toISOString(),
    ...(patient === undefined ? {} : { patient: `Patient/${patient}` }),
    ...(resources.length === 0
      ? {}
      : {
          resources: resources.map(
            ({ type, id, version }) => `${type}/${id}${version === undefined ? '' : `/_history/${version}`}`,
          ),
        }),
    ...(commitments.length === 0
      ? {}
      : {
          commitments: commitments.map(({ kind, hash }) => ({
            kind,
            hash: Buffer.from(hash).toString('hex'),
          })),
        }),
  }
}

interface PlainTouched extends Omit<Touched, 'first' | 'last' | 'resources'> {
  first: string
  last: string
  resources: { resource: string; reads: number; changes: number }[]
}

export interface PlainRadius extends Omit<Radius, 'status' | 'patients' | 'facility'> {
  patients: ({ patient?: string } & PlainTouched)[]
  facility?: PlainTouched
}

export function plainRadius({ status: _, patients, facility, ...rest }: Radius): PlainRadius {
  return {
    ...rest,
    patients: patients.map(({ id, ...touched }) => ({
      ...(id === undefined ? {} : { patient: `Patient/${id}` }),
      ...plainTouched(touched),
    })),
    ...(facility ? { facility: plainTouched(facility) } : {}),
  }
}

function plainTouched({ first, last, resources, ...rest }: Touched): PlainTouched {
  return {
    ...rest,
    first: first.toISOString(),
    last: last.toISOString(),
    resources: resources.map(({ type, id, ...times }) => ({ resource: `${type}/${id}`, ...times })),
  }
}
