/** Control how data is used: how much somebody may be given in a day. README.md. */
import type { Safeguard } from '#kernel/safeguard.ts'
import type { Asking, CompartmentId, Given, PolicyThing, Request } from '#records/index.ts'
import { explained, restrain } from './counting.ts'
import { usualLimits, type LimitsByRole } from './limits.ts'
import { carrier } from './once.ts'

export { usualLimits } from './limits.ts'
export type { Limits } from './limits.ts'

type Usage = Safeguard<Asking, Request, CompartmentId, PolicyThing, Given>

export const usage = createUsage(usualLimits)

export function createUsage(limits: LimitsByRole): Usage {
  return {
    name: 'usage',
    duties: [4],
    facts: {},
    policy: '',
    restrains: (asking, given, isRecorded, rows) => restrain(limits, asking, given, isRecorded, rows),
    explains: (asking) => explained(limits, asking),
    acts: { export: carrier },
  }
}
