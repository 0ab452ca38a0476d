import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeardClock } from './heard-clock.ts'

test('the time is that of the answer that was nearest, and what has gone by since', () => {
  const clock = new HeardClock()
  const hear = (time: number, now: number) => clock.heard(new Date(time), now)
  hear(1_000_000, 10)
  assert.equal(clock.at(10), 1_000_000)
  assert.equal(clock.at(25.5), 1_000_015)
  // One that took 40 ms longer on its way says nothing new.
  hear(1_000_100, 150)
  assert.equal(clock.at(150), 1_000_140)
  // One that took 5 ms less does.
  hear(1_000_195, 200)
  assert.equal(clock.at(200), 1_000_195)
  hear(1_000_200, 200)
  assert.equal(clock.at(200), 1_000_200)
})

test('a clock that was put forward is followed at once, one that was put back within seconds', () => {
  const clock = new HeardClock()
  clock.heard(new Date(1_000_000), 0)
  clock.heard(new Date(9_000_000), 100)
  assert.equal(clock.at(100), 9_000_000)
  clock.heard(new Date(2_000_000), 5_200)
  assert.equal(clock.at(5_200), 9_005_100)
  clock.heard(new Date(2_005_000), 10_300)
  assert.equal(clock.at(10_300), 2_005_100)
  // After a silence only what is heard then counts.
  clock.heard(new Date(1_500_000), 60_000)
  assert.equal(clock.at(60_000), 1_500_000)
})
