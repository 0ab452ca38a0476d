import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isRefusal } from '#kernel/outcome.ts'
import { parseJson } from '#records/json/index.ts'
import { isSameNumber } from './equality.ts'
import { applyJsonPatch, readJsonOperations } from './json-patch.ts'
import { Tree } from './tree.ts'

/** The text that a patch makes of a document, or the code of its refusal. */
function patched(document: string, patch: string): string {
  const parsed = parseJson(Buffer.from(patch))
  if (parsed.status === 'malformed') return parsed.reason
  const read = readJsonOperations(new Tree(parsed.text))
  if (read.status !== 'ok') return read.status
  const applied = applyJsonPatch(document, read.operations)
  return applied.status === 'ok' ? applied.text : applied.status
}

describe('the examples of RFC 6902, appendix A', () => {
  const cases: [name: string, document: string, patch: string, want: string][] = [
    ['A.1', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"foo":"bar","baz":"qux"}'],
    [
      'A.2',
      '{"foo":["bar","baz"]}',
      '[{"op":"add","path":"/foo/1","value":"qux"}]',
      '{"foo":["bar","qux","baz"]}',
    ],
    ['A.3', '{"baz":"qux","foo":"bar"}', '[{"op":"remove","path":"/baz"}]', '{"foo":"bar"}'],
    ['A.4', '{"foo":["bar","qux","baz"]}', '[{"op":"remove","path":"/foo/1"}]', '{"foo":["bar","baz"]}'],
    [
      'A.5',
      '{"baz":"qux","foo":"bar"}',
      '[{"op":"replace","path":"/baz","value":"boo"}]',
      '{"baz":"boo","foo":"bar"}',
    ],
    [
      'A.6',
      '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
      '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]',
      '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}',
    ],
    [
      'A.7',
      '{"foo":["all","grass","cows","eat"]}',
      '[{"op":"move","from":"/foo/1","path":"/foo/3"}]',
      '{"foo":["all","cows","eat","grass"]}',
    ],
    [
      'A.8',
      '{"baz":"qux","foo":["a",2,"c"]}',
      '[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]',
      '{"baz":"qux","foo":["a",2,"c"]}',
    ],
    ['A.9', '{"baz":"qux"}', '[{"op":"test","path":"/baz","value":"bar"}]', 'patch-test-failed'],
    [
      'A.10',
      '{"foo":"bar"}',
      '[{"op":"add","path":"/child","value":{"grandchild":{}}}]',
      '{"foo":"bar","child":{"grandchild":{}}}',
    ],
    [
      'A.11',
      '{"foo":"bar"}',
      '[{"op":"add","path":"/baz","value":"qux","xyz":123}]',
      '{"foo":"bar","baz":"qux"}',
    ],
    ['A.12', '{"foo":"bar"}', '[{"op":"add","path":"/baz/bat","value":"qux"}]', 'patch-failed'],
    ['A.13', '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux","op":"remove"}]', 'duplicate'],
    ['A.14', '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":10}]', '{"/":9,"~1":10}'],
    ['A.15', '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":"10"}]', 'patch-test-failed'],
    [
      'A.16',
      '{"foo":["bar"]}',
      '[{"op":"add","path":"/foo/-","value":["abc","def"]}]',
      '{"foo":["bar",["abc","def"]]}',
    ],
  ]
  for (const [name, document, patch, want] of cases) {
    test(name, () => assert.equal(patched(document, patch), want))
  }
})

