/** The ledger as a folder of files that anybody can copy, serve and verify: C2SP tlog-tiles. */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseCheckpoint } from '../checkpoint.ts'
import { tilePath, tileWidth, tileWidthAt, type TileName } from '../tiles.ts'

export interface Published {
  status: 'ok'
  /** Entries that the folder has now, and had before. */
  size: number
  before: number
  /** Files that were written. */
  files: number
}

export type PublishRefusal =
  /** It holds another ledger, or another past of this one. Nothing was changed. */
  | { status: 'other-ledger'; origin: string }
  /** Its checkpoint cannot be read, or it holds other things. */
  | { status: 'foreign'; found: string }
  /** It is ahead of what was to be written: somebody else writes it too, or this ledger was set back. */
  | { status: 'ahead'; size: number }

export interface FolderSource {
  /** The signed note to publish; it may have cosignatures. */
  checkpoint: { size: number; note: string }
  /** Public keys, one each. */
  keys: readonly string[]
  tile(name: TileName): Promise<Uint8Array | undefined>
  /** Whether the tree begins with that one. */
  beginsWith(earlier: { size: number; root: Uint8Array }): Promise<boolean>
}

const fileMode = 0o644
const levelMax = 8

/**
 * Brings the folder up to the checkpoint. New tiles first, durably; then the checkpoint, in one step: cut off anywhere, the folder is
 * that of the checkpoint before, and some more files. Then partial tiles go that are full by now, or older than the checkpoint before.
 */
export async function publishTo(folder: string, source: FolderSource): Promise<Published | PublishRefusal> {
  const { checkpoint, keys, tile } = source
  const { size, note } = checkpoint
  await mkdir(folder, { recursive: true })
  const found = await readFolder(folder)
  if (found.status === 'foreign') return found
  const { size: before, note: noteBefore } = found
  const origin = note.slice(0, note.indexOf('\n'))
  if (noteBefore !== undefined) {
    if (found.origin !== origin) return { status: 'other-ledger', origin: found.origin }
    if (before > size) return { status: 'ahead', size: before }
    if (!(await source.beginsWith(found))) return { status: 'other-ledger', origin: found.origin }
  }
  let files = 0
  const touched = new Set<string>()
  const write = async (path: string, bytes: Uint8Array | string) => {
    const target = join(folder, path)
    await writeWhole(target, bytes)
    touched.add(dirname(target))
    files++
  }
  if (before < size) {
    for (const name of tilesBetween(before, size)) {
      const bytes = await tile(name)
      if (!bytes) throw new Error(`${tilePath(name)} is not there`)
      await write(tilePath(name), bytes)
    }
  }
  const keysText = `${keys.join('\n')}\n`
  if ((await readIfThere(join(folder, 'keys'))) !== keysText) await write('keys', keysText)
  // What a checkpoint promises is durable before it.
  for (const directory of withParents(folder, touched)) await syncDirectory(directory)
  if (noteBefore !== note) {
    await write('checkpoint', note)
    await syncDirectory(folder)
  }
  await removePartial(folder, before, size)
  return { status: 'ok', size, before, files }
}

type FolderFound =
  | { status: 'ok'; size: number; root: Uint8Array; origin: string; note: string }
  | { status: 'ok'; size: 0; root: Uint8Array; origin: ''; note: undefined }
  | Extract<PublishRefusal, { status: 'foreign' }>

const ours = /^(checkpoint|keys|tile|checkpoints)(\.new)?$/

async function readFolder(folder: string): Promise<FolderFound> {
  const strange = (await readdir(folder)).find((name) => !ours.test(name))
  if (strange !== undefined) return { status: 'foreign', found: strange }
  const note = await readIfThere(join(folder, 'checkpoint'))
  if (note === undefined) return { status: 'ok', size: 0, root: new Uint8Array(0), origin: '', note }
  const parsed = parseCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1))
  return parsed ? { status: 'ok', ...parsed, note } : { status: 'foreign', found: 'checkpoint' }
}

/** Every tile and bundle that the tree of `size` has and that of `before` has not. */
function* tilesBetween(before: number, size: number): Generator<TileName> {
  for (const level of ['entries', 0, 1, 2, 3, 4, 5, 6, levelMax - 1] as const) {
    const height = level === 'entries' ? 0 : level
    for (let index = Math.floor(before / tileWidth ** (height + 1)); ; index++) {
      const width = tileWidthAt(height, index, size)
      if (width === 0) break
      if (width > tileWidthAt(height, index, before)) yield { level, index, width }
    }
  }
}

/** Partial tiles of before: all of what is full by now, and those that neither checkpoint, this and the one before, has. */
async function removePartial(folder: string, before: number, size: number): Promise<void> {
  for (const level of ['entries', 0, 1, 2, 3, 4, 5, 6, levelMax - 1] as const) {
    const height = level === 'entries' ? 0 : level
    const first = Math.floor(before / tileWidth ** (height + 1))
    const index = Math.floor(size / tileWidth ** (height + 1))
    const directoryOf = (n: number) => join(folder, `${tilePath({ level, index: n, width: tileWidth })}.p`)
    if (first < index) await rm(directoryOf(first), { recursive: true, force: true })
    const widths = [before, size].map((leaves) => String(tileWidthAt(height, index, leaves)))
    for (const name of await readdir(directoryOf(index)).catch(() => [])) {
      if (!widths.includes(name)) await rm(join(directoryOf(index), name), { force: true })
    }
  }
}

async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const next = `${path}.new`
  await rm(next, { force: true })
  const file = await open(next, 'wx', fileMode)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(next, path)
}

/** The deepest first. */
function withParents(folder: string, directories: ReadonlySet<string>): string[] {
  const all = new Set<string>()
  for (const directory of directories) {
    for (let at = directory; at.length >= folder.length; at = dirname(at)) all.add(at)
  }
  return [...all].toSorted((a, b) => b.length - a.length)
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
