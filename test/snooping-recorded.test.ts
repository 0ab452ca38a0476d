/** A simulated hospital's weeks in a real ledger: what the command lists is what the simulation says. The whole hospital: test/long/snooping-recorded.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listedOf, recordedHospital } from '#test/kit/hospital/asked.ts'
import { lifeOfSome, startOfPast } from '#test/kit/hospital/recorded.ts'
import { lifeOf, lookThrough, outcomeOf, thresholdUsual } from '#test/kit/hospital/study.ts'

test('the command finds in a ledger whom the simulation finds, and lists hardly anybody else', async (t) => {
  const whole = lifeOf(300, 14, { startMs: startOfPast, habitDays: 7 })
  const snoops = new Set(whole.snoops.map(({ actor }) => actor))
  // They, and some who are none.
  const life = lifeOfSome(whole, (actor) => snoops.has(actor) || /-(?:reception|billing)-1$/.test(actor))
  const simulated = lookThrough(life)
  const hospital = await recordedHospital(t, life)
  const listed = await listedOf(hospital, life)
  assert.equal(listed.visits, hospital.visitsOfWeek, 'each look of the week is found')
  const told = { ...simulated, listed: listed.days }
  const [want, found] = [simulated, told].map((each) => outcomeOf(each, thresholdUsual))
  t.diagnostic(`simulated: ${JSON.stringify(want)}; in the ledger: ${JSON.stringify(found)}`)
  assert.ok(found!.recall > 0.6, `recall ${found!.recall}`)
  // How rare a name is, is told by those whom the week saw, and not by the whole town.
  assert.ok(found!.recall > want!.recall - 0.12, `recall ${found!.recall}, simulated ${want!.recall}`)
  assert.ok(found!.falseAlarmsAWeek < want!.falseAlarmsAWeek + 3, `${found!.falseAlarmsAWeek} false alarms`)
  assert.match(listed.lines.join('\n'), /días insólitos/)
  assert.ok(listed.lines.length > 3 * listed.days.length)
})
