import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ScannerPlace } from '#records/index.ts'
import { lacking } from './installed.ts'
import { atEnd, temporaryFolder, type Scope } from './scope.ts'

/** EICAR's test file, which every scanner takes for a virus: 68 bytes. https://www.eicar.org/download-anti-malware-testfile */
export const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')

/** Why tests with it cannot run here, or false. */
export const noClamd = lacking({ program: 'clamd', debianPackage: 'clamav-daemon' })

export interface Clamd {
  socket: ScannerPlace
  tcp: ScannerPlace
  stop(): Promise<void>
}

/** ClamAV's own daemon with one signature, of the test's own: no database has to be fetched. */
export async function startClamd(t: Scope, streamMegabytesMax = 100): Promise<Clamd> {
  const folder = temporaryFolder(t, 'sigilo-clamd-')
  // clamd may drop to a user of its own, who has to read and write here.
  await chmod(folder, 0o777)
  // Of any file: the bytes of the test file, wherever they are, in hexadecimal.
  const signature = `Sigilo.Test.Eicar:0:*:${Buffer.from(eicar).toString('hex')}`
  await writeFile(join(folder, 'test.ndb'), `${signature}\n`)
  const port = await freePort()
  const path = join(folder, 'clamd.sock')
  const settings = [
    `DatabaseDirectory ${folder}`,
    `LocalSocket ${path}`,
    `TCPSocket ${port}`,
    'TCPAddr 127.0.0.1',
    'Foreground yes',
    `StreamMaxLength ${streamMegabytesMax}M`,
    'MaxScanSize 400M',
    'MaxFileSize 400M',
  ]
  await writeFile(join(folder, 'clamd.conf'), `${settings.join('\n')}\n`)
  const child = spawn('clamd', ['--config-file', join(folder, 'clamd.conf')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (said += String(data)))
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  atEnd(t, stop)
  for (const end = performance.now() + 30_000; !(await answers(path)); await delay(50)) {
    if (child.exitCode !== null || performance.now() > end) throw new Error(`clamd did not start: ${said}`)
  }
  return { socket: { path }, tcp: { host: '127.0.0.1', port }, stop }
}

async function answers(path: string): Promise<boolean> {
  const socket = connect({ path })
  try {
    await once(socket, 'connect')
    socket.end('zPING\0')
    const [data] = (await once(socket, 'data')) as [Buffer]
    return data.toString().startsWith('PONG')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
