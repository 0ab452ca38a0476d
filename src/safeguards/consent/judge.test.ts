import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Content, PolicyThing } from '#records/index.ts'
import { oppositionOf, type Asker, type Opposition } from './judge.ts'
import { ruleOf, rulesOf, valuesMax } from './rule.ts'

const now = Date.UTC(2026, 10, 23, 12)
const ana: Asker = {
  practitioner: 'Practitioner/ana',
  isProgram: false,
  isRepresentative: false,
  groups: new Map(),
  purpose: 'TREAT',
  now,
}
const luis = { ...ana, practitioner: 'Practitioner/luis' }
const program = { ...ana, practitioner: undefined, isProgram: true }

const content = (more: Partial<Content> = {}): Content => ({
  id: 'o1',
  labels: [],
  codes: () => [{ system: 'http://loinc.org', code: '75622-1' }],
  dates: () => [{ low: Date.UTC(2020, 5, 1), high: Date.UTC(2020, 5, 2) }],
  references: () => new Set(['Encounter/e1']),
  ...more,
})
const thing: PolicyThing = {
  action: 'read',
  kind: 'clinical',
  type: 'Observation',
  subjects: [],
  content: content(),
}
const labelled = (...codes: string[]) => ({
  ...thing,
  content: content({ labels: codes.map((code) => ({ system: undefined, code })) }),
})

const actor = (reference: string, role = 'PRCP') => ({
  role: { coding: [{ code: role }] },
  reference: { reference },
})
const coding = (...codes: string[]) => codes.map((code) => ({ code }))
const concepts = (...codes: string[]) => codes.map((code) => ({ coding: [{ code }] }))
const privacy = { coding: [{ code: 'patient-privacy' }] }

function opposed(consent: object, asker: Asker = ana, what: PolicyThing = thing): Opposition {
  const rule = ruleOf({ status: 'active', scope: privacy, ...consent })
  return oppositionOf(rule ? [rule] : [], asker, what)
}

