/** The people of a demonstration: made once, each with both factors, which are in `demo.json`. */
import type { SafeguardProgram } from '#kernel/safeguard.ts'
import { deriveKey, keyedHash, randomUuid, type SealKey } from '#kernel/crypto/index.ts'
import type { HospitalPlan } from '#demo/index.ts'
import { personSeen, programsSeen, type People } from '#people/index.ts'
import { safeguards } from '#safeguards/all.ts'
import { operator } from '../house/ledger.ts'
import { makeDemoClient, readDemoFile, writeDemoFile, type DemoSignIn } from '../programs/demo-file.ts'

export interface DemoParts {
  /** Path of the home. */
  home: string
  people: Pick<People, 'accounts' | 'factors' | 'programs' | 'rows'>
  /** Of the house: what the passwords are made of. */
  key: SealKey
  plan: HospitalPlan
  now: () => Date
}

/** Its program, its people, and what these have done for safeguards already. */
export async function makeDemoAccess(parts: DemoParts): Promise<void> {
  await makeDemoClient(parts.home, parts.people.programs)
  await makeDemoPeople(parts)
  await seedSafeguards(parts)
}

async function seedSafeguards({ home, people, now }: DemoParts): Promise<void> {
  const invented = await Promise.all(
    (readDemoFile(home)?.people ?? []).map(({ login }) => people.accounts.findByLogin(login)),
  )
  const there = invented.flatMap((row) => (row ? [personSeen(row.value)] : []))
  const programs: SafeguardProgram[] = []
  for await (const program of programsSeen(people.programs)) programs.push(program)
  for (const { name, seed } of safeguards)
    await seed?.({
      people: there,
      programs,
      rows: people.rows(name),
      who: operator,
      nowMs: now().getTime(),
    })
}

/**
 * Makes the accounts that are missing, as what the operator did: nobody is there who could confirm them. Passwords and secrets follow
 * from a key of the house, so that homes over one database have the same, and a file that was lost is made as it was.
 */
async function makeDemoPeople({ home, people, key, plan, now }: DemoParts): Promise<void> {
  const { accounts, factors } = people
  const known = readDemoFile(home)?.people ?? []
  const there = await Promise.all(known.map(({ login }) => accounts.findByLogin(login)))
  if (known.length > 0 && there.every((row) => row !== undefined)) return
  const { demoPeople } = await import('#demo/index.ts')
  const wanted = await demoPeople(plan)
  const own = deriveKey(key, 'demonstration')
  try {
    const signIns = await Promise.all(wanted.map((person) => signInOf(own, person)))
    // It is there before an account is, so that there is none that nobody can use.
    writeDemoFile(home, { people: signIns.map(({ signIn }) => signIn) })
    const setAt = Math.floor(now().getTime() / 1000)
    await Promise.all(
      wanted.map(async ({ login, role, name, ...standing }, n) => {
        if (await accounts.findByLogin(login)) return
        const { signIn, secret } = signIns[n]!
        const hashed = await factors.hashPassword(signIn.password, { login, name })
        if (hashed.status !== 'ok')
          throw new Error(`the password of ${login} is not hashed: ${JSON.stringify(hashed)}`)
        const totp = { id: randomUuid(), secret: Buffer.from(secret).toString('base64'), setAt }
        const account = {
          id: randomUuid(),
          person: randomUuid(),
          login,
          name,
          roles: [role],
          ...standing,
          language: 'es',
          factors: { passkeys: [], password: hashed.password, totp, recovery: [] },
          generation: 1,
          addedAt: setAt,
          status: 'active',
          notices: [],
          known: [],
        } as const
        const added = await accounts.add(account, operator)
        // Another server over the same database makes the same people at the same moment.
        if (added !== 'added' && added !== 'taken') throw new Error(`${login} was not made: ${added}`)
      }),
    )
  } finally {
    own.zero()
  }
}

/** RFC 4226 §4. */
const secretBytes = 20
const passwordBytes = 15

async function signInOf(
  key: SealKey,
  { login, role, name }: Pick<DemoSignIn, 'login' | 'role' | 'name'>,
): Promise<{ signIn: DemoSignIn; secret: Uint8Array }> {
  const { Secret } = await import('otpauth')
  const base32 = (bytes: Uint8Array) => new Secret({ buffer: Uint8Array.from(bytes).buffer }).base32
  const secret = keyedHash(key, 'totp', login).slice(0, secretBytes)
  const letters = base32(keyedHash(key, 'password', login).slice(0, passwordBytes)).toLowerCase()
  const password = letters.replace(/(.{4})(?=.)/g, '$1-')
  return { signIn: { login, role, name, password, totpSecret: base32(secret) }, secret }
}
