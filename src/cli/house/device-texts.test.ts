import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceFault, DeviceKind } from '#kernel/keys/index.ts'
import { deviceText } from './device-texts.ts'

type Of<Name extends DeviceFault['fault']> = Omit<Extract<DeviceFault, { fault: Name }>, 'fault'>

/** One of each: a fault without a line here does not compile. */
const faults: { [Name in DeviceFault['fault']]: readonly [DeviceKind, ...Of<Name>[]] } = {
  'software-absent': ['pkcs11', {}],
  'module-absent': ['pkcs11', { path: '/usr/lib/module.so' }],
  'module-unloadable': ['pkcs11', { path: '/usr/lib/module.so', reason: 'invalid ELF header' }],
  'token-absent': ['pkcs11', { token: 'sigilo', found: ['other'] }, { token: 'sigilo', found: [] }],
  'token-ambiguous': ['pkcs11', { token: 'sigilo', serials: ['1', '2'] }],
  'mechanism-absent': ['pkcs11', { token: 'sigilo' }],
  'pin-absent': ['pkcs11', {}],
  'pin-wrong': ['pkcs11', { left: 'unknown' }, { left: 'few' }, { left: 'one' }],
  'pin-locked': ['pkcs11', {}],
  'pin-last-try': ['pkcs11', {}],
  'pin-refused-before': ['pkcs11', { path: '/run/pin' }],
  'file-refused': [
    'kmip',
    ...(
      ['absent', 'unreadable', 'not-a-file', 'open-to-others', 'wrong-owner', 'not-understood'] as const
    ).map((reason) => ({ path: '/etc/sigilo/vault.key', reason })),
  ],
  'key-absent': ['kmip', { key: '17' }],
  'key-unusable': ['aws-kms', { key: 'arn:aws:kms:x', reason: 'DisabledException' }],
  'key-extractable': ['pkcs11', {}],
  unreachable: ['kmip', { where: 'kms.example:5696', seconds: 15, reason: 'ECONNREFUSED' }],
  'certificate-expired': [
    'kmip',
    { whose: 'ours', where: '/etc/sigilo/vault.pem' },
    { whose: 'theirs', where: 'kms.example:5696' },
  ],
  'certificate-untrusted': ['kmip', { where: 'kms.example:5696', reason: 'SELF_SIGNED_CERT_IN_CHAIN' }],
  'certificate-refused': ['kmip', { where: 'kms.example:5696' }],
  'access-denied': ['aws-kms', { where: 'AWS KMS mx-central-1', reason: 'AccessDeniedException' }],
  'blob-altered': ['pkcs11', {}],
  'other-house': ['pkcs11', {}],
  failed: ['pkcs11', { where: 'PKCS#11', reason: 'CKR_FUNCTION_NOT_SUPPORTED' }],
}

test('every fault of a device has a sentence of its own, in both languages, with what it is about', () => {
  const said = new Set<string>()
  for (const [fault, [kind, ...cases]] of Object.entries(faults)) {
    for (const facts of cases) {
      const refusal = { status: 'device-refused', kind, fault, ...facts } as Parameters<typeof deviceText>[0]
      const { es, en } = deviceText(refusal)
      assert.notEqual(es, en)
      for (const text of [es, en]) {
        assert.match(text, /^.{20,}\S$/su, fault)
        assert.doesNotMatch(text, /undefined|\[object|NaN/)
        assert.ok(!said.has(text), text)
        said.add(text)
        for (const fact of ['path', 'token', 'key', 'where'] as const) {
          const value = (facts as Record<string, string>)[fact]
          if (value !== undefined) assert.ok(text.includes(value), `${fault} does not say ${fact}`)
        }
      }
    }
  }
})

test('wrong ones are counted aloud from the second on', () => {
  const wrong = (count: number) =>
    deviceText({ status: 'device-refused', kind: 'pkcs11', fault: 'pin-wrong', left: 'few', wrong: count }).en
  assert.doesNotMatch(wrong(1), /in a row/)
  assert.match(wrong(4), /4 wrong in a row/)
})

test('what a row of the database or a server says moves no cursor', () => {
  const key = '17\u001b[2J\u202e'
  const said = deviceText({ status: 'device-refused', kind: 'kmip', fault: 'key-absent', key })
  for (const text of [said.es, said.en]) assert.ok(text.includes('17?[2J?'), text)
})