test('a provision closes what it says, and its exceptions open what they say', () => {
  const everything = { type: 'deny' }
  const to = (...who: string[]) => ({ type: 'deny', actor: who.map((each) => actor(each)) })
  const cases: [provision: object, asker: Asker, what: PolicyThing, want: Opposition][] = [
    [{ type: 'permit' }, ana, thing, 'none'],
    [everything, ana, thing, 'part'],
    [to('Practitioner/ana'), ana, thing, 'person'],
    [to('Practitioner/ana'), luis, thing, 'none'],
    [to('Practitioner/x', 'Practitioner/ana'), ana, thing, 'person'],
    [to('Practitioner/ana'), program, thing, 'none'],
    [to('Patient/p2'), { ...ana, patient: 'Patient/p2' }, thing, 'person'],
    // Who belongs to it is not told: everybody may.
    [to('Organization/house'), ana, thing, 'unread'],
    [to('PractitionerRole/r1'), ana, thing, 'unread'],
    [to('RelatedPerson/r1'), ana, thing, 'none'],
    [to('RelatedPerson/r1'), { ...ana, isRepresentative: true }, thing, 'person'],
    [to('Device/d1'), ana, thing, 'none'],
    [to('Device/d1'), program, thing, 'unread'],
    // The keeper is not whom it is closed to.
    [
      { type: 'deny', actor: [actor('Organization/o', 'CST'), actor('Practitioner/luis')] },
      ana,
      thing,
      'none',
    ],
    [{ type: 'deny', purpose: coding('HRESCH') }, ana, thing, 'none'],
    [{ type: 'deny', purpose: coding('HRESCH', 'TREAT') }, ana, thing, 'purpose'],
    [{ type: 'deny', purpose: coding('HOPERAT') }, { ...ana, purpose: 'HLEGAL' }, thing, 'purpose'],
    [{ type: 'deny', purpose: coding('HMARKT', 'PUBHLTH') }, ana, thing, 'none'],
    [{ type: 'deny', class: coding('Observation') }, ana, thing, 'part'],
    [{ type: 'deny', class: coding('Condition') }, ana, thing, 'none'],
    [{ type: 'deny', securityLabel: coding('HIV') }, ana, thing, 'none'],
    [{ type: 'deny', securityLabel: coding('HIV') }, ana, labelled('HIV'), 'part'],
    [{ type: 'deny', securityLabel: coding('R') }, ana, labelled('V'), 'part'],
    [{ type: 'deny', securityLabel: coding('R') }, ana, thing, 'none'],
    [{ type: 'deny', action: concepts('access') }, ana, thing, 'part'],
    [{ type: 'deny', action: concepts('collect') }, ana, thing, 'none'],
    [{ type: 'deny', action: concepts('collect') }, ana, { ...thing, action: 'create' }, 'part'],
    [{ type: 'deny', action: concepts('correct') }, ana, { ...thing, action: 'update' }, 'part'],
    [{ type: 'deny', action: concepts('disclose') }, ana, thing, 'none'],
    [{ type: 'deny', action: concepts('disclose') }, program, thing, 'part'],
    [{ type: 'deny', period: { start: '2026-11-01', end: '2026-12-01' } }, ana, thing, 'part'],
    [{ type: 'deny', period: { start: '2026-12-01' } }, ana, thing, 'none'],
    [{ type: 'deny', period: { end: '2026-11-01' } }, ana, thing, 'none'],
    [{ type: 'deny', dataPeriod: { start: '2020', end: '2020' } }, ana, thing, 'part'],
    [{ type: 'deny', dataPeriod: { start: '2021' } }, ana, thing, 'none'],
    [
      { type: 'deny', dataPeriod: { start: '2021' } },
      ana,
      { ...thing, content: content({ dates: () => [] }) },
      'unread',
    ],
    [{ type: 'deny', code: concepts('75622-1') }, ana, thing, 'part'],
    [{ type: 'deny', code: concepts('other') }, ana, thing, 'none'],
    [
      { type: 'deny', code: concepts('other') },
      ana,
      { ...thing, content: content({ codes: () => undefined }) },
      'unread',
    ],
    [
      { type: 'deny', data: [{ meaning: 'instance', reference: { reference: 'Observation/o1' } }] },
      ana,
      thing,
      'part',
    ],
    [
      { type: 'deny', data: [{ meaning: 'instance', reference: { reference: 'Encounter/e1' } }] },
      ana,
      thing,
      'none',
    ],
    [
      { type: 'deny', data: [{ meaning: 'related', reference: { reference: 'Encounter/e1' } }] },
      ana,
      thing,
      'part',
    ],
    // All that it says has to be met.
    [{ ...to('Practitioner/ana'), class: coding('Condition') }, ana, thing, 'none'],
    [{ ...to('Practitioner/ana'), class: coding('Observation') }, ana, thing, 'person'],
    // Exceptions, and exceptions of these.
    [{ type: 'permit', provision: [to('Practitioner/ana')] }, ana, thing, 'person'],
    [{ type: 'permit', provision: [to('Practitioner/ana')] }, luis, thing, 'none'],
    [
      { type: 'deny', provision: [{ type: 'permit', actor: [actor('Practitioner/ana')] }] },
      ana,
      thing,
      'none',
    ],
    [
      { type: 'deny', provision: [{ type: 'permit', actor: [actor('Practitioner/ana')] }] },
      luis,
      thing,
      'part',
    ],
    [
      {
        type: 'permit',
        provision: [
          {
            type: 'deny',
            class: coding('Observation'),
            provision: [{ type: 'permit', purpose: coding('TREAT') }],
          },
        ],
      },
      ana,
      thing,
      'none',
    ],
    [
      {
        type: 'permit',
        provision: [
          { type: 'deny', class: coding('Observation') },
          { type: 'permit', purpose: coding('TREAT') },
        ],
      },
      ana,
      thing,
      'part',
    ],
    // What does not hold has no exceptions.
    [{ type: 'permit', class: coding('Condition'), provision: [to('Practitioner/ana')] }, ana, thing, 'none'],
    // The root without a type is a frame, as R4 has it.
    [{ provision: [to('Practitioner/ana')] }, ana, thing, 'person'],
    [{ provision: [to('Practitioner/ana')] }, luis, thing, 'none'],
  ]
  for (const [provision, asker, what, want] of cases)
    assert.equal(opposed({ provision }, asker, what), want, JSON.stringify(provision))
})

