/** The plain page at `/`, until the web app takes its place: files of this folder, kept in memory as they are sent. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { isIP } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
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
  return path === '/' || (path.startsWith(pagePath) && names().includes(path.slice(pagePath.length)))
}

let listed: readonly string[] | undefined

function names(): readonly string[] {
  return (listed ??= readdirSync(folder).filter(
    (name) => Object.hasOwn(media, extname(name)) && !hidden.has(name),
  ))
}

/** Sent in the place of `/`. */
const hidden = new Set(['index.html', 'elsewhere.html'])

export function registerPage(fastify: FastifyInstance, edge: Edge): void {
  const kept = new Map<string, string>()
  const read = (name: string): string => {
    const known = kept.get(name)
    if (known !== undefined) return known
    const text = readFileSync(`${folder}${name}`, 'utf8')
    const sent = extname(name) === '.ts' ? stripTypeScriptTypes(text, { mode: 'strip' }) : text
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
  for (const name of names())
    fastify.route({
      method: ['GET', 'HEAD'],
      url: `${pagePath}${name}`,
      handler: async (_, reply) => send(reply, name),
    })
}

/** Opened by an IP address: there WebAuthn refuses to work, and the name is linked to. */
function isAddress(host = ''): boolean {
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d+$/, '')
  return isIP(name) !== 0
}
