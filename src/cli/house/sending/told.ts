/** What came of sending, kept in the home: `doctor` reads it without a server. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeDurablyBeside } from '../../home/durable.ts'
import { homeFiles, type Home } from '../../home/home.ts'
import { noSends } from '../../home/sends.ts'

export type SendKind = 'witness' | 'authority' | 'folder'

/** Of one place. Times are ISO 8601. */
export interface SendTold {
  kind: SendKind
  /** URL or path. */
  place: string
  /** Entries under the newest checkpoint that it has, and since when. */
  size?: number
  at?: string
  /** Since when it has failed, and why; absent where the last time went well. */
  failedSince?: string
  reason?: string
  /**
   * It has seen another past of this ledger, or a longer one: for people to look into. Stays until it takes a checkpoint again.
   */
  disagrees?: boolean
  /** Of an authority: whether its certificate leads to one that was given. */
  trusted?: boolean
}

const stateFile = 'state.json'

export const nameOf = ({ kind, place }: Pick<SendTold, 'kind' | 'place'>): string => `${kind} ${place}`

/** Every place of home.json, with what is known of it. */
export function readTold({ path, record }: Home): SendTold[] {
  const { witnesses, authorities, folders } = record.sends ?? noSends
  const known = readState(path)
  const of = (kind: SendKind, place: string): SendTold => ({
    ...known.get(nameOf({ kind, place })),
    kind,
    place,
  })
  return [
    ...witnesses.map(({ url }) => of('witness', url)),
    ...authorities.map(({ url }) => of('authority', url)),
    ...folders.map((folder) => of('folder', folder)),
  ]
}

export async function writeTold({ path }: Home, told: readonly SendTold[]): Promise<void> {
  await writeDurablyBeside(join(path, homeFiles.sent, stateFile), `${JSON.stringify(told, undefined, 1)}\n`)
}

function readState(path: string): Map<string, SendTold> {
  try {
    const told = JSON.parse(readFileSync(join(path, homeFiles.sent, stateFile), 'utf8')) as SendTold[]
    return new Map(told.map((each) => [nameOf(each), each]))
  } catch {
    // Never written, or damaged: a witness says by itself where to begin, and the rest is sent again.
    return new Map()
  }
}
