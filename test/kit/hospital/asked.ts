/** The command `audit snooping` over a ledger in which a simulated hospital is: its own code, with its route's, and nothing but HTTP between them left out. */
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import type { SafeguardPerson, Terminal } from '#kernel/safeguard.ts'
import type { By } from '#records/index.ts'
import { snooping } from '../../../src/safeguards/snooping/index.ts'
import type { Scope } from '../scope.ts'
import { testVault, type TestVault } from '../vault.ts'
import { recordLife } from './recorded.ts'
import type { Life } from './study.ts'

export interface RecordedHospital {
  vault: TestVault
  people: SafeguardPerson[]
  entries: number
  resources: number
  /** Somebody with a patient on a day, of the last week. */
  visitsOfWeek: number
}

const day = 86_400_000

export async function recordedHospital(t: Scope, life: Life): Promise<RecordedHospital> {
  const vault = await testVault(t)
  const made = await recordLife(vault, life)
  const { ledger } = vault
  await ledger.start()
  await settled(ledger, made.entries)
  const fromMs = weekOf(life)
  const week = [...life.looks, ...life.snoops.flatMap((each) => each.looks)].filter(
    ({ atMs }) => atMs >= fromMs && atMs < fromMs + 7 * day,
  )
  const days = new Set(
    week.map(({ actor, patient, atMs }) => `${actor} ${patient} ${Math.floor((atMs - life.startMs) / day)}`),
  )
  return { vault, ...made, visitsOfWeek: days.size }
}

/** So many entries, or more, are in the tree, and none waits. */
export async function settled(ledger: TestVault['ledger'], entries: number): Promise<number> {
  for (let size = -1; size !== (await ledger.standing()).size || size < entries;) {
    ;({ size } = await ledger.standing())
    await delay(600)
  }
  return (await ledger.standing()).size
}

const weekOf = ({ startMs, days }: Life): number => startMs + (days - 7) * day

const officer: By = {
  actor: 'person/oficial',
  client: 'web',
  address: '192.0.2.9',
  principal: {
    actor: 'person/oficial',
    client: 'web',
    person: {
      account: 'oficial',
      person: 'oficial',
      login: 'oficial',
      name: 'oficial',
      roles: ['privacy-officer'],
      represents: [],
      session: 's',
    },
  },
}

/** Of the last week. `days`: as a study has them. */
export async function listedOf({ vault, people }: RecordedHospital, life: Life) {
  const { list } = (await snooping.endpoints?.()) ?? {}
  const asked = async (body: object) => {
    const told = await list!.act(
      {
        person: { ...people[0]!, actor: officer.actor },
        who: { actor: officer.actor, client: 'web', address: '192.0.2.9' },
        params: {},
        watched: () => vault.store.as(officer).watched(),
        everybody: async function* () {
          yield* people
        },
        nowMs: Date.now(),
        ...nobodyAsks,
      },
      body as never,
    )
    assert.equal(told.status, 'answer', JSON.stringify(told))
    return told as { status: 'answer'; value: object }
  }
  const fromMs = weekOf(life)
  const dateOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  const command = await snooping.commands?.['audit snooping']?.load()
  const said = await command!.run({
    language: 'es',
    words: [],
    options: { from: dateOf(fromMs), to: dateOf(fromMs + 6 * day) },
    ask: async (_, __, body) => ({ status: 'ok', value: (await asked(body ?? {})).value }),
  } as Terminal)
  assert.ok(said.status === 'ok', JSON.stringify(said))
  const { json, lines } = said.value as unknown as {
    json: { visits: number; listed: { actor: string; day: string; score: number }[] }
    lines: string[]
  }
  const days = json.listed.map(({ actor, day: at, score }) => ({ actor, dayMs: Date.parse(at), score }))
  return { visits: json.visits, days, lines }
}

/** What this duty asks of nobody. */
const nobodyAsks = {
  rows: undefined as never,
  approvals: undefined as never,
  barred: async () => undefined,
  notify: async () => {},
  programs: undefined as never,
  uses: undefined as never,
  holds: undefined as never,
  signingOptions: undefined as never,
  signed: undefined as never,
}
