import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checks } from './checks.ts'
import type { Facts } from './facts.ts'

const uid = 1000
const file = { path: '/v/opener.key', mode: 0o600, owner: 0, isFile: true, bytes: 32 }
const database = {
  version: 180_004,
  versionText: '18.4',
  superuser: false,
  bypassesRowSecurity: false,
  createsRoles: false,
  fsync: true,
  fullPageWrites: true,
  synchronousCommit: true,
  checksums: true,
  skewMs: 3,
  pending: 0,
  unknown: 0,
  directoryTimeZone: 'America/Mexico_City',
  isDirectoryDated: false,
  directoryWrites: 31,
  openers: ['key-file'],
}
const kept = { ...database, openers: ['passphrase', 'recovery-kit'] }
const record = { format: 1, kind: 'demo', opener: 'key-file', database: 'embedded', state: 'ready' } as const

/** A home, a machine and a database with nothing wrong: a demonstration started by root. */
const sound: Facts = {
  nodeVersion: '26.10.0',
  uid: 0,
  home: { status: 'ok', home: { path: '/v', record } },
  homePath: '/v',
  directory: { path: '/v', mode: 0o710, owner: 0, isFile: false, bytes: 4096 },
  files: [file],
  device: { kind: 'kmip', faults: [], certificateDays: 200 },
  disk: { freeBytes: 50e9, totalBytes: 100e9, type: 0xef53 },
  server: 'running',
  port: { number: 8080, state: 'ours' },
  timeZone: 'America/Mexico_City',
  limits: { openFiles: 20_000, coreBytes: 0 },
  swaps: [],
  sends: [],
  nowMs: Date.parse('2026-11-23T12:00:00Z'),
  verified: { at: '2026-11-20T12:00:00Z', found: 0 },
  database,
}

const homeOf = (changed: object): Facts['home'] => ({
  status: 'ok',
  home: { path: '/v', record: { ...record, ...changed } },
})
const real = homeOf({ kind: 'real', opener: 'passphrase' })

const oursExpired = { fault: 'certificate-expired', whose: 'ours', where: '/v/vault.pem' } as const

const failing = (failedSince: string) => ({
  kind: 'witness' as const,
  place: 'https://w.example',
  failedSince,
  reason: 'ECONNREFUSED',
})

