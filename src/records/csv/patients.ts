import { isObject } from '#records/json/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { patientUrn } from './beside.ts'
import { patientOf, systems } from './patient.ts'
import { rowsOf } from './table.ts'
import type { Plan, Row, Source } from './types.ts'

/**
 * The patients of a table, row by row in bounded memory; `plan` is what `planOf` or `previewOf` found out. A row that is no patient
 * comes as its line and problem, and the table goes on; where it breaks off, that is the last row. Files that cannot be read throw.
 */
export async function* patientsOf(source: Source, plan: Plan): AsyncGenerator<Row> {
  for await (const row of rowsOf(source, plan)) yield 'problem' in row ? row : patientOf(row, plan)
}

/**
 * A transaction that stores one row: the patient, unless one with the same CURP (or else record number) is there, and what stands
 * beside it. It is the same for the same row, so that a journal of contents knows it again.
 */
export function transactionOf({
  patient,
  beside,
}: {
  patient: JsonObject
  beside: readonly JsonObject[]
}): JsonObject {
  const ifNoneExist = conditionOf(patient)
  const condition = ifNoneExist === undefined ? {} : { ifNoneExist }
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: patientUrn, resource: patient, request: { method: 'POST', url: 'Patient', ...condition } },
      ...beside.map((resource) => ({
        resource,
        request: { method: 'POST', url: String(resource['resourceType']) },
      })),
    ],
  }
}

function conditionOf({ identifier }: JsonObject): string | undefined {
  const list = Array.isArray(identifier) ? identifier.filter(isObject) : []
  const found =
    list.find(({ system }) => system === systems.curp) ??
    list.find(({ use, system }) => use === 'usual' && system !== undefined)
  if (!found) return undefined
  // In a search value, R4 search.html#escaping, `|`, `,` and `$` stand for more than themselves.
  const token = [found['system'], found['value']]
    .map((part) => String(part).replace(/[\\|,$]/g, '\\$&'))
    .join('|')
  return `identifier=${encodeURIComponent(token)}`
}
