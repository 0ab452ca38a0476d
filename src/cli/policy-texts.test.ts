import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actions } from '#records/index.ts'
import { policyActions } from './policy-commands.ts'
import { explanationLines } from './policy-texts.ts'

test('the command has the actions that there are', () => {
  assert.deepEqual(policyActions, actions)
})

test('a decision is told with its facts and policies, in both languages', () => {
  const care = {
    isAllowed: true,
    facts: { 'access.relation': 'care' },
    policies: [{ id: 'access.care-reads', es: 'Quien atiende lee.', en: 'Whoever cares reads.' }],
  }
  const none = { isAllowed: false, facts: { 'access.relation': 'none' }, policies: [] }
  assert.deepEqual(
    explanationLines({ isAllowed: true, explained: [care], otherwise: [], besides: [] }, 'es'),
    ['permitido', '  access.relation = care', '    access.care-reads: Quien atiende lee.'],
  )
  assert.deepEqual(
    explanationLines({ isAllowed: false, explained: [none], otherwise: [care], besides: [] }, 'en'),
    [
      'refused',
      '  access.relation = none',
      '    no policy permits it',
      'It would be allowed by:',
      '  access.relation = care',
      '    access.care-reads: Whoever cares reads.',
    ],
  )
  assert.deepEqual(explanationLines({ isAllowed: false, explained: [], otherwise: [], besides: [] }, 'es'), [
    'negado',
    'con ningún hecho se permitiría',
  ])
  const besides = [{ es: 'hoy: 3 de 120 pacientes', en: 'today: 3 of 120 patients' }]
  assert.deepEqual(explanationLines({ isAllowed: true, explained: [], otherwise: [], besides }, 'es'), [
    'permitido',
    '  hoy: 3 de 120 pacientes',
  ])
})
