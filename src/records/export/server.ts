import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUuid } from '#kernel/crypto/index.ts'

/** The name of this folder, and so of the server that has it: made once, and it says nothing. */
export async function serverOf(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, 'server')
  try {
    await writeFile(path, randomUuid(), { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
  }
  const name = await readFile(path, 'utf8')
  if (/^[0-9a-f-]{36}$/.test(name)) return name
  // Killed before it was written: no file of an export was either.
  await writeFile(path, randomUuid(), { mode: 0o600, flush: true })
  return readFile(path, 'utf8')
}
