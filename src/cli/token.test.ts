import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomKey } from '#kernel/crypto/index.ts'
import { createTokenJudge, mintToken, tokenIsValid, tokenSecondsMax } from './token.ts'

const key = randomKey()
const now = new Date('2026-11-22T18:00:00Z')
const { token, expires } = mintToken(key, now)

test('a token is good until its end, and no longer', () => {
  assert.equal(expires.getTime() - now.getTime(), tokenSecondsMax * 1000)
  const good = [now, new Date(expires.getTime() - 1000)]
  const late = [expires, new Date(expires.getTime() + 1)]
  for (const moment of good) assert.equal(tokenIsValid(key, token, moment), true)
  for (const moment of late) assert.equal(tokenIsValid(key, token, moment), false)
})

test('two tokens differ, and a token of another home is refused', () => {
  assert.notEqual(mintToken(key, now).token, token)
  assert.equal(tokenIsValid(randomKey(), token, now), false)
})

test('every change of one character is refused', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/= '
  for (let i = 0; i < token.length; i++) {
    for (const character of alphabet) {
      const changed = token.slice(0, i) + character + token.slice(i + 1)
      if (changed !== token) assert.equal(tokenIsValid(key, changed, now), false, `${i}: ${character}`)
    }
  }
})

test('what is no token is refused, and nothing throws', () => {
  for (const text of [
    '',
    'sgl_',
    token.slice(0, -1),
    `${token}A`,
    `${token}=`,
    ` ${token}`,
    token.toUpperCase(),
  ]) {
    assert.equal(tokenIsValid(key, text, now), false, text)
  }
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      (text) => !tokenIsValid(key, text, now) && !tokenIsValid(key, `sgl_${text}`, now),
    ),
  )
})

test('a token that is remembered still expires, and is forgotten with its key', () => {
  const judge = createTokenJudge()
  const own = randomKey()
  const made = mintToken(own, now)
  for (let i = 0; i < 3; i++) assert.equal(judge(own, made.token, now), true)
  assert.equal(judge(own, `${made.token.slice(0, -1)}_`, now), false)
  assert.equal(judge(own, made.token, made.expires), false)
  assert.equal(judge(randomKey(), made.token, now), false)
  assert.equal(judge(own, made.token, now), true)
  own.zero()
  assert.throws(() => judge(own, made.token, now), 'a vault that is sealed proves nothing')
})
