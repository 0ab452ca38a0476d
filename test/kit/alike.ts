/**
 * Two vaults: one that has what somebody may not see, and one that never had it. Both have the same keys, so that what is ordered or named by
 * them is alike, too.
 */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import type { Acting } from '#records/index.ts'
import { safeguards as registered } from '#safeguards/all.ts'
import { createUsage, usualLimits } from '#safeguards/usage/index.ts'
import { finished } from './exported.ts'
import { linesSource } from './imported.ts'
import { testPeople } from './people.ts'
import { kickoffs, lines, questions, remembered, searches, writes, type Question } from './questions.ts'
import type { Scope } from './scope.ts'
import { bodyOf, testVault, tester, type TestVault } from './vault.ts'
import { staff, wardRecords, type Resource } from './ward.ts'
import { running } from '../e2e/http-kit.ts'

/** A security officer may do what a director may. */
export const askers = Object.keys(staff).filter((who) => who !== 'security-officer')

/** How many of each. `as`: who asks where there is more, if it is not the same. */
export interface Asked {
  questions: number
  writes: number
  seed: number
  as?: string
}

const pagesMax = 4

/** What other vaults begin as: keys and nothing else, and the same with everything. */
export interface Origins {
  empty: TestVault
  full: TestVault
}

export async function originsFor(scope: Scope): Promise<Origins> {
  const empty = await testVault(scope)
  await empty.sql.end()
  const full = await testVault(scope, { of: empty })
  const records = wardRecords(Date.now())
  for (const each of records) await put(full, each)
  // Later versions, of what somebody sees and of what nobody does.
  for (const each of records.filter((_, n) => n % 3 === 0)) await put(full, { ...each, language: 'es' })
  // Two whom most of those who ask do not see, nor that they are one.
  await join(full)
  await full.sql.end()
  return { empty, full }
}

/** What is answered otherwise where there is more than whoever asks may see. */
export async function differencesFor(
  scope: Scope,
  origins: Origins,
  who: string,
  { questions: most, writes: changes, seed, as = who }: Asked,
): Promise<string[]> {
  const { all, own } = await twoOf(scope, origins, who, as)
  const sample = (arbitrary: typeof questions, numRuns: number, more: number) =>
    fc.sample(arbitrary, { numRuns, seed: seed + more })
  const some = <Value>(arbitrary: fc.Arbitrary<Value>, numRuns: number, more: number) =>
    fc.sample(arbitrary, { numRuns, seed: seed + more })
  const whole = [
    { level: 'system', pairs: [] },
    { level: 'patient', pairs: [] },
  ] as const
  return [
    ...(await differences(all, own, [...remembered, ...sample(questions, most, 0)])),
    ...(await exportDifferences(all, own, [...whole, ...some(kickoffs, Math.ceil(changes / 5), 3)])),
    ...(await differences(all, own, sample(writes, changes, 1))),
    ...(await importDifferences(all, own, some(lines, 2 * changes, 4))),
    // Ids that were made on the way are of chance, and so is what is ordered by them.
    ...(await differences(all, own, sample(searches, changes, 2).map(counted))),
  ]
}

function counted({ method, path }: Question): Question {
  const [place = '', query = ''] = path.split('?')
  const criteria = query
    .split('&')
    .filter(
      (each) => each !== '' && !/^_(?:count|sort|summary|elements|total|include|revinclude)\b/.test(each),
    )
  return { method, path: `${place}?${[...criteria, '_summary=count'].join('&')}` }
}

/** Of nobody's care here but Otto's: what is told of who is one with whom is told to whoever sees both. */
const pair = { source: 'p4', target: 'p2' }

async function join({ store }: TestVault): Promise<void> {
  const done = await store.as(tester).merging.carryOut('merge', pair, { approval: 'ward', at: 1 })
  assert.equal(done.status, 'ok', JSON.stringify(done))
}

/** A millisecond apart, so that no two are of the same time. */
async function put({ store }: TestVault, resource: Resource): Promise<number> {
  const { resourceType, id } = resource
  const written = await store.update(resourceType, id, bodyOf(resource), {})
  assert.ok(written.status === 'ok' && written.version, JSON.stringify(written))
  await delay(1)
  return written.version.version
}

interface Answer {
  status: number
  headers: Record<string, string>
  text: string
  next: string | undefined
}

