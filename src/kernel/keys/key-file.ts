import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { keyBytes, keyOf, randomBytes, type SealKey } from '#kernel/crypto/index.ts'
import type { Opener } from './opener.ts'

export type KeyFileRefusal = {
  status: 'key-file-refused'
  path: string
  /** `mode` and `owner` are the file's; it must be a regular file of 32 bytes, 0600, of the user who reads it. */
  reason: 'absent' | 'unreadable' | 'not-a-file' | 'open-to-others' | 'wrong-owner' | 'wrong-length'
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

async function writeNew(path: string): Promise<void> {
  let file: FileHandle
  try {
    file = await open(path, 'wx', 0o600)
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return
    throw error
  }
  const bytes = randomBytes(keyBytes)
  try {
    await file.writeFile(bytes)
    // On disk before any row depends on it, its name too.
    await file.sync()
  } finally {
    bytes.fill(0)
    await file.close()
  }
  const directory = await open(dirname(path), 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function readKey(path: string): Promise<{ status: 'ok'; key: SealKey } | KeyFileRefusal> {
  const refused = (reason: KeyFileRefusal['reason']): KeyFileRefusal => ({
    status: 'key-file-refused',
    path,
    reason,
  })
  let file: FileHandle
  try {
    // O_NOFOLLOW: a link planted in its place is not followed. O_NONBLOCK: nor does a planted pipe hang us.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return refused('absent')
    if (isErrno(error, 'ELOOP')) return refused('not-a-file')
    return refused('unreadable')
  }
  try {
    // Of the opened file, not of the path: they may differ by now.
    const stat = await file.stat()
    const { mode, uid, size } = stat
    if (!stat.isFile()) return refused('not-a-file')
    if ((mode & 0o077) !== 0) return { ...refused('open-to-others'), mode: mode & 0o777 }
    if (uid !== process.getuid?.()) return { ...refused('wrong-owner'), owner: uid }
    if (size !== keyBytes) return refused('wrong-length')
    const bytes = await file.readFile()
    return bytes.length === keyBytes ? { status: 'ok', key: keyOf(bytes) } : refused('wrong-length')
  } finally {
    await file.close()
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
