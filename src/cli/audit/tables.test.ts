import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlainEntry } from '#records/index.ts'
import { actions } from '#kernel/ledger/index.ts'
import { entriesTable } from './entries-table.ts'
import { actionLabels } from './labels.ts'

const zone = 'America/Mexico_City'
let n = 0
const entry = (given: Partial<PlainEntry>): PlainEntry => ({
  id: `${n}-x`,
  index: n,
  act: `act ${n++}`,
  recorded: '2026-11-22T14:00:03.250Z',
  action: 'read',
  outcome: 'done',
  owner: 'patient',
  patient: 'Patient/p',
  actor: 'Practitioner/ana',
  client: 'web',
  address: '192.0.2.7',
  ...given,
})

test('entries of one act are one line, those of one view stand together, and machines are labelled', () => {
  const rows = [
    entry({ view: 'v', resources: ['Observation/a/_history/1'] }),
    entry({
      actor: 'system',
      client: 'sigilo',
      address: 'local',
      machine: true,
      owner: 'facility',
      action: 'maintenance',
      query: 'reindex',
    }),
    entry({ view: 'v', action: 'search', query: 'Observation?patient=p' }),
    entry({ act: 'same', action: 'search', resources: ['Patient/a', 'Patient/b', 'Patient/c', 'Patient/d'] }),
    entry({ act: 'same', action: 'search', patient: 'Patient/q' }),
    entry({ outcome: 'refused', owner: 'facility', reason: 'not-found' }),
    entry({ owner: 'gone' }),
  ]
  assert.deepEqual(entriesTable(rows, 'en', zone), [
    'WHEN                   WHO                                WHAT           WHOSE                ABOUT',
    'view v: 2 acts',
    '  2026-11-22 08:00:03  Practitioner/ana (web, 192.0.2.7)  read           Patient/p            Observation/a/_history/1',
    '  2026-11-22 08:00:03  Practitioner/ana (web, 192.0.2.7)  searched       Patient/p            «Observation?patient=p»',
    '2026-11-22 08:00:03    [machine] system (sigilo, local)   maintenance    the facility         «reindex»',
    '2026-11-22 08:00:03    Practitioner/ana (web, 192.0.2.7)  searched       Patient/p Patient/q  Patient/a Patient/b Patient/c +1',
    '2026-11-22 08:00:03    Practitioner/ana (web, 192.0.2.7)  read, refused  the facility         (not-found)',
    '2026-11-22 08:00:03    (cannot be read)                   read           (destroyed)',
  ])
  assert.match(entriesTable(rows, 'es', zone).join('\n'), /vista v: 2 actos[\s\S]*\[máquina\] system/)
})

test('nothing that was recorded moves the cursor', () => {
  const [, line] = entriesTable([entry({ actor: 'a\u001B[2Jb', query: 'x\ny\u202Ez' })], 'en', zone)
  assert.match(line ?? '', /a\?\[2Jb.*«x\?y\?z»$/)
})

test('every action has a name in each language', () => {
  for (const action of Object.keys(actions)) assert.ok(Object.hasOwn(actionLabels, action), action)
})
