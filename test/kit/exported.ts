import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import type { Acting, Kickoff, Manifest } from '#records/index.ts'
import { type TestStore } from './vault.ts'

/** What a test asks for: everything, by Ana, unless it says otherwise. */
export function kickoffOf(more: Partial<Kickoff> = {}): Kickoff {
  return { level: 'system', pairs: [], url: 'http://localhost/fhir/R4/$export', actor: 'ana', ...more }
}

export interface Exported {
  job: string
  manifest: Manifest
  /** The lines of each file. */
  files: { kind: string; type: string; name: string; lines: string[] }[]
  /** Of all files of `output`, by `Type/id`. */
  resources: Map<string, string>
}

export async function begun(store: TestStore, kickoff: Kickoff): Promise<string> {
  const begin = await store.exports.begin(kickoff)
  assert(begin.status === 'ok', JSON.stringify(begin))
  return begin.job
}

/** Asks for an export, waits for its end and reads all its files. No resource is in it twice. */
export async function exported(store: TestStore, more: Partial<Kickoff> = {}): Promise<Exported> {
  const kickoff = kickoffOf(more)
  return finished(store, await begun(store, kickoff), kickoff.actor)
}

export async function finished(
  store: Pick<Acting, 'exports'>,
  job: string,
  actor = 'ana',
): Promise<Exported> {
  const manifest = await manifestOf(store, job, actor)
  const files: Exported['files'] = []
  const resources = new Map<string, string>()
  for (const { kind, type, name, count } of manifest.files) {
    const opened = await store.exports.file(job, name, actor, false)
    assert(opened.status === 'ok', JSON.stringify(opened))
    const all = await text(opened.stream)
    assert(all.endsWith('\n'))
    const lines = all.slice(0, -1).split('\n')
    assert.equal(lines.length, count)
    files.push({ kind, type, name, lines })
    if (kind !== 'output') continue
    for (const line of lines) {
      const { resourceType, id } = JSON.parse(line) as { resourceType: string; id: string }
      assert.equal(resourceType, type)
      assert(!resources.has(`${type}/${id}`), `${type}/${id} is there twice`)
      resources.set(`${type}/${id}`, line)
    }
  }
  return { job, manifest, files, resources }
}

export async function manifestOf(
  store: Pick<Acting, 'exports'>,
  job: string,
  actor = 'ana',
): Promise<Manifest> {
  for (const end = performance.now() + 30_000; ;) {
    const look = await store.exports.look(job, actor)
    if (look.status === 'complete') return look.manifest
    assert(look.status === 'running', JSON.stringify(look))
    assert(performance.now() < end, 'the export does not end')
    await setTimeout(5)
  }
}
