import { closeSync, existsSync, fsyncSync, openSync, realpathSync, writeSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
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

/** Whether a path, of which the end need not be there yet, lies in a directory: by whatever links either is named. */
export function isWithin(path: string, directory: string): boolean {
  return `${realOf(path)}${sep}`.startsWith(`${realOf(directory)}${sep}`)
}

function realOf(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path)
  return join(realOf(dirname(path)), basename(path))
}
