/** From what the command line names to the files that are read: folders, manifests of a bulk export, compressed files. */
import { open, readdir, realpath, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { pipeline } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { constants, createGunzip, gunzipSync } from 'node:zlib'
import { headBytes, isTold, look, SourceBroken, wholeOf, type Source } from '#records/import/index.ts'
import type { Text } from '../text.ts'
import { beginsAsReport } from './report.ts'

/** A file that is named and not read, and why. `ignored`: found in a folder, and nothing that an import reads. */
export interface Unread {
  path: string
  severity: 'error' | 'ignored'
  text: Text
}

export interface Table {
  /** As it is told. */
  name: string
  path: string
}

export interface Found {
  sources: Source[]
  /** Tables that are named, whose columns a person has to look at first. */
  tables: Table[]
  unread: Unread[]
}

/** Files that a folder may hold beside the records. */
const recordsName = /\.(?:json|ndjson|jsonl)(?:\.gz)?$/i
export const tableName = /\.(?:csv|tsv|txt)$/i
/** What a manifest may be: longer ones are none. */
const manifestBytesMax = 10_000_000

export async function findFiles(paths: readonly string[]): Promise<Found> {
  const found: Found = { sources: [], tables: [], unread: [] }
  const seen = new Set<string>()
  for (const path of paths) await visit(resolve(path), path, true)
  return found

  function refuse(path: string, text: Text, severity: Unread['severity'] = 'error'): void {
    found.unread.push({ path, severity, text })
  }

  /** `path`: as it is told. Each file and folder once, whatever leads to it: a link in a circle ends there. */
  async function visit(absolute: string, path: string, isNamed: boolean): Promise<void> {
    try {
      await visitReal(await realpath(absolute), path, isNamed)
    } catch (error) {
      refuse(path, texts.unreadable(error))
    }
  }

  async function visitReal(real: string, path: string, isNamed: boolean): Promise<void> {
    if (seen.has(real)) return
    seen.add(real)
    try {
      const found = await stat(real)
      if (found.isDirectory()) {
        const entries = await readdir(real, { withFileTypes: true })
        for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
          const { name } = entry
          // What begins with a point is of the operating system.
          if (name.startsWith('.')) continue
          const further = entry.isSymbolicLink() ? visit : visitReal
          await further(join(real, name), join(path, name), false)
        }
      } else if (!found.isFile()) refuse(path, texts.noFile)
      else await visitFile(real, path, found.size, isNamed)
    } catch (error) {
      refuse(path, texts.unreadable(error))
    }
  }

  async function visitFile(real: string, path: string, bytes: number, isNamed: boolean): Promise<void> {
    // In a folder, a table may be anything: a list of its files, say.
    if (isNamed && tableName.test(real)) {
      found.tables.push({ name: path, path: real })
      return
    }
    if (!isNamed && !recordsName.test(real)) return refuse(path, texts.ignored, 'ignored')
    const { head, isBroken } = await headOf(real)
    // Of an import before, in the folder from which it was begun.
    if (!isNamed && beginsAsReport(head)) return refuse(path, texts.report, 'ignored')
    const seenAs = look(head, real) ?? (isBroken ? asNamed(real) : undefined)
    if (!seenAs)
      return refuse(path, head.length === 0 ? texts.empty : texts.noJson, isNamed ? 'error' : 'ignored')
    const manifest = seenAs.form === 'document' ? await manifestOf(real, head) : undefined
    if (manifest) return visitManifest(manifest, real, path)
    found.sources.push({ name: path, ...seenAs, bytes, read: (onBytes) => read(real, onBytes) })
  }

  /** Bulk Data Access 2.0, "Response - Complete Status": files beside the manifest, wherever the export once served them. */
  async function visitManifest(outputs: readonly string[], real: string, path: string): Promise<void> {
    for (const url of outputs) {
      const target = await locate(url, dirname(real)).catch(() => undefined)
      if (target === undefined) refuse(`${path}: ${url}`, texts.elsewhere)
      else await visit(target, target, true)
    }
  }
}

/** The addresses in `output`, of a JSON that is a manifest and no resource. */
async function manifestOf(path: string, head: Buffer): Promise<string[] | undefined> {
  if (!head.includes('"output"')) return undefined
  let value: unknown
  try {
    // By what it is decompressed: a small file may become anything.
    const whole = await wholeOf(
      read(path, () => {}),
      manifestBytesMax,
    )
    if (!whole) return undefined
    value = JSON.parse(Buffer.from(whole).toString('utf8'))
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || 'resourceType' in value) return undefined
  const { output } = value as { output?: unknown }
  if (!Array.isArray(output)) return undefined
  return output.flatMap((each: unknown) => {
    const url = (each as { url?: unknown } | null)?.url
    return typeof url === 'string' ? [url] : []
  })
}

