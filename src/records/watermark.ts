import type { By } from './by.ts'

/** What leaves as a file or on paper says who took it, when, and as which act of the ledger: who finds it can ask. */
export interface Watermark {
  /** As the ledger says it. */
  who: string
  /** Of a person. */
  login?: string
  when: Date
  /** A UUID. */
  act: string
}

export function watermarkOf({ actor, principal }: By, act: string, now: number): Watermark {
  const login = principal?.person?.login
  return { who: actor, ...(login === undefined ? {} : { login }), when: new Date(now), act }
}

/** The extension of a manifest that has it. */
export const watermarkExtension = 'urn:x-sigilo:watermark'
