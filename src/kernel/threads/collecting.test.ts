import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const collecting = fileURLToPath(new URL('collecting.ts', import.meta.url))

/** How often all is collected while the same becomes old and dies: as the process began, twice over seldom, and afterwards. */
const code = `
  import { constants, PerformanceObserver } from 'node:perf_hooks'
  import { setImmediate } from 'node:timers/promises'
  import { collectSeldom } from ${JSON.stringify(collecting)}
  let majors = 0
  const count = (entries) => {
    for (const { detail } of entries) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) majors++
  }
  const observer = new PerformanceObserver((list) => count(list.getEntries()))
  observer.observe({ entryTypes: ['gc'] })
  const lives = Array.from({ length: 500_000 }, (_, n) => [n])
  async function pass() {
    gc()
    await setImmediate()
    count(observer.takeRecords())
    majors = 0
    let kept = []
    for (let n = 0; n < 20_000_000; n++) {
      if (kept.length > 400_000) kept = []
      kept.push([n])
    }
    await setImmediate()
    count(observer.takeRecords())
    return majors
  }
  const told = [await pass()]
  const [one, other] = [collectSeldom(), collectSeldom()]
  told.push(await pass())
  one()
  one()
  told.push(await pass())
  other()
  told.push(await pass(), lives.length)
  console.log(JSON.stringify(told))
`

test('all is collected seldom as long as one of several wants it so, and then as the process began', () => {
  const flags = ['--heap-growing-percent=30', '--max-semi-space-size=1', '--expose-gc', '--input-type=module']
  const out = execFileSync(process.execPath, [...flags, '--eval', code], { encoding: 'utf8' })
  const [before, seldom, still, after] = JSON.parse(out) as [number, number, number, number]
  assert(before >= 4, out)
  assert(seldom * 2 < before && still * 2 < before && after * 2 > before, out)
})
