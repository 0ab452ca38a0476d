import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bundleEntries, depthMax, elements, members, parseDocument, replaceStrings } from './index.ts'
import type { BundleEnd, BundleEntry, Malformed } from './index.ts'

const bytes = (text: string) => Buffer.from(text)

test('keeps literals and order, drops white space outside strings', () => {
  const cases: [string, string][] = [
    ['{"a":1.0}', '{"a":1.0}'],
    [' {\n "b" : [ 1.50 , -0 , 1E+2 ],\t"a" : "x  \\" y" } \r\n', '{"b":[1.50,-0,1E+2],"a":"x  \\" y"}'],
    ['\ufeff{"ñ":"é 漢 🜚"}', '{"ñ":"é 漢 🜚"}'],
    ['{"a":"\\ud800","b":"\\\\"}', '{"a":"\\ud800","b":"\\\\"}'],
    ['{ }', '{}'],
  ]
  for (const [text, want] of cases) {
    const got = parseDocument(bytes(text))
    assert.equal(got.status, 'ok', text)
    if (got.status === 'ok') assert.equal(got.text, want)
  }
})

test('refuses what is not strict JSON, and says where', () => {
  const cases: [string | Uint8Array, Malformed['reason'], number, number][] = [
    ['', 'empty', 1, 1],
    ['  ', 'empty', 1, 3],
    ['[1]', 'not-object', 1, 1],
    [' "x"', 'not-object', 1, 2],
    ['{"a":1 2}', 'syntax', 1, 8],
    ['{"a":tr ue}', 'syntax', 1, 6],
    ['{"a":1} {', 'trailing', 1, 9],
    ['{"a":1}}', 'trailing', 1, 8],
    ['{"a":01}', 'number', 1, 6],
    ['{"a":1.}', 'number', 1, 6],
    ['{"a":NaN}', 'syntax', 1, 6],
    ["{'a':1}", 'syntax', 1, 2],
    ['{"a":1,}', 'syntax', 1, 8],
    ['{"a":[1,]}', 'syntax', 1, 9],
    ['{"a":1', 'end', 1, 7],
    ['{"a":"x', 'end', 1, 8],
    ['{\n"ñ":"a\tb"}', 'string', 2, 7],
    ['{"a":"\\x"}', 'string', 1, 7],
    ['{"a":1,\n "b":{"a":2,\n  "\\u0061":3}}', 'duplicate', 3, 3],
    ['{"__proto__":1,"__proto__":2}', 'duplicate', 1, 16],
    [Uint8Array.of(0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d), 'utf-8', 1, 3],
    ['['.repeat(100), 'depth', 1, depthMax + 1],
  ]
  for (const [text, reason, line, column] of cases) {
    const got = parseDocument(typeof text === 'string' ? bytes(text) : text)
    const place = got.status === 'ok' ? got : { reason: got.reason, line: got.line, column: got.column }
    assert.deepEqual(place, { reason, line, column }, String(text).slice(0, 40))
  }
})

test('a member named __proto__ is a member and nothing more', () => {
  const got = parseDocument(bytes('{"__proto__":{"polluted":true}}'))
  assert.equal(got.status, 'ok')
  assert.equal(({} as { polluted?: boolean }).polluted, undefined)
})

test('notes whole numbers that were not written as integers', () => {
  const got = parseDocument(bytes('{"a":1.0,"b":1,"c":{"d":[2,3e0]},"e":1.5,"s":"1.0"}'))
  assert.equal(got.status, 'ok')
  if (got.status !== 'ok') return
  assert.deepEqual([...(got.decimals?.get(got.value) ?? [])], ['a'])
  const d = (got.value['c'] as { d: object }).d
  assert.deepEqual([...(got.decimals?.get(d) ?? [])], ['1'])
  const plain = parseDocument(bytes('{"b":1,"e":1.5,"t":true}'))
  assert.equal(plain.status === 'ok' && plain.decimals, undefined)
})

