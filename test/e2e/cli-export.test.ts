import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { exactTree } from '#test/kit/corpus.ts'
import { fhir, madeHome, serve, sigilo, temporaryHome, tokenOf } from './cli-process.ts'

/** What must come through to the letter: decimals as written, unknown extensions, odd texts, several patients. */
const awkward: Record<string, string> = {
  'Patient/raro': `{"resourceType":"Patient","id":"raro","meta":{"tag":[{"system":"urn:t","code":"x"}]},"name":[{"family":"Ñandú \\u2028 \\"q\\"","given":["Zoë","😀"]}],"extension":[{"url":"urn:own","valueDecimal":1.50}]}`,
  'Patient/otro': `{"resourceType":"Patient","id":"otro","link":[{"other":{"reference":"Patient/raro"},"type":"seealso"}]}`,
  'Observation/decimal': `{"resourceType":"Observation","id":"decimal","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/raro"},"valueQuantity":{"value":0.0100},"component":[{"code":{"text":"e"},"valueQuantity":{"value":1e-7}},{"code":{"text":"long"},"valueQuantity":{"value":123456789.123456789012}}]}`,
  'Binary/datos': `{"resourceType":"Binary","id":"datos","contentType":"application/pdf","data":"${Buffer.alloc(60_000, 7).toString('base64')}"}`,
  'Basic/nadie': `{"resourceType":"Basic","id":"nadie","code":{"text":"of nobody"}}`,
}

/** The resources of an export by name, each as a tree in which numbers are texts; without what a server decides. */
function treesOf(folder: string, who = 'demo-system'): Map<string, unknown> {
  const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as {
    output: { type: string; url: string; count: number }[]
    extension: Record<string, { who: string; act: string }>
  }
  const mark = manifest.extension['urn:x-sigilo:watermark']
  assert.equal(mark?.who, who)
  assert.match(mark?.act ?? '', /^[0-9a-f-]{36}$/)
  const trees = new Map<string, unknown>()
  for (const { type, url, count } of manifest.output) {
    const lines = readFileSync(join(folder, url), 'utf8').trimEnd().split('\n')
    assert.equal(lines.length, count)
    for (const line of lines) {
      const tree = exactTree(line) as { resourceType: string; id: string; meta?: Record<string, unknown> }
      assert.equal(tree.resourceType, type)
      assert(tree.meta?.['versionId'] !== undefined && tree.meta['lastUpdated'] !== undefined)
      delete tree.meta['versionId']
      delete tree.meta['lastUpdated']
      if (Object.keys(tree.meta).length === 0) delete tree.meta
      assert(!trees.has(`${type}/${tree.id}`))
      trees.set(`${type}/${tree.id}`, tree)
    }
  }
  return trees
}

