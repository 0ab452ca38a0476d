/** The plain page at `/`, until the web app takes its place: files of this folder, kept in memory as they are sent. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { isIP } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { safeguards } from '#safeguards/all.ts'
import { answer } from '../answer.ts'
import type { Edge } from '../edge.ts'

const folder = fileURLToPath(new URL('browser/', import.meta.url))

/** What is sent, and as what. Scripts are TypeScript without its types. */
const media: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.ts': 'text/javascript; charset=utf-8',
}

/**
 * Nothing but this server's own files, and no markup made of text (Trusted Types, no policy at all). In place of the policy of every
 * other answer, under which no page does anything.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

/** A page that has been opened may use this, and no other page that it might bring up. */
const permissions =
  'publickey-credentials-get=(self), publickey-credentials-create=(self), clipboard-write=(self)'

const pagePath = '/page/'

/** What anybody may ask for before anybody is known. */
export function isPage(path: string): boolean {
  return path === '/' || (path.startsWith(pagePath) && files().has(path.slice(pagePath.length)))
}

let listed: ReadonlyMap<string, string> | undefined

/** By name what is sent, and where it lies: of a safeguard's screens `training/part.ts`. */
function files(): ReadonlyMap<string, string> {
  return (listed ??= new Map([
    ...filesIn(folder, ''),
    ...safeguards.flatMap(({ name, screens }) =>
      screens ? filesIn(fileURLToPath(screens), `${name}/`) : [],
    ),
  ]))
}

const filesIn = (at: string, below: string): [name: string, path: string][] =>
  readdirSync(at)
    .filter((name) => Object.hasOwn(media, extname(name)) && !hidden.has(name))
    .map((name) => [`${below}${name}`, `${at}${name}`])

/** In place of the list that is empty where nobody serves it. */
function withScreens(text: string): string {
  const paths = [...files().keys()].filter((name) => name.endsWith('/part.ts'))
  const list = JSON.stringify(paths.map((name) => `${pagePath}${name}`))
  return text.replace(/(?<=export const screens\s*=\s*)\[\]/, () => list)
}

/** Sent in the place of `/`. */
const hidden = new Set(['index.html', 'elsewhere.html'])

export function registerPage(fastify: FastifyInstance, edge: Edge): void {
  const kept = new Map<string, string>()
  const read = (name: string): string => {
    const known = kept.get(name)
    if (known !== undefined) return known
    const text = readFileSync(files().get(name) ?? `${folder}${name}`, 'utf8')
    const sent = extname(name) === '.ts' ? scriptOf(name, text) : text
    kept.set(name, sent)
    return sent
  }
  const send = (reply: FastifyReply, name: string, text = read(name)): void => {
    const own = [
      'Permissions-Policy',
      permissions,
      'Cross-Origin-Opener-Policy',
      'same-origin',
      'Cross-Origin-Resource-Policy',
      'same-origin',
    ]
    answer(edge, reply, 200, own, text, media[extname(name)], pagePolicy)
  }
  const root = (request: FastifyRequest, reply: FastifyReply): void => {
    if (!isAddress(request.raw.headers.host)) return send(reply, 'index.html')
    send(reply, 'elsewhere.html', read('elsewhere.html').replaceAll('{origin}', edge.origin))
  }
  fastify.route({
    method: ['GET', 'HEAD'],
    url: '/',
    handler: async (request, reply) => root(request, reply),
  })
  for (const name of files().keys())
    fastify.route({
      method: ['GET', 'HEAD'],
      url: `${pagePath}${name}`,
      handler: async (_, reply) => send(reply, name),
    })
}

/** Without types; what screens of safeguards import of the page is where the page has it. */
function scriptOf(name: string, text: string): string {
  const script = stripTypeScriptTypes(text, { mode: 'strip' }).replaceAll("from '#page/", `from '${pagePath}`)
  return name === 'screens.ts' ? withScreens(script) : script
}

/** Opened by an IP address: there WebAuthn refuses to work, and the name is linked to. */
function isAddress(host = ''): boolean {
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '')
  return isIP(name) !== 0
}
