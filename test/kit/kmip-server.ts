import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { noAuthority, testAuthority, type Authority, type Issued } from './certificates.ts'
import { lacking, runProgram } from './installed.ts'
import { atEnd, type Scope } from './scope.ts'

/** Why tests with it cannot run here, or false. */
export const noKmipServer =
  lacking({ program: 'pykmip-server', debianPackage: 'python3-pykmip' }) || noAuthority

/** PyKMIP's server (Debian's python3-pykmip), with mutual TLS. */
export interface KmipServer {
  authority: Authority
  port: number
  /** A client that it knows. */
  client: Issued
  start(server?: Issued): Promise<void>
  stop(): Promise<void>
  /** Destroys the key with this id, as its administrator would. */
  destroy(id: string): Promise<void>
}

export async function kmipServer(t: Scope): Promise<KmipServer> {
  const authority = await testAuthority(t)
  const { folder, ca } = authority
  const own = await authority.issue('kmip-server', 'serverAuth')
  const client = await authority.issue('vault', 'clientAuth')
  const port = await freePort()
  await mkdir(join(folder, 'policy'))
  let running: ChildProcess | undefined
  const stop = async () => {
    const child = running
    running = undefined
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    endGroup(child)
    await ended
  }
  atEnd(t, stop)
  // A test that is interrupted runs no hook.
  process.once('exit', () => running && endGroup(running))
  return {
    authority,
    port,
    client,
    stop,
    async start(server = own) {
      const settings = join(folder, 'server.conf')
      await writeFile(
        settings,
        [
          '[server]',
          'hostname=127.0.0.1',
          `port=${port}`,
          `certificate_path=${server.certificate}`,
          `key_path=${server.key}`,
          `ca_path=${ca}`,
          'auth_suite=TLS1.2',
          `policy_path=${join(folder, 'policy')}`,
          `database_path=${join(folder, 'keys')}`,
          '',
        ].join('\n'),
      )
      const args = ['-f', settings, '-l', join(folder, 'server.log')]
      // Killed, it leaves what Python's multiprocessing has in the folder for temporary files.
      const child = spawn('env', [`TMPDIR=${folder}`, 'pykmip-server', ...args], {
        stdio: 'ignore',
        detached: true,
      })
      running = child
      for (let tries = 0; !(await listens(port)); tries++) {
        if (child.exitCode !== null || tries > 300) throw new Error('pykmip-server did not come up')
        await delay(100)
      }
    },
    async destroy(id) {
      // Its own client, so that the test does not depend on ours. A key in use is revoked first.
      const program = [
        'import sys',
        'from kmip.pie.client import ProxyKmipClient',
        'from kmip.core.enums import RevocationReasonCode as Reason, KMIPVersion',
        'host, port, cert, key, ca, uid = sys.argv[1:]',
        'with ProxyKmipClient(hostname=host, port=int(port), cert=cert, key=key, ca=ca, ssl_version="PROTOCOL_TLSv1_2", config="client", kmip_version=KMIPVersion.KMIP_1_4) as client:',
        '    client.revoke(Reason.CESSATION_OF_OPERATION, uid)',
        '    client.destroy(uid)',
      ].join('\n')
      const args = ['-W', 'ignore', '-c', program, '127.0.0.1', String(port)]
      await runProgram('/usr/bin/python3', [...args, client.certificate, client.key, ca, id])
    },
  }
}

/** Its policies are watched by processes of their own, which outlive it. */
function endGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
