import { chmodSync, rmdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import { makeRuntimeDirectory } from '../home/runtime.ts'
import type { CsvOptions } from '#records/csv/index.ts'
import type { Terms } from '#records/index.ts'
import type { SendChange } from '../house/sending/places.ts'
import { policyActions } from '../policy-commands.ts'
import { sentOf } from '../openers/sent.ts'
import type { ControlRequests } from './protocol.ts'

export type ControlHandlers = {
  [Name in keyof ControlRequests]: (
    body: ControlRequests[Name]['body'],
  ) => Promise<ControlRequests[Name]['answer']>
}

/** A passphrase is short; the paths of an import may be what a shell makes of `*`. */
const bodyBytesMax = 4_000_000

/**
 * The server's local channel for the commands of this product: HTTP on a Unix socket in a directory of mode 0700, so
 * only this operating-system user, and root, can reach it. A passphrase is received here and nowhere else.
 * The caller holds the home's lock, so a socket that is already there was left by a killed server.
 */
export async function listenControl(
  socketPath: string,
  handlers: ControlHandlers,
): Promise<{ close: () => Promise<void> }> {
  makeRuntimeDirectory(dirname(socketPath))
  rmSync(socketPath, { force: true })
  const server = createServer((request, response) => {
    const respond = (status: number, answer: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    }
    const name = `${request.method} ${request.url}`
    if (!isRequest(handlers, name)) {
      request.resume()
      respond(404, { error: `no ${name}` })
      return
    }
    readBody(request, name)
      .then((body) => answer(handlers, name, body))
      .then(
        (value) => respond(200, value),
        (error: unknown) => respond(500, { error: error instanceof Error ? error.message : String(error) }),
      )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(socketPath, resolve)
  })
  chmodSync(socketPath, 0o600)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          try {
            rmdirSync(dirname(socketPath))
          } catch {
            // Something else lies in it: it stays.
          }
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

const isRequest = (handlers: ControlHandlers, name: string): name is keyof ControlRequests =>
  Object.hasOwn(handlers, name)

function answer<Name extends keyof ControlRequests>(
  handlers: ControlHandlers,
  name: Name,
  body: ControlRequests[Name]['body'],
): Promise<ControlRequests[Name]['answer']> {
  return handlers[name](body)
}

type Body = ControlRequests[keyof ControlRequests]['body']

async function readBody(request: IncomingMessage, name: keyof ControlRequests): Promise<Body> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) throw new Error(`body over ${bodyBytesMax} bytes`)
    chunks.push(chunk)
  }
  const read = bodies[name]
  if (!read) return undefined
  const body = Buffer.concat(chunks)
  const value = parsed(body)
  // It may have held a secret.
  for (const held of [body, ...chunks]) held.fill(0)
  if (typeof value !== 'object' || value === null) throw new Error('body is no object')
  return read(value)
}

/** The parser's own complaint would repeat a part of the text. */
function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new Error('body is no JSON')
  }
}

