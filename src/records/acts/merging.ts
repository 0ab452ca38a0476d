/** Records of one person, joined and parted, as acts: in the entries of both. */
import { refuse } from '#kernel/outcome.ts'
import type { Interactions } from '../interactions.ts'
import type { Pair } from '../merging/index.ts'
import type { Desk } from './desk.ts'

export function mergingOf(desk: Desk): Interactions['merging'] {
  return {
    look: (joining, pair) =>
      desk.look(
        'read',
        { query: `${said[joining](pair)}, looked at` },
        (records) => records.merging.look(joining, pair),
        ({ source, target }) => [source, target],
      ),
    async carryOut(joining, pair, approval) {
      const { actor, client, address } = desk.by
      if (!(await desk.standing()).isWhole) return desk.refuse('update', refuse('forbidden'), {})
      const query = `${said[joining](pair)}, approval ${approval.approval}`
      return desk.write('update', { query }, (writing, records) =>
        records.merging.carryOut(joining, pair, approval, { actor, client, address }, writing),
      )
    },
  }
}

const said = {
  merge: ({ source, target }: Pair) => `merge Patient/${source} into Patient/${target}`,
  unmerge: ({ source, target }: Pair) => `unmerge Patient/${source} from Patient/${target}`,
}
