/**
 * A violation of each rule, and beside it what is allowed, which the rule must leave alone. `files` is a
 * small repository; the rule must name the file `caught`, and nothing in `spared`.
 */
export interface Planted {
  rule: string
  caught: string
  files: Record<string, string>
  spared?: Record<string, string>
}

/** For `node tools/check.ts rules`. */
export const planted: readonly Planted[] = [
  {
    rule: 'one-way',
    caught: 'src/kernel/db/connect.ts',
    files: { 'src/kernel/db/connect.ts': `import type { Store } from '#records/index.ts'` },
    spared: { 'src/records/store.ts': `import { seal } from '#kernel/crypto/index.ts'` },
  },
  {
    rule: 'one-way',
    caught: 'src/records/store.ts',
    files: { 'src/records/store.ts': `export const load = () => import('../http/index.ts')` },
    spared: { 'src/cli/serve.ts': `export const load = () => import('../http/index.ts')` },
  },
  {
    rule: 'one-way',
    caught: 'src/people/account.ts',
    files: { 'src/people/account.ts': `export { testDatabase } from '#test/kit/index.ts'` },
    spared: { 'src/people/account.test.ts': `import { testDatabase } from '#test/kit/index.ts'` },
  },
  {
    rule: 'safeguards-apart',
    caught: 'src/safeguards/training/facts.ts',
    files: { 'src/safeguards/training/facts.ts': `import { consent } from '#safeguards/consent/index.ts'` },
    spared: {
      'src/safeguards/registry.ts': `export { training } from './training/index.ts'`,
      'src/safeguards/consent/facts.ts': `import { consent } from './consent.ts'`,
    },
  },
  {
    rule: 'safeguards-registered',
    caught: 'src/safeguards/training/index.ts',
    files: {
      'src/safeguards/registry.ts': `export { consent } from './consent/index.ts'`,
      'src/safeguards/training/index.ts': `export const training = 1`,
    },
    spared: { 'src/safeguards/consent/index.ts': `export const consent = 1` },
  },
  {
    rule: 'safeguards-registered',
    caught: 'src/http/admit.ts',
    files: {
      'src/safeguards/registry.ts': `export { consent } from './consent/index.ts'`,
      'src/safeguards/consent/index.ts': `export const consent = 1`,
      'src/http/admit.ts': `import { consent } from '#safeguards/consent/index.ts'; export const asks = consent`,
    },
    spared: {
      'src/safeguards/gate.ts': `import { consent } from './consent/index.ts'; export const gate = consent`,
    },
  },
  {
    rule: 'safeguards-registered',
    caught: 'src/safeguards/consent/facts.ts',
    files: {
      'src/safeguards/registry.ts': `export { consent } from './consent/index.ts'`,
      'src/safeguards/consent/index.ts': `export const consent = 1`,
      'src/safeguards/consent/facts.ts': `import { consent } from '../registry.ts'; export const all = [consent]`,
    },
  },
  {
    rule: 'front-door',
    caught: 'src/records/store.ts',
    files: {
      'src/kernel/keys/index.ts': `export { open } from './cache.ts'`,
      'src/kernel/keys/cache.ts': `export const open = 1`,
      'src/records/store.ts': `import type { open } from '#kernel/keys/cache.ts'`,
    },
    spared: {
      'src/kernel/outcome.ts': `export const refuse = 1`,
      'src/records/reader.ts': `import { open } from '#kernel/keys/index.ts'; import { refuse } from '#kernel/outcome.ts'`,
    },
  },
  {
    rule: 'unledgered',
    caught: 'src/cli/house/store.ts',
    files: {
      'src/records/unledgered/index.ts': `export const createUnledgeredStore = 1`,
      'src/cli/house/store.ts': `export { createUnledgeredStore } from '#records/unledgered/index.ts'`,
    },
    spared: {
      'bench/server.ts': `import { createUnledgeredStore } from '#records/unledgered/index.ts'`,
    },
  },
  {
    rule: 'room-cycles',
    caught: 'src/kernel/keys/index.ts',
    files: {
      'src/kernel/keys/index.ts': `import type { Sql } from '#kernel/db/index.ts'; export type Keys = Sql`,
      'src/kernel/db/index.ts': `import type { Keys } from '#kernel/keys/index.ts'; export type Sql = Keys`,
    },
    spared: {
      'src/kernel/crypto/index.ts': `import type { A } from './a.ts'; export type B = A`,
      'src/kernel/crypto/a.ts': `import type { B } from './index.ts'; export type A = B`,
    },
  },
  {
    rule: 'crypto-home',
    caught: 'src/records/place.ts',
    files: { 'src/records/place.ts': `import { createHash } from 'node:crypto'` },
    spared: {
      'src/kernel/crypto/hash.ts': `import { hash } from 'node:crypto'`,
      'src/records/place.test.ts': `import { createHash } from 'node:crypto'`,
    },
  },
  {
    rule: 'crypto-home',
    caught: 'src/http/edge.ts',
    files: { 'src/http/edge.ts': `export const id = () => crypto.randomUUID()` },
    spared: { 'src/records/sealing.ts': `export const id = (by: Edge) => by.crypto.randomUUID()` },
  },
  {
    rule: 'crypto-home',
    caught: 'src/http/admit.ts',
    files: { 'src/http/admit.ts': `export const id = () => globalThis.crypto.randomUUID()` },
  },
  {
    rule: 'runtime-packages',
    caught: 'src/records/validate.ts',
    files: { 'src/records/validate.ts': `import { validateResource } from '@medplum/core'` },
    spared: {
      'src/records/types.ts': `import type { Patient } from '@medplum/fhirtypes'`,
      'src/records/validate.test.ts': `import { validateResource } from '@medplum/core'`,
      'src/http/server.ts': `import Fastify from 'fastify'`,
    },
  },
  {
    rule: 'runtime-packages',
    caught: 'src/cli/main.ts',
    files: { 'src/cli/main.ts': `export const load = () => import('knip')` },
  },
  {
    rule: 'sql-home',
    caught: 'src/records/store.ts',
    files: { 'src/records/store.ts': 'export const all = (sql: Tag) => sql<Row[]>`select 1`' },
    spared: {
      'src/records/queries.ts': 'export const all = (sql: Tag) => sql`select 1`',
      'src/kernel/db/migrate.ts': 'export const all = (sql: Tag) => sql`select 1`',
      'src/records/store.test.ts': 'export const all = (sql: Tag) => sql`select 1`',
      'src/cli/text.ts': 'export const raw = String.raw`\\d+`',
    },
  },
  {
    rule: 'sql-home',
    caught: 'src/records/writer.ts',
    files: {
      'src/records/writer.ts': 'export const all = (db: Tag) => db`\n  with a as (select 1) table a`',
    },
  },
  {
    rule: 'sql-unsafe',
    caught: 'src/records/queries.ts',
    files: { 'src/records/queries.ts': 'export const all = (sql: Sql, text: string) => sql.unsafe(text)' },
    spared: { 'src/kernel/db/migrate.ts': 'export const all = (sql: Sql, text: string) => sql.unsafe(text)' },
  },
  {
    rule: 'environment-home',
    caught: 'src/kernel/db/connect.ts',
    files: { 'src/kernel/db/connect.ts': `export const url = globalThis.process['env'].DATABASE_URL` },
    spared: { 'src/cli/env.ts': 'export const url = process.env.DATABASE_URL' },
  },
  {
    rule: 'environment-home',
    caught: 'src/http/limits.ts',
    files: { 'src/http/limits.ts': 'const { env } = process\nexport const limit = env.LIMIT' },
  },
  {
    rule: 'environment-home',
    caught: 'test/run.ts',
    files: { 'test/run.ts': `import { env } from 'node:process'` },
    spared: { 'test/kit/environment.ts': `import { env } from 'node:process'` },
  },
  {
    rule: 'clock-edges',
    caught: 'src/records/writer.ts',
    files: { 'src/records/writer.ts': 'export const at = () => Date.now()' },
    spared: {
      'src/records/dates.ts': 'export const at = (ms: number) => new Date(ms)',
      'src/http/answer.ts': 'export const at = () => new Date()',
      'src/kernel/keys/keys.ts': 'export const ms = () => performance.now()',
    },
  },
  {
    rule: 'clock-edges',
    caught: 'src/kernel/keys/keys.ts',
    files: { 'src/kernel/keys/keys.ts': 'export const at = () => new Date()' },
  },
  {
    rule: 'chance',
    caught: 'src/records/place.ts',
    files: { 'src/records/place.ts': 'export const id = Math.random()' },
    spared: { 'src/kernel/db/combiner.ts': 'export const pause = Math.random()' },
  },
  {
    rule: 'no-enum',
    caught: 'src/http/status.ts',
    files: { 'src/http/status.ts': 'export declare const enum Status { Ok }' },
    spared: { 'src/http/state.ts': `export type State = 'open' | 'sealed'` },
  },
  {
    rule: 'no-code-from-text',
    caught: 'src/records/search.ts',
    files: { 'src/records/search.ts': `import { runInThisContext } from 'node:vm'` },
  },
  {
    rule: 'no-drawers',
    caught: 'src/records/utils/dates.ts',
    files: { 'src/records/utils/dates.ts': 'export const today = 1' },
    spared: { 'src/records/dates.ts': 'export const today = 1' },
  },
  {
    rule: 'no-workplace',
    caught: 'docs/start.md',
    files: { 'docs/start.md': `run it in ${['', 'home', 'maria', 'sigilo'].join('/')}` },
    spared: { 'docs/other.md': 'the log is at /var/log/sigilo, the packages at https://registry.npmjs.org/' },
  },
  {
    rule: 'no-workplace',
    caught: 'package-lock.json',
    files: { 'package-lock.json': `{ "resolved": "https://npm.${'registry'}.example.com/fastify" }` },
  },
  {
    rule: 'no-leftovers',
    caught: 'src/records/reader.ts',
    files: { 'src/records/reader.ts': `// ${'todo'.toUpperCase()}: pages` },
  },
]

