import { refuse, type Refusal } from '#kernel/outcome.ts'

type Code = 'patch-malformed' | 'patch-failed' | 'patch-test-failed' | 'patch-too-costly'

/** Why an operation is not carried out. Texts name steps, positions and limits, never what a client or a record wrote. */
export interface Fault {
  fault: Code
  reason: { en: string; es: string }
}

export function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && 'fault' in value
}

/** `operation` counts from 0. */
export function refusalOf({ fault, reason }: Fault, operation: number): Refusal {
  return refuse(fault, { operation, reason })
}

export function malformed(en: string, es: string): Fault {
  return { fault: 'patch-malformed', reason: { en, es } }
}

export function failed(en: string, es: string): Fault {
  return { fault: 'patch-failed', reason: { en, es } }
}

export function tooCostly(en: string, es: string): Fault {
  return { fault: 'patch-too-costly', reason: { en, es } }
}

export const testFailed: Fault = { fault: 'patch-test-failed', reason: { en: '', es: '' } }

/** One correction needs a handful; a list of them is a Bundle's work. */
export const operationsMax = 1_000
/** As much as a body may have (http/limits.ts): what a patch makes could also have been sent by PUT. */
export const resultBytesMax = 50_000_000
/**
 * Characters copied and compared, elements of lists pushed aside and elements looked at, in all operations of a patch: some
 * hundred milliseconds. Without it a thousand operations on a list of a million would hold up everybody.
 */
export const workMax = 50_000_000

/** What a patch may still cost. */
export class Work {
  left = workMax

  /** False once there is none left. */
  spend(units: number): boolean {
    this.left -= units
    return this.left >= 0
  }
}

export const outOfWork = tooCostly(
  'it copies, moves or looks through more than can be done at once',
  'copia, mueve o recorre más de lo que se puede hacer de una vez',
)
