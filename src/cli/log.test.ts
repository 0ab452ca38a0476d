import assert from 'node:assert/strict'
import {
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { temporaryFolder } from '#test/kit/scope.ts'
import { openLog } from './log.ts'

test('lines come in order, for their owner alone; what is logged right before the end is there', async (t) => {
  const home = temporaryFolder(t, 'sigilo-log-')
  const path = join(home, 'server.log')
  const { logger, close } = openLog(home)
  for (let n = 0; n < 50; n++) {
    logger.info({ n }, 'line')
    if (n % 10 === 0) await turn()
  }
  while (!readdirSync(home).includes('server.log') || readFileSync(path, 'utf8').split('\n').length <= 50)
    await turn()
  logger.info({ n: 50 }, 'line')
  close()
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { n: number }).n),
    Array.from({ length: 51 }, (_, n) => n),
  )
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('a log that has grown is set aside', (t) => {
  const home = temporaryFolder(t, 'sigilo-log-')
  const path = join(home, 'server.log')
  writeFileSync(path, 'old\n')
  truncateSync(path, 8 * 1024 * 1024)
  const { logger, close } = openLog(home)
  logger.info('new')
  close()
  assert.deepEqual(readdirSync(home).toSorted(), ['server.log', 'server.log.1'])
  assert(statSync(path).size < 1000)
})

test('a full disk ends nothing, and nobody waits for it', { skip: !existsSync('/dev/full') }, async (t) => {
  const home = temporaryFolder(t, 'sigilo-log-')
  symlinkSync('/dev/full', join(home, 'server.log'))
  const { logger, close } = openLog(home)
  for (let n = 0; n < 20; n++) {
    logger.error('nobody takes it')
    await turn()
  }
  logger.error('nor this')
  close()
})