/** A vault, as one of the staff meets it over HTTP. */
class Ward {
  readonly #port: number
  /** The same person, past the edge. */
  readonly acting: Acting
  /** Of what there was from the beginning, when it was written. */
  times: string[] = []
  readonly #named = new Map<string, string>()

  constructor(port: number, acting: Acting) {
    this.#port = port
    this.acting = acting
  }

  static async of(vault: TestVault, who: string): Promise<Ward> {
    const admitted = {
      ...testPeople(vault),
      admit: () => ({ status: 'valid', principal: staff[who] ?? assert.fail(who) }) as const,
    }
    const { port } = await running({ level: 'silent', people: () => admitted }, vault)
    vault.store.exports.start()
    return new Ward(port, vault.store.as(byOf(who)))
  }

  async ask({ method, path, headers, body }: Question): Promise<Answer> {
    const at = this.timed(path)
    const response = await fetch(`http://127.0.0.1:${this.#port}/fhir/R4${at}`, {
      method,
      headers: {
        authorization: 'Bearer x',
        accept: 'application/fhir+json',
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    })
    const raw = await response.text()
    const next = /"relation":"next","url":"https?:\/\/[^/]+\/fhir\/R4([^"]+)"/.exec(raw)?.[1]
    const said = compared.map((name) => [name, this.alike(response.headers.get(name) ?? '')])
    const { 'last-modified': changed, ...others } = Object.fromEntries(said) as Record<string, string>
    return {
      status: response.status,
      headers: { ...others, changed: String(changed !== '') },
      text: this.alike(raw),
      next,
    }
  }

  /** With the times that `{n}` stand for. */
  timed(text: string): string {
    return text.replaceAll(
      /\{(\d+)\}/g,
      (_, n: string) => this.times[Number(n) % this.times.length] ?? '2020-01-01T00:00:00Z',
    )
  }

  /** What is of chance, or of the moment, by the order in which it is met. */
  alike(text: string): string {
    return text
      .replaceAll(/localhost:\d+/g, 'localhost')
      .replaceAll(/_page=([\w-]+)/g, (_, token: string) => `_page of ${token.length}`)
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d\.\d{3}Z/g, (time) => {
        const said = decodeURIComponent(time)
        const known = this.times.indexOf(said)
        if (known >= 0) return `{${known}}`
        return Date.parse(said) < began ? said : this.#name('time', said)
      })
      .replaceAll(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, (uuid) => this.#name('uuid', uuid))
  }

  #name(what: string, value: string): string {
    const known = this.#named.get(value)
    if (known !== undefined) return known
    const name = `{${what} ${this.#named.size}}`
    this.#named.set(value, name)
    return name
  }
}

const compared =
  'etag last-modified location content-location content-type content-length retry-after allow'.split(' ')
const began = Date.now() - 1000

const byOf = (who: string) => ({
  actor: who,
  client: 'x',
  address: '192.0.2.1',
  principal: staff[who] ?? assert.fail(who),
})

/** Limits of a day are another matter: here anybody asks as often as it takes. */
const wide = { patients: 1e6, rows: 1e6, exports: 1e6, prints: 1e6 }
const usage = createUsage(
  Object.fromEntries(Object.keys(usualLimits).map((role) => [role, wide])) as typeof usualLimits,
)
const safeguards = registered
  .filter(({ seed }) => seed === undefined)
  .map((each) => (each.name === 'usage' ? usage : each))

