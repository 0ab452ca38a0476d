/** People at a terminal: the invented hospital's by --as, and the first officers of a real home. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { exportJWK, exportPKCS8, exportSPKI, generateKeyPair } from 'jose'
import { temporaryFolder } from '#test/kit/scope.ts'
import { fhir, madeHome, serve, sigilo, smallDemo } from './cli-process.ts'

test('people of the invented hospital', async (t) => {
  const home = await madeHome(t, 'demo')
  const server = await serve(t, smallDemo, { SIGILO_HOME: home })
  const run = (...words: string[]) => sigilo(words, { SIGILO_HOME: home })
  const ended = async (wanted: number, words: string[]) => {
    const { code, stdout, stderr } = await run(...words)
    assert.equal(code, wanted, `${words.join(' ')}: ${stderr}`)
    return stdout.trimEnd()
  }
  const said = (...words: string[]) => ended(0, words)
  /** What needs another person's approval: the id of that. */
  const asked = (...words: string[]) => ended(3, words)
  const { people } = JSON.parse(readFileSync(join(home, 'demo.json'), 'utf8')) as {
    people: { login: string; role: string }[]
  }
  const [, confirms] = people.flatMap(({ login, role }) => (role === 'security-officer' ? [login] : []))
  const physician = people.find(({ role }) => role === 'physician')!.login

  await t.test('token --as signs somebody in, twice with different codes, for this machine', async () => {
    const first = await said('token', '--as', physician)
    const second = JSON.parse(await said('token', '--as', physician, '--json')) as Record<string, string>
    assert.match(first, /^sgs_[\w-]{43}$/)
    assert.notEqual(second['token'], first)
    assert.ok(Date.parse(second['expires']!) > Date.now() + 7 * 3_600_000)
    for (const token of [first, second['token']!]) {
      const me = await fetch(`${server.origin}/auth/session`, {
        headers: { authorization: `Bearer ${token}` },
      })
      assert.equal(((await me.json()) as { login: string }).login, physician)
    }
    assert.equal((await fhir(server.origin, 'Patient/paciente-000001', `${first}x`)).status, 401)
  })

  await t.test('what one officer asks another approves, and nobody their own', async () => {
    const request = await asked('people', 'invite', 'luz.mora', '--name', 'Enf. Luz Mora', '--role', 'nurse')
    assert.match(request, /^[0-9a-f-]{36}$/)
    const own = await run('approvals', 'approve', request)
    assert.deepEqual([own.code, own.stdout], [1, ''])
    assert.match(own.stderr, /somebody else must/)
    const url = await said('approvals', 'approve', request, '--as', confirms!)
    assert.match(url, new RegExp(`^${server.origin}/#invitation=sgi_[\\w-]{43}$`))
    const again = JSON.parse(await said('approvals', 'link', request, '--json')) as {
      url: string
      login: string
    }
    assert.equal(again.login, 'luz.mora')
    assert.notEqual(again.url, url)
    const shown = await said('approvals', 'show', request)
    assert.match(
      shown,
      /Invite Enf\. Luz Mora \(luz\.mora\) as nurse; asked by .*\n {2}approved by .*, by password and code/,
    )
    assert.match(shown, /"login":"luz\.mora"[^]*SHA-256 [0-9a-f]{64}$/)
    const listed = JSON.parse(await said('approvals', 'list', '--json')) as { id: string; state: string }[]
    assert.deepEqual(
      listed.map(({ id, state }) => [id, state]),
      [[request, 'approved']],
    )
    const second = JSON.parse(await asked('people', 'suspend', physician, '--json')) as { approval: string }
    assert.match(await said('approvals', 'refuse', second.approval, '--as', confirms!), /refused/)
  })

  await t.test('officers see accounts and sessions, and end these; others do not', async () => {
    assert.match(await said('people', 'list'), new RegExp(`^${physician} .*\\[physician\\]$`, 'm'))
    assert.match(await said('people', 'show', physician), /^ {2}Practitioner\//m)
    assert.match(await said('people', 'sessions', physician), /password-totp/)
    await said('people', 'end-sessions', physician)
    assert.equal(await said('people', 'sessions', physician), '')
    const refused = await run('people', 'list', '--as', people.find(({ role }) => role === 'nurse')!.login)
    assert.deepEqual([refused.code, refused.stdout], [1, ''])
  })

  await t.test(
    'a program is registered by two, signs in with its key, and is taken back by two',
    async () => {
      const folder = temporaryFolder(t)
      const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
      writeFileSync(join(folder, 'private.pem'), await exportPKCS8(privateKey), { mode: 0o600 })
      writeFileSync(join(folder, 'public.pem'), await exportSPKI(publicKey))
      writeFileSync(join(folder, 'private.jwk'), JSON.stringify(await exportJWK(privateKey)), { mode: 0o600 })
      const key = ['--key', join(folder, 'public.pem')]
      const request = await asked('programs', 'register', 'lab.sync', '--name', 'Laboratorio', ...key)
      await said('approvals', 'approve', request, '--as', confirms!)
      assert.match(await said('programs', 'list'), /^lab\.sync +Laboratorio/m)
      const token = ['token', '--client', 'lab.sync', '--key']
      const given = JSON.parse(await said(...token, join(folder, 'private.jwk'), '--json')) as {
        type: string
      }
      assert.equal(given.type, 'DPoP')
      const gone = await asked('programs', 'revoke', 'lab.sync')
      await said('approvals', 'approve', gone, '--as', confirms!)
      assert.equal((await run(...token, join(folder, 'private.pem'))).code, 1)
    },
  )

  await t.test('who is nobody, and what is half said, is said so', async () => {
    for (const [words, code, text] of [
      [['token', '--as', 'nobody'], 2, /They are: .*\(physician\)/],
      [['token', '--as', physician, '--client', 'x', '--key', 'y'], 2, /one or the other/],
      [['people', 'show', 'nobody'], 1, /Nobody has the user name/],
      [['people', 'invite', 'luz'], 2, /--name NAME --role ROLE/],
      [['approvals', 'approve', 'luz'], 2, /sigilo approvals list/],
      [['programs', 'register', 'x', '--name', 'X', '--key', '/dev/null'], 2, /no key that can be used/],
    ] as const) {
      const { code: was, stdout, stderr } = await run(...words)
      assert.deepEqual([was, stdout], [code, ''], `${words.join(' ')}: ${stderr}`)
      assert.match(stderr, text)
    }
  })
})

