import { timeoutSecondsDefault, type DeviceFault } from '../device.ts'
import { askToken } from './token.ts'
import type { TokenSeen } from './messages.ts'

export type TokensSeen = { status: 'seen'; tokens: TokenSeen[] } | ({ status: 'refused' } & DeviceFault)

/** The tokens that a module shows: no PIN is needed, and none is tried. */
export async function lookAtTokens(module: string, seconds = timeoutSecondsDefault): Promise<TokensSeen> {
  const answer = await askToken({ act: 'look', module, seconds })
  if (answer.status === 'done') throw new Error('the token was asked to look, and acted')
  return answer
}
