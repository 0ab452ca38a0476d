import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lacking, runProgram } from './installed.ts'
import { temporaryFolder, type Scope } from './scope.ts'

/** Why tests with it cannot run here, or false. */
export const noAuthority = lacking({ program: 'openssl', debianPackage: 'openssl' })

export interface Issued {
  certificate: string
  key: string
}

/** A certificate authority of the test's own, by openssl(1). */
export interface Authority {
  folder: string
  /** Path of its certificate. */
  ca: string
  /** `usage`: such as `serverAuth`, or `critical,timeStamping`. `days` may be negative: expired since. */
  issue(name: string, usage: string, days?: number): Promise<Issued>
}

const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

export async function testAuthority(t: Scope): Promise<Authority> {
  const folder = temporaryFolder(t, 'sigilo-authority-')
  const path = (name: string) => join(folder, name)
  await openssl('req', '-x509', ...curve, '-days', '30', '-subj', '/CN=Authority of the test', '-keyout', path('ca.key'), '-out', path('ca.pem'), '-addext', 'basicConstraints=critical,CA:TRUE') // prettier-ignore
  return {
    folder,
    ca: path('ca.pem'),
    async issue(name, usage, days = 30) {
      const certificate = path(`${name}.pem`)
      const key = path(`${name}.key`)
      await openssl('req', ...curve, '-subj', `/CN=${name}`, '-keyout', key, '-out', path(`${name}.csr`))
      await writeFile(
        path(`${name}.ext`),
        `subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=${usage}\n`,
      )
      await openssl('x509', '-req', '-in', path(`${name}.csr`), '-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', String(days), '-extfile', path(`${name}.ext`), '-out', certificate) // prettier-ignore
      await runProgram('chmod', ['600', key])
      return { certificate, key }
    },
  }
}

async function openssl(...args: string[]): Promise<void> {
  await runProgram('openssl', args)
}
