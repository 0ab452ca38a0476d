/** Takes a live vault from one opener to the next, with real devices, and sees each time who can open it. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { askServer } from '#cli/control/client.ts'
import { controlSocketPath } from '#cli/home/runtime.ts'
import type { HomeOpener } from '#cli/home/home.ts'
import type { SecretSent } from '#cli/openers/sent.ts'
import { noAuthority } from '#test/kit/certificates.ts'
import { kmipServer, noKmipServer } from '#test/kit/kmip-server.ts'
import { ownKmsServer } from '#test/kit/kms-server.ts'
import { noToken, softToken } from '#test/kit/token.ts'
import { approved, serve, sigilo, temporaryHome, type Variables } from './cli-process.ts'
import { isOpen, isSealed } from './device-kit.ts'

/** Why it cannot be had here, or false. */
export const noTour = noToken || noKmipServer || noAuthority

/** What somebody has who can open the vault. */
interface Held {
  /** Options of the command that makes it. */
  options: string[]
  /** Lines for the command that makes it. */
  makes: string[]
  /** Lines for the command that puts another in its place. */
  proves: string[]
  sent: SecretSent
}

type Making = () => Promise<Omit<Held, 'proves' | 'sent'> & { after: () => Pick<Held, 'proves' | 'sent'> }>

async function makers(t: TestContext): Promise<{ variables: Variables; of: Record<HomeOpener, Making> }> {
  const token = await softToken(t)
  const pinFile = await token.file('pin', token.pin)
  const kmip = await kmipServer(t)
  await kmip.start()
  const kms = await ownKmsServer(t)
  await kms.start()
  const credentials = join(kms.authority.folder, 'credentials')
  const { accessKeyId, secretAccessKey } = kms.user
  const text = `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
  await writeFile(credentials, text, { mode: 0o600 })
  const where = (values: Record<string, string | number>) =>
    Object.entries(values).flatMap(([name, value]) => ['--where', `${name}=${value}`])
  const byItself =
    (kind: 'key-file' | 'pkcs11' | 'kmip' | 'aws-kms', options: string[]): Making =>
    async () => ({ options, makes: [], after: () => ({ proves: [], sent: { kind } }) })
  const { ca } = kmip.authority
  let turn = 0
  return {
    variables: token.variables,
    of: {
      async passphrase() {
        const passphrase = `cántaro lluvia décimo trébol ${++turn}`
        return {
          options: [],
          makes: [passphrase],
          after: () => ({ proves: [passphrase], sent: { kind: 'passphrase', passphrase } }),
        }
      },
      async shamir() {
        const out = join(temporaryHome(t), 'partes')
        return {
          options: ['--holders', '3', '--threshold', '2', '--out', out],
          makes: [],
          after() {
            const shares = sharesIn(out).slice(0, 2)
            return { proves: shares, sent: { kind: 'shamir', shares } }
          },
        }
      },
      'key-file': byItself('key-file', []),
      pkcs11: byItself('pkcs11', where({ module: token.module, token: token.label, pinFile })),
      kmip: byItself(
        'kmip',
        where({ host: '127.0.0.1', port: kmip.port, ca, ...kmip.client, timeoutSeconds: 5 }),
      ),
      'aws-kms': byItself(
        'aws-kms',
        where({
          region: kms.region,
          key: 'alias/sigilo',
          credentials,
          endpoint: kms.endpoint,
          ca: kms.authority.ca,
          timeoutSeconds: 5,
        }),
      ),
    },
  }
}

/** The codes on sheets of shares. */
function sharesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'))
  return names.toSorted().map((name) => {
    const sheet = readFileSync(join(folder, name), 'utf8')
    const lines = [...sheet.matchAll(/^ +\d+: {2}(.+)$/gm)].map(([, groups = '']) => groups.split(/ +/))
    return lines.flat().join(' ')
  })
}

/**
 * Begins at the first and goes on to each of the others, while the vault serves. After each: what opened it before is refused; it is sealed by
 * order and started again, sealed; opened with what opens it now; and its records are read.
 */
export async function tour(t: TestContext, [first, ...others]: [HomeOpener, ...HomeOpener[]]): Promise<void> {
  const home = temporaryHome(t)
  const { variables: given, of } = await makers(t)
  const variables = { SIGILO_HOME: home, ...given }
  const made = await of[first]()
  const init = await sigilo(
    ['init', '--demo', '--patients', '1', '--opener', first, ...made.options, '--secret-stdin'],
    variables,
    linesOf(made.makes),
  )
  assert.equal(init.code, 0, init.stderr)
  let held: Held = { ...made, ...made.after() }
  let server = await serve(t, ['serve'], variables)
  // As the commands ask it. What each prints is for the tests of its device.
  const ask = async (name: 'POST /prove' | 'POST /unseal', { sent }: Held): Promise<string> => {
    const asked = await askServer(controlSocketPath(home), name, { secret: sent })
    return asked.status === 'answered' ? asked.answer.status : asked.status
  }
  await ask('POST /unseal', held)
  let from = first
  for (const to of others) {
    await t.test(`from ${from} to ${to}`, async () => {
      const making = await of[to]()
      const asked = await sigilo(
        ['keys', 'opener', '--to', to, ...making.options, '--secret-stdin'],
        variables,
        linesOf([...held.proves, ...making.makes]),
      )
      const changed = await approved(asked, variables)
      assert.equal(changed.code, 0, changed.stderr)
      assert.doesNotMatch(changed.stderr, /still on the disk/)
      await isOpen(server.origin, variables)
      const next: Held = { ...making, ...making.after() }
      assert.match(await ask('POST /prove', held), refused, `${from} still opens it`)

      const sealed = await askServer(controlSocketPath(home), 'POST /seal')
      assert.equal(sealed.status, 'answered')
      await server.stop()
      server = await serve(t, ['serve'], variables)
      await isSealed(server.origin, variables)
      assert.match(await ask('POST /unseal', held), refused, `${from} still opens it`)
      await isSealed(server.origin, variables)
      assert.equal(await ask('POST /unseal', next), 'open')
      await isOpen(server.origin, variables)
      held = next
    })
    from = to
  }
  await server.stop()
}

/** What is answered to a secret that opens nothing. */
const refused = /^(?!ok$|open$|not-running$)/

const linesOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')
