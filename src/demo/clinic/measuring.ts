import type { Day, Place, Resource, Specialty, Staff } from '../types.ts'
import { codingOf, inHl7, inLoinc, quantity, reference } from './coding.ts'
import { addDays, dayNumber, daysBetween, isWorkday } from './days.ts'
import type { Life } from './life.ts'
import { derived, flagOf, interpretations } from './numbers.ts'
import { panelOf, withCompanions } from './panels.ts'
import { report } from './reports.ts'
import type { Template } from './speech.ts'
import { specialtyNames } from './terms/specialties.ts'
import { rangeFor, testTerm } from './terms/tests.ts'

export interface Measured {
  test: string
  value: number
  /** As written: `7.80`. */
  text: string
  /** With its unit: `7.8 %`. */
  said: string
  flag: 'L' | 'N' | 'H'
  id: string
}

export interface VisitPlan {
  day: Day
  /** Since midnight; else within consulting hours. */
  minute?: number
  kind: 'AMB' | 'EMER' | 'IMP'
  specialty: Specialty
  reason: string
  place?: Place
  minutes?: number
  /** Of a trouble of these days: whatever is asked of the laboratory is drawn now, and waited for. */
  isAcute?: boolean
  /** Done through another encounter: a stay that began in the emergency room. */
  partOf?: string
}

const kindNames = { AMB: 'ambulatory', EMER: 'emergency', IMP: 'inpatient encounter' }
const idNames = { AMB: 'consulta', EMER: 'urgencias', IMP: 'hospitalizacion' }

/** Five minutes each, from eight o'clock on. */
const slots = 108

/** Nobody else of so many seats is called in at this minute of this day. */
const slotOf = (seat: number, day: Day): number => 8 * 60 + 5 * ((seat * 37 + dayNumber(day) * 29) % slots)

/** An encounter of a patient and a physician, and what is measured, drawn and pictured in it. */
export class Measuring {
  readonly life: Life
  readonly plan: VisitPlan
  readonly doctor: Staff
  readonly encounter: Resource
  day: Day
  minute: number

  readonly results = new Map<string, Measured>()
  #pressure: string | undefined
  #labDay: Day | undefined

  constructor(life: Life, plan: VisitPlan) {
    this.life = life
    this.plan = plan
    this.day = plan.day
    this.minute = plan.minute ?? slotOf(life.person.seat, plan.day)
    this.doctor = life.doctor(plan.specialty)
    life.occupy(plan.day, plan.day)
    const place =
      plan.place ?? (plan.kind === 'EMER' ? life.scene.house.locations.emergency : life.room(plan.specialty))
    this.encounter = life.add({
      resourceType: 'Encounter',
      id: life.id(idNames[plan.kind]),
      status: 'finished',
      class: codingOf('v3-ActCode', plan.kind, kindNames[plan.kind]),
      type: [
        {
          text:
            plan.kind === 'AMB'
              ? `Consulta externa de ${specialtyNames[plan.specialty]}`
              : plan.kind === 'EMER'
                ? 'Atención de urgencias'
                : 'Hospitalización',
        },
      ],
      subject: life.subjectReference,
      participant: [{ individual: { reference: this.doctor.practitioner, display: this.doctor.display } }],
      period: { start: life.at(this.day, this.minute) },
      reasonCode: [{ text: plan.reason }],
      location: [{ location: { reference: place.reference, display: place.name } }],
      serviceProvider: reference(life.scene.house.organization),
      ...(plan.partOf ? { partOf: reference(plan.partOf) } : {}),
    })
  }

  get reference(): string {
    return `Encounter/${this.encounter.id}`
  }

  get instant(): string {
    return this.life.at(this.day, this.minute)
  }

  /** Time passes within a stay. */
  move(day: Day, minute: number): void {
    this.day = day
    this.minute = minute
    this.life.occupy(day, day)
  }

  say(template: Template): string {
    return this.life.speech.say(template)
  }

  /** `given`: what an illness of the moment makes of it; else as the body is. */
  measure(test: string, given?: number): Measured {
    const value = given ?? derived(test, this, this.day) ?? this.life.body.read(test, this.day)
    return this.#observe(test, value, this.day, this.minute, this.reference)
  }

  pressure(given?: readonly [number, number]): string {
    const [systolic, low] = given ?? [
      this.life.body.read('systolic', this.day),
      this.life.body.read('diastolic', this.day),
    ]
    const diastolic = Math.min(low, systolic - 24)
    const subject = this.life.subject(this.day)
    const part = (test: string, value: number) => {
      const { loinc, text } = testTerm(test)
      return { code: inLoinc(loinc, text), valueQuantity: quantity(value, 0, 'mmHg', 'mm[Hg]') }
    }
    const isHigh =
      flagOf(systolic, rangeFor('systolic', subject)) === 'H' ||
      flagOf(diastolic, rangeFor('diastolic', subject)) === 'H'
    const isLow =
      flagOf(systolic, rangeFor('systolic', subject)) === 'L' ||
      flagOf(diastolic, rangeFor('diastolic', subject)) === 'L'
    this.life.add({
      resourceType: 'Observation',
      id: this.life.id('medida'),
      status: 'final',
      category: [inHl7('observation-category', 'vital-signs', 'Vital Signs')],
      code: inLoinc('85354-9', 'Presión arterial'),
      subject: this.life.subjectReference,
      encounter: reference(this.reference),
      effectiveDateTime: this.instant,
      performer: [reference(this.life.nurse().practitioner)],
      ...(subject.years >= 18 ? { interpretation: [interpretations[isHigh ? 'H' : isLow ? 'L' : 'N']] } : {}),
      component: [part('systolic', systolic), part('diastolic', diastolic)],
    })
    this.life.known.set('systolic', { value: systolic, day: this.day })
    this.life.known.set('diastolic', { value: diastolic, day: this.day })
    this.#pressure = `TA ${systolic}/${diastolic} mmHg`
    return `${systolic}/${diastolic} mmHg`
  }

