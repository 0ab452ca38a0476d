import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { writeDurably } from './durable.ts'
import { deviceKinds, isDeviceKind, placesOf, type Places } from './places.ts'
import { sendsOf, type Sends } from './sends.ts'

/** Of a demonstration, or of real patients. It never changes: `token` and `doctor` depend on it. */
export type HomeKind = 'demo' | 'real'
/** What opens a home in daily use: asked for by `unseal`, or used by the start itself. A recovery kit never is. */
export const homeOpeners = ['passphrase', 'key-file', 'shamir', ...deviceKinds] as const
export type HomeOpener = (typeof homeOpeners)[number]
export type DatabaseKind = 'embedded' | 'external'

/** What `home.json` says. It holds no secret. */
export interface HomeRecord {
  /** Version of the layout of the directory. */
  format: 1
  kind: HomeKind
  opener: HomeOpener
  database: DatabaseKind
  /**
   * `making` from the first moment of init to its last. Nobody can have written a patient into a home that is being
   * made, because it is not served before `ready`: so init may be run again, whatever it left half done.
   */
  state: 'making' | 'ready'
  /** Of a demonstration: which one it is, and how far its agenda has come. */
  demo?: DemoRecord
  /** Of openers whose key a device keeps. */
  places?: Places
  /** Of an opener that is being made, and of one whose making was cut off: its id, and where its device is. */
  changing?: OpenerChanging
  /** Where the ledger's checkpoints go. */
  sends?: Sends
  /** Ids of the vault's own openers when it was last open: whoever writes the database can add others, which are tried after these. */
  openers?: string[]
}

export interface DemoRecord {
  /** The facility's day on which it was begun, `YYYY-MM-DD`: its dates count from it. */
  made: string
  patients: number
  /** Day of the agenda's last renewal. */
  renewed?: string
}

export interface OpenerChanging {
  id: string
  places: Places
}

export interface Home {
  /** Real path: no symbolic links, so that one home has one name. */
  path: string
  record: HomeRecord
}

export type HomeFound =
  | { status: 'ok'; home: Home }
  | { status: 'absent' }
  /** The directory holds other things than a home. */
  | { status: 'foreign'; found: string }
  /** `home.json`, or the directory, is another user's: what it names would be loaded, and what is typed would be sent to their socket. */
  | { status: 'not-ours'; found: string; owner: number }
  /** `home.json` is of a later version of the product, or was damaged. */
  | { status: 'unreadable'; reason: string }

/** Files of a home. `keyFile` exists only with that opener. */
export const homeFiles = {
  record: 'home.json',
  lock: 'lock',
  keyFile: 'opener.key',
  postgres: 'postgres',
  /** Notes that the PIN file was wrong, until a PIN was right. */
  pinRefused: 'pin.refused',
  /** Bulk exports until they are fetched; sealed. */
  exports: 'exports',
  /** The newest checkpoint of the ledger: a database that is behind it is not opened. */
  checkpoint: 'checkpoint',
  /** What was sent of the ledger, what came back, and what this vault has cosigned of others' ledgers. */
  sent: 'sent',
  /** When the vault was last verified, and where the next verification can go on. */
  verified: 'verified',
  /** Of a demonstration: with what its people and programs sign in. */
  demo: 'demo.json',
} as const

const dirMode = 0o700
const formatNewest = 1

/** Looks at the directory without changing it. */
export function findHome(path: string): HomeFound {
  const file = join(path, homeFiles.record)
  if (!existsSync(path)) return { status: 'absent' }
  if (!statSync(path).isDirectory()) return { status: 'foreign', found: path }
  if (!existsSync(file)) {
    // A lock and nothing else is what a start leaves that was killed before it wrote the record.
    const names = namesIn(path)
    if (!names) return { status: 'not-ours', found: path, owner: statSync(path).uid }
    const other = names.find((name) => !name.startsWith(homeFiles.lock) && !name.endsWith('.new'))
    return other === undefined ? { status: 'absent' } : { status: 'foreign', found: join(path, other) }
  }
  const { uid } = lstatSync(file)
  const own = process.getuid?.()
  if (own !== undefined && uid !== own && uid !== 0) return { status: 'not-ours', found: file, owner: uid }
  const record = readRecord(file)
  return typeof record === 'string'
    ? { status: 'unreadable', reason: record }
    : { status: 'ok', home: { path: realpathSync(path), record } }
}

