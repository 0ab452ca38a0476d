import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

const fileMode = 0o600

/** Writes a file, mode 0600, so that a crash at any moment leaves the old content or the new, never a part of it. */
export function writeDurably(path: string, content: string | Uint8Array): void {
  const next = `${path}.new`
  rmSync(next, { force: true })
  const file = openSync(next, 'wx', fileMode)
  try {
    // The whole of it, or it throws: `writeSync` gives less back where the disk takes less (write(2)).
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(next, path)
  syncDirectory(dirname(path))
}

/** The same beside other work, which a disk may keep waiting for long. One at a time of a path. */
export async function writeDurablyBeside(path: string, content: string | Uint8Array): Promise<void> {
  const next = `${path}.new`
  await rm(next, { force: true })
  const file = await open(next, 'wx', fileMode)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
  const directory = await open(dirname(path), 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** The new name is durable when it resolves. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  syncDirectory(dirname(to))
}

/** Makes the names in a directory durable: fsync of a file does not do that (fsync(2)). */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
