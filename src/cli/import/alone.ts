/** An import by the command's own process, while no server runs on the home. */
import type { Context } from '../command.ts'
import { alone } from '../house/alone.ts'
import type { Problem } from '../house/problem.ts'
import { stopRequested } from '../stop.ts'
import { performImport, type ImportEnd, type ImportRequest } from './perform.ts'
import { createTeller, stopping } from './telling.ts'

export function importAlone(context: Context, request: ImportRequest): Promise<ImportEnd | Problem> {
  const { settings, note } = context
  return alone(context, async (store) => {
    const stop = new AbortController()
    void stopRequested(settings.underNpx).then(() => {
      note(stopping)
      stop.abort()
    })
    const tell = createTeller(note)
    const began = performance.now()
    return performImport(store, request, {
      signal: stop.signal,
      onProgress: (progress) => tell(progress, (performance.now() - began) / 1000),
    })
  })
}
