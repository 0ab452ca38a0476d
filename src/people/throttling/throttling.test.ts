import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testVault } from '#test/kit/vault.ts'
import { createThrottling } from './throttling.ts'

test('a flood of logins that strangers make up has as many rows as there are places for them, and no more', async (t) => {
  const { sql, keys } = await testVault(t)
  const throttling = createThrottling({ sql, keys, rowsMax: 16 })
  for (let made = 0; made < 300; made += 50)
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        throttling.count({ login: `made.up.${made + n}`, address: `2001:db8:${made + n}::1` }),
      ),
    )
  const [rows] = await sql<{ count: number }[]>`select count(*)::int from throttle`
  assert.equal(rows?.count, 32)
})

test('two strangers’ logins do not wait for each other, nor for who is known', async (t) => {
  const { sql, keys } = await testVault(t)
  const throttling = createThrottling({ sql, keys })
  const tried = (login: string) => throttling.count({ login, address: undefined })
  for (let tries = 0; tries < 10; tries++) await tried('ana.ruiz')
  assert.equal((await tried('ana.ruiz')).status, 'wait')
  assert.equal((await tried('eva.soto')).status, 'go')
  const known = { device: 'hers' }
  assert.equal((await throttling.count({ login: 'ana.ruiz', address: undefined, known })).status, 'go')
})
