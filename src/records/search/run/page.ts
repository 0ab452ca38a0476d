/** Page links of a search: where the next page begins, when all of them are evaluated, for whom, and until when. */
import { contextOf, open, seal, SealBroken, type SealKey } from '#kernel/crypto/index.ts'
import { refuse, type Refusal } from '#kernel/outcome.ts'
import type { CompartmentId, ResourceKey } from '../../place.ts'
import type { Sortable } from '../query/types.ts'
import type { Moment } from './moment.ts'

/** Versions by name, in their order. */
export type Rest = readonly (readonly [ResourceKey, number])[]

export interface NextPage {
  /** Milliseconds since 1970, of the first page. */
  issuedAt: number
  total: number | undefined
  /**
   * `after`: whatever sorts after it, at the moment, but for the names that were `shown`. `rest`: these versions, which are all that is left. `listing`: a
   * listing's own token.
   */
  position:
    | { is: 'after'; after: Sortable; shown: ReadonlySet<string> | undefined; moment: Moment }
    | { is: 'rest'; rest: Rest }
    | { is: 'listing'; after: string }
}

/** What superseded versions say is kept for as long: src/records/tuples/compaction.ts. */
export const pageLifeMs = 3_600_000

/** `scope`: the text of the search; a token of one does not open in another. */
export function sealPage(key: SealKey, scope: string, actor: string, page: NextPage): string {
  const plaintext = Buffer.from(JSON.stringify([actor, encode(page)]))
  return Buffer.from(seal(key, contextOf('page', scope), plaintext)).toString('base64url')
}

export function openPage(
  key: SealKey,
  scope: string,
  actor: string,
  now: number,
  token: string,
): { status: 'ok'; page: NextPage } | Refusal {
  try {
    const plaintext = open(key, contextOf('page', scope), Buffer.from(token, 'base64url'))
    const [whose, packed] = JSON.parse(Buffer.from(plaintext).toString()) as [string, Packed]
    if (whose !== actor) return refuse('page-of-another')
    const page = decode(packed)
    if (now - page.issuedAt > pageLifeMs) return refuse('page-expired')
    return { status: 'ok', page }
  } catch (error) {
    if (error instanceof SealBroken) return refuse('page-expired')
    throw error
  }
}

/** JSON has no undefined, and each letter of a link counts. */
interface Packed {
  i: number
  t: number | null
  /** Values and name of the last hit. */
  a?: [(string | number | null)[], string]
  s?: string
  h?: [CompartmentId, number][]
  m?: number
  r?: string
  l?: string
}

function encode({ issuedAt, total, position }: NextPage): Packed {
  const packed: Packed = { i: issuedAt, t: total ?? null }
  switch (position.is) {
    case 'after': {
      const { after, shown, moment } = position
      packed.a = [after.values.map((value) => value ?? null), after.name]
      if (shown) packed.s = [...shown].join('').replaceAll('-', '')
      if (moment.is === 'heads') packed.h = [...moment.heads]
      if (moment.is === 'asOf') packed.m = moment.at
      return packed
    }
    case 'rest':
      packed.r = Buffer.concat(
        position.rest.map(([name, version]) => {
          const bytes = Buffer.alloc(20)
          bytes.write(name.replaceAll('-', ''), 'hex')
          bytes.writeUInt32BE(version, 16)
          return bytes
        }),
      ).toString('base64')
      return packed
    case 'listing':
      packed.l = position.after
      return packed
  }
}

function decode({ i: issuedAt, t, a, s, h, m, r, l }: Packed): NextPage {
  const total = t ?? undefined
  if (l !== undefined) return { issuedAt, total, position: { is: 'listing', after: l } }
  if (a === undefined) return { issuedAt, total, position: { is: 'rest', rest: restOf(r ?? '') } }
  const after: Sortable = { values: a[0].map((value) => value ?? undefined), name: a[1] }
  const moment: Moment =
    m !== undefined ? { is: 'asOf', at: m } : h ? { is: 'heads', heads: new Map(h) } : { is: 'live' }
  const shown =
    s === undefined ? undefined : new Set(Array.from(s.matchAll(/.{32}/g), ([hex]) => nameOf(hex)))
  return { issuedAt, total, position: { is: 'after', after, shown, moment } }
}

function restOf(text: string): [ResourceKey, number][] {
  const bytes = Buffer.from(text, 'base64')
  const rest: [ResourceKey, number][] = []
  for (let at = 0; at + 20 <= bytes.length; at += 20) {
    const hex = bytes.toString('hex', at, at + 16)
    rest.push([nameOf(hex), bytes.readUInt32BE(at + 16)])
  }
  return rest
}

function nameOf(hex: string): ResourceKey {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') as ResourceKey
}
