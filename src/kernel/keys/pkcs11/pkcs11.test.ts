import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { keyedHash, randomUuid, type SealKey } from '#kernel/crypto/index.ts'
import { setVariables } from '#test/kit/environment.ts'
import { noToken, countingToken, softToken } from '#test/kit/token.ts'
import { lookAtTokens } from './look.ts'
import { pkcs11Opener } from './opener.ts'
import type { Pkcs11Secret } from './place.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

const print = (key: SealKey): string => Buffer.from(keyedHash(key, 'print')).toString('hex')

test('a token of SoftHSM2 keeps the key', { skip: noToken }, async (t) => {
  const token = await softToken(t)
  setVariables(token.variables)
  const { module, label, pin } = token
  const place = { house: randomUuid(), module, token: label }
  const secret: Pkcs11Secret = { kind: 'pkcs11', place, pin }
  const made = await pkcs11Opener.create(secret)
  assert.equal(made.status, 'ok', JSON.stringify(made))
  if (made.status !== 'ok') return
  const { parameters } = made

  const faultOf = async (brought: Pkcs11Secret, stored = parameters): Promise<string> => {
    const found = await pkcs11Opener.key(brought, stored)
    return found.status === 'device-refused' ? found.fault : found.status
  }

  await t.test('it opens what it sealed, and each opener has a key of its own', async () => {
    const opened = await pkcs11Opener.key(secret, parameters)
    assert.equal(opened.status, 'ok')
    if (opened.status === 'ok') assert.equal(print(opened.key), print(made.key))
    const another = await pkcs11Opener.create(secret)
    if (another.status === 'ok') assert.notEqual(print(another.key), print(made.key))
  })

  await t.test('by its serial number too', async () => {
    const seen = await lookAtTokens(module)
    assert.equal(seen.status, 'seen')
    if (seen.status !== 'seen') return
    const serial = seen.tokens.find((each) => each.label === label)?.serial ?? ''
    assert.equal(await faultOf({ ...secret, place: { ...place, token: serial } }), 'ok')
  })

  await t.test('parameters hold the key id and the blob, and nothing of where they are', () => {
    const stored = JSON.parse(parameters)
    assert.deepEqual(Object.keys(stored).toSorted(), ['blob', 'house', 'key', 'nonce'])
    assert.ok(!parameters.includes(module) && !parameters.includes(pin))
  })

  await t.test('what whoever writes the database may have put there', async () => {
    const stored = JSON.parse(parameters)
    const changed = (change: object) => faultOf(secret, JSON.stringify({ ...stored, ...change }))
    const other = (text: string) => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`)
    assert.equal(await changed({ blob: other(stored.blob) }), 'blob-altered')
    assert.equal(await changed({ nonce: other(stored.nonce) }), 'blob-altered')
    assert.equal(await changed({ house: randomUuid() }), 'other-house')
    assert.equal(await changed({ key: '00'.repeat(16) }), 'key-absent')
    for (const damaged of [
      { key: '../x' },
      { key: 7 },
      { blob: '' },
      { nonce: 7 },
      { blob: 'A'.repeat(9000) },
    ]) {
      assert.equal(await changed(damaged), 'opener-unreadable', JSON.stringify(damaged))
    }
    assert.equal(await faultOf(secret, 'null'), 'opener-unreadable')
    assert.equal(await faultOf(secret, '{'), 'opener-unreadable')
  })

  await t.test('a row of another house does not open in this one, with the same token and PIN', async () => {
    const elsewhere = { ...secret, place: { ...place, house: randomUuid() } }
    assert.equal(await faultOf(elsewhere), 'other-house')
    // Nor where the row was made to say that it belongs here: the token's AES-GCM binds the house.
    const moved = JSON.stringify({ ...JSON.parse(parameters), house: elsewhere.place.house })
    assert.equal(await faultOf(elsewhere, moved), 'blob-altered')
  })

  const faults: [string, Partial<Pkcs11Secret['place']>, string][] = [
    ['no such token', { token: 'absent' }, 'token-absent'],
    ['no such module', { module: '/nonexistent/module.so' }, 'module-absent'],
    ['a file that is no library', { module: '/etc/passwd' }, 'module-unloadable'],
    ['a library that is no PKCS#11', { module: process.execPath }, 'module-unloadable'],
  ]
  for (const [what, change, fault] of faults) {
    await t.test(what, async () => {
      assert.equal(await faultOf({ ...secret, place: { ...place, ...change } }), fault)
    })
  }

  await t.test('a PIN in a file: closed to others, and no link', async () => {
    const pinFile = await token.file('pin', `${pin}\n`)
    const unattended: Pkcs11Secret = { kind: 'pkcs11', place: { ...place, pinFile } }
    assert.equal(await faultOf(unattended), 'ok')
    await chmod(pinFile, 0o640)
    assert.equal(await faultOf(unattended), 'file-refused')
    await chmod(pinFile, 0o600)
    await symlink(pinFile, `${pinFile}.link`)
    assert.equal(
      await faultOf({ kind: 'pkcs11', place: { ...place, pinFile: `${pinFile}.link` } }),
      'file-refused',
    )
    assert.equal(
      await faultOf({ kind: 'pkcs11', place: { ...place, pinFile: '/nonexistent' } }),
      'file-refused',
    )
    const empty = await token.file('empty', '\n')
    assert.equal(await faultOf({ kind: 'pkcs11', place: { ...place, pinFile: empty } }), 'file-refused')
    assert.equal(await faultOf({ kind: 'pkcs11', place }), 'pin-absent')
  })

  await t.test('after a wrong PIN, nobody being there, none is tried', async () => {
    assert.equal(await faultOf({ ...secret, pin: '999999' }), 'pin-wrong')
    const pinFile = await token.file('pin', pin)
    const unattended: Pkcs11Secret = { kind: 'pkcs11', place: { ...place, pinFile } }
    assert.equal(await faultOf(unattended), 'pin-last-try')
    assert.equal(await faultOf({ ...unattended, attended: true }), 'ok')
    assert.equal(await faultOf(unattended), 'ok')
  })

  await t.test('the token taken out, and put back', async () => {
    await token.leave()
    assert.equal(await faultOf(secret), 'token-absent')
    await token.comeBack()
    assert.equal(await faultOf(secret), 'ok')
  })

  await t.test('the key destroyed in the token', async () => {
    await token.destroyKeys()
    assert.equal(await faultOf(secret), 'key-absent')
  })
})

test('a token that counts wrong PINs, as hardware does', { skip: noToken }, async (t) => {
  const token = await countingToken(t)
  setVariables(token.variables)
  const { module, label, pin } = token
  const place = { house: randomUuid(), module, token: label, timeoutSeconds: 4 }
  const secret: Pkcs11Secret = { kind: 'pkcs11', place, pin }
  const made = await pkcs11Opener.create(secret)
  assert.equal(made.status, 'ok', JSON.stringify(made))
  if (made.status !== 'ok') return
  const tried = (brought: Pkcs11Secret) => pkcs11Opener.key(brought, made.parameters)

  await t.test('a module that hangs is ended after the time that is said', async () => {
    await token.misbehave('hang')
    const before = performance.now()
    const found = await tried(secret)
    assert.ok(performance.now() - before < 20_000)
    assert.deepEqual(found, {
      status: 'device-refused',
      kind: 'pkcs11',
      fault: 'unreachable',
      where: module,
      seconds: 4,
      reason: 'no answer',
    })
  })

  await t.test(
    'where whoever asked is killed meanwhile, the process that hangs ends all the same',
    async () => {
      const program = fileURLToPath(new URL('process.ts', import.meta.url))
      const child = fork(program, [], { execArgv: [], serialization: 'advanced' })
      const bytes = new Uint8Array(12)
      const asked = { module, token: label, seconds: 1, pin, attended: true, keyId: bytes, nonce: bytes }
      child.send({ act: 'open', ...asked, place: bytes, blob: new Uint8Array(48) })
      child.disconnect()
      const [, signal] = await once(child, 'exit')
      assert.equal(signal, 'SIGKILL')
    },
  )

  await t.test('a module that crashes takes nothing with it', async () => {
    await token.misbehave('crash')
    const found = await tried(secret)
    assert.equal(found.status === 'device-refused' && found.fault, 'failed')
    await token.misbehave('no')
    assert.equal((await tried(secret)).status, 'ok')
  })

  for (const how of ['close-fails', 'close-hangs', 'info-fails'] as const) {
    await t.test(`${how}: that a PIN was wrong is known and noted, and that one was right`, async () => {
      const pinFile = await token.file('pin', '000000')
      const refusedFile = await token.file('refused', '')
      const patient = { ...place, timeoutSeconds: 60 }
      const alone: Pkcs11Secret = { kind: 'pkcs11', place: { ...patient, pinFile }, refusedFile }
      await token.misbehave(how)
      const wrong = await tried(alone)
      assert.equal(wrong.status === 'device-refused' && wrong.fault, 'pin-wrong', JSON.stringify(wrong))
      const again = await tried(alone)
      assert.equal(again.status === 'device-refused' && again.fault, 'pin-refused-before')
      if (how === 'info-fails') await token.misbehave('no')
      assert.equal((await tried({ ...secret, place: patient })).status, 'ok')
      await token.misbehave('no')
    })
  }

  await t.test('it says how many tries are left, and then that it is locked', async () => {
    const left = async () => {
      const found = await tried({ ...secret, pin: '000000' })
      assert.equal(found.status, 'device-refused')
      return found.status === 'device-refused' && found.fault === 'pin-wrong' ? found.left : 'locked'
    }
    assert.deepEqual([await left(), await left()], ['few', 'one'])
    const pinFile = await token.file('pin', pin)
    const alone: Pkcs11Secret = { kind: 'pkcs11', place: { ...place, pinFile } }
    for (let restart = 0; restart < 5; restart++) {
      const found = await tried(alone)
      assert.equal(found.status === 'device-refused' && found.fault, 'pin-last-try')
    }
    assert.equal(await left(), 'locked')
    const found = await tried(secret)
    assert.equal(found.status === 'device-refused' && found.fault, 'pin-locked')
  })
})

test('a PIN file that was wrong is not tried by the next start', { skip: noToken }, async (t) => {
  const token = await countingToken(t)
  // A token that tells nothing of its counter: only what we noted ourselves holds us back.
  setVariables({ ...token.variables, COUNTING_TOKEN_STATE: '/nonexistent/state' })
  const { module, label, pin } = token
  const place = { house: randomUuid(), module, token: label }
  const made = await pkcs11Opener.create({ kind: 'pkcs11', place, pin })
  assert.equal(made.status, 'ok', JSON.stringify(made))
  if (made.status !== 'ok') return
  const refusedFile = `${await token.file('note', '')}.refused`
  const pinFile = await token.file('pin', '999999')
  const alone: Pkcs11Secret = { kind: 'pkcs11', place: { ...place, pinFile }, refusedFile }
  const faults: string[] = []
  for (let restart = 0; restart < 3; restart++) {
    const found = await pkcs11Opener.key(alone, made.parameters)
    faults.push(found.status === 'device-refused' ? found.fault : found.status)
  }
  assert.deepEqual(faults, ['pin-wrong', 'pin-refused-before', 'pin-refused-before'])
  await token.file('pin', pin)
  assert.equal((await pkcs11Opener.key(alone, made.parameters)).status, 'ok')
})

test('without pkcs11js it says so', async (t) => {
  // The same program where no package is in reach: pkcs11js is optional, and compiles where it is installed.
  const folder = temporaryFolder(t, 'sigilo-pkcs11-')
  const program = join(folder, 'process.ts')
  await copyFile(new URL('process.ts', import.meta.url), program)
  const child = fork(program, [], { execArgv: [], serialization: 'advanced' })
  child.send({ act: 'look', seconds: 5, module: '/usr/lib/softhsm/libsofthsm2.so' })
  const [answer] = await once(child, 'message')
  assert.deepEqual(answer, { status: 'refused', fault: 'software-absent' })
})
