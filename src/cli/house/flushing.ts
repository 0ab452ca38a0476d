/** Whether what writes leave for the directory is moved into it. What keeps it from that is logged once, and told until it is over. */
import type { OnFlush } from '#records/index.ts'
import type { ServerLog } from '../log.ts'

export interface DirectoryFault {
  since: string
  /** SQLSTATE, or the name of what was thrown: no value of anybody. */
  reason: string
}

export interface Flushing {
  onFlush: OnFlush
  fault(): DirectoryFault | undefined
}

export function createFlushing({ logger }: Pick<ServerLog, 'logger'>, now: () => Date): Flushing {
  let current: DirectoryFault | undefined
  return {
    onFlush(fault) {
      if (!fault) {
        current = undefined
        logger.info('the directory takes up what is written again')
        return
      }
      const { name, stack } = fault
      const { code } = fault as { code?: string }
      const frames = stack?.split('\n').filter((line) => line.startsWith('    at '))
      current = { since: now().toISOString(), reason: code ?? name }
      logger.error({ name, code, frames }, 'fault of the directory')
    },
    fault: () => current,
  }
}