/** The same vault, and one into which only that was written which this person is told by reading it. */
async function twoOf(
  scope: Scope,
  { full, empty }: Origins,
  who: string,
  as: string,
): Promise<{ all: Ward; own: Ward }> {
  const there = await testVault(scope, { of: full, safeguards })
  const copy = await testVault(scope, { of: empty, safeguards })
  const by = byOf(who)
  const joined: { id: string; version: number; at: string }[] = []
  const versions: { type: string; id: string; version: number; at: string; json: string }[] = []
  for (const { resourceType: type, id } of wardRecords(0))
    for (const version of [1, 2, 3]) {
      const read = await there.store.as(by).vread(type, id, version)
      if (read.status !== 'ok') continue
      const { json, lastUpdated } = read.version
      if (type === 'Patient' && json.includes('"replace'))
        joined.push({ id, version, at: lastUpdated.toISOString() })
      else versions.push({ type, id, version, at: lastUpdated.toISOString(), json })
    }
  versions.sort((a, b) => (a.at < b.at ? -1 : 1))
  assert.ok(joined.length === 0 || joined.length === 2, `${who} sees one of two`)
  const [all, own] = [await Ward.of(there, as), await Ward.of(copy, who)]
  for (const { type, id, version, at, json } of versions) {
    const { meta: _, ...resource } = JSON.parse(json) as Resource
    assert.equal(await put(copy, resource as Resource), version, `${type}/${id}`)
    const now = await copy.store.vread(type, id, version)
    assert.ok(now.status === 'ok')
    all.times.push(at)
    own.times.push(now.version.lastUpdated.toISOString())
  }
  if (joined.length > 0) await join(copy)
  for (const { id, version, at } of joined) {
    const now = await copy.store.vread('Patient', id, version)
    assert.ok(now.status === 'ok')
    all.times.push(at)
    own.times.push(now.version.lastUpdated.toISOString())
  }
  return { all, own }
}

/** What was answered otherwise; each of the pages of what has several. */
async function differences(all: Ward, own: Ward, asked: readonly Question[]): Promise<string[]> {
  const found: string[] = []
  for (const question of asked) {
    let ways: [Question, Question] = [question, question]
    for (let page = 1; page <= pagesMax; page++) {
      const [{ next: one, ...there }, { next: other, ...without }] = await Promise.all([
        all.ask(ways[0]),
        own.ask(ways[1]),
      ])
      const { method, path, body = '' } = question
      try {
        assert.deepEqual(there, without)
        assert.ok(there.status < 500, String(there.status))
      } catch (error) {
        found.push(`${method} ${path} ${body} page ${page}: ${(error as Error).message}`)
        break
      }
      if (one === undefined || other === undefined) break
      ways = [
        { ...question, path: one },
        { ...question, path: other },
      ]
      if (question.method !== 'GET') break
    }
  }
  return found
}

/** Files, what is in them, and how they are counted. */
async function exportDifferences(
  all: Ward,
  own: Ward,
  asked: readonly { level: 'system' | 'patient'; pairs: readonly (readonly [string, string])[] }[],
): Promise<string[]> {
  const found: string[] = []
  for (const { level, pairs } of asked) {
    const told = async (ward: Ward) => {
      const timed = pairs.map(([name, value]) => [name, ward.timed(value)] as const)
      const { actor, exports } = ward.acting
      const begun = await exports.begin({ level, pairs: timed, url: 'http://x/$export', actor })
      if (begun.status !== 'ok') return JSON.stringify(begun)
      const { manifest, files } = await finished(ward.acting, begun.job, actor)
      const counts = manifest.files.map(({ kind, type, count }) => `${kind} ${type} ${count}`)
      return [...counts, ...files.flatMap(({ lines: each }) => each)]
        .map((line) => ward.alike(line))
        .join('\n')
    }
    const [there, without] = [await told(all), await told(own)]
    if (there !== without)
      found.push(`${level} export ${JSON.stringify(pairs)}: ${firstDifference(there, without)}`)
  }
  return found
}

/** What is told of an import; what it left is asked for afterwards. */
async function importDifferences(all: Ward, own: Ward, resources: readonly object[]): Promise<string[]> {
  const found: string[] = []
  for (const dryRun of [true, false]) {
    const told = async ({ acting }: Ward) => {
      const findings: string[] = []
      const ended = await acting.import({
        sources: [linesSource('lines', resources)],
        dryRun,
        onFinding: ({ line, code, expression }) => void findings.push(`${line} ${code} ${expression}`),
      })
      return { ended, findings: findings.toSorted() }
    }
    try {
      assert.deepEqual(await told(all), await told(own))
    } catch (error) {
      found.push(`import, ${dryRun ? 'dry' : 'in earnest'}: ${(error as Error).message}`)
    }
  }
  return found
}

function firstDifference(one: string, other: string): string {
  const [lines, others] = [one.split('\n'), other.split('\n')]
  const at = lines.findIndex((line, n) => line !== others[n])
  return `line ${at}: ${lines[at]?.slice(0, 200)} beside ${others[at]?.slice(0, 200)}`
}
