import { isLong } from './environment.ts'

/**
 * How often a thing is tried whose course is drawn by chance: a few times in every run, many times by `npm run test:long`,
 * which runs each file that asks here.
 */
export const runs = (everyday: number, long: number): number => (isLong() ? long : everyday)
