import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bearingOf, type Bare } from './bearing.ts'
import { jsonOf } from './policies.ts'
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

const ofWard = {
  name: 'ward',
  facts: { relation: { values: ['none', 'care', 'own'] }, trained: { values: [true, false] } },
  policy: `
    @id("nurses") @es("a") @en("a")
    permit (principal is Person, action, resource)
    when { principal in Role::"nurse" && context.ward.relation == Relation::"care" && resource in Kind::"chart" };
    @id("clerks") @es("b") @en("b")
    permit (principal in Role::"clerk", action in [Action::"read"], resource)
    when { [Relation::"none", Relation::"own"].contains(context.ward.relation) || resource in Kind::"bill" };
    @id("untrained") @es("c") @en("c")
    forbid (principal is Person, action == Action::"write", resource)
    unless { context.ward.trained || principal in Role::"clerk" };
  `,
}
const ofNight = {
  name: 'night',
  facts: { hour: { values: ['day', 'night'] }, guard: { values: [true, false] } },
  policy: `
    @id("night") @es("d") @en("d")
    forbid (principal, action == Action::"write", resource in Kind::"bill")
    when { !(context.night.guard && context.night.hour == Hour::"night") };
  `,
}

test('a decision hangs on the facts that are named where they could matter, and on no others', () => {
  const split = (policy: string) => policy.split(/(?=@id)/).filter((text) => text.includes('@id'))
  const bearing = bearingOf([ofWard, ofNight].flatMap(({ policy }) => split(policy).map(jsonOf)))
  const cases: [asked: Partial<Bare>, want: string[]][] = [
    [{}, ['ward.relation']],
    [{ kind: 'bill' }, []],
    [{ action: 'write' }, ['ward.relation', 'ward.trained']],
    [{ action: 'write', kind: 'bill' }, ['ward.trained', 'night.guard', 'night.hour']],
    [{ roles: ['clerk'] }, ['ward.relation']],
    [{ roles: ['clerk'], kind: 'bill' }, []],
    [{ roles: ['clerk'], action: 'write' }, []],
    [{ is: 'Program', roles: [], action: 'write', kind: 'bill' }, ['night.guard', 'night.hour']],
    [{ is: 'Program', roles: [], action: 'write' }, []],
  ]
  for (const [asked, want] of cases) {
    const found = bearing({ is: 'Person', roles: ['nurse'], action: 'read', kind: 'chart', ...asked })
    const places = found?.map(({ safeguard, fact }) => `${safeguard}.${fact}`)
    assert.deepEqual(places, want, JSON.stringify(asked))
  }
  const words = (asked: Partial<Bare>) =>
    bearing({ is: 'Person', roles: ['nurse'], action: 'read', kind: 'chart', ...asked })?.map(
      (place) => place.words && [...place.words],
    )
  assert.deepEqual(words({}), [['care']], 'none and own decide alike')
  assert.deepEqual(words({ roles: ['clerk', 'nurse'] }), [['care', 'none', 'own']])
  assert.deepEqual(words({ action: 'write' }), [['care'], undefined], 'of no words')
  const whole = bearingOf([
    jsonOf('@id("x") permit (principal, action, resource) when { context has ward };'),
  ])
  assert.equal(whole({ is: 'Person', roles: [], action: 'read', kind: 'chart' }), undefined, 'any of them')
})

test('whatever was decided before, it is decided as by itself', () => {
  const remembering = createPolicy([ofWard, ofNight])
  const policies = [ofWard, ofNight]
  const all = { relation: ['none', 'care', 'own'], trained: [true, false], hour: ['day', 'night'] } as const
  let [n, isAllowed] = [0, 0]
  for (const roles of [[], ['nurse'], ['clerk'], ['nurse', 'clerk']])
    for (const action of ['read', 'write'])
      for (const kind of ['chart', 'bill'])
        for (const relation of all.relation)
          for (const trained of all.trained)
            for (const hour of all.hour) {
              const facts = { ward: { relation, trained }, night: { hour, guard: trained } }
              const asked: Question = { principal: { is: 'Person', roles }, action, kind, facts }
              // Each asked of a policy that has decided nothing yet; some of them, since it has to be read first.
              if (n++ % 6 > 0) {
                remembering.decide(asked)
                continue
              }
              const alone = createPolicy(policies).decide(asked)
              assert.deepEqual(remembering.decide(asked), alone, JSON.stringify(asked))
              if (alone.isAllowed) isAllowed++
            }
  assert.ok(isAllowed > 5)
})