test('fifty million brackets cost neither stack nor time', () => {
  const start = performance.now()
  const got = parseDocument(Buffer.alloc(50_000_000, '['))
  assert.equal(got.status === 'malformed' && got.reason, 'depth')
  const deep = parseDocument(Buffer.concat([bytes('{"a":'), Buffer.alloc(1_000_000, '{"a":'), bytes('1')]))
  assert.equal(deep.status === 'malformed' && deep.reason, 'depth')
  assert.ok(performance.now() - start < 1000)
})

test('values longer than the kept buffer', () => {
  const long = 'x'.repeat(3_000_000)
  const got = parseDocument(
    bytes(`{ "a" : "${long}", "b": [ ${'12345678, '.repeat(200_000)} 1${'0'.repeat(400_000)} ] }`),
  )
  assert.equal(
    got.status === 'ok' && got.text,
    `{"a":"${long}","b":[${'12345678,'.repeat(200_000)}1${'0'.repeat(400_000)}]}`,
  )
})

test('agrees with the native parser on any text', () => {
  const noise = fc.array(
    fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      ' ',
      '\n',
      '1',
      '.',
      'e',
      '-',
      'true',
      'null',
      '\\',
      'a',
      '"a":',
      '0',
    ),
  )
  const near = fc.tuple(fc.json(), noise, fc.nat()).map(([json, extra, place]) => {
    const at = place % (json.length + 1)
    return json.slice(0, at) + extra.slice(0, 2).join('') + json.slice(at)
  })
  fc.assert(
    fc.property(
      fc.oneof(
        near,
        noise.map((parts) => parts.join('')),
      ),
      (text) => {
        const wrapped = `{"x":${text}}`
        let want: unknown
        let fails = false
        try {
          want = JSON.parse(wrapped)
        } catch {
          fails = true
        }
        const got = parseDocument(bytes(wrapped))
        if (got.status === 'malformed') {
          assert.ok(fails || got.reason === 'duplicate', `${wrapped} ${got.reason}`)
          if (fails) assert.notEqual(got.reason, 'duplicate-free')
        } else {
          assert.ok(!fails)
          assert.deepEqual(got.value, want)
          assert.deepEqual(JSON.parse(got.text), want)
        }
      },
    ),
    { numRuns: 3000 },
  )
})

test('members and elements give spans', () => {
  const text = '{"a":"x\\"}","b":[1,{"c":[]},"y"],"c\\n":{"d":null},"e":-1.0}'
  assert.deepEqual(
    members(text).map((m) => [m.name, text.slice(m.valueStart, m.valueEnd)]),
    [
      ['a', '"x\\"}"'],
      ['b', '[1,{"c":[]},"y"]'],
      ['c\n', '{"d":null}'],
      ['e', '-1.0'],
    ],
  )
  const b = members(text)[1]!
  assert.deepEqual(
    elements(text, b.valueStart).map((e) => text.slice(e.valueStart, e.valueEnd)),
    ['1', '{"c":[]}', '"y"'],
  )
  assert.deepEqual(members('{}'), [])
  assert.deepEqual(elements('[]'), [])
})

test('replaceStrings names the nearest member', () => {
  const text = '{"a":"1","b":[{"c":"2","d":["3",{"e":"4"},"5"]},"6"],"f":7.0}'
  const seen: string[] = []
  const same = replaceStrings(text, (key, value) => void seen.push(key + value))
  assert.equal(same, text)
  assert.deepEqual(seen, ['a1', 'c2', 'd3', 'e4', 'd5', 'b6'])
  assert.equal(
    replaceStrings(text, (key) => (key === 'd' ? '"' : undefined)),
    '{"a":"1","b":[{"c":"2","d":["\\"",{"e":"4"},"\\""]},"6"],"f":7.0}',
  )
})

