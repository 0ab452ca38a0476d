import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseArguments } from './arguments.ts'
import { commands } from './commands.ts'
import { readSettings } from './env.ts'
import { help } from './help.ts'

const parsed: [line: string, want: object][] = [
  ['demo', { status: 'run', name: 'demo', options: {} }],
  ['token --json', { status: 'run', name: 'token', options: { json: true } }],
  ['--json token', { status: 'run', name: 'token', options: { json: true } }],
  [
    'keys unseal --passphrase-stdin',
    { status: 'run', name: 'keys unseal', options: { 'passphrase-stdin': true } },
  ],
  ['init --opener key-file', { status: 'run', name: 'init', options: { opener: 'key-file' } }],
  ['init --opener=passphrase', { status: 'run', name: 'init', options: { opener: 'passphrase' } }],
  ['ledger query --actor=-x', { status: 'run', name: 'ledger query', options: { actor: '-x' } }],
  ['--help', { status: 'help', topic: '' }],
  ['help', { status: 'help', topic: '' }],
  ['help keys', { status: 'help', topic: 'keys' }],
  ['keys unseal -h', { status: 'help', topic: 'keys unseal' }],
  ['doctor --json --help', { status: 'help', topic: 'doctor' }],
  ['--version', { status: 'version' }],
]

for (const [line, want] of parsed) {
  test(`sigilo ${line}`, () => {
    const { command, ...found } = { command: undefined, ...parseArguments(line.split(' ')) }
    assert.ok(found.status !== 'run' || command)
    assert.deepEqual(found, want)
  })
}

const wrong: [line: string, says: RegExp][] = [
  ['', /Say what to do/],
  ['dmeo', /no command "dmeo"/],
  ['keys', /what to do with "keys"/],
  ['keys burn', /what to do with "keys"/],
  ['constructor', /no command "constructor"/],
  ['demo --json', /no option --json/],
  ['token --json=yes', /--json takes no value/],
  ['token --constructor', /no option --constructor/],
  ['init --opener', /--opener must have one of/],
  ['import --report --dry-run x.ndjson', /--report lacks its value: --report FILE/],
  ['keys destroy Patient/1 --reason --yes', /--reason lacks its value/],
  ['init --opener --no-kit', /--opener must have one of/],
  ['init --opener hsm', /passphrase, shamir, pkcs11/],
]

for (const [line, says] of wrong) {
  test(`sigilo ${line} is refused`, () => {
    const result = parseArguments(line.split(' ').filter(Boolean))
    assert.equal(result.status, 'usage')
    assert.match(result.status === 'usage' ? result.text.en : '', says)
  })
}

test('a passphrase given as an argument is refused, and not repeated', () => {
  const result = parseArguments(['keys', 'unseal', 'correcthorsebatterystaple'])
  assert.equal(result.status, 'usage')
  assert.doesNotMatch(JSON.stringify(result), /correcthorse/)
})

test('every command has help in both languages', () => {
  for (const name of ['', 'keys', ...Object.keys(commands)]) {
    for (const language of ['es', 'en'] as const) assert.match(help(name, language), /sigilo/)
    assert.notEqual(help(name, 'es'), help(name, 'en'))
  }
})

test('a reset of lost factors waits for a day or longer', () => {
  for (const [hours, want] of [
    ['24', 24],
    ['72', 72],
    ['23', undefined],
    ['721', undefined],
    ['a day', undefined],
  ] as const) {
    const read = readSettings({ SIGILO_RESET_WAIT_HOURS: hours })
    assert.equal(read.status === 'ok' ? read.settings.resetWaitHours : undefined, want, hours)
  }
})

test('settings have defaults, and an empty variable is an absent one', () => {
  const empty = { SIGILO_PORT: '', SIGILO_URL: '', DATABASE_URL: '', SIGILO_TIME_ZONE: '', SIGILO_HOME: '' }
  for (const env of [{}, empty]) {
    const read = readSettings(env)
    assert.equal(read.status, 'ok')
    if (read.status !== 'ok') continue
    const { home, ...rest } = read.settings
    assert.match(home, /\/\.sigilo$/)
    assert.deepEqual(rest, {
      port: 8080,
      origin: undefined,
      databaseUrl: undefined,
      timeZone: 'America/Mexico_City',
      scanner: undefined,
      resetWaitHours: 24,
      language: 'en',
      color: true,
      copiesDays: undefined,
      underNpx: false,
    })
  }
})

const wrongSettings: [name: string, values: string[]][] = [
  ['SIGILO_PORT', ['x', '-1', '65536', '80.5', '0x50', '1e3', ' 80']],
  ['SIGILO_URL', ['localhost', 'ftp://a', 'https://a/fhir', 'https://a?b', 'https://u:p@a', 'https://a/#c']],
  ['DATABASE_URL', ['mysql://a/b', 'localhost', 'postgres:']],
  [
    'SIGILO_CLAMAV',
    ['clamd', 'unix:clamd.ctl', 'tcp://localhost', 'tcp://localhost:99999', 'http://localhost:3310'],
  ],
  ['SIGILO_TIME_ZONE', ['Mexico', '-06:00', 'America/Nowhere', 'America/Mexico_City; x']],
]

for (const [name, values] of wrongSettings) {
  test(`a wrong ${name} is refused in a sentence that names it`, () => {
    for (const value of values) {
      const read = readSettings({ [name]: value, LANG: 'es_MX.UTF-8' })
      assert.equal(read.status, 'usage', value)
      if (read.status !== 'usage') continue
      assert.equal(read.language, 'es')
      assert.ok(read.text.es.startsWith(name) && read.text.en.startsWith(name))
    }
  })
}

test('the language is that of the locale', () => {
  const cases: [NodeJS.ProcessEnv, 'es' | 'en'][] = [
    [{ LANG: 'es_MX.UTF-8' }, 'es'],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'es' }, 'es'],
    [{ LANG: 'es_MX.UTF-8', LC_ALL: 'C' }, 'en'],
    [{ LANG: 'estonian' }, 'en'],
  ]
  for (const [env, want] of cases) {
    const read = readSettings(env)
    assert.equal(read.status === 'ok' && read.settings.language, want, JSON.stringify(env))
  }
})
