/** The report of an import: NDJSON, a line for each thing that a person has to know. docs/spec/import.md. */
import { closeSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs'
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
      writeFileSync(file, `${JSON.stringify(told)}\n`)
    },
    close() {
      if (file === undefined) return undefined
      closeSync(file)
      file = undefined
      return path
    },
  }
}

const told = {
  severity: (value: unknown) => value === 'error' || value === 'warning',
  file: (value: unknown) => typeof value === 'string',
  line: (value: unknown) => typeof value === 'number',
  code: (value: unknown) => typeof value === 'string',
  reason: (value: unknown) => typeof value === 'string',
}

/** Whether a file that begins so is a report: its first line is one of ours. */
export function beginsAsReport(head: Uint8Array): boolean {
  const end = head.indexOf(lineFeed)
  if (end < 0) return false
  try {
    const value: unknown = JSON.parse(Buffer.from(head.subarray(0, end)).toString('utf8'))
    if (typeof value !== 'object' || value === null || 'resourceType' in value) return false
    return Object.entries(told).every(([name, is]) => is((value as Record<string, unknown>)[name]))
  } catch {
    return false
  }
}

const lineFeed = 10
/** More than a line of a report ever has. */
const lineBytesMax = 65_536

/** Whether a report takes nobody's file away: there is none yet, it is empty, or it is the report of an import before. */
export function mayBeReport(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return true
  if (!found.isFile()) return false
  if (found.size === 0) return true
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(lineBytesMax)
    return beginsAsReport(head.subarray(0, readSync(file, head)))
  } finally {
    closeSync(file)
  }
}
