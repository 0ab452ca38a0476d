/** Checkpoints with what others have said of them, as files: the newest, and the last of each day. */
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDurablyBeside } from '../../home/durable.ts'

/** `900.checkpoint`, `900.cosigned`, `900.tsa.example.tsr`. */
const shape = /^(\d+)\.(checkpoint|cosigned|[a-z0-9.-]+\.tsr)$/

let last: Promise<void> = Promise.resolve()

/** One after the other: two authorities that answer at once stamp one checkpoint, and either would take away what the other writes. */
export function keepEvidence(
  folder: string,
  files: readonly (readonly [name: string, bytes: Uint8Array | string])[],
): Promise<void> {
  const mine = last.then(async () => {
    for (const [name, bytes] of files) await writeDurablyBeside(join(folder, name), bytes)
    await thin(folder)
  })
  last = mine.catch(() => {})
  return mine
}

/** Of each kind and day all but the last go; a checkpoint stays while there is a stamp of it. */
async function thin(folder: string): Promise<void> {
  const newest = new Map<string, { name: string; size: number }>()
  const superseded: string[] = []
  const names = await evidenceIn(folder)
  for (const name of names) {
    const [, digits = '', kind = ''] = shape.exec(name) ?? []
    if (kind === 'checkpoint') continue
    const day = (await stat(join(folder, name))).mtime.toISOString().slice(0, 10)
    const found = { name, size: Number(digits) }
    const before = newest.get(`${day} ${kind}`)
    if (!before || before.size < found.size) newest.set(`${day} ${kind}`, found)
    if (before) superseded.push(before.size < found.size ? before.name : name)
  }
  const stamped = new Set([...newest.values()].map(({ size }) => String(size)))
  const bare = names.filter((name) => name.endsWith('.checkpoint') && !stamped.has(name.split('.')[0]!))
  for (const name of [...superseded, ...bare]) await rm(join(folder, name), { force: true })
}

async function evidenceIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => shape.test(name))
}

/**
 * The same files in another folder. What was thinned out here goes there too; but not what is older than all that is here: of a home that was
 * put back without them, those may be the last.
 */
export async function copyEvidence(from: string, to: string): Promise<void> {
  const [ours, theirs] = [await evidenceIn(from), await evidenceIn(to)]
  if (ours.length > 0) await mkdir(to, { recursive: true })
  for (const name of ours.filter((each) => !theirs.includes(each))) {
    const next = join(to, `${name}.new`)
    await copyFile(join(from, name), next)
    await rename(next, join(to, name))
  }
  const oldest = Math.min(...ours.map(sizeOf))
  const thinned = theirs.filter((name) => !ours.includes(name) && sizeOf(name) >= oldest)
  for (const name of thinned) await rm(join(to, name), { force: true })
}

const sizeOf = (name: string): number => Number(shape.exec(name)?.[1])
