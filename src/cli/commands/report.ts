import type { Context } from '../command.ts'
import type { ExitCode } from '../exit.ts'
import type { Problem } from '../house/problem.ts'

/** Says the problem there is, and gives the exit code. */
export function report({ note }: Pick<Context, 'note'>, result: ExitCode | Problem): ExitCode {
  if (typeof result === 'number') return result
  note(result.text)
  return result.code
}
