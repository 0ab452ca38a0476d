import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { randomUuid } from '#kernel/crypto/index.ts'
import { findHome, makeHomeDirectory, writeHomeRecord, type HomeRecord } from './home.ts'
import { lockHome } from './lock.ts'
import { placeOf } from './places.ts'
import { assertNotPlanted, controlSocketPath, makeRuntimeDirectory } from './runtime.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

const record: HomeRecord = {
  format: 1,
  kind: 'demo',
  opener: 'key-file',
  database: 'embedded',
  state: 'ready',
  demo: { made: '2026-11-23', patients: 60, renewed: '2026-12-01' },
}

function directory(t: TestContext): string {
  const path = temporaryFolder(t, 'sigilo-home-')
  return path
}

test('a home is found again as it was written, by any of its names', (t) => {
  const path = join(directory(t), 'v')
  assert.deepEqual(findHome(path), { status: 'absent' })
  const real = makeHomeDirectory(path)
  assert.equal(statSync(path).mode & 0o777, 0o700)
  assert.deepEqual(findHome(path), { status: 'absent' })
  writeHomeRecord(real, record)
  assert.deepEqual(findHome(path), { status: 'ok', home: { path: real, record } })
  symlinkSync(path, `${path}-link`)
  assert.deepEqual(findHome(`${path}-link`), { status: 'ok', home: { path: real, record } })
  assert.deepEqual(readdirSync(path), ['home.json'])
  assert.equal(statSync(join(path, 'home.json')).mode & 0o777, 0o600)
})

test('a directory that was open to others is closed; the way in for the group stays', (t) => {
  const path = directory(t)
  for (const [before, after] of [
    [0o755, 0o700],
    [0o770, 0o700],
    [0o710, 0o710],
  ] as const) {
    chmodSync(path, before)
    makeHomeDirectory(path)
    assert.equal(statSync(path).mode & 0o777, after)
  }
})

const damaged: [text: string, reason: RegExp][] = [
  ['', /JSON/],
  ['null', /format/],
  ['[]', /format/],
  ['{"format":2}', /format 2 > 1/],
  [JSON.stringify({ ...record, kind: 'trial' }), /kind: "trial"/],
  [JSON.stringify({ ...record, opener: 'none' }), /opener/],
  [JSON.stringify({ ...record, database: undefined }), /database: undefined/],
  [JSON.stringify({ ...record, state: 1 }), /state: 1/],
  [JSON.stringify({ ...record, changing: {} }), /changing.id/],
  [
    JSON.stringify({ ...record, changing: { id: randomUuid(), places: { kmip: {} } } }),
    /changing.places.kmip/,
  ],
  [JSON.stringify({ ...record, demo: { made: '2026-11-23' } }), /demo: \{"made"/],
  [JSON.stringify({ ...record, demo: { made: 'today', patients: 60 } }), /demo/],
  [JSON.stringify({ ...record, demo: { made: '2026-11-23', patients: 60, renewed: 7 } }), /demo/],
]

test('a record that cannot be understood is never taken for a home, nor for none', (t) => {
  const path = directory(t)
  for (const [text, reason] of damaged) {
    writeFileSync(join(path, 'home.json'), text)
    const found = findHome(path)
    assert.equal(found.status, 'unreadable', text)
    assert.match(found.status === 'unreadable' ? found.reason : '', reason)
  }
})

test('a directory with data and no record is foreign: nothing is made over it', (t) => {
  const path = directory(t)
  mkdirSync(join(path, 'postgres'))
  assert.deepEqual(findHome(path), { status: 'foreign', found: join(path, 'postgres') })
})

test('a home has one holder at a time', (t) => {
  const path = directory(t)
  const first = lockHome(path)
  assert.ok(first)
  assert.equal(lockHome(path), undefined)
  first.release()
  const second = lockHome(path)
  assert.ok(second)
  second.release()
  assert.deepEqual(readdirSync(path), ['lock'])
})

test('a lock that nobody refers to any more is still held against other processes', (t) => {
  const path = directory(t)
  lockHome(path)
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  assert.ok(typeof collect === 'function')
  collect()
  const module = JSON.stringify(new URL('lock.ts', import.meta.url).href)
  const script = `import(${module}).then(({ lockHome }) => console.log(lockHome(${JSON.stringify(path)})))`
  assert.equal(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }), 'undefined\n')
})

