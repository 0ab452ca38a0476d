import { chmodSync, lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { sha256 } from '#kernel/crypto/index.ts'

/** sockaddr_un.sun_path less its final zero (unix(7)); macOS has four less. */
const socketPathBytesMax = 103
const controlSocket = 'control.sock'

/**
 * Path of the control socket of a home: in `<home>/run`, or, where that is too long for a socket, in a directory of
 * this user under the system's temporary one, named by a hash of the home's real path.
 */
export function controlSocketPath(home: string): string {
  const near = join(home, 'run', controlSocket)
  if (Buffer.byteLength(near) <= socketPathBytesMax) return near
  const name = Buffer.from(sha256(Buffer.from(home)))
    .toString('hex')
    .slice(0, 16)
  return join(realpathSync(tmpdir()), `sigilo-${name}-control`, controlSocket)
}

/**
 * Makes the directory of the socket, mode 0700. Throws when somebody else made it first: a directory under the
 * system's temporary one can be planted by any user, who would then receive the passphrase.
 */
export function makeRuntimeDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  assertOurs(path)
  chmodSync(path, 0o700)
}

/** Throws unless the path is a directory, no symbolic link, and belongs to this user. */
export function assertOurs(path: string): void {
  const found = lstatSync(path)
  if (!found.isDirectory() || (process.getuid && found.uid !== process.getuid())) {
    throw new Error(`${path} belongs to another user or is no directory: remove it, or set TMPDIR`)
  }
}

/**
 * Throws where somebody else may have put the socket there to be told a passphrase: its directory lies among those of all
 * users, and is not ours. One that is not there at all is nobody's.
 */
export function assertNotPlanted(socketPath: string): void {
  const directory = dirname(socketPath)
  if (!lstatSync(directory, { throwIfNoEntry: false })) return
  if ((lstatSync(dirname(directory)).mode & writableByOthers) !== 0) assertOurs(directory)
}

const writableByOthers = 0o022