/** Undefined where the directory is closed to who looks. */
function namesIn(path: string): string[] | undefined {
  try {
    return readdirSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    return undefined
  }
}

/** Others may do nothing, and the group (that of PostgreSQL's own user, when root starts it) may pass through. */
const openModes = 0o067

/** Makes the directory, closed to other users; returns its real path. */
export function makeHomeDirectory(path: string): string {
  mkdirSync(path, { recursive: true, mode: dirMode })
  if ((statSync(path).mode & openModes) !== 0) chmodSync(path, dirMode)
  return realpathSync(path)
}

/** Replaces `home.json` in one step: after a crash the file is the old or the new one, whole. */
export function writeHomeRecord(path: string, record: HomeRecord): void {
  writeDurably(join(path, homeFiles.record), `${JSON.stringify(record, undefined, 2)}\n`)
}

function readRecord(file: string): HomeRecord | string {
  let value: Partial<Record<keyof HomeRecord, unknown>>
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const { format, kind, opener, database, state, demo, places, changing, sends, openers } = value ?? {}
  if (typeof format === 'number' && format > formatNewest) return `format ${format} > ${formatNewest}`
  if (format !== 1) return `format: ${JSON.stringify(format)}`
  if (kind !== 'demo' && kind !== 'real') return `kind: ${JSON.stringify(kind)}`
  if (!isHomeOpener(opener)) return `opener: ${JSON.stringify(opener)}`
  if (database !== 'embedded' && database !== 'external') return `database: ${JSON.stringify(database)}`
  if (state !== 'making' && state !== 'ready') return `state: ${JSON.stringify(state)}`
  if (demo !== undefined && !isDemoRecord(demo)) return `demo: ${JSON.stringify(demo)}`
  const where = places === undefined ? undefined : placesOf(places)
  if (typeof where === 'string') return `${where}: ${JSON.stringify(places)}`
  const change = changing === undefined ? undefined : changingOf(changing)
  if (typeof change === 'string') return `${change}: ${JSON.stringify(changing)}`
  const going = sends === undefined ? undefined : sendsOf(sends)
  if (typeof going === 'string') return `${going}: ${JSON.stringify(sends)}`
  if (openers !== undefined && !isIdList(openers)) return `openers: ${JSON.stringify(openers)}`
  if (isDeviceKind(opener) && !where?.[opener]) return `places.${opener} is missing`
  return {
    format,
    kind,
    opener,
    database,
    state,
    ...(demo === undefined ? {} : { demo }),
    ...(where === undefined ? {} : { places: where }),
    ...(change === undefined ? {} : { changing: change }),
    ...(going === undefined ? {} : { sends: going }),
    ...(openers === undefined ? {} : { openers }),
  }
}

function isHomeOpener(value: unknown): value is HomeOpener {
  return homeOpeners.some((kind) => kind === value)
}

function isIdList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isId)
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f-]{36}$/.test(value)
}

/** Or where it is wrong. */
function changingOf(value: unknown): OpenerChanging | string {
  const { id, places } = (value ?? {}) as Partial<Record<keyof OpenerChanging, unknown>>
  if (!isId(id)) return 'changing.id'
  const read = placesOf(places)
  return typeof read === 'string' ? `changing.${read}` : { id, places: read }
}

function isDemoRecord(value: unknown): value is DemoRecord {
  const { made, patients, renewed } = (value ?? {}) as Partial<Record<keyof DemoRecord, unknown>>
  const isDay = (day: unknown) => typeof day === 'string' && /^\d{4}-\d\d-\d\d$/.test(day)
  return isDay(made) && Number.isInteger(patients) && (renewed === undefined || isDay(renewed))
}
