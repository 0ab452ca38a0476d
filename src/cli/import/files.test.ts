import assert from 'node:assert/strict'
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { SourceBroken } from '#records/import/index.ts'
import { findFiles, type Found } from './files.ts'
import { createReport, mayBeReport } from './report.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

const patient = '{"resourceType":"Patient","id":"p"}'
const bundleOf = (type: string) =>
  `{\n "type": "collection",\n "entry": [{"resource": {"resourceType": "${type}"}}], "resourceType": "Bundle"\n}\n`

function folder(t: { after(done: () => void): void }, files: Record<string, string | Uint8Array>): string {
  const path = temporaryFolder(t, 'sigilo-files-')
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(path, name, '..'), { recursive: true })
    writeFileSync(join(path, name), content)
  }
  return path
}

const shown = ({ sources, unread }: Found, path: string) => ({
  sources: sources.map(({ name, form, rank }) => `${name.replace(`${path}/`, '')} ${form} ${rank}`),
  unread: unread.map(({ path: each, severity }) => `${each.replace(`${path}/`, '')} ${severity}`),
})

test('folders are walked, links in a circle too; the house comes first', async (t) => {
  const path = folder(t, {
    'patients/a.json': bundleOf('Patient'),
    'patients/deep/b.json.gz': gzipSync(bundleOf('Patient')),
    'practitionerInformation1.json': bundleOf('Practitioner'),
    'hospitalInformation1.json': bundleOf('Organization'),
    'Encounter.ndjson': '{"resourceType":"Encounter"}\n',
    'lines-by-another-name.json': `${patient}\n${patient}\n`,
    'one-line.json': `{"resourceType":"Bundle","type":"collection","entry":[{"resource":${patient}}]}\n`,
    'README.md': '# read me',
    'MANIFEST.tsv': 'a\tb',
    'package.json': '[]',
    '.DS_Store': 'x',
  })
  symlinkSync('..', join(path, 'patients', 'circle'))
  symlinkSync('nowhere', join(path, 'broken.json'))
  const found = await findFiles([path, join(path, 'patients/a.json')])
  assert.deepEqual(shown(found, path), {
    sources: [
      'Encounter.ndjson lines 7',
      'hospitalInformation1.json document 0',
      'lines-by-another-name.json lines 4',
      'one-line.json document 4',
      'patients/a.json document 4',
      'patients/deep/b.json.gz document 4',
      'practitionerInformation1.json document 1',
    ],
    unread: ['MANIFEST.tsv ignored', 'README.md ignored', 'broken.json error', 'package.json ignored'],
  })
})

test('what is named and cannot be imported is said', async (t) => {
  const path = folder(t, { 'notes.doc': 'Dear', 'empty.json': '', 'table.csv': 'a,b' })
  const names = ['notes.doc', 'empty.json', 'absent.json', 'table.csv'].map((name) => join(path, name))
  const found = await findFiles(names)
  assert.deepEqual(shown(found, path), {
    sources: [],
    unread: ['notes.doc error', 'empty.json error', 'absent.json error'],
  })
  assert.deepEqual(
    found.tables.map(({ path: each }) => each),
    [names[3]],
  )
})

test('a manifest of a bulk export names the files beside it; nothing is fetched', async (t) => {
  const path = folder(t, {
    'export/Patient.000.ndjson.gz': gzipSync(`${patient}\n`),
    'export/Group.ndjson': '{"resourceType":"Group"}\n',
    'elsewhere/Device.ndjson': '{"resourceType":"Device"}\n',
    'not-a-manifest.json': '{"resourceType":"Parameters","parameter":[{"name":"output"}]}',
  })
  const output = [
    { type: 'Patient', url: 'https://example.org/bulk/1/Patient.000.ndjson' },
    { type: 'Group', url: 'Group.ndjson' },
    { type: 'Device', url: pathToFileURL(join(path, 'elsewhere/Device.ndjson')).href },
    { type: 'Observation', url: 'http://127.0.0.1:1/Observation.ndjson' },
    { type: 'Observation' },
  ]
  const manifest = {
    transactionTime: '2026-01-01T00:00:00Z',
    request: 'x',
    requiresAccessToken: true,
    output,
  }
  writeFileSync(join(path, 'export/manifest.json'), JSON.stringify(manifest))
  const found = await findFiles([join(path, 'export/manifest.json'), join(path, 'not-a-manifest.json')])
  assert.deepEqual(shown(found, path), {
    sources: [
      'export/Patient.000.ndjson.gz lines 4',
      'export/Group.ndjson lines 8',
      'elsewhere/Device.ndjson lines 3',
      'not-a-manifest.json document 3',
    ],
    unread: ['export/manifest.json: http://127.0.0.1:1/Observation.ndjson error'],
  })
})

