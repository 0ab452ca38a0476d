import { isObject } from '#records/json/index.ts'
import type { Json, JsonObject } from '#records/json/index.ts'
import { planOf } from './plan.ts'
import { typeCode } from './types.ts'

/** An Attachment in a resource, or a Binary: what says something about content. */
export interface Content {
  value: JsonObject
  /** FHIRPath of it. */
  expression: string
}

/** Every Attachment of a resource, contained ones and extensions included, and Binaries, in the document's order. */
export function attachmentsOf(resource: JsonObject): Content[] {
  const found: Content[] = []
  const visit = (value: Json, type: string, path: string): void => {
    if (Array.isArray(value)) {
      value.forEach((item, at) => visit(item, type, `${path}[${at}]`))
      return
    }
    if (!isObject(value)) return
    const named = value['resourceType']
    if (type === 'Resource' && !(typeof named === 'string' && typeCode(named) !== undefined)) return
    const plan = planOf(type === 'Resource' ? (named as string) : type)
    if (!plan) return
    if (plan.name === 'Attachment' || plan.name === 'Binary') found.push({ value, expression: path })
    for (const name in value) {
      const member = plan.members.get(name)
      if (!member || (member.element.primitive && !member.beside)) continue
      visit(value[name]!, member.beside ? 'Element' : member.element.type, `${path}.${member.element.name}`)
    }
  }
  visit(
    resource,
    'Resource',
    typeof resource['resourceType'] === 'string' ? resource['resourceType'] : 'Resource',
  )
  return found
}
