/** Shares of several holders, of whom some open the house together. */
export {
  dealShares,
  judgeShare,
  readDeal,
  readShare,
  shamirOpener,
  sharesMax,
  shareText,
  zeroShare,
} from './shamir.ts'
export type { ShamirRefusal, ShamirSecret, Share } from './shamir.ts'
export { ShareCollecting } from './collecting.ts'
export type { ShareGiven, SharesCollected } from './collecting.ts'
