/** A vault with people in it, for what it costs to sign in. */
import { Secret, TOTP } from 'otpauth'
import { isPasswordOf, randomUuid } from '#kernel/crypto/index.ts'
import { createAccounts, type Account } from '#people/accounts/index.ts'
import { createAuthority } from '#people/authority/index.ts'
import { createPeople, type People } from '#people/index.ts'
import { answerCommands } from './child.ts'
import { buildHouse } from './house.ts'
import { median } from './results.ts'
import { hireAll } from './staff.ts'

const who = { actor: 'bench', client: 'bench', address: '192.0.2.1' }
const origin = 'https://vault.example.org'
const thumbprint = 'bench'
const password = 'un cuaderno verde oliva'
/** Of a large hospital. */
const accountsMax = 10_000
const secret = new Secret({ size: 20 })
const app = new TOTP({ secret })

let house: Awaited<ReturnType<typeof build>> | undefined
/** Each sign-in needs a time step that was not used yet. */
let aheadMs = 0

answerCommands(
  {
    async start() {
      house = await build()
    },

    /** One computation of a password by itself: milliseconds. */
    argon2: () => each(5, () => isPasswordOf(here().hash, password)),

    /** From a device that is known: milliseconds. */
    right: () =>
      each(5, async () => {
        const { people, from } = here()
        aheadMs += 30_000
        const code = app.generate({ timestamp: now() })
        const signed = await people.signIn(
          { proof: { kind: 'password', login: 'ana', password, code }, thumbprint },
          from,
        )
        if (signed.status !== 'signed-in') throw new Error(signed.status)
      }),

    /** Refused, without what slows whoever guesses: milliseconds. */
    wrong: (login: string) =>
      each(9, async () => {
        const proof = { kind: 'password', login, password: 'otro cuaderno', code: '000000' } as const
        const proven = await here().people.factors.verify(proof, {
          purpose: 'sign-in',
          origin,
          thumbprint,
          who,
        })
        if (proven.status !== 'refused') throw new Error(proven.status)
      }),

    /**
     * By login, a second, one after the other. Each as whoever signs in is found, who was not asked for a moment before: else that of a
     * house of one would be remembered, and what memory spares be taken for what nine thousand others cost.
     */
    async find(of: 'few' | 'many') {
      const { unremembered, logins } = here()[of]
      const start = performance.now()
      let count = 0
      while (performance.now() - start < 1_000) {
        const login = logins[(count * 7919) % logins.length]!
        if (!(await unremembered().findByLogin(login))) throw new Error(login)
        count++
      }
      return count / ((performance.now() - start) / 1_000)
    },

    /** All of ten thousand: milliseconds. */
    async list() {
      const start = performance.now()
      let count = 0
      for await (const _ of here().many.unremembered().list()) count++
      if (count !== accountsMax) throw new Error(`${count} accounts`)
      return performance.now() - start
    },
  },
  () => house?.close(),
)

const now = () => Date.now() + aheadMs

function here() {
  if (!house) throw new Error('not started')
  return house
}

async function each(times: number, run: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  for (let n = 0; n < times; n++) {
    const start = performance.now()
    await run()
    taken.push(performance.now() - start)
  }
  return median(taken)
}

async function build() {
  const [few, many] = [await crowd(1), await crowd(accountsMax)]
  const { sql, keys, ledger } = few
  if (!ledger) throw new Error('without a ledger nobody has an account')
  const onFault = (error: Error) => console.error(error)
  const people: People = createPeople({ sql, keys, ledger, now, isDemo: false, onFault })
  const hashed = await people.factors.hashPassword(password, { login: 'ana', name: 'Ana' })
  if (hashed.status !== 'ok') throw new Error(JSON.stringify(hashed))
  const factors = {
    passkeys: [],
    password: hashed.password,
    totp: { id: randomUuid(), secret: Buffer.from(secret.bytes).toString('base64'), setAt: 1 },
    recovery: [],
  }
  await people.accounts.add(account('ana', { factors }), who)
  const from = { address: '192.0.2.1', isForwarded: false, agent: 'bench', origin }
  return {
    people,
    hash: hashed.password.hash,
    from,
    few,
    many,
    async close() {
      await few.close()
      await many.close()
    },
  }
}

/** So many accounts in a vault of their own, whose ledger knows all of them. */
async function crowd(count: number) {
  const made = await buildHouse()
  const { ledger } = made
  if (!ledger) throw new Error('without a ledger nobody has an account')
  const logins = Array.from({ length: count }, (_, n) => `login.${n}`)
  await hireAll(
    createAuthority({ ...made, ledger }),
    logins.map((login) => account(login)),
  )
  await made.sql`analyze`
  const unremembered = () => createAccounts({ authority: createAuthority({ ...made, ledger }) })
  return { ...made, unremembered, logins }
}

function account(login: string, more: Partial<Account> = {}): Account {
  return {
    id: randomUuid(),
    login,
    person: randomUuid(),
    name: 'Dra. Ana Ruiz Pérez',
    roles: ['physician'],
    language: 'es',
    factors: { passkeys: [], recovery: [] },
    generation: 1,
    status: 'active',
    notices: [],
    known: [],
    ...more,
  }
}
