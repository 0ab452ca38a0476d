/** The report of an import: NDJSON, a line for each thing that a person has to know. docs/spec/import.md. */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import type { Finding } from '#records/import/index.ts'
import type { Language } from '../text.ts'

export interface Report {
  add(finding: Finding): void
  /** Its path, where there was something to tell. */
  close(): string | undefined
}

/** It names files and places in them: nobody else has to read it. */
const fileMode = 0o600

/** The file is made with the first thing that is told; what an earlier import told there goes. */
export function createReport(path: string, language: Language): Report {
  rmSync(path, { force: true })
  let file: number | undefined
  return {
    add({ severity, file: source, line, entry, code, expression, text }) {
      // Made by us: in a folder of everybody's, a link of somebody else's is not followed.
      file ??= openSync(path, 'wx', fileMode)
      const told = { severity, file: source, line, entry, code, expression, reason: text[language] }
      writeSync(file, `${JSON.stringify(told)}\n`)
    },
    close() {
      if (file === undefined) return undefined
      closeSync(file)
      file = undefined
      return path
    },
  }
}
