/** Time stamps of a real authority, openssl(1)'s, and what is not one. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { randomBytes } from '#kernel/crypto/index.ts'
import { noAuthority, testAuthority } from '#test/kit/certificates.ts'
import { runProgram } from '#test/kit/installed.ts'
import { timeStampAuthority, type TimeStampAuthority } from '#test/kit/timestamps.ts'
import { der, derInteger, derOid, NotDer, oidOf, readDer, tags } from './der.ts'
import { checkTimeStamp, timeStampRequest } from './timestamp.ts'

const data = Buffer.from('a checkpoint\n')

test('the authority’s answers', { skip: noAuthority }, async (t) => {
  let authority: TimeStampAuthority
  let authorities: string
  const nonce = randomBytes(16)
  const request = timeStampRequest(data, nonce)
  before(async () => {
    authority = await timeStampAuthority(t)
    authorities = await readFile(authority.ca, 'utf8')
  })

  await t.test('one that is as it should be', async () => {
    const response = await authority.reply(request)
    const stamp = checkTimeStamp(response, { data, nonce, authorities })
    assert(stamp.status === 'ok')
    assert.equal(stamp.trusted, true)
    assert.equal(stamp.authority, 'CN=stamps')
    assert.ok(Math.abs(stamp.timeMs - Date.now()) < 600_000)
    assert.equal(checkTimeStamp(response, { data, nonce }).status, 'ok')
  })

  await t.test('openssl(1) agrees', async () => {
    const at = (name: string) => join(authority.folder, name)
    await writeFile(at('data'), data)
    await writeFile(at('it.tsr'), await authority.reply(request))
    const words = ['ts', '-verify', '-data', at('data'), '-in', at('it.tsr'), '-CAfile', authority.ca]
    assert.match(await runProgram('openssl', words), /Verification: OK/)
  })

  await t.test('of another authority: it holds, and is not trusted', async (scope) => {
    const other = await testAuthority(scope)
    const stamp = checkTimeStamp(await authority.reply(request), {
      data,
      nonce,
      authorities: await readFile(other.ca, 'utf8'),
    })
    assert(stamp.status === 'ok')
    assert.equal(stamp.trusted, false)
  })

  await t.test('of a certificate that is over', async () => {
    const stamp = checkTimeStamp(await authority.reply(request, 'expired'), { data, nonce, authorities })
    assert(stamp.status === 'ok')
    assert.equal(stamp.trusted, false)
  })

  await t.test('of other bytes, of another request', async () => {
    const response = await authority.reply(request)
    const wrong = (given: Parameters<typeof checkTimeStamp>[1]) => checkTimeStamp(response, given)
    assert.deepEqual(wrong({ data: Buffer.from('b'), nonce }), {
      status: 'wrong',
      reason: 'it is of other bytes',
    })
    assert.deepEqual(wrong({ data, nonce: randomBytes(16) }), {
      status: 'wrong',
      reason: 'it is not of this request',
    })
  })

  await t.test('refused', async () => {
    const other = Buffer.from(request)
    // The hash's name becomes one that nobody knows.
    const at = other.indexOf(derOid('2.16.840.1.101.3.4.2.1'))
    other[at + 10] = 0x7f
    assert.deepEqual(checkTimeStamp(await authority.reply(other), { data, nonce }), {
      status: 'rejected',
      code: 2,
    })
  })

  await t.test('each byte altered: never one that is trusted', async () => {
    const response = await authority.reply(request)
    const good = checkTimeStamp(response, { data, nonce, authorities })
    let unharmed = 0
    for (let at = 0; at < response.length; at += 1) {
      const altered = Buffer.from(response)
      altered[at]! ^= 1 << (at % 8)
      const stamp = checkTimeStamp(altered, { data, nonce, authorities })
      if (stamp.status !== 'ok' || !stamp.trusted) continue
      // What is outside of all signatures: the signer's name beside its certificate, say. The time is the same.
      assert.deepEqual(stamp, good)
      unharmed++
    }
    assert.ok(unharmed < response.length / 2, `${unharmed} of ${response.length}`)
    for (let end = 0; end < response.length; end += 7)
      assert.equal(checkTimeStamp(response.subarray(0, end), { data, nonce }).status, 'wrong')
  })
})

test('DER has one form of each value', () => {
  for (const hex of ['3080', '308100', '30820001ff', '02', '0202ff', '1f0101', '30840000000101']) {
    assert.throws(() => readDer(Buffer.from(hex, 'hex')), NotDer, hex)
  }
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const whole = der(tags.bytes, Buffer.alloc(length))
    assert.equal(readDer(whole).value.length, length)
  }
  assert.deepEqual(Buffer.from(derInteger(Buffer.from([0, 0, 0x80]))), Buffer.from('02020080', 'hex'))
  for (const oid of ['2.16.840.1.101.3.4.2.1', '1.2.840.113549.1.7.2', '0.0', '2.999.3']) {
    assert.equal(oidOf(readDer(derOid(oid))), oid)
  }
})
