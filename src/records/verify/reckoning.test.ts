/** A disk that takes less than it is given makes no findings. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { temporaryFolder } from '#test/kit/scope.ts'

const program = (folder: string) => `
  import { sha256 } from '#kernel/crypto/index.ts'
  import { Reckoning } from ${JSON.stringify(new URL('./reckoning.ts', import.meta.url).href)}
  const reckoning = new Reckoning(${JSON.stringify(folder)}, 1)
  const entry = { index: 1, timeMs: 1, begun: false }
  const row = { compartment: id(), name: id(), version: 1, timeMs: 1, current: true }
  function id() { return '00000000-0000-4000-8000-000000000000' }
  for (let n = 0; n < 300; n++) {
    reckoning.entry('version', sha256(String(n)), entry)
    reckoning.row('version', sha256(String(n)), row)
  }
  console.log([...reckoning.rest()].length)`

/** Of files, no more than so many KiB. */
function run(folder: string, fileKib: number | 'unlimited'): Promise<{ out: string; err: string }> {
  const words = ['--input-type=module', '--eval', program(folder)]
  return new Promise((done) => {
    execFile(
      'bash',
      [
        '-c',
        `export NODE_DISABLE_COMPILE_CACHE=1 && ulimit -f ${fileKib} && exec "$@"`,
        'bash',
        process.execPath,
        ...words,
      ],
      (_, out, err) => done({ out, err }),
    )
  })
}

test('where what waits cannot be written whole, it throws', async (t) => {
  const folder = temporaryFolder(t)
  const whole = await run(folder, 'unlimited')
  assert.equal(whole.out, '0\n', whole.err)
  // The second chunk of 24 KiB ends in the middle, and no third comes to tell of it.
  const cut = await run(folder, 36)
  assert.equal(cut.out, '')
  assert.match(cut.err, /EFBIG/)
})
