/** Years of a hospital of 200 beds. The threshold was set on the first (seed 1); the others are told. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outcomeOf, studyOf, thresholdUsual, type Outcome } from '#test/kit/hospital/study.ts'

const set = 1
const tried = [100, 200]

for (const seed of [set, ...tried])
  test(`the year ${seed}`, { timeout: 1_200_000 }, (t) => {
    const study = studyOf(seed, 365)
    for (const threshold of [3, 3.5, thresholdUsual, 4.5, 5, 6])
      t.diagnostic(lineOf(outcomeOf(study, threshold)))
    const { recall, falseAlarmsAWeek, byStory } = outcomeOf(study, thresholdUsual)
    t.diagnostic(`${study.visits} visits, ${study.snoops.length} snoops`)
    t.diagnostic([...byStory].map(([story, { found, of }]) => `${story} ${found}/${of}`).join(', '))
    if (seed === set) return
    assert.ok(recall > 0.75, `recall ${recall}`)
    assert.ok(falseAlarmsAWeek < 12, `${falseAlarmsAWeek} false alarms a week`)
  })

function lineOf({ threshold, recall, falseAlarmsAWeek, listedAWeek }: Outcome): string {
  const share = `${(recall * 100).toFixed(0)} %`
  return `from ${threshold} points: recall ${share}, false alarms a week ${falseAlarmsAWeek.toFixed(1)}, listed ${listedAWeek.toFixed(1)}`
}
