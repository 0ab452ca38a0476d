/** What is taken for an answer of a passkey, and what is not. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { randomUuid } from '#kernel/crypto/index.ts'
import {
  otherKey,
  softAuthenticator,
  type Otherwise,
  type SoftAuthenticator,
} from '#test/kit/authenticator.ts'
import { byPassword, Neighbourhood, origin, signingIn, thumbprint } from '#test/kit/enrolled.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import type { Proof } from './index.ts'

const ends: (() => unknown)[] = []
after(async () => {
  for (const end of ends.toReversed()) await end()
})

let vault: TestVault
let there: Neighbourhood

before(async () => {
  vault = await testVault({ after: (end) => void ends.push(end) })
  there = new Neighbourhood(vault)
})

describe('a passkey', () => {
  for (const algorithm of ['ES256', 'EdDSA'] as const)
    test(`signs in by itself, ${algorithm}`, async () => {
      const ana = await there.enrolled({ algorithm })
      const proven = await there.house.factors.verify(await there.byPasskey(ana), signingIn)
      assert.ok(proven.status === 'verified')
      assert.deepEqual([proven.account.id, proven.method], [ana.id, 'passkey'])
      assert.equal(proven.account.factors.passkeys[0]?.label, 'Llave azul')
    })

  test('options name no login’s passkeys, and ask for whoever holds it', async () => {
    const asked = await there.house.factors.passkeyOptions(origin, { purpose: 'sign-in', thumbprint })
    assert.deepEqual(asked?.options.allowCredentials, undefined)
    assert.equal(asked?.options.userVerification, 'required')
    assert.equal(asked?.options.rpId, 'vault.example.org')
    for (const address of ['https://192.0.2.7', 'http://127.0.0.1:8080', 'https://[::1]:8443']) {
      assert.equal(
        await there.house.factors.passkeyOptions(address, { purpose: 'sign-in' }),
        undefined,
        address,
      )
      const owner = { id: randomUuid(), login: 'a', name: 'A', passkeys: [] }
      assert.equal(await there.house.factors.registrationOptions(address, owner), undefined, address)
    }
  })

  const wrong: { name: string; otherwise: Otherwise; want?: string }[] = [
    { name: 'of a page of another origin', otherwise: { origin: 'https://vault.example.org.evil.example' } },
    { name: 'of this host without TLS', otherwise: { origin: 'http://vault.example.org' } },
    { name: 'of another RP ID', otherwise: { rpId: 'example.org' } },
    { name: 'without whoever holds it being verified', otherwise: { isVerified: false } },
    { name: 'without anybody being there', otherwise: { isPresent: false } },
    {
      name: 'to a challenge of its own',
      otherwise: { challenge: Buffer.alloc(32, 7).toString('base64url') },
    },
    { name: 'within a page of another', otherwise: { crossOrigin: true } },
    { name: 'with another origin on top', otherwise: { topOrigin: 'https://evil.example' } },
    { name: 'which was made to register', otherwise: { type: 'webauthn.create' } },
    { name: 'by another key', otherwise: { key: otherKey() } },
    { name: 'of a passkey that says it is another kind', otherwise: { isBackedUp: false } },
    { name: 'that names nobody', otherwise: { userHandle: null }, want: 'no-such-account' },
    {
      name: 'that names nobody known',
      otherwise: { userHandle: 'AAAAAAAAAAAAAAAAAAAAAA' },
      want: 'no-such-account',
    },
    { name: 'that names what is no id', otherwise: { userHandle: 'YW5h' }, want: 'no-such-account' },
  ]
  for (const { name, otherwise, want = 'wrong-assertion' } of wrong)
    test(`an answer ${name} is none`, async () => {
      assert.equal(await there.tried(there.byPasskey(await there.enrolled(), otherwise)), want)
    })

  test('somebody else’s passkey under one’s own name, and one’s own under another’s, are none', async () => {
    const [ana, eva] = [await there.enrolled(), await there.enrolled()]
    const handle = Buffer.from(eva.id.replaceAll('-', ''), 'hex').toString('base64url')
    assert.equal(await there.tried(there.byPasskey(ana, { userHandle: handle })), 'no-such-passkey')
    const proof = await there.byPasskey(ana, { userHandle: handle })
    assert.ok(proof.kind === 'passkey')
    const renamed = { ...proof.response, id: eva.key.id, rawId: eva.key.id }
    assert.equal(await there.tried({ ...proof, response: renamed }), 'wrong-assertion')
  })

  test('a challenge is answered once, by whoever comes first, in all processes', async () => {
    const ana = await there.enrolled()
    const asked = (await there.house.factors.passkeyOptions(origin, { purpose: 'sign-in', thumbprint }))!
    const answers = Array.from({ length: 10 }, () => ana.key.get(asked.options))
    const elsewhere = await there.another()
    const tries = await Promise.all(
      [...answers, answers[0]!].map((response, n) =>
        there.tried({ kind: 'passkey', flow: asked.flow, response }, {}, n % 2 ? there.house : elsewhere),
      ),
    )
    assert.deepEqual(tries.toSorted(), ['passkey', ...Array.from({ length: 10 }, () => 'used-flow')])
    assert.equal(
      await there.tried({ kind: 'passkey', flow: asked.flow, response: ana.key.get(asked.options) }),
      'used-flow',
    )
  })

  test('a flow is of one browser, one purpose, one account, five minutes, and ours', async () => {
    const ana = await there.enrolled()
    assert.equal(await there.tried(there.byPasskey(ana), { thumbprint: 'another' }), 'flow')
    const { thumbprint: _, ...unbound } = signingIn
    const anyBrowser = await there.house.factors.verify(await there.byPasskey(ana), unbound)
    assert.equal(anyBrowser.status, 'refused')
    assert.equal(await there.tried(there.byPasskey(ana), { purpose: 'step-up' }), 'flow')
    assert.equal(await there.tried(there.byPasskey(ana), { account: ana.id }), 'flow')
    const proof = await there.byPasskey(ana)
    assert.ok(proof.kind === 'passkey')
    const altered = `${proof.flow.slice(0, 40)}${proof.flow[40] === 'A' ? 'B' : 'A'}${proof.flow.slice(41)}`
    for (const flow of [altered, '', 'x', proof.flow.slice(0, -4), 'A'.repeat(900), 'A'.repeat(9_000)])
      assert.equal(await there.tried({ ...proof, flow }), 'flow')
    assert.equal(await there.tried(proof), 'passkey', 'it is good as it is')
  })

  test('a flow that has ended begins no more where the clock is set back', async () => {
    const ana = await there.enrolled()
    const clocked = await there.another()
    const asked = (await clocked.factors.passkeyOptions(origin, {
      purpose: 'sign-in',
      thumbprint,
    }))!
    const proof: Proof = { kind: 'passkey', flow: asked.flow, response: ana.key.get(asked.options) }
    there.aheadMs = 301_000
    const late = await there.tried(proof, {}, clocked)
    there.aheadMs = 0
    assert.deepEqual([late, await there.tried(proof, {}, clocked)], ['flow', 'flow'])
  })

  test('one that counts back is there twice: it counts no more, sessions end, the person is told', async () => {
    const ana = await there.enrolled({ counts: true })
    const thief = ana.key.clone()
    assert.equal(await there.tried(there.byPasskey(ana)), 'passkey')
    assert.equal(await there.tried(there.byPasskey(ana)), 'passkey')
    assert.equal(await there.tried(there.byPasskey({ key: thief })), 'cloned-passkey')
    assert.equal(await there.tried(there.byPasskey(ana)), 'suspended-passkey', 'whoever it was')
    const { value } = (await there.house.accounts.find(ana.id))!
    assert.equal(value.generation, 2)
    assert.equal(value.notices.at(-1)?.kind, 'passkey-cloned')
    assert.ok(value.factors.passkeys[0]?.suspendedAt)
    assert.equal(await there.tried(byPassword(ana, ana.code(1))), 'password-totp', 'the other way stays')
  })

  test('what was signed before, sent again, does not look like a clone', async () => {
    const ana = await there.enrolled({ counts: true })
    const first = await there.byPasskey(ana)
    assert.equal(await there.tried(first), 'passkey')
    assert.equal(await there.tried(there.byPasskey(ana)), 'passkey')
    assert.equal(await there.tried(first), 'used-flow')
    assert.equal(await there.tried(there.byPasskey(ana)), 'passkey')
  })

  test('of two that say the same number at the same moment one is a clone', async () => {
    const ana = await there.enrolled({ counts: true })
    const proofs = await Promise.all([
      there.byPasskey(ana),
      there.byPasskey({ key: ana.key.clone() }, { counter: 2 }),
    ])
    const elsewhere = await there.another()
    const tries = await Promise.all(
      proofs.map((proof, n) => there.tried(proof, {}, n ? there.house : elsewhere)),
    )
    assert.deepEqual(tries.toSorted(), ['cloned-passkey', 'passkey'])
  })
})

describe('registering a passkey', () => {
  const registering = async (setting = { account: randomUuid(), thumbprint }) => {
    const owner = { id: setting.account, login: 'eva', name: 'Eva', passkeys: [] }
    return { setting, ...(await there.house.factors.registrationOptions(origin, owner, setting.thumbprint))! }
  }

  test('asks for one that knows who holds it and whose account it is, and for no attestation', async () => {
    const { options } = await registering()
    assert.equal(options.attestation, 'none')
    assert.equal(options.authenticatorSelection?.userVerification, 'required')
    assert.equal(options.authenticatorSelection?.residentKey, 'required')
    assert.deepEqual(
      options.pubKeyCredParams.map(({ alg }) => alg),
      [-8, -7, -257],
    )
    const ana = await there.enrolled()
    const { value } = (await there.house.accounts.find(ana.id))!
    const again = await there.house.factors.registrationOptions(origin, {
      ...value,
      passkeys: value.factors.passkeys,
    })
    assert.deepEqual(
      again?.options.excludeCredentials?.map(({ id }) => id),
      [ana.key.id],
    )
  })

  const refused: { name: string; otherwise: Otherwise }[] = [
    { name: 'without whoever holds it being verified', otherwise: { isVerified: false } },
    { name: 'for another RP ID', otherwise: { rpId: 'evil.example' } },
    { name: 'on a page of another origin', otherwise: { origin: 'https://evil.example' } },
    { name: 'within a page of another', otherwise: { crossOrigin: true } },
    { name: 'to another challenge', otherwise: { challenge: 'AAAA' } },
    { name: 'which was made to sign in', otherwise: { type: 'webauthn.get' } },
    {
      name: 'with certificates that say where to fetch more',
      otherwise: { certificate: new Uint8Array(300) },
    },
  ]
  for (const { name, otherwise } of refused)
    test(`one ${name} is refused`, async () => {
      const { setting, flow, options } = await registering()
      const response = softAuthenticator(origin).create(options, otherwise)
      assert.deepEqual(
        await there.house.factors.readPasskey(origin, { flow, response, label: '' }, setting),
        {
          status: 'refused',
        },
      )
    })

  test('a challenge registers one, in this browser, for this account', async () => {
    const { setting, flow, options } = await registering()
    const read = (response: ReturnType<SoftAuthenticator['create']>, more = {}) =>
      there.house.factors.readPasskey(origin, { flow, response, label: '' }, { ...setting, ...more })
    const made = softAuthenticator(origin).create(options)
    assert.equal((await read(made, { account: randomUuid() })).status, 'refused')
    assert.equal((await read(made, { thumbprint: 'another' })).status, 'refused')
    assert.equal((await read(made)).status, 'ok')
    assert.equal((await read(made)).status, 'refused')
    assert.equal((await read(softAuthenticator(origin).create(options))).status, 'refused')
  })

  test('a flow to register is none to sign in with', async () => {
    const ana = await there.enrolled()
    const { flow, options } = await registering({ account: ana.id, thumbprint })
    const request = { challenge: options.challenge, rpId: 'vault.example.org' }
    assert.equal(await there.tried({ kind: 'passkey', flow, response: ana.key.get(request) }), 'flow')
  })
})