describe('what an operation takes', () => {
  const list = '{"a":[1,2],"b":{"c":null}}'
  const cases: [name: string, patch: string, want: string][] = [
    ['no operation', '[]', list],
    ['an operation that is no object', '[1]', 'patch-malformed'],
    ['an op that is none', '[{"op":"merge","path":"/a"}]', 'patch-malformed'],
    ['no path', '[{"op":"remove"}]', 'patch-malformed'],
    ['a pointer without its slash', '[{"op":"remove","path":"a"}]', 'patch-malformed'],
    ['a tilde alone', '[{"op":"remove","path":"/~2"}]', 'patch-malformed'],
    ['no value', '[{"op":"add","path":"/a"}]', 'patch-malformed'],
    ['a value that is null', '[{"op":"add","path":"/a","value":null}]', '{"a":null,"b":{"c":null}}'],
    ['no from', '[{"op":"copy","path":"/a"}]', 'patch-malformed'],
    ['an index with a zero before it', '[{"op":"remove","path":"/a/01"}]', 'patch-failed'],
    ['an index with a sign', '[{"op":"remove","path":"/a/-1"}]', 'patch-failed'],
    ['an index past the end', '[{"op":"add","path":"/a/3","value":3}]', 'patch-failed'],
    ['a huge index', `[{"op":"add","path":"/a/${'9'.repeat(400)}","value":3}]`, 'patch-failed'],
    ['the end of a list, to remove', '[{"op":"remove","path":"/a/-"}]', 'patch-failed'],
    ['an index at the end', '[{"op":"add","path":"/a/2","value":3}]', '{"a":[1,2,3],"b":{"c":null}}'],
    ['a step into a number', '[{"op":"add","path":"/a/0/x","value":3}]', 'patch-failed'],
    ['what is not there, to replace', '[{"op":"replace","path":"/x","value":3}]', 'patch-failed'],
    ['the whole, to remove', '[{"op":"remove","path":""}]', 'patch-failed'],
    ['the whole, to replace', '[{"op":"replace","path":"","value":{"x":1.0}}]', '{"x":1.0}'],
    ['the whole, to test', `[{"op":"test","path":"","value":{"b":{"c":null},"a":[1.0,2e0]}}]`, list],
    ['a move into its own child', '[{"op":"move","from":"/b","path":"/b/d"}]', 'patch-failed'],
    ['a move of the whole', '[{"op":"move","from":"","path":"/b"}]', 'patch-failed'],
    ['a move to where it is', '[{"op":"move","from":"/b","path":"/b"}]', list],
    ['a move of nothing to where it is', '[{"op":"move","from":"/x","path":"/x"}]', 'patch-failed'],
    [
      'a copy into its own child',
      '[{"op":"copy","from":"/b","path":"/b/d"}]',
      '{"a":[1,2],"b":{"c":null,"d":{"c":null}}}',
    ],
    [
      'a copy that stands apart',
      '[{"op":"copy","from":"/b","path":"/d"},{"op":"add","path":"/d/c","value":1}]',
      '{"a":[1,2],"b":{"c":null},"d":{"c":1}}',
    ],
    ['a name that objects inherit', '[{"op":"remove","path":"/constructor"}]', 'patch-failed'],
    [
      '__proto__',
      '[{"op":"add","path":"/__proto__","value":{"x":1}}]',
      '{"a":[1,2],"b":{"c":null},"__proto__":{"x":1}}',
    ],
    ['a step through __proto__', '[{"op":"add","path":"/__proto__/x","value":1}]', 'patch-failed'],
    ['an empty name', '[{"op":"add","path":"/","value":1}]', '{"a":[1,2],"b":{"c":null},"":1}'],
    ['a pointer too long', `[{"op":"remove","path":"${'/a'.repeat(2_001)}"}]`, 'patch-malformed'],
  ]
  for (const [name, patch, want] of cases) test(name, () => assert.equal(patched(list, patch), want))

  test('says which operation, and why', () => {
    const applied = applyJsonPatch(list, [
      { op: 'remove', path: ['a', '0'] },
      { op: 'remove', path: ['b', 'x'] },
    ])
    assert.deepEqual(applied.status !== 'ok' && applied.slots, {
      operation: 1,
      reason: { en: 'there is nothing at step 2 of its path', es: 'no hay nada en el paso 2 de su ruta' },
    })
  })
})

