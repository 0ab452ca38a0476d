import { userInfo } from 'node:os'
import { run } from './processes.ts'

/** The OS user that PostgreSQL runs as; `uid` and `gid` are given only where we have to change to it. */
export interface Account {
  name: string
  /** The OS user of this process: the one that `peer` authentication sees. */
  caller: string
  ids?: { uid: number; gid: number }
}

export type AccountRefusal =
  | { status: 'account-missing'; account: string; cure: string; message: string }
  | { status: 'caller-unnamed'; uid: number; cure: string; message: string }

/**
 * PostgreSQL refuses to run as root, so root lends it an ordinary user of its own, made when absent: one that can
 * read neither the key file nor anything else in the home. Anyone else runs it as themselves.
 */
export async function findAccount(name: string): Promise<Account | AccountRefusal> {
  const uid = process.getuid?.() ?? 0
  const caller = nameOf()
  if (caller === undefined) {
    const cure = `echo "sigilo:x:${uid}:${process.getgid?.() ?? uid}::/:/usr/sbin/nologin" >> /etc/passwd`
    const message = `the user with number ${uid} has no name, which PostgreSQL needs`
    return { status: 'caller-unnamed', uid, cure, message }
  }
  if (uid !== 0) return { name: caller, caller }
  // Two first starts at once: one useradd fails with "already exists", and the second look finds it.
  const ids = (await idsOf(name)) ?? (await addUser(name), await idsOf(name))
  if (ids) return { name, caller, ids }
  const cure = addUserCommand(name).join(' ')
  const message = `PostgreSQL may not run as root, and its user ${name} could not be made`
  return { status: 'account-missing', account: name, cure, message }
}

function nameOf(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined
  }
}

async function idsOf(name: string): Promise<{ uid: number; gid: number } | undefined> {
  const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
  if (uid.code !== 0 || gid.code !== 0) return undefined
  return { uid: Number(uid.output), gid: Number(gid.output) }
}

const addUserCommand = (name: string) => {
  const options = '--system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin'
  return ['useradd', ...options.split(' '), name]
}

async function addUser(name: string): Promise<void> {
  const [command = '', ...rest] = addUserCommand(name)
  await run(command, rest)
}
