import { combine, split } from 'shamir-secret-sharing'
import { equalBytes, keyBytes, keyOf, randomBytes, sha256, type SealKey } from '#kernel/crypto/index.ts'
import { readCode, writeCode, type CodeFault } from '../code/index.ts'
import { houseNameBytes, houseNameOf, houseNameText, isHouseName, isShortName } from '../house-name.ts'
import type { Opener } from '../opening.ts'

/** One holder's part of the key that opens the house. `zeroShare` ends it. */
export interface Share {
  /** Name of the house, as `keys.name` gives it. */
  house: string
  /** Which deal it is of: six hexadecimal digits. */
  deal: string
  /** How many shares of the deal open the house. */
  threshold: number
  /** Which share of the deal it is, from 1. */
  number: number
  /** How many there are. */
  of: number
  /** Point of the polynomials: their values, then where they were taken. */
  point: Uint8Array
}

/** Why a share does not do. `number` is the one that it says it is. */
export type ShareRefused = {
  status: 'share-refused'
  number: number
} & (
  | { reason: 'of-another-house'; house: string; wanted: string }
  /** Of an earlier deal, most likely: a new one makes the old shares worthless. */
  | { reason: 'of-another-deal'; deal: string; wanted: string }
  /** It claims to be of this deal, and is not what was dealt. */
  | { reason: 'forged' }
  | { reason: 'given-already' }
)

export type ShamirRefusal =
  | ShareRefused
  | { status: 'shares-missing'; have: number; need: number }
  | { status: 'deal-refused'; sharesMax: number }
  | { status: 'opener-unreadable'; kind: 'shamir' }

/** All the shares of a new deal make the opener; as many as its threshold open the house. */
export interface ShamirSecret {
  kind: 'shamir'
  shares: readonly Share[]
}

/** A ceremony of more people is not held: 2 to this many. */
export const sharesMax = 20
const thresholdMin = 2

const dealBytes = 3
const pointBytes = keyBytes + 1

/**
 * Deals a new random key to `of` holders, `threshold` of whom together have it. Fewer have nothing, whatever they
 * compute (Shamir 1979). Undefined where the numbers make no sense.
 */
export async function dealShares(deal: {
  house: string
  threshold: number
  of: number
}): Promise<Share[] | undefined> {
  const { house, threshold, of } = deal
  if (!isDeal(threshold, of)) return undefined
  const secret = randomBytes(keyBytes)
  const points = await split(secret, of, threshold)
  secret.fill(0)
  const name = Buffer.from(randomBytes(dealBytes)).toString('hex')
  return points.map((point, at) => ({ house, deal: name, threshold, number: at + 1, of, point }))
}

export function zeroShare(share: Share): void {
  share.point.fill(0)
}

/** What the holder keeps. */
export function shareText({ house, deal, threshold, number, of, point }: Share): string {
  const payload = Buffer.concat([
    houseNameOf(house),
    Buffer.from(deal, 'hex'),
    new Uint8Array([threshold, number, of]),
    point,
  ])
  const text = writeCode('share', payload)
  payload.fill(0)
  return text
}

export function readShare(text: string): { status: 'ok'; share: Share } | CodeFault {
  const read = readCode('share', text)
  if (read.status !== 'ok') return read
  const { payload } = read
  const at = houseNameBytes + dealBytes
  const [threshold = 0, number = 0, of = 0] = payload.subarray(at, at + 3)
  const share = {
    house: houseNameText(payload.subarray(0, houseNameBytes)),
    deal: Buffer.from(payload.subarray(houseNameBytes, at)).toString('hex'),
    threshold,
    number,
    of,
    point: payload.slice(at + 3),
  }
  payload.fill(0)
  if (isDeal(threshold, of) && number >= 1 && number <= of) return { status: 'ok', share }
  zeroShare(share)
  return { status: 'code-broken', kind: 'share' }
}

/** What the database holds of a deal: no share, and no way to one. */
export interface Deal {
  house: string
  deal: string
  threshold: number
  /** SHA-256 of each share, by which a false one is known before the others are there. */
  commitments: string[]
}