test('what cannot be read closes what it seems to restrict, and never opens', () => {
  const cases: [provision: unknown, want: Opposition][] = [
    [{ type: 'block' }, 'unread'],
    [{ type: ['deny'] }, 'unread'],
    ['deny', 'unread'],
    [[], 'unread'],
    [null, 'unread'],
    [{ actor: [actor('Practitioner/ana')] }, 'unread'],
    [{ actor: [actor('Practitioner/luis')] }, 'none'],
    [{ type: 'deny', actor: [{ reference: { display: 'Dra. Ana' } }] }, 'unread'],
    [{ type: 'deny', actor: [actor('https://elsewhere.example/Practitioner/ana')] }, 'unread'],
    [{ type: 'deny', actor: [actor('#contained')] }, 'unread'],
    [{ type: 'deny', actor: 'Practitioner/luis' }, 'unread'],
    [{ type: 'deny', actor: [] }, 'unread'],
    [{ type: 'deny', purpose: coding('CURIOSITY') }, 'unread'],
    [{ type: 'deny', purpose: coding('ETREAT') }, 'unread'],
    [{ type: 'deny', class: [{ system: 'http://loinc.org', code: '34133-9' }] }, 'unread'],
    [{ type: 'deny', action: [{ text: 'look' }] }, 'unread'],
    [{ type: 'deny', action: concepts('peek') }, 'unread'],
    // What every object has is no code.
    ...['constructor', 'toString', '__proto__'].map((code): [object, Opposition] => [
      { type: 'deny', action: concepts(code), purpose: coding(code) },
      'unread',
    ]),
    [{ type: 'deny', period: { start: 'soon' } }, 'unread'],
    [{ type: 'deny', period: { start: '2026-11-24' } }, 'unread'],
    [{ type: 'deny', period: 'always' }, 'unread'],
    [{ type: 'deny', class: coding('Condition'), unless: {} }, 'none'],
    [{ type: 'permit', provision: [{ class: coding('Observation') }] }, 'unread'],
    [{ type: 'permit', provision: ['x'] }, 'unread'],
    [{ type: 'deny', provision: [{ type: 'permit', purpose: coding('ETREAT') }] }, 'part'],
    [{ type: 'deny', provision: [{ type: 'permit', modifierExtension: [] }] }, 'part'],
    [{ type: 'deny', provision: [{ type: 'permit', actor: [actor('Organization/house')] }] }, 'part'],
    [{ type: 'permit', period: { start: 'soon' }, provision: [{ type: 'deny' }] }, 'unread'],
  ]
  for (const [provision, want] of cases) assert.equal(opposed({ provision }), want, JSON.stringify(provision))
})

test('which Consents say something', () => {
  const provision = { type: 'deny' }
  const optOut = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTOUT' }] }
  const cases: [consent: object, want: Opposition][] = [
    [{ provision }, 'part'],
    ...['draft', 'proposed', 'rejected', 'inactive', 'entered-in-error'].map(
      (status): [object, Opposition] => [{ status, provision }, 'none'],
    ),
    [{ status: 'unheard-of', provision }, 'part'],
    [{ scope: { coding: [{ code: 'research' }] }, provision }, 'none'],
    [{ scope: { coding: [{ code: 'adr' }] }, provision }, 'none'],
    [{ scope: { coding: [{ code: 'other' }] }, provision }, 'part'],
    [{ scope: { text: 'privacy' }, provision }, 'part'],
    [{}, 'none'],
    [{ policyRule: optOut }, 'part'],
    [
      { policyRule: optOut, provision: { provision: [{ type: 'permit', purpose: coding('TREAT') }] } },
      'none',
    ],
    [{ policyRule: optOut, provision: { class: coding('Condition') } }, 'none'],
    [{ policyRule: { coding: [{ code: 'constructor' }] } }, 'none'],
    [{ modifierExtension: [{}] }, 'unread'],
    [{ modifierExtension: [{}], provision: { type: 'permit' } }, 'none'],
  ]
  for (const [consent, want] of cases) assert.equal(opposed(consent), want, JSON.stringify(consent))
})

test('more than can be judged of each thing of a search closes all; what is judged of actors is judged once', () => {
  const names = (count: number) => Array.from({ length: count }, (_, n) => `Practitioner/p${n}`)
  const naming = (count: number) => ({
    status: 'active',
    scope: privacy,
    provision: { type: 'deny', actor: names(count).map((each) => actor(each)) },
  })
  const half = valuesMax / 2 - 1
  assert.equal(oppositionOf(rulesOf([naming(half), naming(half)]), ana, thing), 'none')
  assert.equal(oppositionOf(rulesOf([naming(half), naming(half + 1)]), ana, thing), 'unread')
  assert.equal(oppositionOf(rulesOf([naming(200_000)]), ana, thing), 'unread')
  const withdrawn = { ...naming(200_000), status: 'inactive' }
  assert.deepEqual(rulesOf([withdrawn]), [])

  let asked = 0
  const groups = new Map([['CareTeam/a', false]])
  groups.has = (name) => (asked++, Map.prototype.has.call(groups, name))
  const member: Asker = { ...ana, groups }
  const rules = rulesOf([{ ...naming(0), provision: { type: 'deny', actor: [actor('CareTeam/a')] } }])
  for (let n = 0; n < 3; n++) assert.equal(oppositionOf(rules, member, thing), 'none')
  assert.equal(asked, 1)
})
