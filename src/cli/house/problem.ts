import type { ExitCode } from '../exit.ts'
import type { Text } from '../text.ts'

/** Why a command cannot go on: a sentence with its cure, and the exit code. */
export interface Problem {
  status: 'problem'
  code: ExitCode
  text: Text
  /** Where a server said it. */
  httpStatus?: number
}

export function problem(code: ExitCode, text: Text): Problem {
  return { status: 'problem', code, text }
}
