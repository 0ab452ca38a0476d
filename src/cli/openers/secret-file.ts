import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { exit } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'

/** Writes a new file that only this user reads. Nothing that is there is written over. */
export function writeSecretFile(path: string, content: string): Problem | undefined {
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return code === 'EEXIST'
      ? problem(exit.usage, {
          es: `Ya existe ${path}, y no se escribe encima. Elija otro.`,
          en: `${path} is there already, and is not written over. Choose another.`,
        })
      : problem(exit.failed, {
          es: `No se puede escribir ${path} (${code}).`,
          en: `${path} cannot be written (${code}).`,
        })
  }
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return undefined
}
