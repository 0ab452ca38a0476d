import { resolve } from 'node:path'
import type { Run } from '../command.ts'
import { changePlaces } from './ledger-places.ts'

export const run: Run = (context) =>
  changePlaces(context, 'folder', (place) => ({ op: 'add', kind: 'folder', place: resolve(place) }))
