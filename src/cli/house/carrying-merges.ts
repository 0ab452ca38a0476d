/** Merging and unmerging, as acts that need a second person. */
import { isRefusal } from '#kernel/outcome.ts'
import type { CarriedAct, Carrier } from '#people/index.ts'
import type { By, Interactions, Pair } from '#records/index.ts'
import { itself } from './ledger.ts'

const textOf = (act: CarriedAct, name: string): string => {
  const text = act[name]
  return typeof text === 'string' ? text : ''
}

const pairOf = (act: CarriedAct): Pair => ({
  source: textOf(act, 'source').replace(/^Patient\//, ''),
  target: textOf(act, 'target').replace(/^Patient\//, ''),
})

export function carryMerging(
  joining: 'merge' | 'unmerge',
  as: (by: By) => Pick<Interactions, 'merging'>,
): Carrier {
  return {
    words(act) {
      const [source, target, reason] = ['source', 'target', 'reason'].map((name) => textOf(act, name))
      const why = { es: reason ? `. Motivo: ${reason}` : '', en: reason ? `. Reason: ${reason}` : '' }
      return joining === 'merge'
        ? {
            es: `Unir el expediente ${source} a ${target}: son de la misma persona, y desde entonces se leen como uno${why.es}`,
            en: `Merge the record ${source} into ${target}: they are one person's, and are read as one from then on${why.en}`,
          }
        : {
            es: `Separar el expediente ${source} de ${target}: no son de la misma persona, y desde entonces se lee cada uno por sí${why.es}`,
            en: `Unmerge the record ${source} from ${target}: they are not one person's, and each is read by itself from then on${why.en}`,
          }
    },
    // The facility's entries name no patient; those of the two do.
    inWords: () => (joining === 'merge' ? 'merge two records' : 'unmerge two records'),
    async fault(act) {
      const looked = await as(itself).merging.look(joining, pairOf(act))
      return isRefusal(looked) ? looked : undefined
    },
    async run(act, { id, who, approved }) {
      // Whoever approved it last, by the vault's own hand.
      const by = { approval: id, at: Math.max(...approved.map(({ at }) => at)) }
      const done = await as({ ...who, address: 'local' }).merging.carryOut(joining, pairOf(act), by)
      if (isRefusal(done)) return done
      const { source, target } = done
      return {
        status: 'ok',
        result: {
          source: `${source.id}/_history/${source.version}`,
          target: `${target.id}/_history/${target.version}`,
        },
      }
    },
  }
}
