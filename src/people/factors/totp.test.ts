import assert from 'node:assert/strict'
import { test } from 'node:test'
import { totpOffer, totpStep } from './totp.ts'

// RFC 6238, Appendix B, SHA-1: the last six of its eight digits, and the step in which each is good.
const secret = Buffer.from('12345678901234567890')
const vectors: [number, string, number][] = [
  [59, '287082', 0x1],
  [1_111_111_109, '081804', 0x23523ec],
  [1_111_111_111, '050471', 0x23523ed],
  [1_234_567_890, '005924', 0x273ef07],
  [2_000_000_000, '279037', 0x3f940aa],
  [20_000_000_000, '353130', 0x27bc86aa],
]

test('the codes of RFC 6238, in their step, in the one before and the one after, and in no other', async () => {
  for (const [seconds, code, step] of vectors) {
    for (const [late, want] of [
      [0, step],
      [-30, step],
      [30, step],
      [-60, undefined],
      [60, undefined],
    ] as const)
      assert.equal(await totpStep(secret, code, seconds + late), want, `${seconds} ${late}`)
  }
})

test('what is no code is none', async () => {
  for (const code of ['', '28708', '2870820', '94287082', ' 287082', '28708a', '２８７０８２', '-87082'])
    assert.equal(await totpStep(secret, code, 59), undefined, code)
})

test('an offer has 160 bits, and is what apps read', async () => {
  const { secret: made, base32, uri } = await totpOffer('ana.ruiz@hospital.example')
  assert.equal(made.length, 20)
  assert.match(base32, /^[A-Z2-7]{32}$/)
  const url = new URL(uri)
  assert.deepEqual([url.protocol, url.host], ['otpauth:', 'totp'])
  assert.deepEqual(
    ['secret', 'issuer', 'algorithm', 'digits', 'period'].map((name) => url.searchParams.get(name)),
    [base32, 'Sigilo', 'SHA1', '6', '30'],
  )
})