/** Nothing is fetched: of an address on the network, the file of that name beside the manifest. */
async function locate(url: string, folder: string): Promise<string | undefined> {
  const parsed = URL.parse(url)
  if (parsed?.protocol === 'file:') return fileURLToPath(parsed)
  if (!parsed) return resolve(folder, url)
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') return undefined
  const name = basename(decodeURIComponent(parsed.pathname))
  for (const each of [name, `${name}.gz`, `${name}.ndjson`, `${name}.ndjson.gz`]) {
    const candidate = join(folder, each)
    if (name !== '' && (await stat(candidate).catch(() => undefined))?.isFile()) return candidate
  }
  return undefined
}

/** Of what is cut off, all that can be had. */
const partly = { finishFlush: constants.Z_SYNC_FLUSH, chunkSize: headBytes }

/** The first bytes, decompressed: as many as tell what it is. */
async function headOf(path: string): Promise<{ head: Buffer; isBroken: boolean }> {
  const file = await open(path)
  try {
    for (let wanted = packedBytesMin; ; wanted *= 2) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, 0)
      const packed = buffer.subarray(0, bytesRead)
      const isGzip = isGzipMagic(packed)
      const all = isGzip ? gunzipSync(packed, partly) : packed
      if (all.length >= headBytes || bytesRead < wanted || wanted === headBytes || isTold(all))
        return { head: all.subarray(0, headBytes), isBroken: false }
    }
  } catch (error) {
    if (reasonOf(error) === 'unreadable') throw error
    return { head: Buffer.alloc(0), isBroken: true }
  } finally {
    await file.close()
  }
}

/** Of a compressed file that is broken from its beginning: what is wrong with it is told when it is read. */
function asNamed(path: string): Pick<Source, 'form' | 'rank'> {
  return { form: /json\.gz$/i.test(path) && !/\.json\.gz$/i.test(path) ? 'lines' : 'document', rank: 0 }
}

const gzipMagic = [0x1f, 0x8b]
const chunkBytes = 262_144
/** Of what was compressed, so much at once: most Bundles in one or two pieces. */
const unpackedBytes = 1_048_576
/** Of most files as much tells what they are; of others twice as much is looked at, and so on. */
const packedBytesMin = 1_024

/** The file's bytes; decompressed where it begins as gzip does, whatever its name. */
async function* read(path: string, onBytes: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(path)
    try {
      const first = await nextOf(file)
      const packed = chunksOf(file, first, onBytes)
      yield* isGzipMagic(first) ? unpacked(packed) : packed
    } finally {
      await file.close()
    }
  } catch (error) {
    throw new SourceBroken(reasonOf(error), { cause: error })
  }
}

async function* chunksOf(file: FileHandle, first: Buffer, onBytes: (bytes: number) => void) {
  for (let chunk = first; chunk.length > 0; chunk = await nextOf(file)) {
    onBytes(chunk.length)
    yield chunk
  }
}

async function nextOf(file: FileHandle): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes)
  return buffer.subarray(0, bytesRead)
}

async function* unpacked(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  // Whatever fails on either side is thrown where the other end is read.
  const stream = pipeline(packed, createGunzip({ chunkSize: unpackedBytes }), () => {})
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } finally {
    stream.destroy()
  }
}

function reasonOf(error: unknown): SourceBroken['reason'] {
  const { code = '' } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') return 'truncated'
  return code.startsWith('Z_') ? 'damaged' : 'unreadable'
}

function isGzipMagic(bytes: Uint8Array): boolean {
  return bytes[0] === gzipMagic[0] && bytes[1] === gzipMagic[1]
}

const texts = {
  unreadable: (error: unknown): Text => {
    const { code = 'EIO' } = error as NodeJS.ErrnoException
    const es = {
      ENOENT: 'No existe.',
      EACCES: 'No hay permiso para leerlo.',
      ELOOP: 'Es un enlace en círculo.',
    }
    const en = {
      ENOENT: 'It does not exist.',
      EACCES: 'It may not be read.',
      ELOOP: 'It is a link in a circle.',
    }
    const known = code as keyof typeof es
    return { es: es[known] ?? `No se puede leer (${code}).`, en: en[known] ?? `It cannot be read (${code}).` }
  },
  noFile: { es: 'No es un archivo ni una carpeta.', en: 'It is neither a file nor a folder.' },
  empty: { es: 'Está vacío.', en: 'It is empty.' },
  report: { es: 'Es el informe de una importación.', en: 'It is the report of an import.' },
  ignored: { es: 'No es JSON ni NDJSON.', en: 'It is neither JSON nor NDJSON.' },
  noJson: {
    es: 'No empieza como JSON: se importan Bundles, recursos, NDJSON y manifiestos, también comprimidos con gzip.',
    en: 'It does not begin as JSON does: Bundles, resources, NDJSON and manifests are imported, also compressed by gzip.',
  },
  elsewhere: {
    es: 'El manifiesto nombra un archivo que no está junto a él. Nada se descarga: ponga los archivos en la misma carpeta.',
    en: 'The manifest names a file that is not beside it. Nothing is fetched: put the files into the same folder.',
  },
} satisfies Record<string, Text | ((error: unknown) => Text)>