test('compressed files: several members in one, cut off, damaged', async (t) => {
  const lines = Array.from({ length: 5000 }, (_, n) => `{"n":${Math.sin(n)}}\n`).join('')
  const whole = gzipSync(lines)
  const damaged = Buffer.from(whole)
  damaged.fill(0, damaged.length / 2, damaged.length / 2 + 40)
  const path = folder(t, {
    'two.ndjson.gz': Buffer.concat([whole, gzipSync('{"n":0}\n')]),
    'cut.ndjson.gz': whole.subarray(0, whole.length / 2),
    'damaged.ndjson.gz': damaged,
    'named-otherwise.ndjson': whole,
  })
  const { sources } = await findFiles([path])
  const read = async (name: string) => {
    const source = sources.find((each) => each.name.endsWith(name))
    assert(source)
    let bytes = 0
    let counted = 0
    try {
      for await (const chunk of source.read((more) => (counted += more))) bytes += chunk.length
      assert.equal(counted, source.bytes)
      return bytes
    } catch (error) {
      assert(error instanceof SourceBroken)
      return error.reason
    }
  }
  assert.equal(await read('two.ndjson.gz'), lines.length + 8)
  assert.equal(await read('named-otherwise.ndjson'), lines.length)
  assert.equal(await read('cut.ndjson.gz'), 'truncated')
  assert.equal(await read('damaged.ndjson.gz'), 'damaged')
})

test('a file that is gone by the time it is read is unreadable, and ends nothing', async (t) => {
  const path = folder(t, { 'a.ndjson': `${patient}\n`, 'b.ndjson.gz': gzipSync(`${patient}\n`) })
  const { sources } = await findFiles([path])
  for (const name of ['a.ndjson', 'b.ndjson.gz']) renameSync(join(path, name), join(path, `${name}.moved`))
  for (const source of sources) {
    const reading = Array.fromAsync(source.read(() => {}))
    await assert.rejects(reading, (error) => error instanceof SourceBroken && error.reason === 'unreadable')
  }
})

test('what looks like a manifest is held no further than one may be, however small it lies on disk', async (t) => {
  const members = gzipSync(Buffer.alloc(10_000_000, ' '))
  const bomb = Buffer.concat([gzipSync('{"output":['), ...Array.from({ length: 200 }, () => members)])
  const path = folder(t, { 'bomb.json': bomb })
  const before = process.memoryUsage.rss()
  const found = await findFiles([path])
  assert.deepEqual(shown(found, path), { sources: ['bomb.json document 8'], unread: [] })
  assert((process.memoryUsage.rss() - before) / 1e6 < 500)
})

test('of a manifest, an address that cannot be read leaves the others', async (t) => {
  const output = ['https://example.org/%E0%A4%A', 'file://elsewhere/a.ndjson', 'a.ndjson'].map((url) => ({
    url,
  }))
  const manifest = JSON.stringify({ transactionTime: 'x', output })
  const path = folder(t, { 'export/manifest.json': manifest, 'export/a.ndjson': `${patient}\n` })
  assert.deepEqual(shown(await findFiles([join(path, 'export/manifest.json')]), path), {
    sources: ['export/a.ndjson lines 4'],
    unread: [
      'export/manifest.json: https://example.org/%E0%A4%A error',
      'export/manifest.json: file://elsewhere/a.ndjson error',
    ],
  })
})

test('a report takes no other file away, and is no record of the next import', async (t) => {
  const path = folder(t, { 'a.ndjson': `${patient}\n`, 'empty.ndjson': '', 'text.txt': 'Dear' })
  const text = { es: 'x', en: 'x' }
  const report = createReport(join(path, 'told.ndjson'), 'en')
  report.add({ severity: 'error', file: 'a\n"b', line: 1, code: 'invalid', text })
  report.close()
  const able = ['a.ndjson', 'empty.ndjson', 'text.txt', 'told.ndjson', 'new.ndjson', '.']
  assert.deepEqual(
    able.filter((name) => mayBeReport(join(path, name))),
    ['empty.ndjson', 'told.ndjson', 'new.ndjson'],
  )
  assert.deepEqual(shown(await findFiles([path]), path), {
    sources: ['a.ndjson lines 4'],
    unread: ['empty.ndjson ignored', 'text.txt ignored', 'told.ndjson ignored'],
  })
})
