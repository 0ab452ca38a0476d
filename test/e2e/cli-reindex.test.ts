import assert from 'node:assert/strict'
import { test } from 'node:test'
import { madeHome, passphrase, serve, sigilo } from './cli-process.ts'

test('reindex rebuilds what searches of the running vault go by, and refuses where it cannot', async (t) => {
  const variables = { SIGILO_HOME: await madeHome(t, 'sealed-demo') }
  const stopped = await sigilo(['reindex'], variables)
  assert.equal(stopped.code, 6)

  const server = await serve(t, ['serve'], variables)
  const sealed = await sigilo(['reindex'], variables)
  assert.equal(sealed.code, 5)
  assert.match(sealed.stderr, /sealed/)

  await sigilo(['keys', 'unseal', '--passphrase-stdin'], variables, `${passphrase}\n`)
  const done = await sigilo(['reindex', '--json'], variables)
  assert.equal(done.code, 0, done.stderr)
  const { resources, rows, bits, compartments } = JSON.parse(done.stdout) as Record<string, number>
  assert((resources as number) > 100 && (rows as number) > 100 && (bits as number) >= 3, done.stdout)
  assert((compartments as number) > 1, done.stdout)
  const again = await sigilo(['reindex'], { ...variables, LANG: 'es_MX.UTF-8', LC_ALL: 'es_MX.UTF-8' })
  assert.match(
    again.stdout,
    new RegExp(`^Rehecho en [\\d.]+ s: directorio de ${resources} recursos, ${rows} renglones`),
  )
  assert.equal((await server.stop()).code, 0)
})
