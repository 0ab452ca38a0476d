/** Picks for each patient's compartment the name, out of all names there are. */
import { valuesOf, push, type Copy, type Row } from './observed.ts'
import { nameOf, type Resource } from './population.ts'
import { Tally, type Score } from './score.ts'

export type NameChannel = 'tokens' | 'size' | 'order'

/** A row of a Patient, and in truth whose it is. */
interface Known {
  row: Row
  resource: Resource
}

export function attackNames(copy: Copy): Record<NameChannel, Score> {
  const known = patientRows(copy)
  return {
    tokens: judge('tokens', known, byTokens(known)),
    size: judge('size', known, bySize(known)),
    order: judge('order', known, byAlphabet(known)),
  }
}

/** Somebody who has a person's whole record, and so its size, finds whose compartment it is. Not statistics: a dossier. */
export function attackBySizeOfRecord(copy: Copy): Score {
  const known = patientRows(copy)
  const alike = groupBy(known, ({ row }) => row.sizes.join())
  const score = judge('the size of the very record', known, ({ row }) => alike.get(row.sizes.join()) ?? [])
  return score
}

function patientRows(copy: Copy): Known[] {
  const found: Known[] = []
  for (const row of copy.rows) {
    const fact = row.type === 'Patient' ? copy.truth.get(row) : undefined
    if (fact) found.push({ row, resource: fact.resource })
  }
  return found
}

/** `candidates`: who it may be, one as likely as the other; nobody is anybody. */
export function judge<Case extends { resource: Resource }>(
  channel: string,
  cases: readonly Case[],
  candidates: (each: Case) => readonly { resource: Resource }[],
): Score {
  const names = new Tally<string>()
  for (const { resource } of cases) names.add(nameOf(resource))
  let right = 0
  for (const each of cases) {
    const name = nameOf(each.resource)
    const among = candidates(each)
    if (among.length === 0) right += names.of(name) / cases.length
    else right += among.filter(({ resource }) => nameOf(resource) === name).length / among.length
  }
  const guess = (names.ranked()[0]?.[1] ?? 0) / cases.length
  return { attack: `name by ${channel}`, right, of: cases.length, guess }
}

/**
 * Frequency and co-occurrence at their best: columns are taken for the parameters whose values come as often, and then
 * patients and values are told apart by one another's colours until nothing new is told (Weisfeiler and Leman).
 */
function byTokens(known: readonly Known[]) {
  const truth = known.map(({ resource }) => valuesOf(resource))
  const seen = known.map(({ row }) => row.values)
  const parameters = tokensOf(truth)
  const columns = tokensOf(seen)
  const pairs: { column: string; parameter: string; distance: number }[] = []
  for (const [column, tokens] of columns) {
    for (const [parameter, others] of parameters) {
      pairs.push({ column, parameter, distance: apart(tokens, others) / known.length })
    }
  }
  const taken = new Map<string, string>()
  for (const { column, parameter, distance } of pairs.sort((a, b) => a.distance - b.distance)) {
    const isFree = !taken.has(column) && ![...taken.values()].includes(parameter)
    if (distance <= likenessMin && isFree) taken.set(column, parameter)
  }
  const seenColours = coloursOf(seen, new Map([...taken].map(([column], n) => [column, n])))
  const trueColours = coloursOf(truth, new Map([...taken.values()].map((parameter, n) => [parameter, n])))
  const byColour = groupBy([...known.keys()], (n) => trueColours[n] as string)
  const places = new Map(known.map((each, n) => [each, n]))
  return (each: Known) =>
    (byColour.get(seenColours[places.get(each) as number] as string) ?? []).map((n) => known[n] as Known)
}

/** Share of values that may come in other numbers, and the column still be taken for the parameter. */
const likenessMin = 0.05
const rounds = 4

/** Of each column that some but not all patients share a value of, how often each value comes, from the most. */
function tokensOf(patients: readonly ReadonlyMap<string, string>[]): Map<string, number[]> {
  const tallies = new Map<string, Tally<string>>()
  for (const values of patients) {
    for (const [column, value] of values) {
      tallies.set(column, (tallies.get(column) ?? new Tally<string>()).add(value))
    }
  }
  const found = new Map<string, number[]>()
  for (const [column, tally] of tallies) {
    const counts = tally.ranked().map(([, count]) => count)
    if (counts.length > 1 && (counts[0] as number) > 1) found.set(column, counts)
  }
  return found
}

function apart(some: readonly number[], others: readonly number[]): number {
  let sum = 0
  for (let n = 0; n < Math.max(some.length, others.length); n++)
    sum += Math.abs((some[n] ?? 0) - (others[n] ?? 0))
  return sum
}

function coloursOf(
  patients: readonly ReadonlyMap<string, string>[],
  columns: ReadonlyMap<string, number>,
): string[] {
  let colours = patients.map(() => '')
  const tokens = patients.map((values) =>
    [...columns].flatMap(([column, n]) => (values.has(column) ? [`${n} ${values.get(column)}`] : [])),
  )
  for (let round = 0; round < rounds; round++) {
    const holders = new Map<string, string[]>()
    for (const [n, list] of tokens.entries())
      for (const token of list) push(holders, token, colours[n] as string)
    const ofToken = new Map(
      [...holders].map(([token, list]) => [token, shorter(`${token.split(' ')[0]} ${list.sort().join()}`)]),
    )
    colours = tokens.map((list) =>
      shorter(
        list
          .map((token) => ofToken.get(token))
          .sort()
          .join(),
      ),
    )
  }
  return colours
}

const shorts = new Map<string, string>()

/** A name for a colour: the same for the same. */
function shorter(colour: string): string {
  const found = shorts.get(colour) ?? `c${shorts.size}`
  shorts.set(colour, found)
  return found
}

/** How long a record is whose name is so long, told of one half of the people; whose length of name fits best, of the other. */
function bySize(known: readonly Known[]) {
  const lengthOf = ({ resource }: Known) => Buffer.byteLength(nameOf(resource))
  const bytesOf = ({ row }: Known) => row.sizes.reduce((sum, size) => sum + size, 0)
  const fits = new Map<Known, readonly Known[]>()
  for (const half of [0, 1]) {
    const told = known.filter((_, n) => n % 2 !== half)
    const asked = known.filter((_, n) => n % 2 === half)
    const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length
    const [meanLength, meanBytes] = [mean(told.map(lengthOf)), mean(told.map(bytesOf))]
    const varies = mean(told.map((each) => (bytesOf(each) - meanBytes) ** 2))
    const together = mean(told.map((each) => (lengthOf(each) - meanLength) * (bytesOf(each) - meanBytes)))
    const slope = varies === 0 ? 0 : together / varies
    for (const each of asked) {
      const expected = meanLength + slope * (bytesOf(each) - meanBytes)
      const nearest = Math.min(...known.map((other) => Math.abs(lengthOf(other) - expected)))
      fits.set(
        each,
        known.filter((other) => Math.abs(lengthOf(other) - expected) <= nearest + 0.5),
      )
    }
  }
  return (each: Known) => fits.get(each) ?? []
}

/** Whoever comes first is taken for the first of the alphabet. */
function byAlphabet(known: readonly Known[]) {
  const seen = known.toSorted((a, b) => Number(a.row.act) - Number(b.row.act) || a.row.order - b.row.order)
  const named = known.toSorted((a, b) => nameOf(a.resource).localeCompare(nameOf(b.resource), 'en'))
  const places = new Map(seen.map((each, n) => [each, n]))
  return (each: Known) => [named[places.get(each) as number] as Known]
}

export function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) push(groups, keyOf(item), item)
  return groups
}
