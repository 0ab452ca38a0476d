import type { Settings } from './env.ts'
import type { ExitCode } from './exit.ts'
import type { Text } from './text.ts'

export interface Option {
  type: 'boolean' | 'string'
  text: Text
  /** The values that a string option takes. */
  choices?: readonly string[]
}

/** One line of the table of commands. `load` imports the command's code only when it runs. */
export interface Command {
  summary: Text
  options: Record<string, Option>
  load: () => Promise<{ run: Run }>
}

/** What a command is given. It speaks through `out` (results, standard output) and `note` (everything else). */
export interface Context {
  settings: Settings
  options: Readonly<Record<string, string | boolean | undefined>>
  out: (line: string) => void
  note: (text: Text) => void
  now: () => Date
}

export type Run = (context: Context) => Promise<ExitCode>
