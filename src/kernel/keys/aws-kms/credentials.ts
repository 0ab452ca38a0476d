import { readClosedFile } from '../closed-file.ts'
import type { DeviceFault } from '../device.ts'

export interface AwsKeys {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

const fileBytesMax = 64 * 1024

/** Reads the first profile of a file in the format of `~/.aws/credentials`. */
export async function readCredentials(path: string): Promise<{ status: 'ok'; keys: AwsKeys } | DeviceFault> {
  const read = await readClosedFile(path, fileBytesMax)
  if (read.status === 'refused') return { fault: 'file-refused', path, reason: read.reason }
  const keys = keysOf(read.bytes.toString('utf8'))
  read.bytes.fill(0)
  return keys ? { status: 'ok', keys } : { fault: 'file-refused', path, reason: 'not-understood' }
}

function keysOf(text: string): AwsKeys | undefined {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, value] = /^\s*(aws_[a-z_]+)\s*=\s*(\S+)\s*$/.exec(line) ?? []
    // Of several profiles the first.
    if (name !== undefined && value !== undefined && !values.has(name)) values.set(name, value)
  }
  const accessKeyId = values.get('aws_access_key_id')
  const secretAccessKey = values.get('aws_secret_access_key')
  const sessionToken = values.get('aws_session_token')
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}
