/** Patients who may be in twice: in the file, or in the vault already. */
import type { JsonObject } from '#records/json/index.ts'
import { likenessOf, traitsOf } from './likeness.ts'
import type { Traits, Verdict } from './likeness.ts'

export interface Duplicate extends Verdict {
  line: number
  /** The earlier line that it is like. */
  of: number
}

/** Of those who have something in common no more are kept than this: a file of one name stays linear. */
const kinMax = 24

/** Remembers the patients of one file, some 600 bytes for each, and says of each next one whom it is like. */
export class FileDuplicates {
  readonly #kin = new Map<string, { line: number; traits: Traits }[]>()

  /** The likeliest first; one for each earlier line. */
  take(line: number, patient: JsonObject): Duplicate[] {
    const traits = traitsOf(patient)
    const found = new Map<number, Duplicate>()
    // A name may have a word twice, and so a pair of words.
    for (const key of new Set(keysOf(traits))) {
      const kin = this.#kin.get(key)
      for (const earlier of kin ?? []) {
        const verdict = found.has(earlier.line) ? undefined : likenessOf(traits, earlier.traits)
        if (verdict) found.set(earlier.line, { ...verdict, line, of: earlier.line })
      }
      if (!kin) this.#kin.set(key, [{ line, traits }])
      else if (kin.length < kinMax) kin.push({ line, traits })
    }
    return [...found.values()].sort((one, other) => rank(one) - rank(other) || one.of - other.of)
  }
}

/** What two who are alike have in common, one of these at least. */
function keysOf({ curp, record, birthDate, sounds }: Traits): string[] {
  return [
    ...(curp === undefined ? [] : [`curp ${curp}`]),
    ...(record === undefined ? [] : [`record ${record}`]),
    ...(sounds.length > 1 ? [`name ${sounds.join(' ')}`] : []),
    // Part of a name: each two words of it, of which names have few.
    ...(birthDate === undefined
      ? []
      : pairs(sounds.slice(0, wordsMax)).map((pair) => `born ${birthDate} ${pair}`)),
  ]
}

const wordsMax = 5

function pairs(words: readonly string[]): string[] {
  return words.flatMap((word, at) => words.slice(at + 1).map((next) => `${word} ${next}`))
}

const rank = ({ likeness }: Verdict): number => ['sure', 'likely', 'possible'].indexOf(likeness)

/** How the vault is asked; whoever has a store gives it. */
export interface VaultLookup {
  /** Patients with exactly this identifier. */
  byIdentifier(system: string, value: string): Promise<readonly JsonObject[]>
  /** Patients whose name has these words or their sounds, born on this day. */
  byNameAndBirth(words: readonly string[], birthDate: string): Promise<readonly JsonObject[]>
}

export interface InVault extends Verdict {
  /** Of the patient in the vault. */
  id: string
}

/** Who in the vault may be this patient, the likeliest first. */
export async function duplicatesInVault(patient: JsonObject, lookup: VaultLookup): Promise<InVault[]> {
  const traits = traitsOf(patient)
  const identifiers = Array.isArray(patient['identifier'])
    ? (patient['identifier'] as { system?: string; value?: string }[])
    : []
  const asked = [
    ...identifiers.flatMap(({ system, value }) =>
      system && value ? [lookup.byIdentifier(system, value)] : [],
    ),
    ...(traits.birthDate !== undefined && traits.words.length > 1
      ? [lookup.byNameAndBirth(traits.words, traits.birthDate)]
      : []),
  ]
  const found = new Map<string, InVault>()
  for (const other of (await Promise.all(asked)).flat()) {
    const id = typeof other['id'] === 'string' ? other['id'] : ''
    const verdict = found.has(id) ? undefined : likenessOf(traits, traitsOf(other))
    if (verdict) found.set(id, { ...verdict, id })
  }
  return [...found.values()].sort((one, other) => rank(one) - rank(other))
}
