import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { askServer } from '#cli/control/client.ts'
import { controlSocketPath } from '#cli/home/runtime.ts'
import {
  endOf,
  launch,
  madeHome,
  root,
  serve,
  sigilo,
  smallDemo,
  temporaryHome,
  type Ended,
} from './cli-process.ts'

const stopMsMax = 5_000

test('npm start: SIGTERM to npm, and Ctrl-C in its terminal, stop everything in time', async (t) => {
  const home = await madeHome(t, 'demo')
  for (const how of ['SIGTERM to npm', 'SIGINT to the process group'] as const) {
    await t.test(how, async () => {
      const child = launch(['npm', 'start'], { SIGILO_HOME: home, SIGILO_PORT: '0' }, true)
      const ended = endOf(child)
      await ready(child, ended)
      const pid = await serverPid(home)
      assert.ok(pid !== undefined && child.pid !== undefined)
      const asked = performance.now()
      if (how === 'SIGTERM to npm') child.kill('SIGTERM')
      else process.kill(-child.pid, 'SIGINT')
      await ended
      while (isAlive(pid)) await delay(10)
      assert.ok(performance.now() - asked < stopMsMax)
      assert.ok(!existsSync(join(home, 'postgres/data/postmaster.pid')), 'PostgreSQL is stopped too')
    })
  }
})

test('npx sigilo: results, exit codes and signals pass through', async (t) => {
  const home = await madeHome(t, 'demo')
  const cache = temporaryHome(t)
  const variables = { SIGILO_HOME: home, npm_config_cache: cache, npm_config_offline: 'true' }
  const npx = (...args: string[]): Promise<Ended> => endOf(launch(['npx', 'sigilo', ...args], variables))
  const absent = { ...variables, SIGILO_HOME: join(home, 'none') }
  const version = await npx('--version')
  assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/, version.stderr)
  assert.equal((await npx('nonsense')).code, 2)
  assert.equal((await endOf(launch(['npx', 'sigilo', 'token'], absent))).code, 8)

  const server = await serve(t, smallDemo, variables, ['npx', 'sigilo'])
  const token = await npx('token')
  assert.match(token.stdout, /^sgl_[\w-]+\n$/)
  const pid = await serverPid(home)
  assert.ok(pid !== undefined)
  await server.stop('SIGTERM')
  const gone = performance.now() + stopMsMax
  // The shell between npx and the program passes no signal on: the program notices that its parent is gone.
  while (isAlive(pid) && performance.now() < gone) await delay(20)
  assert.ok(!isAlive(pid), 'the server outlived npx')
})

test('bin/sigilo passes on what it is given', async (t) => {
  const home = await madeHome(t, 'demo')
  const missing = await endOf(
    launch([join(root, 'bin/sigilo'), 'token'], { SIGILO_HOME: join(home, 'none') }),
  )
  assert.equal(missing.code, 8)
  const server = await serve(t, smallDemo, { SIGILO_HOME: home }, [join(root, 'bin/sigilo')])
  assert.match((await sigilo(['keys', 'status'], { SIGILO_HOME: home })).stdout, /^open\n/)
  const { code, ms } = await server.stop('SIGTERM')
  assert.equal(code, 0)
  assert.ok(ms < stopMsMax)
})

function ready(child: ReturnType<typeof launch>, ended: Promise<Ended>): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: string) => {
      if (/^ready http/m.test(chunk)) resolve()
    })
    void ended.then(({ code, stderr }) => reject(new Error(`ended with ${code}: ${stderr}`)))
  })
}

async function serverPid(home: string): Promise<number | undefined> {
  const asked = await askServer(controlSocketPath(home), 'GET /status')
  return asked.status === 'answered' ? asked.answer.pid : undefined
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
