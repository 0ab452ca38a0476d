/** Whoever is turned out while they send: what they had begun is refused, though its head came before. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { People } from '#people/index.ts'
import { testPeople } from '#test/kit/people.ts'
import { testVault } from '#test/kit/vault.ts'
import { Browser, foundHouse } from './auth-kit.ts'
import { running, type Running } from './http-kit.ts'

const origin = 'https://vault.example.org'
const clock = { aheadMs: 0 }
const passwordCost = { memoryKiB: 64, passes: 1, lanes: 1 }
const who = { actor: 'tester', client: 'test', address: 'local' }

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

/** The head at once, and the body after `meanwhile`. */
async function sendSlowly(
  { port }: Running,
  browser: Browser,
  { path, body }: { path: string; body: string },
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  const headers = {
    host: 'vault.example.org',
    origin,
    cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    dpop: await browser.proof('POST', path),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const sending = request({ host: '127.0.0.1', port, method: 'POST', path, headers })
  const answered = new Promise<number>((resolve, reject) => {
    sending.once('error', reject)
    sending.once('response', (response) => resolve(response.resume().statusCode ?? 0))
  })
  sending.write(body.slice(0, 1))
  // Its head is judged by then.
  await delay(100)
  await meanwhile()
  sending.end(body.slice(1))
  return answered
}

test('what is sent slowly is judged again when it is whole: nobody asks for anything by a session that has ended', async () => {
  const vault = await testVault({ after: (end) => void ends.push(end) })
  const people: People = testPeople(vault, {
    isDemo: false,
    waits: true,
    now: () => Date.now() + clock.aheadMs,
    passwordCost,
  })
  const it = await running({ people: () => people, origin }, vault)
  const [ana] = await foundHouse(people, () => new Browser(it.port, origin), clock)
  const browser = new Browser(it.port, origin)
  assert.equal((await browser.signIn(ana)).status, 201)
  assert.equal((await browser.stepUp(ana)).status, 200)
  const asked = (login: string) => ({
    path: '/auth/approvals',
    body: JSON.stringify({ kind: 'invite', login, name: 'Enf. Luz Mora', language: 'es', roles: ['nurse'] }),
  })
  assert.equal(
    await sendSlowly(it, browser, asked('luz.mora'), () => delay(1_000)),
    201,
    'slowly, and no more',
  )
  const ended = async () => {
    const account = (await people.accounts.findByLogin('ana.ruiz'))!.value
    const { status } = await people.accounts.change(
      account.id,
      (each) => ({ ...each, generation: each.generation + 1 }),
      who,
      'sessions ended',
    )
    assert.equal(status, 'changed')
    await delay(1_000)
  }
  assert.equal(await sendSlowly(it, browser, asked('ines.rey'), ended), 401)
})
