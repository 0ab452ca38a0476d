import { lstatSync, readdirSync, readFileSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import type { Settings } from '../env.ts'
import { readVerified } from '../home/verified.ts'
import { findHome, homeFiles, type HomeFound } from '../home/home.ts'
import type { Text } from '../text.ts'
import { readTold, type SendTold } from '../house/sending/told.ts'
import { deviceFacts, type DeviceFacts } from './device.ts'
import type { DatabaseFacts } from './database.ts'

export interface FileFact {
  path: string
  /** Permission bits. */
  mode: number
  owner: number
  isFile: boolean
  bytes: number
}

/** Everything that the checks look at. They are pure: a test plants a fault by changing one fact. */
export interface Facts {
  nodeVersion: string
  /** Of this process; undefined on systems without user numbers. */
  uid: number | undefined
  home: HomeFound
  homePath: string
  directory: FileFact | undefined
  /** The files of the home itself; PostgreSQL's are its own concern. */
  files: FileFact[]
  disk: { freeBytes: number; totalBytes: number; type: number }
  server: 'running' | 'starting' | 'stopped'
  port: { number: number; state: 'free' | 'ours' | 'taken' | 'not allowed' }
  timeZone: string
  limits: { openFiles: number; coreBytes: number }
  /** Where the kernel writes memory out in the clear. */
  swaps: string[]
  /** Of a home that a device opens. */
  device?: DeviceFacts
  /** Where checkpoints go, and what came of it. */
  sends: readonly SendTold[]
  nowMs: number
  /** The newest verification of the whole vault. */
  verified: { at: string; found: number } | undefined
  /** Absent when there is no home yet. */
  database: DatabaseFacts | { unreachable: Text } | undefined
}

/** What can be seen without the database. */
export async function machineFacts(settings: Settings): Promise<Omit<Facts, 'server' | 'database'>> {
  const home = findHome(settings.home)
  const path = home.status === 'ok' ? home.home.path : settings.home
  const directory = fileFact(path)
  const inside =
    directory && !directory.isFile && home.status !== 'not-ours'
      ? readdirSync(path).filter((name) => name !== homeFiles.postgres)
      : []
  const device = await deviceFacts(home, Date.now)
  return {
    ...(device ? { device } : {}),
    nodeVersion: process.versions.node,
    uid: process.getuid?.(),
    home,
    homePath: path,
    directory,
    files: inside.flatMap((name) => fileFact(join(path, name)) ?? []).filter(({ isFile }) => isFile),
    disk: diskOf(path),
    port: { number: settings.port, state: await portState(settings.port) },
    timeZone: settings.timeZone,
    verified: readVerified(path)?.whole,
    limits: limitsOf(),
    swaps: clearSwaps(),
    sends: home.status === 'ok' ? readTold(home.home) : [],
    nowMs: Date.now(),
  }
}

function fileFact(path: string): FileFact | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  return (
    stat && { path, mode: stat.mode & 0o777, owner: stat.uid, isFile: !stat.isDirectory(), bytes: stat.size }
  )
}

/** Of the directory, or of the nearest one above that is there. */
function diskOf(path: string): Facts['disk'] {
  let at = path
  while (!lstatSync(at, { throwIfNoEntry: false })) at = dirname(at)
  const { bavail, blocks, bsize, type } = statfsSync(at)
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize, type }
}

async function portState(port: number): Promise<Facts['port']['state']> {
  if (port === 0) return 'free'
  const tries = await Promise.all(['127.0.0.1', '::1'].map((host) => tryListen(port, host)))
  if (tries.includes('EADDRINUSE')) return 'taken'
  return tries.includes('EACCES') ? 'not allowed' : 'free'
}

/** The error code, or undefined; a machine without IPv6 answers EADDRNOTAVAIL, which is no fault. */
function tryListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** Linux's limits of this process; what cannot be read is taken as unlimited and not dumped. */
function limitsOf(): Facts['limits'] {
  const text = readOr('/proc/self/limits')
  const soft = (name: string, otherwise: number): number => {
    const found = new RegExp(`^${name}\\s+(\\S+)`, 'm').exec(text)?.[1]
    if (found === undefined) return otherwise
    return found === 'unlimited' ? Number.POSITIVE_INFINITY : Number(found)
  }
  return {
    openFiles: soft('Max open files', Number.POSITIVE_INFINITY),
    coreBytes: soft('Max core file size', 0),
  }
}

/** Swap areas that are neither in memory (zram) nor encrypted (dm-crypt). */
function clearSwaps(): string[] {
  const areas = readOr('/proc/swaps').split('\n').slice(1)
  const devices = areas.flatMap((line) => line.split(/\s/)[0] || [])
  return devices.filter((device) => {
    const name = device.split('/').at(-1) ?? ''
    return !name.startsWith('zram') && !readOr(`/sys/block/${name}/dm/uuid`).startsWith('CRYPT-')
  })
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
