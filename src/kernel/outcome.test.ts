import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  catalogue,
  httpStatusOf,
  isRefusal,
  languageOf,
  operationOutcome,
  refuse,
  sentenceOf,
} from '#kernel/outcome.ts'

test('the catalogue and docs/spec/errors.md are equal', () => {
  const document = readFileSync(new URL('../../docs/spec/errors.md', import.meta.url), 'utf8')
  const written = document
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    )
  const wanted = Object.entries(catalogue).map(([code, { httpStatus, issue, text }]) => [
    `\`${code}\``,
    String(httpStatus),
    issue,
    text.en,
    text.es,
  ])
  assert.deepEqual(written, wanted)
})

test('both languages of a text have the same slots', () => {
  for (const [code, { text }] of Object.entries(catalogue)) {
    const slots = (sentence: string): string[] => [...sentence.matchAll(/\{\w+\}/g)].map(String).sort()
    assert.deepEqual(slots(text.es), slots(text.en), code)
  }
})

test('a sentence has its slots filled, in the language asked', () => {
  const refusal = refuse('malformed', {
    reason: { en: 'an extra comma', es: 'sobra una coma' },
    line: 3,
    column: 7,
  })
  assert.equal(
    sentenceOf(refusal, 'en'),
    'The body is not well-formed JSON: an extra comma (line 3, column 7).',
  )
  assert.equal(
    sentenceOf(refusal, 'es'),
    'El cuerpo no es JSON bien formado: sobra una coma (línea 3, columna 7).',
  )
  assert.equal(sentenceOf(refuse('too-deep'), 'en'), 'The JSON is nested deeper than ? levels.')
})

test('an invalid resource shows each fault with its place', () => {
  const refusal = refuse('invalid', undefined, {
    issues: [
      {
        severity: 'error',
        code: 'required',
        expression: 'Observation.status',
        text: { es: 'Falta status.', en: 'status is missing.' },
      },
    ],
  })
  assert.deepEqual(JSON.parse(operationOutcome(refusal, 'es')), {
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'error',
        code: 'required',
        details: { coding: [{ system: 'urn:x-sigilo:refusal', code: 'invalid' }], text: 'Falta status.' },
        expression: ['Observation.status'],
      },
    ],
  })
})

test('a failed transaction has the status of its cause', () => {
  const refusal = refuse('transaction-failed', { entry: 4 }, { cause: refuse('precondition-failed') })
  assert.equal(httpStatusOf(refusal), 412)
  const { issue } = JSON.parse(operationOutcome(refusal, 'en')) as { issue: { code: string }[] }
  assert.deepEqual(
    issue.map(({ code }) => code),
    ['processing', 'conflict'],
  )
})

test('results are told apart from refusals', () => {
  assert.equal(isRefusal({ status: 'ok' }), false)
  assert.equal(isRefusal({ status: 'toString' }), false)
  assert.equal(isRefusal(refuse('gone')), true)
})

const languages = [
  { header: undefined, want: 'en' },
  { header: '*', want: 'en' },
  { header: 'es', want: 'es' },
  { header: 'es-MX,es;q=0.9,en;q=0.8', want: 'es' },
  { header: 'fr, en;q=0.4, es;q=0.6', want: 'es' },
  { header: 'EN-us, es;q=0.9', want: 'en' },
  { header: 'es;q=0', want: 'en' },
  { header: 'es;q=nonsense', want: 'en' },
  { header: 'es,'.repeat(200), want: 'en' },
] as const

test('Accept-Language picks Spanish or English', () => {
  for (const { header, want } of languages) assert.equal(languageOf(header), want, String(header))
})
