/** Every safeguard, one line each. */
import { access } from './access/index.ts'
import { usage } from './usage/index.ts'

export const safeguards = [access, usage] as const
