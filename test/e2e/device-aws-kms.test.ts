import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { noAuthority } from '#test/kit/certificates.ts'
import { ownKmsServer } from '#test/kit/kms-server.ts'
import { serve, temporaryHome } from './cli-process.ts'
import { isOpen, isSealed, madeWith, unsealing, wrongUntilSlow } from './device-kit.ts'

test(
  "a vault whose key a server of our own keeps, which speaks AWS KMS's protocol",
  { skip: noAuthority },
  async (t) => {
    const home = temporaryHome(t)
    const kms = await ownKmsServer(t)
    await kms.start()
    const { authority, user, endpoint, region } = kms
    const credentials = join(authority.folder, 'credentials')
    const write = (secret: string) =>
      writeFile(
        credentials,
        `[default]\naws_access_key_id = ${user.accessKeyId}\naws_secret_access_key = ${secret}\n`,
        { mode: 0o600 },
      )
    await write(user.secretAccessKey)
    const variables = { SIGILO_HOME: home }
    const where = { region, key: 'alias/sigilo', credentials, endpoint, ca: authority.ca, timeoutSeconds: 3 }
    await madeWith(variables, 'aws-kms', where)

    let server = await serve(t, ['serve'], variables)
    const restart = async () => {
      await server.stop()
      server = await serve(t, ['serve'], variables)
    }

    await t.test('it opens by itself, and goes on when KMS goes away', async () => {
      await isOpen(server.origin, variables)
      await restart()
      await isOpen(server.origin, variables)
      kms.hang(true)
      await isOpen(server.origin, variables)
    })

    await t.test('started while KMS hangs, the vault says why, and opens when it answers', async () => {
      await restart()
      await isSealed(server.origin, variables, {
        en: /does not answer \(.*; the wait is 3 s\)|not answered yet/,
        es: /no contesta/,
      })
      kms.hang(false)
      await isOpen(server.origin, variables)
    })

    await t.test('wrong credentials: clear, counted and slow', async () => {
      await write('wrong'.repeat(8))
      await restart()
      await isSealed(server.origin, variables, { en: /denies access \(InvalidSig/, es: /niega el acceso/ })
      await wrongUntilSlow(variables, /denies access/, { kind: 'aws-kms' })
      await write(user.secretAccessKey)
      await restart()
      await isOpen(server.origin, variables)
    })

    await t.test('the policy, a disabled key, and one that is gone', async () => {
      kms.allow(false)
      await restart()
      await isSealed(server.origin, variables, {
        en: /not authorized to perform: kms:Decrypt/,
        es: /permisos/,
      })
      kms.allow(true)
      kms.set('disabled')
      await unsealing(variables, 1, /cannot be used .*Enable it/)
      kms.set('gone')
      await unsealing(variables, 1, /no longer has the key arn:aws:kms/)
      kms.set('enabled')
      await unsealing(variables, 0, /is open/)
      await isOpen(server.origin, variables)
    })
  },
)
