/** Who accessed what and when, audited: a list of unusual access, scored and explained. README.md. */
import type { Safeguard } from '#kernel/safeguard.ts'
import type { Asking, CompartmentId, Given, PolicyThing, Request, Watched } from '#records/index.ts'
import { commands } from './commands.ts'

export const snooping: Safeguard<Asking, Request, CompartmentId, PolicyThing, Given, Watched> = {
  name: 'snooping',
  duties: [3, 19],
  facts: {},
  policy: '',
  routes: { list: { method: 'POST', path: '' } },
  endpoints: async () => (await import('./endpoints.ts')).endpoints,
  commands,
}
