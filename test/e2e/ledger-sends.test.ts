/** Two vaults as they run: one has its checkpoints cosigned by the other, stamped by an authority, and written into a folder. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { SendTold } from '#cli/house/sending/told.ts'
import { noAuthority, testAuthority } from '#test/kit/certificates.ts'
import { runProgram } from '#test/kit/installed.ts'
import { timeStampAuthority } from '#test/kit/timestamps.ts'
import { verifyFolder } from '../../tools/verify-ledger.mjs'
import { fhir, madeHome, serve, sigilo, temporaryHome, tokenOf } from './cli-process.ts'

test('checkpoints go out', { skip: noAuthority }, async (t) => {
  const [ours, theirs] = [await madeHome(t, 'demo'), await madeHome(t, 'demo')]
  const running = await serve(t, ['serve'], { SIGILO_HOME: ours })
  const witness = await serve(t, ['serve'], { SIGILO_HOME: theirs })
  const authority = await timeStampAuthority(t)
  const folder = join(temporaryHome(t), 'published')
  const at =
    (home: string) =>
    async (line: string, code: number | null = 0) => {
      const ended = await sigilo(line.split(' '), { SIGILO_HOME: home })
      assert.equal(ended.code, code, `${line}: ${ended.stdout}${ended.stderr}`)
      return ended
    }
  const [here, there] = [at(ours), at(theirs)]
  const keysOf = async (run: typeof here): Promise<{ ledger: string[]; witness: string[] }> => {
    for (;;) {
      const keys = JSON.parse((await run('ledger keys --json')).stdout) as {
        ledger: string[]
        witness: string[]
      }
      // They are made with the first checkpoint, within a second of the start.
      if (keys.ledger.length === 2) return keys
    }
  }
  const [mine, others] = [await keysOf(here), await keysOf(there)]
  const asKeys = (keys: readonly string[]) => keys.map((key) => `--key ${key}`).join(' ')
  const send = async (code = 0): Promise<SendTold[]> =>
    JSON.parse((await here('ledger send --json', code)).stdout) as SendTold[]

  await t.test('nobody is told of a ledger that he does not know', async () => {
    await here(`ledger witness add ${witness.origin}/ledger/witness ${asKeys(others.witness)}`)
    const [told] = await send(1)
    assert.equal(told?.reason, 'it answers 404')
    assert.match(
      (await here('ledger witness list', 1)).stdout,
      /nothing yet; failing for \d+ s: it answers 404/,
    )
    const doctor = JSON.parse((await here('doctor --json')).stdout) as {
      findings: { check: string; status: string }[]
    }
    assert.equal(doctor.findings.find(({ check }) => check === 'ledger-sends')?.status, 'warning')
  })

  await t.test('a witness cosigns, an authority stamps, a folder verifies', async () => {
    await there(`ledger witnessed add ${asKeys(mine.ledger)}`)
    await here(`ledger authority add ${authority.url} --ca ${authority.ca}`)
    await here(`ledger folder add ${folder}`)
    const told = await send()
    assert.deepEqual(
      told.map(({ kind, trusted, reason }) => [kind, trusted, reason]),
      [
        ['witness', undefined, undefined],
        ['authority', true, undefined],
        ['folder', undefined, undefined],
      ],
    )
    const verified = await verifyFolder(folder, { keys: mine.ledger, witnesses: others.witness })
    assert.deepEqual(verified.findings, [])
    assert.equal(verified.size, told[2]?.size)
    const [, size] = readFileSync(join(folder, 'checkpoint'), 'utf8').split('\n')
    const stamp = join(folder, 'checkpoints', `${size}.127.0.0.1.tsr`)
    const data = join(folder, 'checkpoints', `${size}.checkpoint`)
    const words = ['ts', '-verify', '-data', data, '-in', stamp, '-CAfile', authority.ca]
    assert.match(await runProgram('openssl', words), /Verification: OK/)
    assert.match(
      (await there('ledger witnessed list')).stdout,
      new RegExp(`^sigilo/\\S+: ${size} entries, \\d+ s ago\n$`),
    )
  })

  await t.test('it goes on from where it was, and the tools agree', async () => {
    const token = await tokenOf(ours)
    for (let n = 0; n < 5; n++) {
      const body = { resourceType: 'Patient', id: `p${n}`, birthDate: '1980-01-01' }
      assert.equal((await fhir(running.origin, `Patient/p${n}`, token, body)).status, 201)
    }
    const before = JSON.parse((await here('ledger folder list --json')).stdout) as SendTold[]
    let told = before
    while (told.at(-1)!.size === before[0]!.size) told = await send()
    assert.deepEqual(
      (await verifyFolder(folder, { keys: mine.ledger, witnesses: others.witness })).findings,
      [],
    )
    const words = mine.ledger.flatMap((key) => ['--key', key])
    const said = await runProgram(process.execPath, [join('tools', 'verify-ledger.mjs'), folder, ...words])
    assert.match(said, /\b\d+ entries/)
    const published = await here(`ledger publish --folder ${join(temporaryHome(t), 'once')}`)
    assert.match(published.stdout, /has the \d+ entries of the ledger/)
  })

  await t.test('what was configured is in the ledger', async () => {
    const log = readFileSync(join(ours, 'home.json'), 'utf8')
    assert.deepEqual(JSON.parse(log).sends.folders, [folder])
    await here(`ledger authority remove ${authority.url}`)
    await here(`ledger authority remove ${authority.url}`, 1)
    assert.equal((await here('ledger authority list')).stdout, '')
  })

  await t.test('over TLS, only with an authority that is trusted', async (scope) => {
    const { issue, ca } = await testAuthority(scope)
    const { certificate, key } = await issue('server', 'serverAuth')
    const proxy = createServer(
      { cert: readFileSync(certificate), key: readFileSync(key) },
      (request, response) => {
        response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
        request.resume()
      },
    )
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    scope.after(() => void proxy.close().closeAllConnections())
    const url = `https://localhost:${(proxy.address() as AddressInfo).port}/w`
    const reasonOf = async (): Promise<string | undefined> =>
      (await send(1)).find(({ place }) => place === url)?.reason
    await here(`ledger witness add ${url} ${asKeys(others.witness)}`)
    assert.match((await reasonOf()) ?? '', /SELF_SIGNED_CERT|UNABLE_TO/)
    await here(`ledger witness add ${url} ${asKeys(others.witness)} --tls-ca ${ca}`)
    assert.equal(await reasonOf(), 'it answers 302')
    await here(`ledger witness remove ${url}`)
  })
})
