import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cookieOf, setCookie } from './cookies.ts'

const https = 'https://vault.example.org'
const http = 'http://localhost:8080'

test('a cookie is this host’s own, for no script, and for no page of others', () => {
  assert.equal(
    setCookie('session', 'sgs_a', https),
    '__Host-sigilo=sgs_a; Path=/; HttpOnly; SameSite=Strict; Secure',
  )
  assert.equal(
    setCookie('device', 'b', http, 0),
    'sigilo-device=b; Path=/; HttpOnly; SameSite=Strict; Max-Age=0',
  )
})

test('of two by one name none is taken, nor one by the name that others can set', () => {
  const cases: [header: string | undefined, origin: string, want: string | undefined][] = [
    [undefined, https, undefined],
    ['__Host-sigilo=a', https, 'a'],
    ['other=1; __Host-sigilo=a;x=2', https, 'a'],
    ['__Host-sigilo-device=b', https, undefined],
    ['__Host-sigilo=a; __Host-sigilo=b', https, undefined],
    ['__Host-sigilo=', https, undefined],
    ['sigilo=a', https, undefined],
    ['sigilo=a', http, 'a'],
    ['__Host-sigilo=a', http, undefined],
    [`sigilo=a; ${'x'.repeat(9_000)}`, http, undefined],
  ]
  for (const [header, origin, want] of cases)
    assert.equal(cookieOf(header, 'session', origin), want, String(header))
})
