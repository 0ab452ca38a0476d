/** Five weeks of a hospital of 200 beds in a real ledger, and the command over the last of them: what it finds, how long that takes, and with how much. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listedOf, recordedHospital, settled } from '#test/kit/hospital/asked.ts'
import { recordLooks, startOfPast } from '#test/kit/hospital/recorded.ts'
import { lifeOf, lookThrough, outcomeOf, thresholdUsual } from '#test/kit/hospital/study.ts'

const mega = 1024 * 1024
const year = 364 * 86_400_000

test('a week of a whole hospital, by the command', { timeout: 3_600_000 }, async (t) => {
  const life = lifeOf(100, 35, { startMs: startOfPast })
  const simulated = lookThrough(life)
  const begunMs = performance.now()
  const hospital = await recordedHospital(t, life)
  const { entries, resources, visitsOfWeek, vault } = hospital
  const seconds = ((performance.now() - begunMs) / 1000).toFixed(0)
  t.diagnostic(`${resources} resources, ${entries} looks in the ledger: ${seconds} s`)

  const asked = async (what: string) => {
    globalThis.gc?.()
    const before = process.memoryUsage.rss()
    let most = before
    const looking = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 100)
    const [sinceMs, used] = [performance.now(), process.cpuUsage()]
    const listed = await listedOf(hospital, life)
    const { user, system } = process.cpuUsage(used)
    clearInterval(looking)
    const tookSeconds = (performance.now() - sinceMs) / 1000
    const [cpuSeconds, more] = [(user + system) / 1e6, (most - before) / mega]
    t.diagnostic(
      `${what}: ${tookSeconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} s of this process, ${more.toFixed(0)} MB more`,
    )
    return { ...listed, cpuSeconds, more }
  }
  const first = await asked('asked')
  assert.equal(first.visits, visitsOfWeek)
  const told = { ...simulated, listed: first.days }
  const [want, found] = [simulated, told].map((each) => outcomeOf(each, thresholdUsual))
  for (const [what, { recall, falseAlarmsAWeek, byStory }] of [
    ['simulated', want!],
    ['in the ledger', found!],
  ] as const) {
    const stories = [...byStory].map(([story, { found: of, of: all }]) => `${story} ${of}/${all}`).join(', ')
    t.diagnostic(
      `${what}: recall ${(recall * 100).toFixed(0)} %, ${falseAlarmsAWeek} false alarms; ${stories}`,
    )
  }
  assert.ok(found!.recall >= want!.recall - 0.1, `recall ${found!.recall}, simulated ${want!.recall}`)
  assert.ok(found!.falseAlarmsAWeek <= want!.falseAlarmsAWeek + 5, `${found!.falseAlarmsAWeek} false alarms`)

  // A year before there was as much: it is no part of the question.
  const size = (await vault.ledger.standing()).size + (await recordLooks(vault, life, year))
  await settled(vault.ledger, size)
  const second = await asked('asked of a ledger of twice the length')
  assert.deepEqual(second.days, first.days)
  assert.ok(second.cpuSeconds < 1.5 * first.cpuSeconds + 5, `${second.cpuSeconds} s`)
  assert.ok(second.more < first.more + 200, `${second.more} MB`)
})