function split(text: string): [BundleEntry[], BundleEnd | Malformed] {
  const entries: BundleEntry[] = []
  const walk = bundleEntries(bytes(text))
  for (;;) {
    const step = walk.next()
    if (step.done) return [entries, step.value]
    entries.push(step.value)
  }
}

test('a Bundle comes entry by entry', () => {
  const [entries, end] = split(`{ "resourceType": "Bundle", "type" : "transaction", "entry" : [
    { "fullUrl":"urn:uuid:1", "resource": { "resourceType": "Patient", "x": 1.0 },
      "request": {"method":"POST","url":"Patient","ifNoneExist":"identifier=1"} },
    { "request": {"method":"DELETE","url":"Patient/2"} } ], "total": 2 } `)
  assert.equal(entries.length, 2)
  assert.equal(entries[0]!.resource?.text, '{"resourceType":"Patient","x":1.0}')
  assert.ok(entries[0]!.resource?.decimals?.get(entries[0]!.resource.value)?.has('x'))
  assert.deepEqual(entries[0]!.request, { method: 'POST', url: 'Patient', ifNoneExist: 'identifier=1' })
  assert.deepEqual(end, {
    status: 'ok',
    resourceType: 'Bundle',
    type: 'transaction',
    value: { resourceType: 'Bundle', type: 'transaction', total: 2 },
    entries: 2,
  })
})

test('the resource of an entry is its text, however the entry is written', () => {
  const resource = '{"resourceType":"Basic","request":{"method":"x"},"a":",\\"request\\":{\\"b\\":1}}"}'
  const odd = '{"x":{"y":1,"request":{"method":"GET"}},"resourceType":"Basic","resource":{"z":[]}}'
  for (const text of [resource, odd]) {
    const entries = [
      `{"fullUrl":"urn:uuid:1","resource":${text},"request":{"method":"POST","url":"Basic"}}`,
      `{"resource":${text},"request":{"method":"POST","url":"Basic"}}`,
      `{"resource":${text},"request":{"method":"\\u0047ET"}}`,
      `{"resource":${text},"requ\\u0065st":{"method":"GET"}}`,
      `{"resource":${text},"search":{"mode":"match"},"request":{"method":"GET"}}`,
      `{"fullUrl":1,"resource":${text},"request":{"method":"GET"}}`,
      `{"fullUrl":"\\u0061","resource":${text},"request":{}}`,
      `{"request":{"method":"GET"},"resource":${text}}`,
      `{"r\\u0065source":${text},"request":{"method":"GET"}}`,
      `{"resource":${text},"request":{"method":{"request":{"method":"GET"}}}}`,
      `{"search":{"resource":{}},"resource":${text}}`,
      `{"resource":${text}}`,
    ]
    const [found, end] = split(`{"entry":[${entries.join()}]}`)
    assert.equal(end.status, 'ok')
    for (const [n, entry] of found.entries()) assert.equal(entry.resource?.text, text, entries[n]!)
  }
})

test('a Bundle is held to the same strictness', () => {
  const cases: [string, Malformed['reason'] | 'ok'][] = [
    ['{}', 'ok'],
    ['{"entry":[]}', 'ok'],
    ['{"entry":[1]}', 'ok'],
    ['{"entry":{}}', 'ok'],
    ['{"entry":[{}],}', 'syntax'],
    ['{"entry":[{},]}', 'syntax'],
    ['{"entry":[{}}', 'syntax'],
    ['{"entry":[{}', 'end'],
    ['{"entry":[{"a":1,"a":2}]}', 'duplicate'],
    ['{"entry":[],"entry":[]}', 'duplicate'],
    ['{"a":1', 'end'],
    ['{"a":1}x', 'trailing'],
    ['[]', 'not-object'],
    ['', 'empty'],
    [`{"entry":[${'['.repeat(100)}`, 'depth'],
  ]
  for (const [text, want] of cases) {
    const [, end] = split(text)
    assert.equal(end.status === 'ok' ? 'ok' : end.reason, want, text)
  }
})