/** For the other parts of the check: what each must refuse, and the words by which it must say so. */
export const plantedParts: readonly { part: string; says: RegExp; files: Record<string, string> }[] = [
  {
    part: 'policy',
    says: /physicians.*phisician/,
    files: {
      'src/safeguards/registry.ts': `export const planted = {
  name: 'planted',
  facts: {},
  policy: '@id("physicians") @es("x") @en("x") permit (principal in Role::"phisician", action, resource);',
}\n`,
    },
  },
  {
    part: 'types',
    says: /src\/a\.ts.*TS2322/,
    files: { 'src/a.ts': `export const days: number = 'seven'\n` },
  },
  { part: 'types', says: /src\/a\.ts.*TS1294/, files: { 'src/a.ts': 'export enum Status {\n  Ok,\n}\n' } },
  { part: 'format', says: /src\/a\.ts/, files: { 'src/a.ts': 'export const days  = "seven";\n' } },
  { part: 'unused', says: /Unused files[^]*src\/a\.ts/, files: { 'src/a.ts': 'export const days = 7\n' } },
  {
    part: 'unused',
    says: /Unused exports[^]*days/,
    files: { 'src/a.ts': 'export const days = 7\n', 'src/a.test.ts': `import './a.ts'\n` },
  },
  {
    part: 'unused',
    says: /Unlisted dependencies[^]*left-pad/,
    files: { 'src/a.test.ts': `import 'left-pad'\n` },
  },
  {
    part: 'lint',
    says: /no-explicit-any/,
    files: { 'src/a.ts': 'export const read = (text: any) => text\n' },
  },
  { part: 'lint', says: /ban-ts-comment/, files: { 'src/a.ts': '// @ts-ignore\nexport const days = 7\n' } },
  { part: 'lint', says: /ban-ts-comment/, files: { 'src/a.ts': '// @ts-nocheck\nexport const days = 7\n' } },
  { part: 'lint', says: /no-console/, files: { 'src/kernel/a.ts': `console.log('a patient')\n` } },
  { part: 'lint', says: /no-eval/, files: { 'src/a.ts': `export const seven = eval('7')\n` } },
  {
    part: 'lint',
    says: /no-new-func/,
    files: { 'src/a.ts': `export const seven = new Function('return 7')\n` },
  },
  { part: 'lint', says: /no-implied-eval/, files: { 'src/a.ts': `setTimeout('seven()', 7)\n` } },
  { part: 'lint', says: /no-default-export/, files: { 'src/a.ts': 'export default 7\n' } },
  { part: 'lint', says: /no-unused-vars/, files: { 'src/a.ts': 'const days = 7\nexport {}\n' } },
  {
    part: 'lint',
    says: /no-cycle/,
    files: {
      'src/a.ts': `import { b } from './b.ts'\nexport const a = b\n`,
      'src/b.ts': `import { a } from './a.ts'\nexport const b = a\n`,
    },
  },
]
