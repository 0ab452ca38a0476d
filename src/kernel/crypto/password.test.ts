import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argon2id, copyOfKey, costOf, hashPassword, isPasswordOf } from './index.ts'

const cheap = { memoryKiB: 32, passes: 1, lanes: 1 }

test('a hash of a password is a PHC string, with a salt of its own, and is of this password alone', async () => {
  const made = await hashPassword('correcto caballo ñandú', cheap)
  assert.match(made, /^\$argon2id\$v=19\$m=32,t=1,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  assert.notEqual(await hashPassword('correcto caballo ñandú', cheap), made)
  assert.deepEqual(costOf(made), cheap)
  const cases: [string, boolean][] = [
    ['correcto caballo ñandú', true],
    // As another keyboard composes it.
    ['correcto caballo n\u0303andu\u0301', true],
    ['correcto caballo ñandu', false],
    ['Correcto caballo ñandú', false],
    ['correcto caballo ñandú ', false],
    ['', false],
  ]
  for (const [password, want] of cases) assert.equal(await isPasswordOf(made, password), want, password)
})

// The reference implementation's own test (github.com/P-H-C/phc-winner-argon2, its test.c): version 1.3, Argon2id.
test('the tag is that of the reference implementation', async () => {
  const cost = { memoryKiB: 65_536, passes: 2, lanes: 1 }
  const key = await argon2id('password', Buffer.from('somesalt'), cost)
  const want = '09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7'
  assert.equal(Buffer.from(copyOfKey(key)).toString('hex'), want)
})

test('what is no PHC string of ours is refused aloud', async () => {
  const made = await hashPassword('x', cheap)
  for (const broken of [
    '',
    'x',
    made.slice(1),
    `${made}A`,
    made.replace('argon2id', 'argon2i'),
    made.replace('v=19', 'v=16'),
  ])
    await assert.rejects(isPasswordOf(broken, 'x'), broken)
})
