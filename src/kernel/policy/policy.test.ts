import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPolicy, validatePolicies, type Question, type Vocabulary } from './index.ts'

const vocabulary: Vocabulary = {
  roles: ['nurse', 'clerk'],
  kinds: ['chart', 'bill'],
  actions: ['read', 'write'],
}
const ward = {
  name: 'ward',
  facts: { relation: { values: ['none', 'care'] }, trained: { values: [true, false] } },
  policy: `
    @id("nurses") @es("Las enfermeras leen.") @en("Nurses read.")
    permit (principal in Role::"nurse", action == Action::"read", resource in Kind::"chart")
    when { context.ward.relation == Relation::"care" };
    @id("programs") @es("Los programas, todo.") @en("Programs, all.")
    permit (principal is Program, action, resource);
    @id("untrained") @es("Sin curso, nada.") @en("Untrained, nothing.")
    forbid (principal is Person, action, resource) unless { context.ward.trained };
  `,
}
const asking = (more: Partial<Question> = {}, relation = 'care', trained = true): Question => ({
  principal: { is: 'Person', roles: ['nurse'] },
  action: 'read',
  kind: 'chart',
  facts: { ward: { relation, trained } },
  ...more,
})

test('what the policies allow, and which of them decided', () => {
  const policy = createPolicy([ward])
  const cases: [question: Question, isAllowed: boolean, by: string[]][] = [
    [asking(), true, ['nurses']],
    [asking({}, 'none'), false, []],
    [asking({}, 'care', false), false, ['untrained']],
    [asking({ action: 'write' }), false, []],
    [asking({ kind: 'bill' }), false, []],
    [asking({ principal: { is: 'Person', roles: ['clerk'] } }), false, []],
    [asking({ principal: { is: 'Person', roles: ['clerk', 'nurse'] } }), true, ['nurses']],
    [asking({ principal: { is: 'Program' }, action: 'write' }, 'none', false), true, ['programs']],
  ]
  for (const [question, isAllowed, by] of cases) {
    const decision = policy.decide(question)
    assert.deepEqual([decision.isAllowed, decision.by.map(({ id }) => id)], [isAllowed, by])
    assert.equal(policy.decide({ ...question }), decision, 'the same from memory')
  }
  assert.deepEqual(policy.decide(asking()).by, [
    { id: 'nurses', safeguard: 'ward', es: 'Las enfermeras leen.', en: 'Nurses read.' },
  ])
})

test('the validator finds what is wrong with a policy', () => {
  const wrong = (from: string, to: string) =>
    validatePolicies(vocabulary, [{ ...ward, policy: ward.policy.replace(from, to) }])
  assert.deepEqual(wrong('', ''), [])
  const cases: [from: string, to: string, says: RegExp][] = [
    ['Relation::"care"', 'Relation::"carre"', /carre/],
    ['Role::"nurse"', 'Role::"nures"', /nures/],
    ['Kind::"chart"', 'Kind::"charts"', /charts/],
    ['Action::"read"', 'Action::"raed"', /raed/],
    ['context.ward.trained', 'context.ward.trainned', /trainned/],
    ['context.ward.trained', 'context.other.trained', /other/],
    ['@id("nurses")', '', /without @id/],
    ['@en("Nurses read.")', '', /without @id, @es or @en/],
    ['@id("programs")', '@id("nurses")', /two policies/],
    ['permit (', 'prmit (', /prmit/],
  ]
  assert.match(
    validatePolicies(vocabulary, [{ ...ward, isNarrowing: true }]).join(),
    /nurses permits something/,
  )
  for (const [from, to, says] of cases) assert.match(wrong(from, to).join('\n'), says)
})
