/** The safeguards of the registry, in the order of their names. */
import type { HouseSafeguard } from './facts.ts'
import * as registry from './registry.ts'

export const safeguards: readonly HouseSafeguard[] = Object.values(registry)
