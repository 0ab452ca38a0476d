import type { Run } from '../command.ts'
import { changeOpener } from './keys-opener.ts'

/** Deals shares of the running vault: to its first holders, or anew, which makes the old shares worthless. */
export const run: Run = async (context) => await changeOpener(context, 'shamir')
