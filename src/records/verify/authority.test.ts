/** Rows that confer authority, planted by SQL: each is named. */
import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { connect } from '#kernel/db/index.ts'
import { createKeys } from '#kernel/keys/index.ts'
import { createLedger, type Finding } from '#kernel/ledger/index.ts'
import { createAuthority } from '#people/authority/index.ts'
import { testVault, timeZone } from '#test/kit/vault.ts'
import { verifyRecords, type RecordFinding, type VerifyOptions } from './index.ts'

const act = { actor: 'tester', client: 'test', address: 'local', action: 'authority' } as const
const hours = (count: number) => new Date(Date.now() + count * 3_600_000)

test('rows that confer authority', async (t) => {
  const vault = await testVault(t)
  const { sql, ledger, keys } = vault
  const authority = createAuthority(vault)
  const superuser = connect(vault.superuserUrl, { max: 1 })
  t.after(() => superuser.end())
  const without = createKeys({ sql })
  const keeper = { read: () => ledger.kept(), write: () => {} }
  const sealed = { keys: without, ledger: createLedger({ sql, keys: without, keeper, now: Date.now }) }

  const verified = async (more: Partial<VerifyOptions> = {}) => {
    const found: (Finding | RecordFinding)[] = []
    const onFinding = (finding: Finding | RecordFinding) => void found.push(finding)
    const local = { timeZone }
    const parts = { sql, ledger, keys, local, folder: tmpdir(), tables: ['authority'], onFinding }
    const { size, root, untilMs } = await verifyRecords({ ...parts, ...more })
    const named = found.map((each) => {
      if (!('of' in each)) return each.what
      const { what, of, type, id, version, name } = each
      return [what, of, `${type}/${id === undefined ? '' : (names.get(id) ?? 'nobody')}`, version, name]
    })
    return { named, before: { size, root, untilMs } }
  }
  const settled = async () => {
    for (;;) {
      const [{ staged } = { staged: 0 }] = await sql<{ staged: number }[]>`
        select count(*)::int as staged from ledger_staged`
      if (staged === 0) return
      ledger.staged()
      await new Promise((resume) => setTimeout(resume, 20))
    }
  }
  const names = new Map<string, string>()
  const put = async (kind: 'program' | 'token', name: string, query: string, endsAt?: Date) => {
    const after = await authority.find(kind, name)
    const ends = endsAt ? { endsAt } : {}
    const value = { name, query }
    const done = { ...act, query }
    assert.ok(await authority.put({ kind, name, value, act: done, ...ends, ...(after ? { after } : {}) }))
    const row = await authority.find(kind, name)
    names.set(row?.id ?? '', name)
  }

  await put('program', 'lab', 'lab: registered')
  await put('token', 'old', 'given', hours(-2))
  await put('token', 'young', 'given', hours(2))
  assert.deepEqual((await verified()).named, [], 'all is staged')
  assert.deepEqual(await ledger.start(), { status: 'ok' })
  await settled()
  const [first] = await superuser`select * from authority where kind = 1`
  assert.deepEqual((await verified()).named, [], 'all has its place')
  await put('program', 'lab', 'lab: taken back')
  assert.deepEqual((await verified()).named, [], 'the second version is staged')
  await put('program', 'pharmacy', 'pharmacy: registered')
  await settled()
  await authority.tend()
  assert.equal((await superuser`select from authority`).length, 3, 'what had ended is swept')
  const clean = await verified()
  assert.deepEqual(clean.named, [])
  assert.deepEqual((await verified(sealed)).named, [])
  const { before } = clean
  assert.deepEqual((await verified({ before })).named, [], 'nothing is new')
  await put('program', 'lab', 'lab: new keys')
  await settled()
  assert.deepEqual((await verified({ before })).named, [], 'what is new is right')

  await superuser`create table kept as table authority`
  const lab = superuser`kind = 1 and version = 3`
  const plants: {
    what: string
    plant: () => PromiseLike<unknown>
    want: unknown[]
    /** Without keys, and of what came later alone; the same where nothing is said. */
    sealed?: unknown[]
    new?: unknown[]
  }[] = [
    {
      what: 'altered',
      plant: () =>
        superuser`update authority set sealed = set_byte(sealed, 99, get_byte(sealed, 99) # 1) where ${lab}`,
      want: [['altered', 'authority', 'program/lab', 3, 'lab: new keys']],
      sealed: [['added', 'authority', 'program/lab', 3, undefined]],
    },
    {
      what: 'another version number',
      plant: () => superuser`update authority set version = 4 where ${lab}`,
      want: [['altered', 'authority', 'program/lab', 4, 'lab: new keys']],
      sealed: [['added', 'authority', 'program/lab', 4, undefined]],
    },
    {
      what: 'planted: a copy under a name of its own',
      plant: () => superuser`
        insert into authority select gen_random_uuid(), kind, version, previous, sealed, staged, ends_at
        from authority where ${lab}`,
      want: [['added', 'authority', 'program/nobody', 3, undefined]],
    },
    {
      what: 'planted: of another kind',
      plant: () => superuser`update authority set kind = 1, ends_at = null where kind = 2`,
      want: [['altered', 'authority', 'program/young', 1, 'given']],
      sealed: [['added', 'authority', 'program/young', 1, undefined]],
    },
    {
      what: 'put back as it was before',
      plant: async () => {
        await superuser`delete from authority where ${lab}`
        await superuser`insert into authority ${superuser(first!)}`
      },
      want: [['rolled-back', 'authority', 'program/lab', 1, 'lab: registered']],
      sealed: [['rolled-back', 'authority', 'program/lab', 1, undefined]],
      new: [['rolled-back', 'authority', 'program/lab', 1, 'lab: new keys']],
    },
    {
      what: 'taken away',
      plant: () => superuser`delete from authority`,
      want: [
        ['missing', 'authority', 'token/young', 1, 'given'],
        ['missing', 'authority', 'program/pharmacy', 1, 'pharmacy: registered'],
        ['missing', 'authority', 'program/lab', 3, 'lab: new keys'],
      ],
      // What each entry is about is sealed.
      sealed: [],
      // The others are of before.
      new: [['missing', 'authority', 'program/lab', 3, 'lab: new keys']],
    },
  ]
  const sorted = (named: unknown[]) => named.map((each) => JSON.stringify(each)).toSorted()
  for (const { what, plant, want, sealed: wantSealed = want, new: wantNew = want } of plants) {
    await t.test(what, async () => {
      await plant()
      try {
        assert.deepEqual(sorted((await verified()).named), sorted(want))
        assert.deepEqual(sorted((await verified(sealed)).named), sorted(wantSealed), 'without keys')
        assert.deepEqual(sorted((await verified({ before })).named), sorted(wantNew), 'what is new')
        // Neither the keys nor the entries of before.
        assert.deepEqual((await verified({ ...sealed, before })).named, [])
      } finally {
        await superuser`truncate authority`
        await superuser`insert into authority select * from kept`
      }
    })
  }
  assert.deepEqual((await verified()).named, [], 'as it was')
})
