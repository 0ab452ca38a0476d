import { closeSync, existsSync, fsyncSync, openSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { exit } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'

/** Writes a new file that only this user reads, wholly or not at all. Nothing that is there is written over. */
export function writeSecretFile(path: string, content: string): Problem | undefined {
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (error) {
    return codeOf(error) === 'EEXIST'
      ? problem(exit.usage, {
          es: `Ya existe ${path}, y no se escribe encima. Elija otro.`,
          en: `${path} is there already, and is not written over. Choose another.`,
        })
      : unwritable(path, error)
  }
  try {
    // The whole of it, or it throws: a full medium may take a part (write(2)).
    writeFileSync(file, content)
    fsyncSync(file)
  } catch (error) {
    rmSync(path, { force: true })
    return unwritable(path, error)
  } finally {
    closeSync(file)
  }
  return undefined
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? ''

const unwritable = (path: string, error: unknown): Problem =>
  problem(exit.failed, {
    es: `No se puede escribir ${path} (${codeOf(error)}).`,
    en: `${path} cannot be written (${codeOf(error)}).`,
  })

/** Whether a path, of which the end need not be there yet, lies in a directory: by whatever links either is named. */
export function isWithin(path: string, directory: string): boolean {
  return `${realOf(path)}${sep}`.startsWith(`${realOf(directory)}${sep}`)
}

function realOf(path: string): string {
  if (existsSync(path) || dirname(path) === path) return realpathSync(path)
  return join(realOf(dirname(path)), basename(path))
}
