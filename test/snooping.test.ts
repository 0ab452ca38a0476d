/** A quarter of a hospital's year, looked through. The whole years: test/long/snooping.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomeOf, studyOf, thresholdUsual } from '#test/kit/hospital/study.ts'

test('of the snoops of a quarter most are listed, and not many besides', () => {
  const study = studyOf(300, 84)
  const { recall, falseAlarmsAWeek, listedAWeek } = outcomeOf(study, thresholdUsual)
  assert.ok(recall > 0.7, `recall ${recall}`)
  assert.ok(falseAlarmsAWeek < 12, `${falseAlarmsAWeek} false alarms a week`)
  // That it can fail: to whom nobody is a snoop, whatever is listed is a false alarm; and a lower threshold lists more.
  assert.equal(outcomeOf({ ...study, snoops: [] }, thresholdUsual).falseAlarmsAWeek, listedAWeek)
  assert.ok(outcomeOf(study, 2.5).listedAWeek > listedAWeek)
})
