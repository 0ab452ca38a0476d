import type { Settings } from './env.ts'
import type { ExitCode } from './exit.ts'
import type { Text } from './text.ts'

export interface Option {
  type: 'boolean' | 'string'
  text: Text
  /** The values that a string option takes; any, where there are none. */
  choices?: readonly string[]
  /** What help calls the value of a string option, such as `FILE`. */
  value?: string
  /** May be given several times: its value is a list. */
  repeats?: boolean
}

/** One line of the table of commands. `load` imports the command's code only when it runs. */
export interface Command {
  summary: Text
  options: Record<string, Option>
  /** What help calls the words that follow, such as `PATH…`; a command without it takes none. */
  words?: string
  load: () => Promise<{ run: Run }>
}

/** What a command is given. It speaks through `out` (results, standard output) and `note` (everything else). */
export interface Context {
  settings: Settings
  options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>
  /** Those that follow the command's name. */
  words: readonly string[]
  out: (line: string) => void
  note: (text: Text) => void
  now: () => Date
}

export type Run = (context: Context) => Promise<ExitCode>
