/** What the ledger knows of a row that confers authority: the newest entry of the row's own stream. */
import { openDetails } from './details.ts'
import { decodeAct, decodeEntry, EntryBroken, type Act } from './entry.ts'
import type { Pseudonyms } from './pseudonyms.ts'
import { readStaged, type Staged } from './staging.ts'
import { nameOf } from './stream-ends.ts'

/** Read in one statement with the row, so that it is of one moment: what is staged becomes a leaf in one step. */
export interface HeadFound {
  /** The last leaf of the row's stream. */
  leaf: Uint8Array | null
  /** What the row says that its newest entry was staged as, while that waits. */
  staged: Staged | null
}

export interface AuthorityHead {
  version: number
  /** `commitmentHash` of what is stored. */
  hash: Uint8Array
  /** What was done, as its entry says it. */
  query: string | undefined
}

/**
 * The head; undefined where the ledger knows none. A row has one entry for each of its versions, so the number of a leaf in the
 * stream is the version that it tells of: an entry that somebody staged anew, a copy of an earlier one, has another number.
 */
export function authorityHead(names: Pseudonyms, row: string, found: HeadFound): AuthorityHead | undefined {
  const stream = names.authority(row)
  const sequenced = found.leaf ? leafHead(found.leaf) : undefined
  // A leaf that is not ours, in this row's stream: nothing that was staged before it counts either.
  if (found.leaf && !sequenced) return undefined
  const waiting = found.staged ? stagedHead(found.staged) : undefined
  return waiting && waiting.version > (sequenced?.version ?? 0) ? waiting : sequenced

  function leafHead(bytes: Uint8Array): AuthorityHead | undefined {
    const entry = decoded(() => decodeEntry(bytes))
    const head = entry && headOf(entry)
    return head?.version === entry?.number ? head : undefined
  }

  function stagedHead(staged: Staged): AuthorityHead | undefined {
    const entries = readStaged(names, staged) ?? []
    const own = entries.findLast((each) => nameOf(each.stream) === nameOf(stream.name))
    const act = own && decoded(() => decodeAct(own.entry))
    return act && headOf(act)
  }

  function headOf(act: Act): AuthorityHead | undefined {
    const details = openDetails(stream.key, act)
    const [seen] = details?.resources ?? []
    const [commitment] = act.commitments
    if (nameOf(act.stream) !== nameOf(stream.name) || seen?.id !== row || commitment?.kind !== 'authority')
      return undefined
    return seen.version === undefined
      ? undefined
      : { version: seen.version, hash: commitment.hash, query: details?.query }
  }
}

function decoded<Read extends Act>(read: () => Read): Read | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof EntryBroken) return undefined
    throw error
  }
}
