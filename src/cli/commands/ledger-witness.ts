import type { Run } from '../command.ts'
import { changePlaces } from './ledger-places.ts'

export const run: Run = (context) =>
  changePlaces(context, 'witness', (place) => {
    const { key = [] } = context.options as { key?: readonly string[] }
    return { op: 'add', kind: 'witness', place, keys: [...key] }
  })
