/** Every safeguard, one line each. */
import { access } from './access/index.ts'

export const safeguards = [access] as const
