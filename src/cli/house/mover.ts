/** Who imports, exports and reindexes at a terminal, as the ledger names them. */
import type { By } from '#records/index.ts'
import type { Home } from '../home/home.ts'
import { systemClient } from '../programs/demo-file.ts'
import { operator } from './ledger.ts'

/** Of a demonstration its system client, which may have everything; a real home has none, and it is whoever types. */
export function moverOf({ record }: Home): By {
  return record.kind === 'demo' ? { actor: systemClient, client: systemClient, address: 'local' } : operator
}