test('every literal that is not touched stays, and so do those that a patch brings', () => {
  const document =
    '{"v":1.0,"n\\u0061me":"\\u00e9\\/","big":123456789012345678901234567890,"e":[1e-2,{"z":1,"a":-0.0}]}'
  const patch =
    '[{"op":"add","path":"/e/1/new","value":{"x":2.50}},{"op":"replace","path":"/name","value":"\\u0041"}]'
  assert.equal(
    patched(document, patch),
    '{"v":1.0,"n\\u0061me":"\\u0041","big":123456789012345678901234567890,"e":[1e-2,{"z":1,"a":-0.0,"new":{"x":2.50}}]}',
  )
})

test('numbers are compared by value', () => {
  const same: [string, string, boolean][] = [
    ['1', '1.0', true],
    ['100', '1e2', true],
    ['0.10', '1E-1', true],
    ['0', '-0.0', true],
    ['-1', '1', false],
    ['9007199254740992', '9007199254740993', false],
    ['1e999999999999', '10e999999999998', true],
    ['1e9999999999999999999', '1e9999999999999999998', false],
  ]
  for (const [left, right, want] of same) assert.equal(isSameNumber(left, right), want, `${left} ${right}`)
})

test('copies that double the document, again and again, end', () => {
  const patch = Array.from({ length: 60 }, (_, n) => ({ op: 'copy', from: '', path: `/x${n}` }))
  assert.equal(patched(JSON.stringify({ a: 'x'.repeat(1000) }), JSON.stringify(patch)), 'patch-too-costly')
})

test('a thousand insertions before a long list end', () => {
  const patch = Array.from({ length: 1000 }, () => ({ op: 'add', path: '/0', value: 1 }))
  assert.equal(patched(`[${'0,'.repeat(200_000)}0]`, JSON.stringify(patch)), 'patch-too-costly')
})

test('values moved into one another make a nest of any depth, and no stack runs out', () => {
  // Each round puts what there is into a fresh pair of brackets of brackets.
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`
  const rounds = Array.from({ length: 400 }, () => [
    { op: 'add', path: '/b', value: JSON.parse(deep(60)) as unknown },
    { op: 'move', from: '/a', path: `/b${'/0'.repeat(59)}/-` },
    { op: 'move', from: '/b', path: '/a' },
  ]).flat()
  const made = patched('{"a":1}', JSON.stringify(rounds))
  assert.ok(made.startsWith(`{"a":${'['.repeat(24_000)}`), made.slice(0, 100))
})

// The reference works on plain trees, without a thought for literals or cost.

type Json = string | number | boolean | null | Json[] | Map<string, Json>

const names = fc.constantFrom('a', 'b', '', '__proto__', 'a/b', '~', '0')
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<Json>(0, 1, 'x', '', true, null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(names, tie('value')), { maxLength: 3 }).map((members) => new Map(members)),
  ),
})).value
const pointer = fc
  .array(fc.oneof(names, fc.constantFrom('0', '1', '2', '-')), { maxLength: 3 })
  .map((tokens) => tokens.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''))
/** Most pointers of a patch should lead somewhere. */
const start = fc.tuple(json, json, json, json, json).map(
  ([a, b, c, d, e]): Json =>
    new Map<string, Json>([
      ['a', a],
      ['b', [b, c]],
      [
        '__proto__',
        new Map([
          ['a', d],
          ['', e],
        ]),
      ],
    ]),
)
const operation = fc.record({
  op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
  path: pointer,
  from: pointer,
  value: json,
})
type Operation = { op: string; path: string; from: string; value: Json }

function plain(value: Json): string {
  if (value instanceof Map) {
    return `{${[...value].map(([name, each]) => `${JSON.stringify(name)}:${plain(each)}`).join(',')}}`
  }
  return Array.isArray(value) ? `[${value.map(plain).join(',')}]` : JSON.stringify(value)
}

function sorted(value: Json): string {
  if (value instanceof Map) {
    const members = [...value].sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([name, each]) => `${JSON.stringify(name)}:${sorted(each)}`).join(',')}}`
  }
  return Array.isArray(value) ? `[${value.map(sorted).join(',')}]` : JSON.stringify(value)
}

const tokensOf = (text: string) =>
  text
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))

