/**
 * What was written to the wrong patient becomes a resource of the right one, and in the wrong one's record a version that says that it was an
 * error: both, and where it came from, in one statement. docs/spec/merging.md, "Moved".
 */
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { isRefusal, refuse, type Refusal } from '#kernel/outcome.ts'
import { patientsOf, references, rewriteReferences, type ReferenceOptions } from '#records/fhir/index.ts'
import { members, type JsonObject } from '#records/json/index.ts'
import type { Finder } from './criteria.ts'
import { readDocument, type Document } from './documents.ts'
import type { Change, Intent, Plan } from './intents.ts'
import { patientCompartment, resourceKey } from './place.ts'
import type { Reader } from './reader.ts'
import type { Version } from './types.ts'
import type { Writer } from './writer.ts'
import type { Writing } from './writing.ts'
import { isInError, isKept, isMovable, leftOf } from './moving/index.ts'

export interface Move {
  type: string
  id: string
  /** Id of the right Patient. */
  patient: string
  /** Id of what it becomes there. */
  newId: string
  /** Top-level members that are left out there, since they are of the wrong patient's record. */
  without: readonly string[]
  reason: string
  /** Who moves it, as a Reference has it. */
  agent: JsonObject
}

export interface Moved {
  status: 'ok'
  /** What is left, in the wrong patient's record. */
  left: Version
  /** What it became, in the right one's. */
  moved: Version
}

export interface Moving {
  move(move: Move, writing: Writing): Promise<Moved | Refusal>
}

export interface MovingParts {
  keys: Pick<Keys, 'locator'>
  reader: Reader
  writer: Writer
  finder: Finder
  local: ReferenceOptions
  /** Milliseconds since 1970. */
  now: () => number
}

export function createMoving({ keys, reader, writer, finder, local, now }: MovingParts): Moving {
  return {
    async move(move, writing) {
      const { sight } = writing.bounds ?? {}
      const seen = sight ? finder.within({ sight }) : finder
      const provenance = randomUuid()
      const outcome = await writer.write<Refusal>(writing, () => planOf(move, seen, provenance))
      if (outcome.status === 'settled') return outcome.value
      if (outcome.status === 'refused') return outcome.refusal
      const [left, moved] = outcome.changes as [Change, Change]
      return { status: 'ok', left: left.version as Version, moved: moved.version as Version }
    },
  }

  async function planOf(
    move: Move,
    seen: Finder,
    provenance: string,
  ): Promise<Plan | { status: 'settled'; value: Refusal }> {
    const refused = (value: Refusal) => ({ status: 'settled' as const, value })
    const { type, id, patient, newId } = move
    if (!isMovable(type)) return refused(refuse('not-movable'))
    const found = await seen.current(type, id)
    if (found.status !== 'ok') return refused(found)
    const right = await seen.current('Patient', patient)
    if (right.status !== 'ok') return refused(right)
    const { version, json } = found.version
    const whole = await finder.whole(json)
    if (whole.status !== 'ok') return refused(whole)
    const value = JSON.parse(whole.text) as JsonObject
    const [wrong, other] = patientsOf(value, local)
    if (wrong === undefined || other !== undefined || isInError(value)) return refused(refuse('not-movable'))
    if (wrong === patient) return refused(refuse('move-same'))
    const kept = move.without.find((name) => isKept(name.replace(/^_/, '')))
    if (kept !== undefined) return refused(refuse('move-incomplete', { element: kept }))
    const moved = documentOf(type, movedText(whole.text, move, wrong))
    if (isRefusal(moved)) return refused(moved)
    const about = patientsOf(moved.document.value, local)
    if (about.length !== 1 || about[0] !== patient)
      return refused(refuse('move-incomplete', { element: move.without.join(', ') }))
    const tied = await tiedTo(wrong, moved.document)
    if (tied.length > 0) return refused(refuse('move-entangled', { elements: tied.join(', ') }))
    const left = documentOf(type, JSON.stringify(leftOf(value, `${type}/${newId}`)))
    if (isRefusal(left)) return refused(left)
    const from = documentOf('Provenance', JSON.stringify(provenanceOf(move, provenance, version)))
    if (isRefusal(from)) return refused(from)
    const intents: Intent[] = [
      { type, id, action: 'put', document: left.document, posted: false, basis: version },
      { type, id: newId, action: 'create', document: moved.document, posted: true },
      { type: 'Provenance', id: provenance, action: 'create', document: from.document, posted: true },
    ]
    return { intents, claims: [], relinks: true }
  }

  /** Where it still refers to something of the wrong patient's. */
  async function tiedTo(wrong: string, { value, text }: Document): Promise<string[]> {
    const named = references(value, local).map((each) => ({
      ...each,
      name: resourceKey(keys.locator, each.type, each.id),
    }))
    // The content of a document is an address, and no reference.
    for (const [, id = ''] of text.matchAll(/"url":"(?:[^"]*\/)?Binary\/([A-Za-z0-9.-]{1,64})"/g))
      named.push({
        type: 'Binary',
        id,
        expression: 'attachment.url',
        name: resourceKey(keys.locator, 'Binary', id),
      })
    const heads = await reader.heads(named.map(({ name }) => name))
    const home = patientCompartment(keys.locator, wrong)
    const tied = named.filter(
      ({ type, id, name }) => heads.get(name)?.compartment === home || (type === 'Patient' && id === wrong),
    )
    return [...new Set(tied.map(({ expression }) => expression))]
  }

  function provenanceOf(
    { type, id, patient, newId, reason, agent }: Move,
    own: string,
    version: number,
  ): JsonObject {
    return {
      resourceType: 'Provenance',
      id: own,
      // The patient too: so it is of that record.
      target: [{ reference: `${type}/${newId}` }, { reference: `Patient/${patient}` }],
      recorded: new Date(now()).toISOString(),
      reason: [{ text: reason }],
      activity: { text: 'moved from the record of another patient' },
      agent: [{ who: agent }],
      entity: [{ role: 'source', what: { reference: `${type}/${id}/_history/${version}` } }],
    }
  }
}

const documentOf = (type: string, text: string) => readDocument(type, Buffer.from(text))

/** Literals as they were: only members and references that change are touched. */
function movedText(text: string, { type, newId, patient, without }: Move, wrong: string): string {
  const kept = members(text).flatMap(({ name, keyStart, valueEnd }) => {
    if (without.includes(name) || without.includes(name.replace(/^_/, ''))) return []
    return name === 'id' ? [`"id":${JSON.stringify(newId)}`] : [text.slice(keyStart, valueEnd)]
  })
  return rewriteReferences(`{${kept.join(',')}}`, type, new Map([[`Patient/${wrong}`, `Patient/${patient}`]]))
}
