import { elements, members, stringAt } from '#records/json/index.ts'
import type { Member } from '#records/json/index.ts'
import { planOf } from './plan.ts'
import type { ElementPlan, TypePlan } from './plan.ts'

export type SubsetMode = { summary: 'true' | 'text' | 'data' } | { elements: readonly string[] }

/**
 * The part of a resource that `_summary` or `_elements` asks for, marked SUBSETTED. Mandatory elements stay, so that
 * what is left is still valid (FHIR R4 §3.1.1.5.7 and .8). Takes compact text; bytes of what stays are kept.
 */
export function subset(text: string, type: string, mode: SubsetMode): string {
  const plan = planOf(type)
  if (!plan) return text
  const all = members(text)
  if ('summary' in mode && mode.summary === 'true') {
    return marked(all.flatMap((member) => summaryPart(text, member, plan) ?? []))
  }
  const keep = keeper(plan, mode)
  return marked(all.filter(({ name }) => keep(name)).map((member) => partOf(text, member)))
}

/** One member that stays: its name, and name and value as they will be written. */
interface Part {
  name: string
  text: string
  value: string
}

function partOf(text: string, { name, keyStart, valueStart, valueEnd }: Member): Part {
  return { name, text: text.slice(keyStart, valueEnd), value: text.slice(valueStart, valueEnd) }
}

const always: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta'])

function keeper(plan: TypePlan, mode: SubsetMode): (name: string) => boolean {
  if ('summary' in mode && mode.summary === 'data') return (name) => name !== 'text'
  const asked = new Set('elements' in mode ? mode.elements : ['text'])
  const modifiers = 'elements' in mode
  return (name) => {
    if (always.has(name) || asked.has(name)) return true
    const element = plan.members.get(name)?.element
    if (!element) return false
    return (
      asked.has(element.name) || asked.has(element.json) || element.min > 0 || (modifiers && element.modifier)
    )
  }
}

function summaryPart(text: string, member: Member, plan: TypePlan): Part | undefined {
  if (member.name === 'resourceType') return partOf(text, member)
  const known = plan.members.get(member.name)
  if (!known) return undefined
  const { element } = known
  if (!element.summary && element.min === 0) return undefined
  if (known.beside || element.primitive || element.type === 'Resource') return partOf(text, member)
  const value = summaryValue(text, member.valueStart, element)
  if (value === undefined) return undefined
  return { name: member.name, text: `${text.slice(member.keyStart, member.valueStart)}${value}`, value }
}

function summaryValue(text: string, start: number, element: ElementPlan): string | undefined {
  if (text[start] === '[') {
    const items = elements(text, start).flatMap((item) => summaryValue(text, item.valueStart, element) ?? [])
    return items.length > 0 ? `[${items.join(',')}]` : undefined
  }
  const plan = element.plan()
  if (text[start] !== '{' || !plan) return undefined
  const parts = members(text, start).flatMap((member) => summaryPart(text, member, plan) ?? [])
  return parts.length > 0 ? `{${parts.map((part) => part.text).join(',')}}` : undefined
}

const subsetted = '{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}'

function marked(parts: Part[]): string {
  const at = parts.findIndex((part) => part.name === 'meta')
  if (at >= 0) parts[at] = { ...parts[at]!, text: `"meta":${markedMeta(parts[at]!.value)}` }
  else {
    const after = parts.findLastIndex((part) => part.name === 'id' || part.name === 'resourceType')
    parts.splice(after + 1, 0, { name: 'meta', text: `"meta":{"tag":[${subsetted}]}`, value: '' })
  }
  return `{${parts.map((part) => part.text).join(',')}}`
}

function markedMeta(meta: string): string {
  if (meta[0] !== '{') return meta
  const inner = members(meta)
  const tag = inner.find((member) => member.name === 'tag')
  if (!tag || meta[tag.valueStart] !== '[') {
    return `${meta.slice(0, -1)}${inner.length > 0 ? ',' : ''}"tag":[${subsetted}]}`
  }
  const tags = elements(meta, tag.valueStart)
  if (tags.some((each) => isSubsetted(meta, each.valueStart))) return meta
  return `${meta.slice(0, tag.valueEnd - 1)}${tags.length > 0 ? ',' : ''}${subsetted}${meta.slice(tag.valueEnd - 1)}`
}

function isSubsetted(text: string, start: number): boolean {
  if (text[start] !== '{') return false
  const code = members(text, start).find((member) => member.name === 'code')
  return (
    code !== undefined &&
    text[code.valueStart] === '"' &&
    stringAt(text, code.valueStart, code.valueEnd) === 'SUBSETTED'
  )
}