export function readDeal(parameters: string): Deal | undefined {
  let stored: { [name: string]: unknown }
  try {
    stored = JSON.parse(parameters)
  } catch {
    return undefined
  }
  const { scheme, house, deal, threshold, commitments } = stored ?? {}
  if (scheme !== 'shamir-gf256' || !isHouseName(house) || !isShortName(deal)) return undefined
  if (!Array.isArray(commitments) || !commitments.every((each) => typeof each === 'string')) return undefined
  if (typeof threshold !== 'number' || !isDeal(threshold, commitments.length)) return undefined
  return { house, deal, threshold, commitments }
}

/** Whether the share is one of this deal; undefined where it is. */
export function judgeShare(share: Share, deal: Deal): ShareRefused | undefined {
  const refused = { status: 'share-refused', number: share.number } as const
  if (share.house !== deal.house) {
    return { ...refused, reason: 'of-another-house', house: share.house, wanted: deal.house }
  }
  if (share.deal !== deal.deal) {
    return { ...refused, reason: 'of-another-deal', deal: share.deal, wanted: deal.deal }
  }
  const commitment = Buffer.from(deal.commitments[share.number - 1] ?? '', 'base64url')
  return equalBytes(commitmentOf(share), commitment) ? undefined : { ...refused, reason: 'forged' }
}

export const shamirOpener: Opener<ShamirSecret, ShamirRefusal> = {
  async create({ shares }) {
    const [first] = shares
    if (!first || !isWholeDeal(shares)) return { status: 'deal-refused', sharesMax }
    const { house, deal, threshold } = first
    const key = await keyOfDeal(shares, threshold)
    if (!key) return { status: 'deal-refused', sharesMax }
    const commitments = shares.map((share) => commitmentOf(share).toString('base64url'))
    const parameters = JSON.stringify({ scheme: 'shamir-gf256', house, deal, threshold, commitments })
    return { status: 'ok', key, parameters }
  },

  async key({ shares }, parameters) {
    const deal = readDeal(parameters)
    if (!deal) return { status: 'opener-unreadable', kind: 'shamir' }
    const good = new Map<number, Share>()
    for (const share of shares) {
      const refused = judgeShare(share, deal)
      if (refused) return refused
      if (good.has(share.number)) {
        return { status: 'share-refused', number: share.number, reason: 'given-already' }
      }
      good.set(share.number, share)
    }
    if (good.size < deal.threshold) {
      return { status: 'shares-missing', have: good.size, need: deal.threshold }
    }
    return { status: 'ok', key: await combined([...good.values()].slice(0, deal.threshold)) }
  },
}

/** The key, where every run of `threshold` shares gives the same: nobody is sent home with a share that does not open. */
async function keyOfDeal(shares: readonly Share[], threshold: number): Promise<SealKey | undefined> {
  const points = shares.map(({ point }) => point)
  const secret = await combine(points.slice(0, threshold))
  for (let at = 1; at + threshold <= points.length; at++) {
    const again = await combine(points.slice(at, at + threshold))
    const same = equalBytes(secret, again)
    again.fill(0)
    if (!same) return undefined
  }
  return keyOf(secret)
}

async function combined(shares: readonly Share[]): Promise<SealKey> {
  return keyOf(await combine(shares.map(({ point }) => point)))
}

function isWholeDeal(shares: readonly Share[]): boolean {
  const [first] = shares
  if (!first || !isDeal(first.threshold, first.of) || shares.length !== first.of) return false
  return shares.every(
    ({ house, deal, threshold, number, of, point }, at) =>
      house === first.house &&
      deal === first.deal &&
      threshold === first.threshold &&
      of === first.of &&
      number === at + 1 &&
      point.length === pointBytes,
  )
}

function isDeal(threshold: number, of: number): boolean {
  const whole = Number.isInteger(threshold) && Number.isInteger(of)
  return whole && threshold >= thresholdMin && threshold <= of && of <= sharesMax
}

function commitmentOf({ point }: Share): Buffer {
  const text = Buffer.concat([Buffer.from('sigilo/share@v1+'), point])
  const hash = Buffer.from(sha256(text))
  text.fill(0)
  return hash
}
