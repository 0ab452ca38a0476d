/** `demo.json` in the home of a demonstration: with what its invented people and programs sign in. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Role } from '#people/index.ts'
import { scopeOfAll, type Programs } from '#people/programs/index.ts'
import { writeDurably } from '../home/durable.ts'
import { homeFiles } from '../home/home.ts'
import { operator } from '../house/ledger.ts'
import { publicPart } from './sign-in.ts'

export interface DemoClient {
  id: string
  /** With its private part. */
  jwk: JWK
  scope: string
}

/** With what somebody of the invented hospital signs in. */
export interface DemoSignIn {
  login: string
  role: Role
  name: string
  password: string
  /** Base32, as code apps take it. */
  totpSecret: string
}

export interface DemoFile {
  people: DemoSignIn[]
  clients: DemoClient[]
}

export const systemClient = 'demo-system'
const name = 'Sistema de la demostración'
/** Homes over one database each have a key of their own. Beyond so many the oldest counts no more. */
const keysMax = 8
const triesMax = 10

/** Undefined where the file is not there yet, or says something else. */
export function readDemoFile(home: string): DemoFile | undefined {
  try {
    const { people, clients } = JSON.parse(readFileSync(join(home, homeFiles.demo), 'utf8')) as DemoFile
    return Array.isArray(people) && Array.isArray(clients) ? { people, clients } : undefined
  } catch {
    return undefined
  }
}

/** What is given takes the place of what is there; the rest stays. */
export function writeDemoFile(home: string, part: Partial<DemoFile>): void {
  const file: DemoFile = { ...(readDemoFile(home) ?? { people: [], clients: [] }), ...part }
  writeDurably(join(home, homeFiles.demo), `${JSON.stringify(file, undefined, 2)}\n`)
}

/** The program that has all of the invented hospital. */
export function demoClientOf(home: string): DemoClient | undefined {
  const found = readDemoFile(home)?.clients.find(({ id }) => id === systemClient)
  return typeof found?.jwk.d === 'string' ? found : undefined
}

/** Makes the demonstration's program known by this home's key, which is in `demo.json` before it counts; a home of before has none yet. */
export async function makeDemoClient(home: string, programs: Programs): Promise<void> {
  const client = demoClientOf(home) ?? (await newDemoClient(home))
  const thumbprint = await calculateJwkThumbprint(publicPart(client.jwk))
  for (let tries = 1; ; tries++) {
    const known = (await programs.keysOf(client.id)) ?? []
    if (known.some(({ kid }) => kid === thumbprint)) return
    const keys = [client.jwk, ...known].slice(0, keysMax)
    const program = { id: client.id, name, scope: client.scope, keys, isPlain: true } as const
    const registered = await programs.register(program, operator, { replace: true })
    if (registered === 'registered') return
    // Another server over the same database has added its own meanwhile.
    if (registered !== 'taken' || tries === triesMax)
      throw new Error(`the program of the demonstration was not registered: ${registered}`)
  }
}

async function newDemoClient(home: string): Promise<DemoClient> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const client: DemoClient = { id: systemClient, jwk: await exportJWK(privateKey), scope: scopeOfAll }
  writeDemoFile(home, { clients: [client] })
  return client
}
