/** A program's key from a file: PKCS #8 as PEM, or a JWK. */
import { exportJWK, importPKCS8, type JWK } from 'jose'
import { readClosedFile } from '#kernel/keys/index.ts'
import { exit } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'
import type { ProgramKey } from './sign-in.ts'

const fileBytesMax = 16_384
const curves: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', Ed25519: 'Ed25519' }

export async function readProgramKey(path: string): Promise<{ status: 'ok'; key: ProgramKey } | Problem> {
  const read = await readClosedFile(path, fileBytesMax)
  if (read.status !== 'ok') {
    return problem(exit.usage, {
      es: `No se puede usar la llave ${path} (${read.reason}): debe ser un archivo suyo, cerrado a los demás (chmod 600).`,
      en: `The key ${path} cannot be used (${read.reason}): it must be a file of yours, closed to others (chmod 600).`,
    })
  }
  const jwk = await jwkOf(read.bytes.toString('utf8'))
  const algorithm = jwk && algorithmOf(jwk)
  if (jwk?.d === undefined || algorithm === undefined) {
    return problem(exit.usage, {
      es: `${path} no tiene una llave privada que se pueda usar: PKCS #8 en PEM o JWK, de P-256, P-384, Ed25519 o RSA.`,
      en: `${path} has no private key that can be used: PKCS #8 as PEM or a JWK, of P-256, P-384, Ed25519 or RSA.`,
    })
  }
  return { status: 'ok', key: { jwk, algorithm } }
}

export function algorithmOf({ kty, crv }: JWK): string | undefined {
  return kty === 'RSA' ? 'PS256' : curves[crv ?? '']
}

export async function jwkOf(text: string): Promise<JWK | undefined> {
  if (!text.trimStart().startsWith('-----BEGIN')) return parsed(text)
  for (const algorithm of ['ES256', 'ES384', 'Ed25519', 'PS256']) {
    const key = await importPKCS8(text, algorithm, { extractable: true }).catch(() => undefined)
    if (key) return exportJWK(key)
  }
  return undefined
}

function parsed(text: string): JWK | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as JWK) : undefined
  } catch {
    return undefined
  }
}