test('the first officers of a real home', async (t) => {
  const home = await madeHome(t, 'empty')
  const variables = { SIGILO_HOME: home }
  const { origin } = await serve(t, ['serve'], variables)
  const begin = (...officers: string[]) =>
    sigilo(['people', 'begin', '--json', ...officers.flatMap((each) => ['--officer', each])], variables)

  const invitation = (token: string) =>
    fetch(`${origin}/auth/invitations`, { headers: { 'sigilo-invitation': token } })
  const linksOf = (stdout: string) =>
    (JSON.parse(stdout) as { links: { login: string; url: string }[] }).links.map(({ login, url }) => ({
      login,
      token: url.slice(`${origin}/#invitation=`.length),
    }))

  const first = linksOf((await begin()).stdout)
  assert.deepEqual(
    first.map(({ login }) => login),
    ['officer-1', 'officer-2'],
  )
  const second = linksOf((await begin('ana.ruiz=Ing. Ana Ruiz', 'eva.soto=Lic. Eva Soto')).stdout)
  const answers = await Promise.all([...first, ...second].map(({ token }) => invitation(token)))
  const names = await Promise.all(
    answers.map(async (each) => ((await each.json()) as { name?: string }).name),
  )
  assert.deepEqual(names, [undefined, undefined, 'Ing. Ana Ruiz', 'Lic. Eva Soto'], 'the newest links alone')

  const ledger = await sigilo(['ledger', 'query', '--action', 'authority', '--json'], variables)
  const { entries } = JSON.parse(ledger.stdout) as { entries: { actor: string; query: string }[] }
  assert.ok(entries.some(({ actor, query }) => actor === 'operator' && query === 'first officers invited'))

  for (const officers of [['ana=Ana'], ['ana=Ana', 'ana=Ana'], ['ana', 'eva=Eva'], ['a na=Ana', 'eva=Eva']]) {
    const refused = await begin(...officers)
    assert.deepEqual([refused.code, refused.stdout], [2, ''], officers.join())
  }
  const asked = await sigilo(['people', 'list'], { ...variables, LANG: 'es_MX.UTF-8' })
  assert.equal(asked.code, 2)
  assert.match(asked.stderr, /en una terminal.*en la página http/)
  const token = await sigilo(['token', '--as', 'ana.ruiz'], variables)
  assert.deepEqual([token.code, token.stdout], [8, ''])
})
