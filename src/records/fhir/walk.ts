import { isObject } from '#records/json/index.ts'
import type { Json, JsonObject } from '#records/json/index.ts'
import { planOf } from './plan.ts'
import type { TypePlan } from './plan.ts'
import { typeCode } from './types.ts'

/**
 * Every object of a resource that the definitions know, from the resource itself down, contained ones and extensions included, in
 * the document's order; `path` is its FHIRPath.
 */
export function walk(
  resource: JsonObject,
  see: (value: JsonObject, plan: TypePlan, path: string) => void,
): void {
  const visit = (value: Json, type: string, path: string): void => {
    if (Array.isArray(value)) {
      value.forEach((item, at) => visit(item, type, `${path}[${at}]`))
      return
    }
    if (!isObject(value)) return
    const plan = planFor(value, type)
    if (!plan) return
    see(value, plan, path)
    for (const name in value) {
      const member = plan.members.get(name)
      if (!member || (member.element.primitive && !member.beside)) continue
      visit(value[name]!, member.beside ? 'Element' : member.element.type, `${path}.${member.element.name}`)
    }
  }
  const { resourceType } = resource
  visit(resource, 'Resource', typeof resourceType === 'string' ? resourceType : 'Resource')
}

function planFor(value: JsonObject, type: string): TypePlan | undefined {
  if (type !== 'Resource') return planOf(type)
  const named = value['resourceType']
  return typeof named === 'string' && typeCode(named) !== undefined ? planOf(named) : undefined
}
