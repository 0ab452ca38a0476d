/** Entries as a table: those of one act on one line, those of one view under it. */
import type { PlainEntry } from '#records/index.ts'
import type { Language } from '../text.ts'
import { actionLabels, labels, outcomeLabels } from './labels.ts'
import { columns, momentText } from './text.ts'

/** Names in a line; of the rest, how many there are. */
const namesMax = 3

export function entriesTable(entries: readonly PlainEntry[], language: Language, timeZone: string): string[] {
  if (entries.length === 0) return [labels.none[language]]
  const acts = groupBy(entries, ({ act, outcome, action }) => `${act} ${action} ${outcome}`)
  const views = groupBy([...acts.values()], ([first]) => first?.view ?? `act ${first?.id}`)
  const rows: (string[] | string)[] = [headOf(language)]
  for (const members of views.values()) {
    const view = members[0]?.[0]?.view
    const isGroup = view !== undefined && members.length > 1
    if (isGroup) rows.push(viewLine(view, members, language))
    for (const act of members) {
      const [when = '', ...rest] = rowOf(act, language, timeZone)
      const alone = view === undefined || isGroup ? '' : `${labels.view[language]} ${view}`
      rows.push([isGroup ? `  ${when}` : when, ...rest.slice(0, -1), join(rest.at(-1) ?? '', alone)])
    }
  }
  return columns(rows)
}

const headOf = (language: Language) =>
  [labels.when, labels.who, labels.what, labels.whose, labels.about].map((label) =>
    label[language].toUpperCase(),
  )

function viewLine(view: string, members: readonly PlainEntry[][], language: Language): string {
  const acts = { es: `${members.length} actos`, en: `${members.length} acts` }[language]
  return `${labels.view[language]} ${view}: ${acts}`
}

/** When, who, what, whose, about. */
function rowOf(act: readonly PlainEntry[], language: Language, timeZone: string): string[] {
  const known = act.find(({ owner }) => owner !== 'gone') ?? act[0]
  if (!known) return []
  const { recorded, action, outcome, query, reason, bytes } = known
  const end = outcome === 'done' ? '' : `, ${outcomeLabels[outcome][language]}`
  const resources = [...new Set(act.flatMap((entry) => entry.resources ?? []))]
  const about = [
    some(resources),
    query === undefined ? '' : `«${query}»`,
    reason === undefined ? '' : `(${reason})`,
    bytes === undefined ? '' : `${bytes} bytes`,
  ]
  return [
    momentText(recorded, timeZone),
    whoOf(known, language),
    `${actionLabels[action][language]}${end}`,
    some([...new Set(act.map((entry) => whoseOf(entry, language)))]),
    about.reduce(join),
  ]
}

function whoOf({ owner, actor, client, address, machine }: PlainEntry, language: Language): string {
  if (owner === 'gone') return labels.unread[language]
  const place = [client, address].filter((each) => each !== undefined).join(', ')
  const who = actor ?? labels.nobody[language]
  return `${machine ? `${labels.machine[language]} ` : ''}${who}${place === '' ? '' : ` (${place})`}`
}

export function whoseOf(
  { owner, patient }: Pick<PlainEntry, 'owner' | 'patient'>,
  language: Language,
): string {
  if (owner === 'facility') return labels.facility[language]
  if (owner === 'gone') return labels.gone[language]
  return patient ?? labels.unnamed[language]
}

function some(names: readonly string[]): string {
  const more = names.length - namesMax
  return [...names.slice(0, namesMax), ...(more > 0 ? [`+${more}`] : [])].join(' ')
}

function join(one: string, other: string): string {
  return one === '' || other === '' ? one + other : `${one} ${other}`
}

/** In the order in which each group begins. */
function groupBy<T>(items: readonly T[], name: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = name(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