/** The document after the operations, or undefined where one fails. */
function reference(start: Json, operations: readonly Operation[]): Json | undefined {
  let root = structuredClone(start)
  const get = (tokens: string[]): Json | undefined => {
    let at: Json | undefined = root
    for (const token of tokens) {
      if (at instanceof Map) at = at.get(token)
      else if (Array.isArray(at) && /^(0|[1-9]\d*)$/.test(token)) at = at[Number(token)]
      else return undefined
    }
    return at
  }
  const add = (tokens: string[], value: Json): boolean => {
    if (tokens.length === 0) {
      root = value
      return true
    }
    const holder = get(tokens.slice(0, -1))
    const last = tokens.at(-1) as string
    if (holder instanceof Map) return Boolean(holder.set(last, value))
    if (!Array.isArray(holder) || !/^(-|0|[1-9]\d*)$/.test(last)) return false
    const index = last === '-' ? holder.length : Number(last)
    if (index > holder.length) return false
    holder.splice(index, 0, value)
    return true
  }
  const remove = (tokens: string[]): boolean => {
    if (tokens.length === 0 || get(tokens) === undefined) return false
    const holder = get(tokens.slice(0, -1))
    if (holder instanceof Map) return holder.delete(tokens.at(-1) as string)
    return Array.isArray(holder) && holder.splice(Number(tokens.at(-1)), 1).length === 1
  }
  for (const { op, path, from, value } of operations) {
    const to = tokensOf(path)
    const source = tokensOf(from)
    const there = get(to)
    const taken = get(source)
    let done: boolean
    if (op === 'add') done = add(to, structuredClone(value))
    else if (op === 'remove') done = remove(to)
    else if (op === 'test') done = there !== undefined && sorted(there) === sorted(value)
    else if (op === 'copy') done = taken !== undefined && add(to, structuredClone(taken))
    else if (op === 'replace') {
      const holder = get(to.slice(0, -1))
      done = there !== undefined
      if (done && to.length === 0) root = structuredClone(value)
      else if (done && holder instanceof Map) holder.set(to.at(-1) as string, structuredClone(value))
      else if (done && Array.isArray(holder)) holder[Number(to.at(-1))] = structuredClone(value)
    } else {
      const within = path === from || path.startsWith(`${from}/`)
      done = taken !== undefined && (path === from || (!within && remove(source) && add(to, taken)))
    }
    if (!done) return undefined
  }
  return root
}

test('every patch gives what a plain implementation gives, and nothing is thrown', () => {
  let applied = 0
  fc.assert(
    fc.property(start, fc.array(operation, { maxLength: 4 }), (document, operations) => {
      const want = reference(document, operations)
      const patch = `[${operations
        .map(
          ({ op, path, from, value }) =>
            `{"op":"${op}","path":${JSON.stringify(path)},"from":${JSON.stringify(from)},"value":${plain(value)}}`,
        )
        .join(',')}]`
      const made = patched(plain(document), patch)
      if (want === undefined) assert.ok(isRefusal({ status: made }), made)
      else {
        assert.equal(made, plain(want))
        if (operations.length > 0) applied++
      }
    }),
    { numRuns: 5_000 },
  )
  assert.ok(applied > 200, `only ${applied} patches could be carried out`)
})

test('no body throws', () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), (document, patch) => {
      patched(JSON.stringify(JSON.parse(document)), patch)
    }),
    { numRuns: 500 },
  )
})

test('a number is compared with so many digits and no more', () => {
  const digits = 1_000_000
  const long = `{"op":"add","path":"/x","value":1${'0'.repeat(digits)}}`
  const test = `{"op":"test","path":"/x","value":1e${digits}}`
  const times = (count: number) => `[${[long, ...Array.from({ length: count }, () => test)].join(',')}]`
  assert.equal(patched('{}', times(10)), `{"x":1${'0'.repeat(digits)}}`)
  assert.equal(patched('{}', times(100)), 'patch-too-costly')
})
