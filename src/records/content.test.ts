import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { clinicalPart } from './capsule.ts'
import type { JsonObject } from '#records/json/index.ts'
import { contentOf, decodeContent, encodeContent, idOf, render, tombstoneOf, treeOf } from './content.ts'

const at = new Date('2026-11-02T14:05:06.007Z')
const own = '"versionId":"3","lastUpdated":"2026-11-02T14:05:06.007Z"'

describe('content', () => {
  const cases = [
    {
      name: 'no id, no meta: both after the type',
      sent: '{"resourceType":"Basic","code":{}}',
      want: `{"resourceType":"Basic","id":"x","meta":{${own}},"code":{}}`,
    },
    {
      name: 'an id elsewhere stays there and is replaced',
      sent: '{"code":{"id":"a"},"resourceType":"Basic","id":"sent"}',
      want: `{"code":{"id":"a"},"resourceType":"Basic","id":"x","meta":{${own}}}`,
    },
    {
      name: 'meta keeps its place and its own members, not those of the server',
      sent: '{"resourceType":"Basic","meta":{"versionId":"9","profile":["p"],"lastUpdated":"2000-01-01T00:00:00Z"},"id":"x"}',
      want: `{"resourceType":"Basic","meta":{${own},"profile":["p"]},"id":"x"}`,
    },
    {
      name: 'an empty meta',
      sent: '{"resourceType":"Basic","id":"x","meta":{}}',
      want: `{"resourceType":"Basic","id":"x","meta":{${own}}}`,
    },
    {
      name: 'decimals, escapes and order',
      sent: '{"resourceType":"Observation","valueQuantity":{"value":1.0},"note":[{"text":"\\u00e1\\"\\n"}]}',
      want: `{"resourceType":"Observation","id":"x","meta":{${own}},"valueQuantity":{"value":1.0},"note":[{"text":"\\u00e1\\"\\n"}]}`,
    },
  ]
  for (const { name, sent, want } of cases) {
    test(name, () => {
      const content = contentOf(sent, 'x')
      assert.deepEqual(treeOf(JSON.parse(sent) as JsonObject, 'x'), JSON.parse(content.text))
      assert.equal(render(content, 3, at), want)
      assert.equal(idOf(content), 'x')
      assert.deepEqual(contentOf(sent, 'x', JSON.parse(sent) as JsonObject), content)
    })
  }

  test('a tree at hand changes nothing', () => {
    const members = ['"resourceType":"Basic"', '"id":"a"', '"code":{"id":"a","meta":{}}']
    const metas = [
      '"meta":{}',
      '"meta":[]',
      '"meta":null',
      '"meta":{"tag":[]}',
      '"meta":{"tag":[{"a":1.0}]}',
      '"meta":{"extension":[{"meta":{}}]}',
      '"meta":{"meta":{}}',
      '"meta":{"profile":["p"],"tag":[]}',
      '"meta":{"tag":[],"versionId":"9"}',
      '"meta":{"_lastUpdated":{},"tag":[]}',
      '"meta":{"version\\u0049d":"9"}',
    ]
    const odd = [
      '"id":"\\u0061"',
      '"id":7',
      '"i\\u0064":"a"',
      '"m\\u0065ta":{}',
      '"resourceType":"B\\u0061sic"',
    ]
    const inOrder = fc
      .tuple(fc.constantFrom(...metas), fc.boolean())
      .chain(([meta, isPlain]) =>
        fc.shuffledSubarray([...members, meta, ...(isPlain ? [] : odd)], { minLength: 1 }),
      )
    fc.assert(
      fc.property(inOrder, fc.string(), (some, id) => {
        const text = `{${some.join()}}`
        const value = JSON.parse(text) as JsonObject
        // Each name once, as a reader makes sure of.
        fc.pre(Object.keys(value).length === some.length)
        assert.deepEqual(contentOf(text, id, value), contentOf(text, id))
      }),
      // As programs write them.
      {
        examples: metas.flatMap((meta): [string[], string][] => [
          [['"resourceType":"Basic"', '"id":"a"', meta, '"code":{}'], 'x'],
          [['"resourceType":"Basic"', '"id":"a"', '"code":{}', meta], 'x'],
          [['"resourceType":"Basic"', '"contained":[{"meta":{}}]', meta], 'x'],
        ]),
      },
    )
  })

  test('what is encoded decodes to the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.boolean(), (text, meta) => {
        const sent = JSON.stringify({ text, ...(meta ? { meta: { tag: [] } } : {}), resourceType: 'Basic' })
        const content = contentOf(sent, 'id-1')
        const back = decodeContent(encodeContent(content))
        assert.deepEqual(back, content)
        assert.equal(idOf(back), 'id-1')
        const served = JSON.parse(render(back, 1, at)) as Record<string, unknown>
        assert.equal(served['text'], text)
      }),
    )
  })

  test('a deletion keeps type and id alone', () => {
    assert.equal(tombstoneOf('Patient', 'p').text, '{"resourceType":"Patient","id":"p"}')
  })
})

describe('identity apart', () => {
  test('a clinical row has name, sex, birth date and record number, and nothing else of the person', () => {
    const mr =
      '{"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"value":"00012"}'
    const curp = '{"system":"urn:oid:2.16.840.1.113883.4.629","value":"HEGG560427MVZRRL04"}'
    const sent = `{"resourceType":"Patient","text":{"status":"generated","div":"<div>x</div>"},"identifier":[${curp},${mr}],"active":true,"name":[{"family":"Hernández"}],"telecom":[{"value":"55 1234 5678"}],"gender":"female","birthDate":"1956-04-27","address":[{"line":["Calle 1"]}],"contact":[{"name":{"text":"N"}}],"photo":[{"data":"AA=="}],"extension":[{"url":"u","valueString":"s"}],"unknownToCome":"1"}`
    assert.equal(
      clinicalPart(sent),
      `{"resourceType":"Patient","identifier":[${mr}],"active":true,"name":[{"family":"Hernández"}],"gender":"female","birthDate":"1956-04-27"}`,
    )
  })

  test('without a record number there are no identifiers', () => {
    assert.equal(
      clinicalPart('{"resourceType":"Patient","identifier":[{"value":"1"}],"gender":"male"}'),
      '{"resourceType":"Patient","gender":"male"}',
    )
  })
})
