import { link, open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { keyBytes, keyOf, randomBytes, randomUuid, type SealKey } from '#kernel/crypto/index.ts'
import { readClosedFile, type ClosedFileFault } from './closed-file.ts'
import type { Opener } from './opening.ts'

export type KeyFileRefusal = {
  status: 'key-file-refused'
  path: string
  /** `mode` and `owner` are the file's; it must be a regular file of 32 bytes, 0600, of the user who reads it. */
  reason: ClosedFileFault
  mode?: number
  owner?: number
}

/**
 * 32 random bytes in a file of its own. For demonstrations: whoever copies the disk whole copies it too,
 * unless the file lies elsewhere.
 */
export const keyFileOpener: Opener<{ kind: 'key-file'; path: string }, KeyFileRefusal> = {
  async create({ path }) {
    await writeNew(path)
    // Read back, also where it was there already: a start that died after writing it begins again with it.
    const read = await readKey(path)
    return read.status === 'ok' ? { ...read, parameters: '{}' } : read
  },

  async key({ path }) {
    return await readKey(path)
  },
}

/** Under its name it is whole: what was cut off before, or found the disk full, leaves no half of a key that would be refused from then on. */
async function writeNew(path: string): Promise<void> {
  while ((await tryNew(path)) === 'draft gone');
  await removeDrafts(path)
  const directory = await open(dirname(path), 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function tryNew(path: string): Promise<'there' | 'draft gone'> {
  // Of its own: of two that are at it at once, one makes the file, and the other takes it.
  const draft = `${path}.${randomUuid()}.new`
  const file = await open(draft, 'wx', 0o600)
  const bytes = randomBytes(keyBytes)
  try {
    await file.writeFile(bytes)
    // On disk before any row depends on it, its name too.
    await file.sync()
    // One that is there is never replaced.
    await link(draft, path)
  } catch (error) {
    // Another has made the file, and removed this draft with all others.
    if (isErrno(error, 'ENOENT')) return 'draft gone'
    if (!isErrno(error, 'EEXIST')) throw error
  } finally {
    bytes.fill(0)
    await file.close()
    await rm(draft, { force: true })
  }
  return 'there'
}

/**
 * Those of whoever was killed. Once the file is there no draft can become it any more: whoever is still at one finds the file, or,
 * where that is gone again, makes another draft.
 */
async function removeDrafts(path: string): Promise<void> {
  const folder = dirname(path)
  const beginning = `${basename(path)}.`
  for (const name of await readdir(folder)) {
    if (name.startsWith(beginning) && draftEnd.test(name.slice(beginning.length)))
      // One that may not be removed does no harm.
      await rm(join(folder, name)).catch(() => {})
  }
}

const draftEnd = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.new$/

async function readKey(path: string): Promise<{ status: 'ok'; key: SealKey } | KeyFileRefusal> {
  const read = await readClosedFile(path, keyBytes)
  if (read.status === 'refused') return { ...read, status: 'key-file-refused', path }
  if (read.bytes.length === keyBytes) return { status: 'ok', key: keyOf(read.bytes) }
  return { status: 'key-file-refused', path, reason: 'wrong-length' }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
