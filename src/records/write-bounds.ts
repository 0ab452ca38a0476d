/** What a write is held to: it is judged on what was there, and on what it would make of it. */
import type { Refusal } from '#kernel/outcome.ts'
import { hidden, type Sight, type Standing } from './gate/index.ts'
import type { Intent } from './intents.ts'
import type { CompartmentId } from './place.ts'
import type { Version } from './types.ts'

/** What there is of an intent's resource, opened; undefined where there is nothing. */
type Opened = (intent: number) => Promise<Version | undefined>

type Barred = { status: 'refused'; intent: number; refusal: Refusal }

export interface WriteBounds {
  /** Of conditions, and of what a patch is made of. */
  readonly sight: Sight
  /** Whoever acts, as what they are: what they brought before is not what others did. */
  readonly whose: string
  /** By what is there. Of what may not be seen nothing is told, not even by another refusal. */
  before(intents: readonly Intent[], openedOf: Opened): Promise<Barred | undefined>
  /** By what would be there: `places`, the compartments that each would touch. */
  after(
    intents: readonly Intent[],
    places: readonly (readonly CompartmentId[])[],
    openedOf: Opened,
  ): Promise<Barred | undefined>
}

export function createWriteBounds(standing: Standing, sight: Sight, whose: string): WriteBounds {
  return {
    sight,
    whose,

    async before(intents, openedOf) {
      for (const [intent, { action }] of intents.entries()) {
        if (action === 'create') continue
        const barred = (refusal: Refusal) => ({ status: 'refused' as const, intent, refusal })
        const there = await openedOf(intent)
        // An id of one's own choice is not taken, and nothing that is not there deleted: it would tell what is there and hidden.
        if (!there || !(await sight.allows('read', there))) return barred(hidden())
        if (!(await sight.allows(action === 'delete' ? 'delete' : 'update', there)))
          return barred(sight.refusal(action === 'delete' ? 'delete' : 'update', there.type))
      }
      return undefined
    },

    async after(intents, places, openedOf) {
      for (const [intent, { type, document, action: made }] of intents.entries()) {
        if (!document) continue
        const action = made === 'create' || !(await openedOf(intent)) ? 'create' : 'update'
        const { text, value } = document
        const thing = sight.wouldBe(action, type, text, value, places[intent] ?? [])
        const isAllowed = await standing.allows(thing)
        // A context that is hidden is as one that is not there: what names none is the facility's, where nobody puts one.
        if (!isAllowed || (type === 'Binary' && !(await sight.mayName(value, document.names))))
          return { status: 'refused', intent, refusal: standing.refusal({ action, kind: thing.kind, type }) }
      }
      return undefined
    },
  }
}
