/** Checkpoints with what others have said of them, as files: the newest, and the last of each day. */
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurablyBeside } from '../../home/durable.ts'

/** `900.checkpoint`, `900.cosigned`, `900.tsa.example.tsr`. */
const shape = /^(\d+)\.(checkpoint|cosigned|[a-z0-9.-]+\.tsr)$/

export async function keepEvidence(
  folder: string,
  files: readonly (readonly [name: string, bytes: Uint8Array | string])[],
): Promise<void> {
  for (const [name, bytes] of files) await writeDurablyBeside(join(folder, name), bytes)
  await thin(folder)
}

/** Of each kind and day all but the last go; a checkpoint stays while there is a stamp of it. */
async function thin(folder: string): Promise<void> {
  const last = new Map<string, { name: string; size: number }>()
  const superseded: string[] = []
  const names = await evidenceIn(folder)
  for (const name of names) {
    const [, digits = '', kind = ''] = shape.exec(name) ?? []
    if (kind === 'checkpoint') continue
    const day = (await stat(join(folder, name))).mtime.toISOString().slice(0, 10)
    const found = { name, size: Number(digits) }
    const before = last.get(`${day} ${kind}`)
    if (!before || before.size < found.size) last.set(`${day} ${kind}`, found)
    if (before) superseded.push(before.size < found.size ? before.name : name)
  }
  const stamped = new Set([...last.values()].map(({ size }) => String(size)))
  const bare = names.filter((name) => name.endsWith('.checkpoint') && !stamped.has(name.split('.')[0]!))
  for (const name of [...superseded, ...bare]) await rm(join(folder, name), { force: true })
}

async function evidenceIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => shape.test(name))
}

/** The same files in another folder. */
export async function copyEvidence(from: string, to: string): Promise<void> {
  const [ours, theirs] = [await evidenceIn(from), await evidenceIn(to)]
  if (ours.length > 0) await mkdir(to, { recursive: true })
  for (const name of ours.filter((each) => !theirs.includes(each))) {
    const next = join(to, `${name}.new`)
    await copyFile(join(from, name), next)
    await rename(next, join(to, name))
  }
  for (const name of theirs.filter((each) => !ours.includes(each))) await rm(join(to, name), { force: true })
}
