/** What only who has the stream's key may know of an act: canonical JSON, padded, sealed with its place. */
import {
  contextOf,
  floors,
  open,
  pack,
  seal,
  SealBroken,
  unpack,
  type SealKey,
} from '#kernel/crypto/index.ts'
import type { Act } from './entry.ts'

/** Something that was returned or changed; names are those that people know. */
export interface ResourceSeen {
  type: string
  id: string
  version?: number
}

/** Texts are kept as they come; what is longer than `detailTextMax` is cut, and ends with `…`. */
export interface Details {
  actor?: string
  client?: string
  address?: string
  /** On which a person was signed in: a name of 66 bits, the same for as long as its browser keeps a cookie. */
  device?: string
  purpose?: string
  resources?: readonly ResourceSeen[]
  /** What was asked for, such as the parameters of a search. */
  query?: string
  /** Acts of one view have this in common. */
  view?: string
  reason?: string
  /** Who did it was a machine, by itself: what a person is shown says so. */
  machine?: true
  /** Of a stream's last entry: bytes that were sent. */
  bytes?: number
  /** Of an approval: the act and who approved it, as docs/spec/approvals.md has it. Kept whole. */
  proof?: string
}

/** Characters of one text at most. */
export const detailTextMax = 4096

/** With its members in the order of `Details`. Resources as [type, id, version]. */
function textOf(details: Details, resources: Details['resources']): string {
  const { actor, client, address, device, purpose, query, view, reason, machine, bytes, proof } = details
  const list = resources?.map(({ type, id, version }) =>
    version === undefined ? [type, id] : [type, id, version],
  )
  return JSON.stringify({
    actor: cut(actor),
    client: cut(client),
    address: cut(address),
    device: cut(device),
    purpose: cut(purpose),
    resources: list,
    query: cut(query),
    view: cut(view),
    reason: cut(reason),
    machine,
    bytes,
    proof,
  })
}

function cut(text: string | undefined): string | undefined {
  if (text === undefined || text.length <= detailTextMax) return text
  return `${text.slice(0, detailTextMax - 1).toWellFormed()}…`
}

const padding = { floor: floors.entry, dictionary: 0 }

/** `place`: of the act whose details they are. `resources`: those of them that are this stream's. */
export function sealDetails(
  key: SealKey,
  place: Place,
  details: Omit<Details, 'resources'>,
  resources: Details['resources'],
): Uint8Array {
  return seal(key, contextOfDetails(place), pack(Buffer.from(textOf(details, resources)), padding))
}

/** Undefined where the key is another's, or the details were not sealed for this entry. */
export function openDetails(key: SealKey, act: Place & Pick<Act, 'details'>): Details | undefined {
  const text = openText(key, act)
  return text && parseDetails(text.toString())
}

/** The same, as the JSON that they are. */
export function openText(key: SealKey, act: Place & Pick<Act, 'details'>): Buffer | undefined {
  try {
    const { buffer, byteOffset, byteLength } = unpack(open(key, contextOfDetails(act), act.details))
    return Buffer.from(buffer, byteOffset, byteLength)
  } catch (error) {
    if (error instanceof SealBroken) return undefined
    throw error
  }
}

export function parseDetails(text: string): Details {
  const { resources, ...rest } = JSON.parse(text) as Omit<Details, 'resources'> & {
    resources?: [type: string, id: string, version?: number][]
  }
  if (!resources) return rest
  return {
    ...rest,
    resources: resources.map(([type, id, version]) => ({
      type,
      id,
      ...(version === undefined ? {} : { version }),
    })),
  }
}

type Place = Pick<Act, 'id' | 'act' | 'stream'>

const contextOfDetails = ({ id, act, stream }: Place) => contextOf('ledger details', id, act, stream)
