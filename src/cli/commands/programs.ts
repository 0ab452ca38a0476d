/** Programs: who is registered, and what one officer asks and another approves. */
import { readFile } from 'node:fs/promises'
import { exportJWK, importSPKI, type JWK } from 'jose'
import type { Run } from '../command.ts'
import { exit } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'
import { programLine, type ProgramTold } from '../people/told.ts'
import { mapped, told } from '../people/telling.ts'
import { algorithmOf, jwkOf } from '../programs/key.ts'
import { publicPart } from '../programs/sign-in.ts'
import type { Text } from '../text.ts'
import { askApproval } from './approvals.ts'
import { report } from './report.ts'

export const list: Run = (context) =>
  told(context, false, async (session) =>
    mapped(await session.ask<{ programs: ProgramTold[] }>('GET', '/auth/programs'), ({ programs }) => ({
      json: programs,
      lines: programs.map((each) => programLine(each, context.settings.language)),
    })),
  )

export const register: Run = async (context) => {
  const { options, words } = context
  const [id, more] = words
  const { key: path, name, scope = 'system/*.cruds', purposes, replace } = options
  if (id === undefined || more !== undefined || typeof path !== 'string' || typeof name !== 'string')
    return report(context, problem(exit.usage, registerUsage))
  const read = await publicKey(path)
  if (read.status === 'problem') return report(context, read)
  const limits = typeof purposes === 'string' ? { purposes: purposes.split(',') } : {}
  const wanted = { kind: 'program', id, name, scope, ...limits, keys: [read.key] }
  return askApproval(context, replace === true ? { ...wanted, replaces: true } : wanted)
}

export const revoke: Run = async (context) => {
  const [id, more] = context.words
  if (id === undefined || more !== undefined) return report(context, problem(exit.usage, revokeUsage))
  return askApproval(context, { kind: 'revoke-program', id })
}

/** Of a public key, or of a private one, of which nothing else is read out. */
async function publicKey(path: string): Promise<{ status: 'ok'; key: JWK } | Problem> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  const jwk = text === undefined ? undefined : ((await spkiOf(text)) ?? (await jwkOf(text)))
  if (jwk && algorithmOf(jwk) !== undefined) return { status: 'ok', key: publicPart(jwk) }
  return problem(exit.usage, {
    es: `${path} no tiene una llave que se pueda usar: PEM o JWK, de P-256, P-384, Ed25519 o RSA. Basta la pública.`,
    en: `${path} has no key that can be used: PEM or a JWK, of P-256, P-384, Ed25519 or RSA. The public one is enough.`,
  })
}

async function spkiOf(text: string): Promise<JWK | undefined> {
  if (!text.includes('BEGIN PUBLIC KEY')) return undefined
  for (const algorithm of ['ES256', 'ES384', 'Ed25519', 'PS256']) {
    const key = await importSPKI(text, algorithm, { extractable: true }).catch(() => undefined)
    if (key) return exportJWK(key)
  }
  return undefined
}

const registerUsage: Text = {
  es: 'Falta qué programa: sigilo programs register ID --name NOMBRE --key ARCHIVO [--scope ALCANCE] [--purposes PROPÓSITOS] [--replace]',
  en: 'Say which program: sigilo programs register ID --name NAME --key FILE [--scope SCOPE] [--purposes PURPOSES] [--replace]',
}
const revokeUsage: Text = {
  es: 'Diga cuál: sigilo programs revoke ID',
  en: 'Say which: sigilo programs revoke ID',
}
