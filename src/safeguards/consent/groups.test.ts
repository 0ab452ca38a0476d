import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGroup, membershipsOf } from './groups.ts'

const now = Date.UTC(2026, 10, 23, 12)
const reference = (text: string) => ({ reference: text })
const past = { end: '2020-01-01' }

const posts: Record<string, object[]> = {
  'Practitioner/ana': [
    { practitioner: reference('Practitioner/ana'), organization: reference('Organization/ward') },
  ],
  'Practitioner/left': [
    {
      practitioner: reference('Practitioner/left'),
      organization: reference('Organization/ward'),
      active: false,
    },
  ],
  'Practitioner/vague': [{ practitioner: reference('Practitioner/vague') }],
}
const participant = (...names: string[]) => names.map((each) => ({ member: reference(each) }))
const documents: Record<string, object> = {
  'Organization/ward': { partOf: reference('Organization/hospital') },
  'Organization/hospital': { name: 'Hospital' },
  'Organization/other': { name: 'Other' },
  'PractitionerRole/ana': { practitioner: reference('Practitioner/ana') },
  'PractitionerRole/was': { practitioner: reference('Practitioner/ana'), period: past },
  'PractitionerRole/luis': { practitioner: reference('Practitioner/luis') },
  'PractitionerRole/nobody': { code: [{ text: 'nurse' }] },
  'CareTeam/ours': { participant: participant('Practitioner/luis', 'Practitioner/ana', 'Patient/p1') },
  'CareTeam/theirs': { participant: participant('Practitioner/luis', 'Patient/p1') },
  'CareTeam/nested': { participant: participant('Practitioner/luis', 'CareTeam/ours') },
  'CareTeam/of-the-ward': { participant: participant('Organization/ward') },
  'CareTeam/in-words': { participant: [{ member: { display: 'Dra. Ana' } }] },
  'CareTeam/over': { status: 'inactive', participant: participant('Practitioner/ana') },
  'CareTeam/was': { participant: [{ member: reference('Practitioner/ana'), period: past }] },
  'CareTeam/empty': {},
  'CareTeam/itself': { participant: participant('CareTeam/itself') },
  'Group/ours': { resourceType: 'Group', actual: true, member: [{ entity: reference('Practitioner/ana') }] },
  'Group/was': {
    resourceType: 'Group',
    actual: true,
    member: [{ entity: reference('Practitioner/ana'), inactive: true }],
  },
  'Group/described': { resourceType: 'Group', actual: false },
}

test('who is of which group, and of whom nobody can tell', async () => {
  const cases: [practitioner: string, group: string, want: boolean | undefined][] = [
    ['ana', 'PractitionerRole/ana', true],
    ['ana', 'PractitionerRole/was', undefined],
    ['ana', 'PractitionerRole/luis', false],
    ['ana', 'PractitionerRole/nobody', undefined],
    ['ana', 'PractitionerRole/nothing', undefined],
    ['ana', 'Organization/ward', true],
    ['ana', 'Organization/hospital', true],
    ['ana', 'Organization/other', false],
    ['left', 'Organization/ward', undefined],
    ['left', 'Organization/other', false],
    ['vague', 'Organization/ward', undefined],
    ['unknown', 'Organization/ward', undefined],
    ['ana', 'CareTeam/ours', true],
    ['ana', 'CareTeam/theirs', false],
    ['ana', 'CareTeam/nested', true],
    ['ana', 'CareTeam/of-the-ward', true],
    ['unknown', 'CareTeam/of-the-ward', undefined],
    ['ana', 'CareTeam/in-words', undefined],
    ['ana', 'CareTeam/over', undefined],
    ['ana', 'CareTeam/was', undefined],
    ['luis', 'CareTeam/over', false],
    ['ana', 'CareTeam/empty', undefined],
    ['ana', 'CareTeam/itself', undefined],
    ['ana', 'Group/ours', true],
    ['luis', 'Group/ours', false],
    ['ana', 'Group/was', undefined],
    ['ana', 'Group/described', undefined],
    ['ana', 'https://elsewhere.example/CareTeam/ours', undefined],
  ]
  const sources = {
    documentOf: async (name: string) => documents[name] as never,
    postsOf: async (practitioner: string) => (posts[practitioner] ?? []) as never,
  }
  for (const [who, group, want] of cases) {
    const member = { practitioner: `Practitioner/${who}`, now }
    const found = await membershipsOf([group], member, sources, [])
    assert.equal(found.get(group), want, `${who} in ${group}`)
  }
})

test('groups that list one another again and again are read once, and of too many nobody can tell', async () => {
  let read = 0
  const team = { participant: participant(...Array.from({ length: 50 }, (_, n) => `CareTeam/t${n % 3}`)) }
  const sources = {
    documentOf: async () => (read++, team) as never,
    postsOf: async () => [],
  }
  const found = await membershipsOf(['CareTeam/t0'], { practitioner: 'Practitioner/ana', now }, sources, [])
  assert.deepEqual([...found.keys()].toSorted(), ['CareTeam/t0', 'CareTeam/t1', 'CareTeam/t2'])
  assert.equal(read, 3)
  const organizations = Array.from({ length: 100 }, (_, n) => `Organization/o${n}`)
  let posted = 0
  const working = { ...sources, postsOf: async () => (posted++, posts['Practitioner/ana']) as never }
  await membershipsOf(organizations, { practitioner: 'Practitioner/ana', now }, working, [])
  assert.equal(posted, 1)
  const many = Array.from({ length: 1000 }, (_, n) => `CareTeam/${n}`)
  const empty = { ...sources, documentOf: async () => (read++, documents['CareTeam/theirs']) as never }
  read = 0
  const all = await membershipsOf(many, { practitioner: 'Practitioner/ana', now }, empty, [])
  assert.deepEqual([read, all.get('CareTeam/0'), all.get('CareTeam/999')], [200, false, undefined])
})

test('what is a group', () => {
  for (const each of ['CareTeam/a', 'Group/a', 'Organization/a', 'PractitionerRole/a'])
    assert.ok(isGroup(each))
  for (const each of ['Practitioner/a', 'urn:uuid:x', 'CareTeam', 'Device/a']) assert.ok(!isGroup(each))
})
