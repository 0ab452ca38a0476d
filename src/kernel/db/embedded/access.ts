import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Account } from './account.ts'
import { run } from './processes.ts'

/** A directory on the way which the user of PostgreSQL may not pass. */
export interface Closed {
  status: 'directory-closed'
  account: string
  directories: string[]
  cure: string
  message: string
}

/** Can the user of PostgreSQL enter `directory`? Tried, not computed: access lists and mounts count too. */
export async function checkEntry(
  account: Account,
  directory: string,
  otherwise: string,
): Promise<Closed | undefined> {
  if (!account.ids) return undefined
  const { code } = await run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], account.ids)
  return code === 0 ? undefined : closed(account, directory, otherwise)
}

/** Can the user of PostgreSQL run its program? */
export async function checkProgram(account: Account, program: string): Promise<Closed | undefined> {
  const { code } = await run(program, ['--version'], account.ids)
  if (code === 0 || !account.ids) return undefined
  const refusal = await closed(account, dirname(program), '')
  if (refusal.directories.length > 0) return refusal
  const directory = dirname(dirname(program))
  return {
    ...refusal,
    cure: `chmod -R go+rX ${quote(directory)}`,
    message: `${account.name} cannot run ${program}`,
  }
}

async function closed(account: Account, directory: string, otherwise: string): Promise<Closed> {
  const directories: string[] = []
  for (let at = directory; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at)
    const shift = uid === account.ids?.uid ? 6 : gid === account.ids?.gid ? 3 : 0
    if (((mode >> shift) & 1) === 0) directories.unshift(at)
    if (at === dirname(at)) break
  }
  const cure = `chmod o+x ${directories.map(quote).join(' ')}${otherwise}`
  const where = directories.join(' and ') || directory
  const message = `PostgreSQL runs as the user ${account.name}, which may not pass ${where}`
  return { status: 'directory-closed', account: account.name, directories, cure, message }
}

const quote = (path: string) => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`)
