/** Whoever writes to the database of a running vault gets nothing by it, over HTTP and at a terminal, and `sigilo verify` names each. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { exportPKCS8, generateKeyPair } from 'jose'
import { connect } from '#kernel/db/index.ts'
import type { DemoSignIn } from '#cli/programs/demo-file.ts'
import { softAuthenticator } from '#test/kit/authenticator.ts'
import { superuserUrlOf } from '#test/kit/process.ts'
import { temporaryFolder } from '#test/kit/scope.ts'
import { Browser, passkeyPerson, passwordPerson, type Person } from './auth-kit.ts'
import { madeHome, serve, sigilo } from './cli-process.ts'

test('a passkey, a role, a client, a session, an old version: planted by SQL', async (t) => {
  const home = await madeHome(t, 'demo')
  const variables = { SIGILO_HOME: home }
  const { origin } = await serve(t, ['serve'], variables)
  const said = async (...words: string[]): Promise<string> => {
    const { code, stdout, stderr } = await sigilo(words, variables)
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}`)
    return stdout.trimEnd()
  }
  const { people } = JSON.parse(readFileSync(join(home, 'demo.json'), 'utf8')) as { people: DemoSignIn[] }
  const of = (role: string) => people.filter((each) => each.role === role)
  const [nurse, reception, billing] = ['nurse', 'reception', 'billing'].map((role) => of(role)[0]!)
  const [physician, other] = of('physician')
  const [officer, confirms] = of('security-officer')
  assert.ok(nurse && reception && billing && physician && other && officer && confirms)

  const sql = connect(superuserUrlOf(home), { max: 1 })
  t.after(() => sql.end())
  type Row = Record<string, unknown> & { id: string; kind: number; sealed: Uint8Array }
  const rows = () => sql<Row[]>`select * from authority`
  /** Rows of a kind that an act wrote, as they are then. */
  const writtenBy = async (kind: number, act: () => Promise<unknown>): Promise<Row[]> => {
    const before = new Map((await rows()).map(({ id, sealed }) => [id, Buffer.from(sealed).toString('hex')]))
    await act()
    const isNew = ({ id, sealed }: Row) => before.get(id) !== Buffer.from(sealed).toString('hex')
    return (await rows()).filter((row) => row.kind === kind && isNew(row))
  }
  const putBack = async (row: Row) => {
    await sql`delete from authority where id = ${row.id}`
    await sql`insert into authority ${sql(row)}`
  }
  /** The bytes of one under the name of the other. */
  const overwrite = async (row: Row, by: Row) => putBack({ ...by, id: row.id })

  const browser = () => new Browser(Number(new URL(origin).port), origin)
  /** Twice: the code of now is good, and the one of the step after. */
  const signsIn = ({ login, password, totpSecret }: DemoSignIn): Person => {
    const { code } = passwordPerson(totpSecret, { aheadMs: 0 })
    return { login, proof: async () => ({ kind: 'password', login, password, code: code() }) }
  }
  const status = async (token: string) =>
    (await fetch(`${origin}/auth/session`, { headers: { authorization: `Bearer ${token}` } })).status

  // A receptionist has a passkey, and a nurse a session.
  const own = { at: browser(), person: signsIn(reception), key: softAuthenticator(origin) }
  assert.equal((await own.at.signIn(own.person)).status, 201)
  assert.equal((await own.at.stepUp(own.person)).status, 200)
  const [withPasskey] = await writtenBy(3, async () => {
    const { passkey } = (await own.at.ask('POST', '/auth/factors/options')).value
    const body = { flow: passkey.flow, response: own.key.create(passkey.options), label: 'Linux' }
    assert.equal((await own.at.ask('POST', '/auth/factors/passkeys', { body })).status, 201)
  })
  const atNurse = browser()
  const [ofNurse] = await writtenBy(3, async () =>
    assert.equal((await atNurse.signIn(signsIn(nurse))).status, 201),
  )
  let atPhysician = ''
  const [ofPhysician] = await writtenBy(
    3,
    async () => (atPhysician = await said('token', '--as', physician.login)),
  )
  const [ofOfficer] = await writtenBy(3, () => said('people', 'list', '--as', officer.login))
  assert.ok(withPasskey && ofNurse && ofPhysician && ofOfficer)
  assert.equal((await atNurse.ask('GET', '/auth/accounts')).status, 403)

  // A session that has ended, and an account that was suspended by two.
  let token = ''
  const [session] = await writtenBy(5, async () => (token = await said('token', '--as', other.login)))
  assert.equal(await status(token), 200)
  const ended = await fetch(`${origin}/auth/session`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${token}` },
  })
  assert.equal(ended.status, 204)
  const atBilling = browser()
  const [ofBilling] = await writtenBy(3, async () =>
    assert.equal((await atBilling.signIn(signsIn(billing))).status, 201),
  )
  assert.equal((await atBilling.ask('GET', '/auth/session')).status, 200)
  const asked = await sigilo(['people', 'suspend', billing.login, '--json'], variables)
  assert.equal(asked.code, 3, asked.stderr)
  const { approval } = JSON.parse(asked.stdout) as { approval: string }
  const changed = await writtenBy(3, () => said('approvals', 'approve', approval, '--as', confirms.login))
  assert.ok(ofBilling && changed.some(({ id }) => id === ofBilling.id))

  const [program] = (await rows()).filter(({ kind }) => kind === 1)
  assert.ok(program && session)
  const planted = { ...program, id: '00000000-0000-4000-8000-000000000001' }
  await t.test('they are planted', async () => {
    // A physician whose passkey would be the receptionist's; a nurse who would be an officer.
    await overwrite(ofPhysician, withPasskey)
    await overwrite(ofNurse, ofOfficer)
    await putBack(planted)
    await putBack(session)
    await putBack(ofBilling)
    // What a process has read it believes for less than a second.
    await new Promise((resume) => setTimeout(resume, 1_000))
  })

  await t.test('none confers anything', async () => {
    const asPhysician = passkeyPerson(own.key)
    const forged: Person = {
      login: physician.login,
      async proof(options) {
        const proof = (await asPhysician.proof(options)) as {
          response: { response: { userHandle?: string } }
        }
        // Whose it is says the account's id, which nobody signs.
        proof.response.response.userHandle = Buffer.from(ofPhysician.id).toString('base64url')
        return proof
      },
    }
    assert.equal((await browser().signIn(forged)).status, 401)
    assert.equal(await status(atPhysician), 401)
    assert.equal((await browser().signIn(asPhysician)).status, 201, 'her own goes on')
    assert.equal((await atNurse.ask('GET', '/auth/accounts')).status, 401)
    assert.equal(await status(token), 401)
    assert.equal((await atBilling.ask('GET', '/auth/session')).status, 401)
    const folder = temporaryFolder(t)
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    writeFileSync(join(folder, 'key.pem'), await exportPKCS8(privateKey), { mode: 0o600 })
    const client = await sigilo(['token', '--client', 'planted', '--key', join(folder, 'key.pem')], variables)
    assert.deepEqual([client.code, client.stdout], [1, ''])
  })

  await t.test('verify names each', async () => {
    const verified = await sigilo(['verify', '--json'], variables)
    assert.equal(verified.code, 1, verified.stderr)
    const { findings, approvals } = JSON.parse(verified.stdout) as {
      approvals: object
      findings: { what: string; of: string; type: string; id: string; version: number }[]
    }
    assert.deepEqual(approvals, { signed: 0, attested: 1 })
    assert.ok(findings.every(({ of: whose }) => whose === 'authority'))
    const named = findings.map(({ what, type, id }) => `${what} ${type} ${id}`)
    assert.deepEqual(
      named.toSorted(),
      [
        `altered account ${ofPhysician.id}`,
        `altered account ${ofNurse.id}`,
        `added program ${planted.id}`,
        `rolled-back session ${session.id}`,
        `rolled-back account ${ofBilling.id}`,
      ].toSorted(),
    )
  })
})