/** Each plants one fault; the check must say so, and with a cure. */
const plants: [check: string, want: 'bad' | 'warning', fault: Partial<Facts>][] = [
  ['node', 'bad', { nodeVersion: '24.1.0' }],
  ['home', 'bad', { home: homeOf({ state: 'making' }) }],
  ['home', 'bad', { home: { status: 'foreign', found: '/v/thesis' } }],
  ['home', 'bad', { home: { status: 'unreadable', reason: 'format 2 > 1' } }],
  ['home', 'bad', { home: { status: 'not-ours', found: '/v/home.json', owner: 7 } }],
  ['home', 'warning', { home: { status: 'absent' } }],
  ['home-permissions', 'bad', { directory: { path: '/v', mode: 0o755, owner: 0, isFile: false, bytes: 0 } }],
  ['home-permissions', 'bad', { directory: { path: '/v', mode: 0o770, owner: 0, isFile: false, bytes: 0 } }],
  ['home-permissions', 'bad', { files: [file, { ...file, path: '/v/home.json', mode: 0o644 }] }],
  ['home-permissions', 'bad', { files: [file, { ...file, path: '/v/home.json', owner: 7 }] }],
  ['key-file', 'bad', { files: [] }],
  ['key-file', 'bad', { files: [{ ...file, mode: 0o640 }] }],
  ['key-file', 'bad', { files: [{ ...file, owner: 7 }] }],
  ['key-file', 'bad', { files: [{ ...file, bytes: 31 }] }],
  ['key-file', 'warning', { uid, files: [{ ...file, owner: uid }] }],
  ['opener', 'bad', { home: homeOf({ kind: 'real' }) }],
  ['opener', 'bad', { home: real }],
  ['recovery-kit', 'warning', { home: real, database: { ...database, openers: ['passphrase'] } }],
  ['device', 'bad', { device: { kind: 'pkcs11', faults: [{ fault: 'software-absent' }] } }],
  ['device', 'bad', { device: { kind: 'pkcs11', faults: [], pin: 'locked' } }],
  ['device', 'warning', { device: { kind: 'pkcs11', faults: [], pin: 'one-left' } }],
  ['device', 'warning', { device: { kind: 'kmip', faults: [], certificateDays: 12 } }],
  ['device', 'bad', { device: { kind: 'kmip', faults: [oursExpired] } }],
  ['disk', 'bad', { disk: { freeBytes: 5e8, totalBytes: 1e9, type: 0xef53 } }],
  ['disk', 'bad', { disk: { freeBytes: 20e9, totalBytes: 1e12, type: 0xef53 } }],
  ['file-system', 'bad', { disk: { freeBytes: 50e9, totalBytes: 100e9, type: 0x01021994 } }],
  ['file-system', 'bad', { disk: { freeBytes: 50e9, totalBytes: 100e9, type: 0x6969 } }],
  ['server', 'warning', { server: 'starting' }],
  ['verified', 'bad', { verified: { at: '2026-11-20T12:00:00Z', found: 2 } }],
  ['verified', 'warning', { verified: { at: '2026-09-20T12:00:00Z', found: 0 } }],
  ['verified', 'warning', { home: real, verified: undefined }],
  ['port', 'bad', { port: { number: 8080, state: 'taken' } }],
  ['port', 'bad', { port: { number: 80, state: 'not allowed' } }],
  ['directory', 'warning', { database: { ...database, isDirectoryDated: true } }],
  ['directory-pending', 'warning', { database: { ...database, directoryWrites: 12_001 } }],
  [
    'directory-pending',
    'warning',
    { database: { ...database, directoryFault: { since: '2026-11-23T11:00:00Z', reason: '57014' } } },
  ],
  ['time-zone', 'warning', { database: { ...database, directoryTimeZone: 'America/Tijuana' } }],
  ['open-files', 'bad', { limits: { openFiles: 256, coreBytes: 0 } }],
  ['core-dumps', 'warning', { limits: { openFiles: 20_000, coreBytes: Number.POSITIVE_INFINITY } }],
  ['core-dumps', 'bad', { home: real, limits: { openFiles: 20_000, coreBytes: 1 } }],
  ['swap', 'warning', { swaps: ['/dev/sda2'] }],
  ['swap', 'bad', { home: real, swaps: ['/swapfile'] }],
  ['ledger-sends', 'warning', { home: real }],
  ['ledger-sends', 'warning', { sends: [failing('2026-11-23T11:00:00Z')] }],
  ['ledger-sends', 'bad', { sends: [failing('2026-11-21T11:00:00Z')] }],
  ['ledger-sends', 'bad', { sends: [{ ...failing('2026-11-23T11:59:00Z'), disagrees: true }] }],
  ['database', 'bad', { database: { unreachable: { es: 'no', en: 'no' } } }],
  ['database', 'bad', { database: { ...database, version: 140_009 } }],
  ['database-role', 'bad', { database: { ...database, superuser: true } }],
  ['database-role', 'bad', { database: { ...database, bypassesRowSecurity: true } }],
  ['database-role', 'bad', { database: { ...database, createsRoles: true } }],
  ['durability', 'bad', { database: { ...database, fsync: false } }],
  ['durability', 'bad', { database: { ...database, fullPageWrites: false } }],
  ['durability', 'bad', { database: { ...database, synchronousCommit: false } }],
  ['checksums', 'warning', { database: { ...database, checksums: false } }],
  ['migrations', 'warning', { database: { ...database, pending: 2 } }],
  ['migrations', 'bad', { database: { ...database, unknown: 1 } }],
  ['clock-skew', 'bad', { database: { ...database, skewMs: -4_000 } }],
]

test('a sound home has no findings', () => {
  for (const [name, check] of Object.entries(checks)) assert.equal(check(sound)?.status, 'ok', name)
  for (const name of ['opener', 'recovery-kit']) {
    assert.equal(checks[name]?.({ ...sound, home: real, database: kept })?.status, 'ok')
  }
})

for (const [name, want, fault] of plants) {
  test(`${name} finds ${JSON.stringify(fault).slice(0, 80)}`, () => {
    const finding = checks[name]?.({ ...sound, ...fault })
    assert.equal(finding?.status, want)
    assert.ok(finding?.text.es && finding.text.en)
  })
}

test('every check can fail', () => {
  const planted = new Set(plants.map(([name]) => name))
  assert.deepEqual(
    Object.keys(checks).filter((name) => !planted.has(name)),
    [],
  )
})

test('nobody is told to take a home away from the user whose it is', () => {
  const theirs = { ...sound, uid, home: { status: 'not-ours', found: '/v', owner: 0 } } as const
  assert.equal(checks['home']?.(theirs)?.status, 'bad')
  assert.equal(checks['home-permissions']?.(theirs), undefined)
})
