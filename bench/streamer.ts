/**
 * Large contents: sealed under a patient's key from file to file; taken in and given out by a vault on a durable PostgreSQL; and
 * what the disk and the cipher do alone.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { copyFile, open, writeFile, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import {
  contextOf,
  messagePieceBytes,
  openStream,
  randomUuid,
  sealedPieceBytes,
  sealStream,
  type SealKey,
} from '#kernel/crypto/index.ts'
import { connect, migrate, startEmbedded } from '#kernel/db/index.ts'
import { readAhead, writeBehind } from '#kernel/files/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import type { Acting, Store } from '#records/index.ts'
import { createUnledgeredStore } from '#records/unledgered/index.ts'
import { rooms } from '#test/kit/rooms.ts'
import { answerCommands } from './child.ts'

/** One content: long enough that its beginning and its end count for little. */
const bytes = 128 * 1024 * 1024
/** As Node reads a socket. */
const block = randomBytes(64 * 1024)

const home = mkdtempSync(join(tmpdir(), 'sigilo-bench-'))
execFileSync('chmod', ['755', home])
let store: Acting | undefined
let attachments: Store['attachments'] | undefined
/** The record key of a patient. */
let key: SealKey | undefined
const context = contextOf('bench')
let close = async (): Promise<void> => {}

answerCommands(
  {
    async start() {
      const embedded = await startEmbedded({ home })
      if (embedded.status !== 'started') throw new Error(embedded.message)
      const sql = connect(embedded.url)
      await migrate(sql, rooms)
      const keys = createKeys({ sql })
      const opened = await keys.initialise({ kind: 'key-file', path: join(home, 'key') })
      if (opened.status !== 'open') throw new Error(opened.status)
      key = (await keys.mint(randomUuid())).keys.record
      const made = createUnledgeredStore({ sql, keys, timeZone: 'America/Mexico_City', now: Date.now })
      store = made.as({ actor: 'bench', client: 'bench', address: 'local' })
      attachments = made.attachments
      await writeFile(join(home, 'file'), Buffer.alloc(bytes, block))
      close = async () => {
        await made.close()
        keys.seal()
        await sql.end()
        await embedded.stop()
      }
    },

    /** MB/s, from file to file, synchronised to the disk. */
    seal: () =>
      fromTo('file', 'sealed', (file) => {
        const memory = [new Uint8Array(sealedPieceBytes), new Uint8Array(sealedPieceBytes)]
        return sealStream(patientKey(), context, readAhead(file, messagePieceBytes), memory)
      }),

    /** MB/s, of what `seal` made. */
    open: () =>
      fromTo('sealed', 'opened', (file) =>
        openStream(patientKey(), context, readAhead(file, sealedPieceBytes)),
      ),

    /** MB/s: from the first byte to the commit of the version that names them. */
    async in() {
      if (!store) throw new Error('not started')
      const start = performance.now()
      const upload = { id: 'b', contentType: 'application/x-bench', securityContext: 'Patient/b' }
      const done = await store.upload({ ...upload, content: content() })
      if (done.status !== 'ok') throw new Error(done.status)
      return rate(start)
    },

    /** MB/s: from the read of the version to the last byte, which is given when the hash is right. */
    async out() {
      if (!store || !attachments) throw new Error('not started')
      const start = performance.now()
      const found = await store.read('Binary', 'b')
      if (found.status !== 'ok') throw new Error(found.status)
      let given = 0
      for await (const piece of (await attachments.content(found.version)).read(0, bytes))
        given += piece.length
      if (given !== bytes) throw new Error('not all of it came')
      return rate(start)
    },

    /**
     * The floor: copying as many bytes from file to file, synchronised to the disk as a commit is, and then sealing them with
     * AES-256-GCM at the rate that `openssl speed` says of blocks of 16 KiB. One after the other, since one core does both. By the
     * clock, as all else here: by processor time, which is what openssl counts unless told, others who use the machine would slow
     * the whole and not the floor.
     */
    async floor() {
      const start = performance.now()
      await copyFile(join(home, 'file'), join(home, 'copy'))
      const copy = await open(join(home, 'copy'), 'r+')
      await copy.sync()
      await copy.close()
      const copied = rate(start)
      return 1 / (1 / copied + 1 / cipherRate())
    },
  },
  async () => {
    await close()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  },
)

async function fromTo(
  from: string,
  to: string,
  through: (file: FileHandle) => AsyncIterable<Uint8Array>,
): Promise<number> {
  const start = performance.now()
  const [source, target] = [await open(join(home, from)), await open(join(home, to), 'w')]
  await writeBehind(target, through(source))
  await Promise.all([source.close(), target.close()])
  return rate(start)
}

function patientKey(): SealKey {
  if (!key) throw new Error('not started')
  return key
}

async function* content(): AsyncGenerator<Uint8Array> {
  for (let sent = 0; sent < bytes; sent += block.length) yield block
}

function rate(start: number): number {
  return bytes / 1e3 / (performance.now() - start)
}

/** MB/s of one core. */
function cipherRate(): number {
  const args = ['speed', '-elapsed', '-seconds', '1', '-bytes', '16384', '-evp', 'aes-256-gcm']
  const said = execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const rates = /^AES-256-GCM\s+([\d.]+)k/im.exec(said)?.[1]
  if (rates === undefined) throw new Error('openssl said no speed')
  return Number(rates) / 1000
}
