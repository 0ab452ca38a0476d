/** Wishes that are carried out together: what they become, once it is known what is there. */
import { setImmediate } from 'node:timers/promises'
import { rewriteReferences } from '#records/fhir/index.ts'
import type { Intent } from './intents.ts'
import type { Claim } from './rows.ts'
import { putSought, type Sought } from './sought.ts'
import type { Resolved } from './wishes.ts'

/** Intents made between two pauses for other work: some 5 ms. */
const entriesBetweenPauses = 32

/** The intents, with references to other entries pointing to what those became; what is ready has them already. */
export async function planOf(
  resolved: readonly Resolved[],
  fullUrlOf: (wish: number) => string | undefined,
  sought: Sought,
) {
  const places = new Map<string, string>()
  if (resolved.some(isUnready)) {
    for (const [n, each] of resolved.entries()) {
      const place = each.status === 'ok' ? each.intent : each.version
      if (place) addPlace(places, fullUrlOf(n), `${place.type}/${place.id}`, each.status === 'ok')
    }
  }
  const names = sought.size === 0 ? places : new Map([...places, ...sought])
  const intents: Intent[] = []
  for (const [n, each] of resolved.entries()) {
    if (each.status !== 'ok') continue
    if (n % entriesBetweenPauses === entriesBetweenPauses - 1) await setImmediate()
    const { document, type } = each.intent
    if (!document || document.ready || names.size === 0) intents.push(each.intent)
    else {
      const text = putSought(rewriteReferences(document.text, type, places), sought)
      intents.push({ ...each.intent, document: { text, value: document.value, names } })
    }
  }
  return { intents, claims: claimsOf(resolved) }
}

/** Whether it has references that may have to be put in place. */
function isUnready(each: Resolved): boolean {
  return each.status === 'ok' && each.intent.document !== undefined && !each.intent.document.ready
}

/** What the entry of that address became; of what it brings itself, also by its relative address. */
export function addPlace(
  places: Map<string, string>,
  fullUrl: string | undefined,
  place: string,
  isBrought = true,
): void {
  if (fullUrl === undefined) return
  places.set(fullUrl, place)
  if (!isBrought) return
  // A relative reference stands for the full one under the same base (bundle.html#references).
  const relative = /^https?:\/\/.*\/([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})$/.exec(fullUrl)?.[1]
  if (relative !== undefined) places.set(relative, place)
}

/** Each once, as it was when it was first read: who has acted on it since is noticed. */
function claimsOf(resolved: readonly Resolved[]): Claim[] {
  const claims = new Map<string, Claim>()
  for (const each of resolved) {
    if (each.status !== 'ok') continue
    for (const claim of each.claims) if (!claims.has(claim.criterion)) claims.set(claim.criterion, claim)
  }
  return [...claims.values()]
}

/** Index of the first wish that acts on what an earlier one acts on. */
export function duplicate(resolved: readonly Resolved[]): number | undefined {
  const seen = new Set<string>()
  /** Of each claim, whether all that have it share it. */
  const claimed = new Map<string, boolean>()
  for (const [n, each] of resolved.entries()) {
    if (each.status !== 'ok') continue
    // An id that was just drawn is nobody else's.
    if (each.intent.action !== 'create') {
      const name = `${each.intent.type}/${each.intent.id}`
      if (seen.has(name)) return n
      seen.add(name)
    }
    for (const { criterion, isShared = false } of each.claims) {
      if (!isShared && claimed.has(criterion)) return n
      if (claimed.get(criterion) === false) return n
      claimed.set(criterion, isShared)
    }
  }
  return undefined
}
