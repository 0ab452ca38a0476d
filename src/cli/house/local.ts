import type { Settings } from '../env.ts'

/** By what the values that searches compare, and whom a resource is about, follow from it. */
export function localOf(
  { timeZone }: Pick<Settings, 'timeZone'>,
  origin: string | undefined,
): { timeZone: string; base?: string } {
  return { timeZone, ...(origin === undefined ? {} : { base: `${origin}/fhir/R4` }) }
}