test('the control socket fits in a socket address, and each home has its own', (t) => {
  assert.equal(controlSocketPath('/v'), '/v/run/control.sock')
  const long = `/${'x'.repeat(120)}`
  const paths = [long, `${long}y`].map(controlSocketPath)
  for (const path of paths) assert.ok(Buffer.byteLength(path) <= 107, path)
  assert.notEqual(paths[0], paths[1])

  const parent = directory(t)
  const planted = join(parent, 'planted')
  symlinkSync(parent, planted)
  assert.throws(() => makeRuntimeDirectory(planted), /another user or is no directory/)
  makeRuntimeDirectory(join(parent, 'own'))
  assert.equal(statSync(join(parent, 'own')).mode & 0o777, 0o700)
})

test('the key of a KMS goes in the clear to this machine alone', () => {
  const place = {
    house: '0'.repeat(36),
    region: 'mx-central-1',
    key: 'alias/a',
    credentials: 'instance-role',
  }
  const isTaken = (endpoint: string) => placeOf('aws-kms', { ...place, endpoint }).status === 'ok'
  for (const endpoint of ['https://kms.example', 'http://localhost:8', 'http://127.0.0.1', 'http://[::1]:8'])
    assert.ok(isTaken(endpoint), endpoint)
  for (const endpoint of [
    'http://localhost.example.org',
    'http://127.example.org',
    'http://127.0.0.1.example.org',
    'http://localhost@example.org',
    'http://10.0.0.1',
    'ftp://localhost',
  ])
    assert.ok(!isTaken(endpoint), endpoint)
})

test('a socket that another user may have planted is told nothing', (t) => {
  const shared = directory(t)
  chmodSync(shared, 0o1777)
  const near = join(shared, 'home', 'run', 'control.sock')
  const far = join(shared, 'sigilo-0123-control', 'control.sock')
  // Nobody has made them.
  assertNotPlanted(far)
  makeRuntimeDirectory(join(shared, 'home', 'run'))
  makeRuntimeDirectory(join(shared, 'sigilo-0123-control'))
  for (const path of [near, far]) assertNotPlanted(path)
  // As another user can: a link to a directory of ours, and, where we may give one away, a directory of theirs.
  symlinkSync(join(shared, 'home', 'run'), join(shared, 'sigilo-4567-control'))
  assert.throws(() => assertNotPlanted(join(shared, 'sigilo-4567-control', 'control.sock')), /another user/)
  if (process.getuid?.() !== 0) return
  chownSync(join(shared, 'sigilo-0123-control'), 65_534, 65_534)
  assert.throws(() => assertNotPlanted(far), /another user/)
})

test('a home that another user laid out is not taken for ours', { skip: process.getuid?.() !== 0 }, (t) => {
  const path = join(directory(t), '.sigilo')
  const real = makeHomeDirectory(path)
  writeHomeRecord(real, record)
  const file = join(path, 'home.json')
  chownSync(file, 65_534, 65_534)
  assert.deepEqual(findHome(path), { status: 'not-ours', found: file, owner: 65_534 })
  // A link of theirs to a record of ours: their socket would be asked with our words.
  const ours = join(directory(t), 'ours')
  writeHomeRecord(makeHomeDirectory(ours), record)
  rmSync(file)
  symlinkSync(join(ours, 'home.json'), file)
  lchownSync(file, 65_534, 65_534)
  assert.equal(findHome(path).status, 'not-ours')
  assert.equal(findHome(ours).status, 'ok')
})

test(
  'a home that is closed to who looks is told to be of another user',
  { skip: process.getuid?.() !== 0 },
  (t) => {
    const path = makeHomeDirectory(directory(t))
    const script = `
    import { findHome } from '${new URL('home.ts', import.meta.url).href}'
    process.setuid(65534)
    console.log(JSON.stringify(findHome(process.argv[1])))`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', script, path])
    assert.deepEqual(JSON.parse(String(said)), { status: 'not-ours', found: path, owner: 0 })
  },
)