/** What each request that has a body takes; unknown members are left out. */
const bodies: Partial<Record<keyof ControlRequests, (value: object) => Body>> = {
  'POST /unseal': (value) => ({ secret: sentOf((value as { secret?: unknown }).secret) }),
  'POST /prove': (value) => ({ secret: sentOf((value as { secret?: unknown }).secret) }),
  'POST /opener': (value) => {
    const { proof, to, place } = value as { proof?: unknown; to?: unknown; place?: unknown }
    return { proof: sentOf(proof), to: sentOf(to), ...(place === undefined ? {} : { place }) }
  },
  'POST /unseal/share': (value) => ({ share: textOf(value, 'share') }),
  'POST /rotate': (value) => ({ rootAlone: 'rootAlone' in value && value.rootAlone === true }),
  'POST /ledger/sends': sendChangeOf,
  'POST /ledger/publish': (value) => ({ folder: textOf(value, 'folder') }),
  'POST /ledger/logs': (value) => {
    if ('remove' in value) return { remove: textOf(value, 'remove') }
    const { keys } = value as { keys?: unknown }
    if (!isTexts(keys)) throw new Error('keys is no list of strings')
    return { keys }
  },
  'POST /people/reset': (value) => ({
    login: textOf(value, 'login'),
    secret: sentOf((value as { secret?: unknown }).secret),
  }),
  'POST /people/begin': (value) => {
    const { officers } = value as { officers?: unknown }
    if (!Array.isArray(officers)) throw new Error('officers is no list')
    return {
      officers: officers.map((each: object) => ({
        login: textOf(each, 'login'),
        name: textOf(each, 'name'),
        language: textOf(each, 'language') === 'es' ? 'es' : 'en',
      })),
    }
  },
  'POST /verify': (value) => ({ onlyNew: 'onlyNew' in value && value.onlyNew === true }),
  'POST /export': exportOf,
  'POST /export/state': (value) => ({ run: textOf(value, 'run') }),
  'POST /export/stop': (value) => ({ run: textOf(value, 'run') }),
  'POST /ledger/entries': termsOf,
  'POST /ledger/radius': termsOf,
  'POST /ledger/file': (value) => ({ patient: textOf(value, 'patient'), out: textOf(value, 'out') }),
  'POST /policy/explain': explainOf,
  'POST /destroy/look': (value) => ({ patient: textOf(value, 'patient') }),
  'POST /destroy': (value) => ({
    patient: textOf(value, 'patient'),
    reason: textOf(value, 'reason'),
    now: 'now' in value && value.now === true,
  }),
  'POST /import/state': (value) => ({ run: textOf(value, 'run') }),
  'POST /import/stop': (value) => ('run' in value ? { run: textOf(value, 'run') } : {}),
  'POST /import': (value) => {
    const { paths, map } = value as { paths?: unknown; map?: unknown }
    if (!isTexts(paths)) throw new Error('paths is no list of strings')
    if (typeof map !== 'object' || map === null || !isTexts(Object.values(map)))
      throw new Error('map is no map')
    return {
      paths,
      map: map as Record<string, string>,
      dryRun: 'dryRun' in value && value.dryRun === true,
      again: 'again' in value && value.again === true,
      report: textOf(value, 'report'),
      language: textOf(value, 'language') === 'es' ? 'es' : 'en',
      // What it says of a table is looked at where the table is read.
      ...('csv' in value ? { csv: value.csv as CsvOptions } : {}),
    }
  },
}

function termsOf(value: object): Body {
  const { terms } = value as { terms?: unknown }
  if (typeof terms !== 'object' || terms === null || !isTexts(Object.values(terms)))
    throw new Error('terms is no map')
  // Those that are none are not looked at where they are read.
  return { terms: terms as Terms }
}

function explainOf(value: object): Body {
  const action = policyActions.find((each) => each === textOf(value, 'action'))
  if (action === undefined) throw new Error('action is none')
  const given = (name: 'type' | 'id' | 'purpose') => (name in value ? { [name]: textOf(value, name) } : {})
  return { as: textOf(value, 'as'), action, ...given('type'), ...given('id'), ...given('purpose') }
}

function exportOf(value: object): Body {
  const { types, patients, since } = value as { types?: unknown; patients?: unknown; since?: unknown }
  if (!isTexts(types) || !isTexts(patients)) throw new Error('types or patients is no list of strings')
  if (since !== undefined && typeof since !== 'string') throw new Error('since is no string')
  return { folder: textOf(value, 'folder'), types, patients, since }
}

function sendChangeOf(value: object): SendChange {
  const kind = textOf(value, 'kind')
  const place = textOf(value, 'place')
  if (kind !== 'witness' && kind !== 'authority' && kind !== 'folder') throw new Error('kind is none')
  if (textOf(value, 'op') === 'remove') return { op: 'remove', kind, place }
  const { keys, ca, tlsCa } = value as Record<string, unknown>
  const files = {
    ...(typeof ca === 'string' ? { ca } : {}),
    ...(typeof tlsCa === 'string' ? { tlsCa } : {}),
  }
  if (kind === 'witness') return { op: 'add', kind, place, keys: isTexts(keys) ? keys : [], ...files }
  return { op: 'add', kind, place, ...files }
}

function textOf(value: object, name: string): string {
  const text = (value as Record<string, unknown>)[name]
  if (text === undefined) throw new Error(`${name} missing`)
  if (typeof text !== 'string') throw new Error(`${name} is no string`)
  return text
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