  systolic(): number {
    return this.life.known.get('systolic')?.value ?? 120
  }

  /** Blood drawn some days before a consultation, or at once in the emergency room and on the wards. */
  laboratory(tests: readonly string[], given: Readonly<Record<string, number>> = {}): void {
    // The formula of filtration is one for adults, and not for pregnancies.
    const isFiltered = this.life.years(this.day) >= 18 && !this.life.isPregnant
    const wanted = withCompanions([...tests, ...Object.keys(given)], !this.isAhead).filter(
      (test) => test !== 'egfr' || isFiltered,
    )
    if (wanted.length === 0) return
    const isAhead = this.isAhead
    const day = isAhead ? this.sampleDay() : this.day
    const minute = isAhead ? 7 * 60 + this.life.random.int(0, 75) : this.minute + 15
    const panels = new Map<string, string[]>()
    for (const test of wanted) {
      const { text } = panelOf(test)
      panels.set(text, [...(panels.get(text) ?? []), test])
    }
    for (const group of panels.values()) {
      const { loinc, text } = panelOf(group[0]!)
      const results = group.map((test) =>
        this.#observe(
          test,
          given[test] ?? derived(test, this, this.day) ?? this.life.body.read(test, day),
          day,
          minute,
          isAhead ? undefined : this.reference,
        ),
      )
      report(this, loinc, text, {
        day,
        minute: minute + 50 + this.life.random.int(0, 40),
        of: 'LAB',
        results,
        ahead: isAhead,
      })
    }
    if (isAhead) this.#labDay = day
  }

  /** Whether what a note tells of was drawn and pictured some days before. */
  protected get isAhead(): boolean {
    return this.plan.kind === 'AMB' && !this.plan.isAcute
  }

  protected sampleDay(): Day {
    let day = addDays(this.day, -this.life.random.int(2, 6))
    while (!isWorkday(day)) day = addDays(day, -1)
    return day < this.life.person.birthDate ? this.day : day
  }

  #observe(test: string, value: number, day: Day, minute: number, encounter: string | undefined): Measured {
    const term = testTerm(test)
    const subject = this.life.subject(day)
    const range = rangeFor(test, subject)
    const flag = flagOf(value, range)
    const isLaboratory = term.kind === 'laboratory'
    const performer = isLaboratory
      ? this.life.random.pick(this.life.scene.house.byRole('laboratory'))
      : term.kind === 'vital-signs'
        ? this.life.nurse()
        : this.doctor
    const category = {
      'vital-signs': 'Vital Signs',
      laboratory: 'Laboratory',
      survey: 'Survey',
      exam: 'Exam',
      procedure: 'Procedure',
    }
    const { id } = this.life.add({
      resourceType: 'Observation',
      id: this.life.id('medida'),
      status: 'final',
      category: [inHl7('observation-category', term.kind, category[term.kind])],
      code: inLoinc(term.loinc, term.text),
      subject: this.life.subjectReference,
      ...(encounter ? { encounter: reference(encounter) } : {}),
      effectiveDateTime: this.life.at(day, minute),
      performer: [reference(performer.practitioner)],
      valueQuantity: quantity(value, term.decimals, term.unit, term.ucum),
      ...(range
        ? {
            interpretation: [interpretations[flag]],
            referenceRange: [
              {
                ...(range.low === undefined
                  ? {}
                  : { low: quantity(range.low, term.decimals, term.unit, term.ucum) }),
                ...(range.high === undefined
                  ? {}
                  : { high: quantity(range.high, term.decimals, term.unit, term.ucum) }),
              },
            ],
          }
        : {}),
    })
    const text = value.toFixed(term.decimals)
    // Where the name of the test says what is counted, its unit would say it twice.
    const unit = ['1', 'puntos', 'crisis', 'días'].includes(term.unit) ? '' : ` ${term.unit}`
    const measured = { test, value, text, said: `${text}${unit}`, flag, id }
    this.results.set(test, measured)
    this.life.known.set(test, { value, day })
    return measured
  }

  /** `HbA1c 7.8 %`; measured now where nobody has. */
  value(test: string): string {
    const measured = this.results.get(test) ?? this.measure(test)
    return `${testTerm(test).short} ${measured.said}`
  }

  // What a note says of it

  vitalLine(): string {
    const parts = [
      'heart',
      'breath',
      'temperature',
      'oxygen',
      'weight',
      'height',
      'length',
      'head',
      'bmi',
    ].flatMap((test) => (this.results.has(test) ? [this.value(test)] : []))
    return [this.#pressure, ...parts].filter((part) => part !== undefined).join(', ')
  }

  /** `TA 128/76 mmHg`; measured now where nobody has. */
  get pressureSaid(): string {
    return this.#pressure ?? `TA ${this.pressure()}`
  }

  /** Forgets what was measured so far: the next note of a stay tells of what comes next. */
  protected forget(): void {
    this.results.clear()
    this.#pressure = undefined
  }

  labLine(): string | undefined {
    const results = [...this.results.values()].filter(({ test }) => testTerm(test).kind === 'laboratory')
    if (results.length === 0) return undefined
    const when = this.#labDay
      ? ` (${daysBetween(this.#labDay, this.day) < 1 ? 'hoy' : `muestra de hace ${daysBetween(this.#labDay, this.day)} días`})`
      : ''
    return `Laboratorio${when}: ${results.map(({ test, said }) => `${testTerm(test).short} ${said}`).join(', ')}`
  }
}
