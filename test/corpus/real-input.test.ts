import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { corpusFiles, corpusLines, exactTree, without } from '#test/kit/corpus.ts'
import { startDemo, testHome, type VaultProcess } from '#test/kit/process.ts'

/** Real records, sent over HTTP by a client that shares nothing with the server. */

type Tree = Record<string, unknown>

const scope: (() => unknown)[] = []
let vault: VaultProcess
before(async () => {
  const t = { after: (done: () => unknown) => void scope.push(done) }
  vault = await startDemo(t, await testHome(t))
})
after(async () => {
  for (const done of scope.toReversed()) await done()
})

/** What the server may add or set is taken away on both sides. */
function comparable(tree: Tree): Tree {
  const { id: _, meta, ...rest } = tree
  if (meta === undefined) return rest
  const { versionId: _v, lastUpdated: _l, ...own } = meta as Tree
  return Object.keys(own).length === 0 ? rest : { ...rest, meta: own }
}

describe('synthea-smart', { skip: without('synthea-smart') }, () => {
  test('every Bundle is taken whole and read back equal, decimals to the digit', async () => {
    let entries = 0
    let patients = 0
    for (const { name, text } of corpusFiles('synthea-smart', '.json.gz')) {
      const sent = JSON.parse(text) as { entry: { fullUrl: string; resource: Tree }[] }
      const response = await vault.fhir('', { method: 'POST', body: text })
      assert.equal(response.status, 200, name)
      const answer = (await response.json()) as {
        type: string
        entry: { response: { status: string; location: string } }[]
      }
      assert.equal(answer.type, 'transaction-response')
      assert.equal(answer.entry.length, sent.entry.length)
      const places = new Map<string, string>()
      answer.entry.forEach(({ response: { status, location } }, n) => {
        assert.match(status, /^201/)
        const place = /([A-Za-z]+\/[A-Za-z0-9.-]+)\/_history\/1$/.exec(location)?.[1]
        assert.ok(place, location)
        places.set((sent.entry[n] as { fullUrl: string }).fullUrl, place)
      })
      // Every reference now names what the entry became.
      const expected = exactTree(
        text.replace(/"reference": *"(urn:uuid:[^"]+)"/g, (whole, url: string) =>
          places.has(url) ? `"reference": ${JSON.stringify(places.get(url))}` : whole,
        ),
      ) as { entry: { resource: Tree }[] }
      const back = await Promise.all(
        [...places.values()].map(async (place) => {
          const read = await vault.fhir(`/${place}`)
          assert.equal(read.status, 200, place)
          return exactTree(await read.text()) as Tree
        }),
      )
      expected.entry.forEach(({ resource }, n) => {
        assert.deepEqual(comparable(back[n] as Tree), comparable(resource), `${name} entry ${n}`)
      })
      const patient = [...places.values()].find((place) => place.startsWith('Patient/'))
      assert.equal(
        await countEverything(`/${patient}/$everything`),
        sent.entry.length,
        `${name}: $everything`,
      )
      entries += sent.entry.length
      patients++
    }
    console.log(`${patients} Bundles, ${entries} resources, each 201 and equal when read`)
    assert.equal(patients, 50)
    assert.equal(entries, 13_172)
  })
})

async function countEverything(path: string): Promise<number> {
  let seen = 0
  let next: string | undefined = path
  while (next) {
    const response = await vault.fhir(next)
    assert.equal(response.status, 200)
    const page = (await response.json()) as { entry?: unknown[]; link?: { relation: string; url: string }[] }
    seen += page.entry?.length ?? 0
    const url = page.link?.find(({ relation }) => relation === 'next')?.url
    next = url?.slice(url.indexOf('/fhir/R4') + '/fhir/R4'.length)
  }
  return seen
}

for (const [set, ending] of [
  ['fhir-r4-examples', 'examples.ndjson.gz'],
  ['fhir-spanish', '.ndjson'],
] as const) {
  describe(set, { skip: without(set) }, () => {
    test('every resource is created and read back equal, and none is refused but what the ledger computes', async () => {
      let taken = 0
      for (const { name, text } of corpusLines(set, ending)) {
        const tree = JSON.parse(text) as Tree
        const { resourceType, id } = tree as { resourceType: string; id?: string }
        const response = await vault.fhir(`/${resourceType}`, { method: 'POST', body: text })
        if (resourceType === 'AuditEvent') {
          assert.equal(response.status, 405)
          assert.match(await response.text(), /"audit-computed"/)
          continue
        }
        assert.equal(
          response.status,
          201,
          `${name}, ${resourceType}/${id}: ${response.ok ? '' : await response.text()}`,
        )
        const created = (await response.json()) as Tree
        // A Binary comes as its bytes, unless it is asked for as a resource (R4 http.html#binary).
        const headers = { accept: 'application/fhir+json' }
        const read = await vault.fhir(`/${resourceType}/${created['id']}`, { headers })
        const back = exactTree(await read.text()) as Tree
        assert.deepEqual(comparable(back), comparable(exactTree(text) as Tree), name)
        taken++
      }
      console.log(`${set}: ${taken} resources, each 201 and equal when read`)
    })
  })
}
