import { test } from 'node:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { kmipServer, noKmipServer } from '#test/kit/kmip-server.ts'
import { serve, temporaryHome } from './cli-process.ts'
import { isOpen, isSealed, madeWith, unsealing, wrongUntilSlow } from './device-kit.ts'

test("a vault whose key PyKMIP's server keeps", { skip: noKmipServer }, async (t) => {
  const home = temporaryHome(t)
  const kmip = await kmipServer(t)
  await kmip.start()
  const { authority, client } = kmip
  const variables = { SIGILO_HOME: home }
  const where = { host: '127.0.0.1', port: kmip.port, ca: authority.ca, ...client, timeoutSeconds: 3 }
  await madeWith(variables, 'kmip', where)

  let server = await serve(t, ['serve'], variables)
  const restart = async () => {
    await server.stop()
    server = await serve(t, ['serve'], variables)
  }
  const place = (change: object) => {
    const path = join(home, 'home.json')
    const record = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...record, places: { kmip: { ...record.places.kmip, ...change } } }))
  }

  await t.test('it opens by itself, and goes on when the server goes away', async () => {
    await isOpen(server.origin, variables)
    await kmip.stop()
    await isOpen(server.origin, variables)
  })

  await t.test('started without it, the vault says why, and opens when it is back', async () => {
    await restart()
    await isSealed(server.origin, variables, { en: /does not answer/, es: /no contesta/ })
    await unsealing(variables, 1, /does not answer \(ECONNREFUSED; the wait is 3 s\)/)
    await kmip.start()
    await isOpen(server.origin, variables)
  })

  await t.test("the server's certificate expired", async () => {
    await kmip.stop()
    await kmip.start(await authority.issue('expired', 'serverAuth', -1))
    await restart()
    await isSealed(server.origin, variables, { en: /certificate of .* has expired/, es: /caducó/ })
    await kmip.stop()
    await kmip.start()
    await unsealing(variables, 0, /is open/)
  })

  await t.test('another identity: clear, counted and slow', async () => {
    place(await authority.issue('another', 'clientAuth'))
    await restart()
    await isSealed(server.origin, variables, { en: /denies access/, es: /niega el acceso/ })
    await wrongUntilSlow(variables, /denies access/, { kind: 'kmip' })
    place(client)
    await restart()
    await isOpen(server.origin, variables)
  })

  await t.test('the key destroyed in the server', async () => {
    await kmip.destroy('1')
    await isOpen(server.origin, variables)
    await restart()
    await isSealed(server.origin, variables, {
      en: /no longer has the key 1.*recovery kit/,
      es: /ya no tiene la llave 1/,
    })
  })
})
