import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

export type ClosedFileFault =
  | 'absent'
  | 'unreadable'
  | 'not-a-file'
  | 'open-to-others'
  | 'wrong-owner'
  | 'wrong-length'

export type ClosedFileRead =
  | { status: 'ok'; bytes: Buffer; version: string }
  | { status: 'refused'; reason: ClosedFileFault; mode?: number; owner?: number }

/**
 * Reads a file that holds a secret: a regular file, of the user who reads it, closed to everybody else.
 * `version` differs after every change of the file. The caller overwrites the bytes when they are used.
 */
export async function readClosedFile(path: string, bytesMax: number): Promise<ClosedFileRead> {
  let file: FileHandle
  try {
    // O_NOFOLLOW: a link planted in its place is not followed. O_NONBLOCK: nor does a planted pipe hang us.
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'absent' : code === 'ELOOP' ? 'not-a-file' : 'unreadable'
    return { status: 'refused', reason }
  }
  try {
    // Of the opened file, not of the path: they may differ by now.
    const stat = await file.stat({ bigint: true })
    const mode = Number(stat.mode) & 0o777
    const owner = Number(stat.uid)
    if (!stat.isFile()) return { status: 'refused', reason: 'not-a-file' }
    if ((mode & 0o077) !== 0) return { status: 'refused', reason: 'open-to-others', mode }
    if (owner !== process.getuid?.()) return { status: 'refused', reason: 'wrong-owner', owner }
    if (stat.size > BigInt(bytesMax)) return { status: 'refused', reason: 'wrong-length' }
    const version = [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join('.')
    return { status: 'ok', bytes: await file.readFile(), version }
  } finally {
    await file.close()
  }
}
