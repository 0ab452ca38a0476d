import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isWithin } from './secret-file.ts'
import { temporaryFolder } from '#test/kit/scope.ts'

test('a secret that is written beside the vault is found out, by whatever name', (t) => {
  const folder = temporaryFolder(t, 'sigilo-secret-')
  const home = join(folder, 'home')
  mkdirSync(join(home, 'sheets'), { recursive: true })
  symlinkSync(home, join(folder, 'link'))
  symlinkSync(join(home, 'sheets'), join(folder, 'sheets'))
  for (const inside of [
    'home',
    'home/kit.html',
    'home/a/b/c',
    'link/kit.html',
    'link/a/b',
    'sheets/1.txt',
    'home/../link/x',
  ])
    for (const named of ['home', 'link'])
      assert.ok(isWithin(join(folder, inside), join(folder, named)), inside)
  for (const outside of ['kit.html', 'homely/kit.html', 'a/home/kit.html', 'home/../kit.html'])
    assert.ok(!isWithin(join(folder, outside), home), outside)
  // A vault that is still to be made.
  assert.ok(isWithin(join(folder, 'new', 'shares'), join(folder, 'new')))
})

test('what a disk takes a part of is not written at all, and what was there stays', (t) => {
  const folder = temporaryFolder(t, 'sigilo-secret-')
  writeFileSync(join(folder, 'home.json'), 'old')
  const script = `
    import { writeDurably, writeDurablyBeside } from '${new URL('../home/durable.ts', import.meta.url).href}'
    import { writeSecretFile } from '${new URL('secret-file.ts', import.meta.url).href}'
    const large = 'x'.repeat(100_000)
    const codeOf = (error) => error.code
    const told = [writeSecretFile('kit.txt', large)?.text.en]
    try { writeDurably('home.json', large) } catch (error) { told.push(codeOf(error)) }
    told.push(await writeDurablyBeside('home.json', large).catch(codeOf))
    console.log(JSON.stringify(told))`
  // Of a file no more than 4 kB: the first write gives less back than it was given, as on a disk that is nearly full.
  const limited = ['-c', 'ulimit -f 8; exec "$0" "$@"', process.execPath]
  const said = execFileSync('sh', [...limited, '--input-type=module', '-e', script], { cwd: folder })
  assert.deepEqual(JSON.parse(String(said)), ['kit.txt cannot be written (EFBIG).', 'EFBIG', 'EFBIG'])
  assert.equal(readFileSync(join(folder, 'home.json'), 'utf8'), 'old')
  assert(!readdirSync(folder).includes('kit.txt'))
})
