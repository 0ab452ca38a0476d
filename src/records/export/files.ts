/** The files of an export: one or more for each type, a resource on a line, none too long. */
import { once } from 'node:events'
import { open, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Transform } from 'node:stream'
import { PassThrough } from 'node:stream'
import {
  contextOf,
  gzipStream,
  randomUuid,
  sealedPieceBytes,
  sealStream,
  uuidBytes,
  type SealKey,
} from '#kernel/crypto/index.ts'
import { writeBehind } from '#kernel/files/index.ts'

/** What stands in the manifest: `output`, `deleted` or `error`. */
export type Kind = 'output' | 'deleted' | 'error'

/** A file that is whole, and on the disk. */
export interface ExportFile {
  kind: Kind
  type: string
  name: string
  /** Resources in it. */
  count: number
}

export interface FileLimits {
  resourcesMax: number
  /** Of text, before it is packed. */
  charsMax: number
  /** What is left to others on the disk: PostgreSQL stops where it is full. */
  freeBytesMin: number
}

export const fileLimits: FileLimits = {
  resourcesMax: 50_000,
  charsMax: 64 * 1024 * 1024,
  freeBytesMin: 1024 * 1024 * 1024,
}

/** Thrown where the disk has no room for more. */
export class DiskFull extends Error {
  constructor() {
    super('the disk is full')
    this.name = 'DiskFull'
  }
}

/** How files of a folder are named and written. */
export interface Form {
  folder: string
  nameOf: (kind: Kind, type: string) => string
  /** What lines go through on their way to the disk. */
  through: (name: string) => {
    input: Transform
    sealed?: (source: AsyncIterable<Buffer>) => AsyncIterable<Uint8Array>
  }
}

/** Names that tell nothing, packed, and sealed under the job's key. */
export function sealedForm(folder: string, job: string, key: SealKey): Form {
  return {
    folder,
    nameOf: () => randomUuid(),
    through: (name) => ({
      input: gzipStream(),
      sealed(source) {
        const memory = [new Uint8Array(sealedPieceBytes), new Uint8Array(sealedPieceBytes)]
        return sealStream(key, fileContext(job, name), source, memory)
      },
    }),
  }
}

export function fileContext(job: string, name: string): Uint8Array {
  return contextOf('export file', uuidBytes(job), uuidBytes(name))
}

/** For people: readable by whoever may read the folder. */
export function plainForm(folder: string): Form {
  const numbers = new Map<string, number>()
  return {
    folder,
    nameOf(kind, type) {
      const stem = kind === 'output' ? type : kind
      const number = (numbers.get(stem) ?? 0) + 1
      numbers.set(stem, number)
      return `${stem}.${String(number).padStart(4, '0')}.ndjson`
    },
    through: () => ({ input: new PassThrough() }),
  }
}

/** Held back before it goes to be packed: many small writes cost more than one. */
const heldCharsMax = 64 * 1024
/** How much may be written between two looks at the room on the disk. */
const lookChars = 64 * 1024 * 1024

export interface Files {
  /** `line`: whole, or by pieces of its UTF-8, of which `length` tells how many bytes they are. */
  add(kind: Kind, type: string, line: string | AsyncIterable<Uint8Array>, length?: number): Promise<void>
  /** Closes what is open; gives all files that became whole since the last time, synchronised to the disk. */
  flush(): Promise<ExportFile[]>
  /** Ends what is open; what it left is no file. */
  drop(): Promise<void>
}

export function createFiles(form: Form, { resourcesMax, charsMax, freeBytesMin }: FileLimits): Files {
  const open = new Map<string, OpenFile>()
  let whole: ExportFile[] = []
  let unseen = Infinity

  async function close(place: string, file: OpenFile): Promise<void> {
    open.delete(place)
    await file.end()
    whole.push({ kind: file.kind, type: file.type, name: file.name, count: file.count })
  }

  return {
    async add(kind, type, line, length = (line as string).length) {
      const place = `${kind}/${type}`
      let file = open.get(place)
      unseen += length
      if (unseen > lookChars || (!file && unseen > lookChars / 64)) {
        unseen = 0
        await checkRoom(form.folder, freeBytesMin)
      }
      if (!file) {
        file = new OpenFile(form, kind, type)
        open.set(place, file)
      }
      if (typeof line === 'string') await file.add(line)
      else await file.addStream(line)
      if (file.count >= resourcesMax || file.chars >= charsMax) await close(place, file)
    },

    async flush() {
      // One after the other: all at once would take libuv's threads from everybody else.
      for (const [place, file] of open) await close(place, file)
      const done = whole
      whole = []
      return done
    },

    async drop() {
      const left = [...open.values()]
      open.clear()
      await Promise.all(left.map((file) => file.drop()))
    },
  }
}

async function checkRoom(folder: string, freeBytesMin: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < freeBytesMin) throw new DiskFull()
}

class OpenFile {
  readonly kind: Kind
  readonly type: string
  readonly name: string
  count = 0
  chars = 0
  #held = ''
  #failure: Error | undefined
  readonly #input: Transform
  readonly #done: Promise<void>

  constructor(form: Form, kind: Kind, type: string) {
    this.kind = kind
    this.type = type
    this.name = form.nameOf(kind, type)
    const { input, sealed } = form.through(this.name)
    this.#input = input
    const done = writeNew(join(form.folder, this.name), sealed ? sealed(input) : input)
    this.#done = done.catch((error: Error & { code?: string }) => {
      input.destroy()
      this.#failure = error.code === 'ENOSPC' || error.code === 'EDQUOT' ? new DiskFull() : error
    })
  }

  async add(line: string): Promise<void> {
    this.count++
    this.chars += line.length + 1
    this.#held += `${line}\n`
    if (this.#held.length > heldCharsMax) await this.#write()
  }

  async addStream(line: AsyncIterable<Uint8Array>): Promise<void> {
    this.count++
    await this.#write()
    for await (const piece of line) {
      this.chars += piece.length
      await this.#writeOut(piece)
    }
    this.chars++
    this.#held += '\n'
  }

  async end(): Promise<void> {
    await this.#write()
    if (!this.#failure) this.#input.end()
    await this.#done
    if (this.#failure) throw this.#failure
  }

  async drop(): Promise<void> {
    this.#input.destroy()
    await this.#done
  }

  async #write(): Promise<void> {
    const text = this.#held
    this.#held = ''
    if (text !== '') await this.#writeOut(text)
  }

  async #writeOut(piece: string | Uint8Array): Promise<void> {
    if (!this.#failure && !this.#input.write(piece)) {
      const left = new AbortController()
      // Whoever waits for room is told as well that there will be none.
      await Promise.race([once(this.#input, 'drain', { signal: left.signal }).catch(() => {}), this.#done])
      left.abort()
    }
    if (this.#failure) throw this.#failure
  }
}

/** Readable by its owner alone, and synchronised to the disk. */
async function writeNew(path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await writeBehind(file, source)
  } finally {
    await file.close()
  }
}
