/** The recovery kit, which is printed and kept apart. */
export { judgeKit, kitParameters, kitText, newKit, readKit, zeroKit } from './kit.ts'
export type { Kit, KitRefused } from './kit.ts'