test('a vault is written into a folder, and read into another vault, to the letter', async (t) => {
  const home = await madeHome(t, 'demo')
  const variables = { SIGILO_HOME: home }
  const folders = temporaryHome(t)
  const server = await serve(t, ['serve'], variables)
  const token = await tokenOf(home)
  for (const [name, json] of Object.entries(awkward)) {
    const response = await fetch(`${server.origin}/fhir/R4/${name}`, {
      method: 'PUT',
      body: json,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    })
    assert.equal(response.status, 201, await response.text())
  }

  const first = join(folders, 'first')
  const done = await sigilo(['export', first, '--json'], variables)
  assert.equal(done.code, 0, done.stderr)
  assert.match(done.stderr, /WARNING: .* is readable/)
  assert.equal(statSync(first).mode & 0o777, 0o700)
  for (const name of readdirSync(first)) assert.equal(statSync(join(first, name)).mode & 0o777, 0o600, name)
  const trees = treesOf(first)
  const { resources, transactionTime } = JSON.parse(done.stdout) as {
    resources: number
    transactionTime: string
  }
  assert.equal(trees.size, resources)
  for (const [name, json] of Object.entries(awkward)) assert.deepEqual(trees.get(name), exactTree(json), name)

  // Never into what somebody has already.
  writeFileSync(join(folders, 'mine'), 'x')
  for (const taken of [first, folders, join(folders, 'mine')]) {
    const refused = await sigilo(['export', taken], variables)
    assert.equal(refused.code, 2)
    assert.match(refused.stderr, /not empty/)
  }
  for (const words of [[], [first, first], [join(folders, 'x'), '--type', 'Nonsense']])
    assert.equal((await sigilo(['export', ...words], variables)).code, 2)
  assert(!readdirSync(folders).includes('x'), 'what was refused left a folder')

  // Some of it, and what has changed since.
  const some = join(folders, 'some')
  mkdirSync(some, { mode: 0o755 })
  const asked = ['export', some, '--patient', 'raro', '--type', 'Patient,Observation', '--type', 'Basic']
  assert.equal((await sigilo(asked, variables)).code, 0)
  assert.deepEqual([...treesOf(some).keys()].toSorted(), [
    'Observation/decimal',
    'Patient/otro',
    'Patient/raro',
  ])
  assert.equal(statSync(some).mode & 0o777, 0o700)
  await fetch(`${server.origin}/fhir/R4/Basic/nadie`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  })
  await fhir(server.origin, 'Basic/nueva', token, {
    resourceType: 'Basic',
    id: 'nueva',
    code: { text: 'new' },
  })
  const later = join(folders, 'later')
  const spanish = { ...variables, LC_ALL: 'es_MX.UTF-8' }
  const told = await sigilo(['export', later, '--since', transactionTime], spanish)
  assert.match(told.stdout, /^Escritos 1 recursos en 2 archivos/)
  assert.match(told.stderr, /ATENCIÓN/)
  assert.deepEqual([...treesOf(later).keys()], ['Basic/nueva'])
  assert.match(readFileSync(join(later, 'deleted.0001.ndjson'), 'utf8'), /"url":"Basic\/nadie"/)

  // The same with no server.
  assert.equal((await server.stop()).code, 0)
  const alone = join(folders, 'alone')
  assert.equal((await sigilo(['export', alone], variables)).code, 0)
  const second = treesOf(alone)
  assert.equal(second.size, trees.size)

  const empty = { SIGILO_HOME: await madeHome(t, 'empty') }
  const imported = await sigilo(['import', alone, '--report', join(folders, 'report')], empty)
  assert.equal(imported.code, 0, imported.stdout + imported.stderr)
  const back = join(folders, 'back')
  const again = await sigilo(['export', back], empty)
  assert.equal(again.code, 0, again.stderr)
  const third = treesOf(back, 'operator')
  assert.deepEqual([...third.keys()].toSorted(), [...second.keys()].toSorted())
  for (const [name, tree] of second) assert.deepEqual(third.get(name), tree, name)
})

test('killed while it exports, a server goes on with it at its next start', async (t) => {
  const home = await madeHome(t, 'demo')
  const variables = { SIGILO_HOME: home }
  const server = await serve(t, ['serve'], variables)
  const ask = async (origin: string, path: string) =>
    fetch(`${origin}/fhir/R4/${path}`, {
      headers: { authorization: `Bearer ${await tokenOf(home)}`, prefer: 'respond-async' },
    })
  const begun = await ask(server.origin, '$export')
  assert.equal(begun.status, 202)
  await server.stop('SIGKILL')
  const status = new URL(begun.headers.get('content-location') ?? '').pathname.slice('/fhir/R4/'.length)

  const next = await serve(t, ['serve'], variables)
  let look = await ask(next.origin, status)
  for (let n = 0; n < 20 && look.status === 202; n++) {
    await setTimeout(1_100)
    look = await ask(next.origin, status)
  }
  assert.equal(look.status, 200)
  const { output } = (await look.json()) as { output: { type: string; count: number }[] }
  assert.equal(output.find(({ type }) => type === 'Patient')?.count, 2)
  assert.equal((await next.stop()).code, 0)
})
