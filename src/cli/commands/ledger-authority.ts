import { resolve } from 'node:path'
import type { Run } from '../command.ts'
import { changePlaces } from './ledger-places.ts'

export const run: Run = (context) =>
  changePlaces(context, 'authority', (place) => {
    const { ca } = context.options
    return { op: 'add', kind: 'authority', place, ...(typeof ca === 'string' ? { ca: resolve(ca) } : {}) }
  })
