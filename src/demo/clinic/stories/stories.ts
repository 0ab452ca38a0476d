import { addDays, daysBetween } from '../days.ts'
import type { Life } from '../life.ts'
import { ail } from './acute.ts'
import {
  breastChemotherapy,
  breastHormones,
  checkup,
  falls,
  fracture,
  screen,
  tuberculosis,
} from './adult.ts'
import { ailments } from './ailments.ts'
import { adolescent, born, growUp } from './child.ts'
import { expect } from './pregnancy.ts'
import { stay } from './stay.ts'
import { stays } from './stays.ts'

/** A story of its own, begun some day of the chart: the `nth` of `of` in this life. */
type Story = (life: Life, on: string) => void

const named: Readonly<Record<string, Story>> = {
  pregnancy: (life) => expect(life, { kind: 'normal' }),
  'pregnancy-diabetes': (life) => expect(life, { kind: 'diabetes' }),
  motherhood: (life) => expect(life, { kind: 'normal', birth: birthOf(life, 120), ...childOf(life) }),
  'motherhood-preeclampsia': (life) =>
    expect(life, { kind: 'preeclampsia', birth: birthOf(life, 290), ...childOf(life) }),
  newborn: (life) => born(life),
  'well-child': (life) => growUp(life),
  adolescent: (life) => adolescent(life),
  checkup: (life, on) => life.schedule(on, (day) => checkup(life, day)),
  pap: (life, on) => life.schedule(on, (day) => screen(life, 'pap', day)),
  mammography: (life, on) => life.schedule(on, (day) => screen(life, 'mammography', day)),
  'breast-chemotherapy': (life) => breastChemotherapy(life),
  'breast-hormones': (life) => breastHormones(life),
  tuberculosis: (life) => tuberculosis(life),
  fracture: (life, on) => life.schedule(on, (day) => fracture(life, day, false)),
  fragility: (life, on) => life.schedule(on, (day) => fracture(life, day, true)),
  falls: (life, on) => life.schedule(on, (day) => falls(life, day)),
}

function birthOf(life: Life, daysAgo: number): string {
  return life.scene.child?.birthDate ?? addDays(life.today, -daysAgo - life.random.int(0, 40))
}

const childOf = (life: Life) => (life.scene.child ? { child: life.scene.child } : {})

/** The stories of a part are spread over the chart, in their order. */
export function tell(life: Life, names: readonly string[]): void {
  const span = daysBetween(life.start, life.today)
  for (const [nth, name] of names.entries()) {
    const share = (nth + 0.25 + 0.6 * life.random.float()) / names.length
    const on = addDays(life.start, Math.max(45, Math.round(span * share)))
    const story = named[name]
    if (story) story(life, on)
    else if (stays[name]) life.schedule(on, (day) => stay(life, name, day))
    else if (ailments[name]) life.schedule(on, (day) => ail(life, name, day))
    else throw new RangeError(`no story ${name}`)
  }
}
