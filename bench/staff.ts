/** People of the server under test: their accounts and sessions. */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { randomUuid, sha256 } from '#kernel/crypto/index.ts'
import { createAuthority, type Authority } from '#people/authority/index.ts'
import type { Account, People } from '#people/index.ts'
import { safeguards } from '#safeguards/all.ts'
import type { House } from './house.ts'

interface Staffed extends House {
  port: number
  people: People
  ledger: NonNullable<House['ledger']>
  origin: string
}

/** How requests of sessions are signed: headers, of each session. */
export interface SignedHeaders {
  browsers: string[]
  bearers: string[]
}

const who = { actor: 'bench', client: 'bench', address: 'local' }
/** Accounts of one statement: each is two rows. */
const atOnce = 150

export function staffCommands(house: () => Staffed | undefined) {
  const browsers: { token: string; id: string }[] = []
  const bearers: string[] = []
  let key: { privateKey: CryptoKey; jwk: JWK; thumbprint: string } | undefined

  const the = (): Staffed => house() ?? fail('not started')

  async function signIn(
    each: readonly Pick<Account, 'roles' | 'patient' | 'practitioner'>[],
    purpose: string,
  ): Promise<void> {
    const { people } = the()
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const jwk = await exportJWK(publicKey)
    key = { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) }
    const signing: Account[] = []
    for (const more of each) {
      const account = { ...accountOf(`bench.${randomUuid()}`), ...more }
      if ((await people.accounts.add(account, who)) !== 'added') throw new Error('not added')
      const common = { account, method: 'passkey', purpose, device: 'bench', address: '127.0.0.1' } as const
      const browser = await people.sessions.start({ ...common, key: key.thumbprint }, who)
      browsers.push({ token: browser.token, id: browser.session.id })
      bearers.push((await people.sessions.start({ ...common, isPlain: true }, who)).token)
      signing.push(account)
    }
    // What safeguards ask of people first, they have done.
    for (const { name, seed } of safeguards)
      await seed?.({ people: signing, programs: [], rows: people.rows(name), who, nowMs: Date.now() })
  }

  return {
    /** So many accounts more. */
    async hire(accounts: number): Promise<void> {
      const { sql, keys, ledger } = the()
      const made = Array.from({ length: accounts }, () => accountOf(`staff.${randomUuid()}`))
      await hireAll(createAuthority({ sql, keys, ledger }), made)
    },

    /** Patients, each with an account of their own, both by a browser and by a bearer token. */
    signInAll: (patients: readonly string[]) =>
      signIn(
        patients.map((patient) => ({ roles: ['patient'], patient })),
        'PATRQT',
      ),

    /** Physicians. */
    signInCarers: (practitioners: readonly string[]) =>
      signIn(
        practitioners.map((practitioner) => ({ roles: ['physician'], practitioner })),
        'TREAT',
      ),
    /** With a proof of now, good for a minute at least. */
    async headers(): Promise<SignedHeaders> {
      const { port, origin } = the()
      const { privateKey, jwk } = key ?? fail('nobody has signed in')
      const cookie = (token: string) => `sigilo=${token}`
      const first = await fetch(`http://127.0.0.1:${port}/fhir/R4/metadata`, {
        headers: { host: `localhost:${port}`, cookie: cookie(browsers[0]!.token) },
      })
      const nonce = first.headers.get('dpop-nonce') ?? fail('no nonce')
      const signed = browsers.map(async ({ token, id }) => {
        const ath = Buffer.from(sha256(id)).toString('base64url')
        const proof = await new SignJWT({ jti: randomUuid(), htm: 'GET', htu: origin, ath, nonce })
          .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
          .setIssuedAt()
          .sign(privateKey)
        return `Cookie: ${cookie(token)}\r\nSec-Fetch-Site: same-origin\r\nDPoP: ${proof}\r\n`
      })
      return {
        browsers: await Promise.all(signed),
        bearers: bearers.map((token) => `Authorization: Bearer ${token}\r\n`),
      }
    },
  }
}

/** As accounts are added one by one: each its rows and their entries, many in one statement. */
export async function hireAll(authority: Authority, accounts: readonly Account[]): Promise<void> {
  const act = { ...who, action: 'authority', query: 'hired' } as const
  for (let from = 0; from < accounts.length; from += atOnce) {
    const rows = accounts
      .slice(from, from + atOnce)
      .flatMap((account) => [
        { kind: 'account', name: account.id, value: account } as const,
        { kind: 'login', name: account.login, value: { account: account.id } } as const,
      ])
    if (!(await authority.putEach(rows, act))) throw new Error('nobody was hired')
  }
}

const accountOf = (login: string) => ({
  id: randomUuid(),
  login,
  person: randomUuid(),
  name: 'Dra. Ana Ruiz Pérez',
  roles: ['physician', 'nurse'] as const,
  language: 'es' as const,
  factors: { passkeys: [], recovery: [] },
  generation: 1,
  status: 'active' as const,
  notices: [],
  known: [],
})

function fail(message: string): never {
  throw new Error(message)
}
