import type { Day, Place, Resource, Specialty, Staff } from '../types.ts'
import { codingOf, inHl7, inLoinc, inSnomed, quantity, reference } from './coding.ts'
import { round } from './body.ts'
import { addDays, daysBetween, isWorkday } from './days.ts'
import { dosage } from './dosage.ts'
import type { Dose } from './dosage.ts'
import type { Life, Problem } from './life.ts'
import { writeNote } from './notes.ts'
import type { NoteKind, Section } from './notes.ts'
import { panelOf, withCompanions } from './panels.ts'
import { objection } from './safety.ts'
import { capital, listed } from './speech.ts'
import type { Template } from './speech.ts'
import { drugTerm } from './terms/drugs.ts'
import { problemTerm, saidProblem } from './terms/problems.ts'
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
  /** Done through another encounter: a stay that began in the emergency room. */
  partOf?: string
}

const kindNames = { AMB: 'ambulatory', EMER: 'emergency', IMP: 'inpatient encounter' }
const idNames = { AMB: 'consulta', EMER: 'urgencias', IMP: 'hospitalizacion' }

/** A patient and a physician meet: what is measured, found, thought and ordered, and the note about it. */
export class Visit {
  readonly life: Life
  readonly plan: VisitPlan
  readonly doctor: Staff
  readonly encounter: Resource
  day: Day
  minute: number

  /** The note's own words, in its order. */
  readonly told: string[] = []
  readonly found: string[] = []
  readonly thought: string[] = []
  readonly ordered: string[] = []
  readonly results = new Map<string, Measured>()
  #pressure: string | undefined
  #labDay: Day | undefined
  readonly #diagnoses: string[] = []

  constructor(life: Life, plan: VisitPlan) {
    this.life = life
    this.plan = plan
    this.day = plan.day
    this.minute = plan.minute ?? 8 * 60 + 20 * life.random.int(0, 27)
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

  // Measuring

  /** `given`: what an illness of the moment makes of it; else as the body is. */
  measure(test: string, given?: number): Measured {
    const value = given ?? this.#derived(test) ?? this.life.body.read(test, this.day)
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
    const wanted = withCompanions([...tests, ...Object.keys(given)]).filter(
      (test) => test !== 'egfr' || isFiltered,
    )
    if (wanted.length === 0) return
    const isAhead = this.plan.kind === 'AMB'
    const day = isAhead ? this.#sampleDay() : this.day
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
          given[test] ?? this.#derived(test) ?? this.life.body.read(test, day),
          day,
          minute,
          isAhead ? undefined : this.reference,
        ),
      )
      this.report(loinc, text, {
        day,
        minute: minute + 50 + this.life.random.int(0, 40),
        of: 'LAB',
        results,
        ahead: isAhead,
      })
    }
    if (isAhead) this.#labDay = day
  }

  #sampleDay(): Day {
    let day = addDays(this.day, -this.life.random.int(2, 6))
    while (!isWorkday(day)) day = addDays(day, -1)
    return day < this.life.person.birthDate ? this.day : day
  }

  #derived(test: string): number | undefined {
    const value = (of: string) => this.results.get(of)?.value
    const [creatinine, weight, height, hemoglobin, ldl, hdl, triglycerides] = [
      'creatinine',
      'weight',
      'height',
      'hemoglobin',
      'ldl',
      'hdl',
      'triglycerides',
    ].map(value)
    if (test === 'egfr' && creatinine) {
      const { sex, years } = this.life.subject(this.day)
      return filtration(creatinine, sex, years)
    }
    if (test === 'bmi' && weight && height) return round(weight / (height / 100) ** 2, 1)
    if (test === 'hematocrit' && hemoglobin) return round(hemoglobin * 3 + this.life.random.normal(0, 0.4), 1)
    if (test === 'cholesterol' && ldl && hdl && triglycerides)
      return Math.round(ldl + hdl + triglycerides / 5)
    if (test === 'glucose') {
      const hba1c = this.life.body.level('hba1c', this.day)
      return hba1c > 5.8
        ? Math.round((28.7 * hba1c - 46.7) * 0.86 + this.life.random.normal(0, 7))
        : undefined
    }
    return undefined
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

  // What is made of it

  report(
    loinc: string,
    text: string,
    of: {
      day: Day
      minute: number
      of: 'LAB' | 'RAD' | 'CUS' | 'PAT'
      results?: readonly Measured[]
      conclusion?: string
      ahead?: boolean
    },
  ): Resource {
    const { house } = this.life.scene
    const names = {
      LAB: 'Laboratory',
      RAD: 'Radiology',
      CUS: 'Cardiac Ultrasound',
      PAT: 'Pathology (gross & histopath, not surgical)',
    }
    const role =
      of.of === 'LAB'
        ? house.byRole('laboratory')
        : house.byRole(
            'physician',
            of.of === 'PAT' ? 'pathology' : of.of === 'RAD' ? 'radiology' : 'cardiology',
          )
    const conclusion = of.conclusion ?? this.#abnormal(of.results ?? [])
    return this.life.add({
      resourceType: 'DiagnosticReport',
      id: this.life.id('informe'),
      status: 'final',
      category: [inHl7('v2-0074', of.of, names[of.of])],
      code: inLoinc(loinc, text),
      subject: this.life.subjectReference,
      ...(of.ahead ? {} : { encounter: reference(this.reference) }),
      effectiveDateTime: this.life.at(of.day, Math.max(0, of.minute - 50)),
      issued: this.life.at(of.day, of.minute),
      performer: [reference(this.life.random.pick(role).practitioner)],
      ...(of.results?.length ? { result: of.results.map(({ id }) => reference(`Observation/${id}`)) } : {}),
      conclusion,
    })
  }

  #abnormal(results: readonly Measured[]): string {
    const off = results.filter(({ flag }) => flag !== 'N')
    if (off.length === 0) return 'Resultados dentro de los valores de referencia.'
    return `${capital(listed(off.map(({ test, said, flag }) => `${testTerm(test).short} ${said} (${flag === 'H' ? 'por arriba' : 'por debajo'} de la referencia)`)))}.`
  }

  /** An image or a tracing: done, read, and told of in the note. */
  study(loinc: string, text: string, conclusion: string, of: 'RAD' | 'CUS' | 'PAT' = 'RAD'): void {
    const said = this.say(conclusion)
    const ahead = this.plan.kind === 'AMB'
    const day = ahead ? this.#sampleDay() : this.day
    this.report(loinc, text, {
      day,
      minute: ahead ? 11 * 60 + this.life.random.int(0, 200) : this.minute + 70,
      of: of,
      conclusion: capital(said),
      ahead,
    })
    this.found.push(`${text}: ${said}`)
  }

  procedure(
    snomed: string,
    text: string,
    options: { minutes?: number; reason?: string; note?: string; by?: Staff } = {},
  ): Resource {
    const problem = options.reason
      ? this.life.problems.findLast(({ key }) => key === options.reason)
      : undefined
    const by = options.by ?? this.doctor
    return this.life.add({
      resourceType: 'Procedure',
      id: this.life.id('procedimiento'),
      status: 'completed',
      code: inSnomed(snomed, text),
      subject: this.life.subjectReference,
      encounter: reference(this.reference),
      performedPeriod: {
        start: this.instant,
        end: this.life.at(this.day, this.minute + (options.minutes ?? 15)),
      },
      performer: [{ actor: { reference: by.practitioner, display: by.display } }],
      ...(problem ? { reasonReference: [reference(`Condition/${problem.resource.id}`)] } : {}),
      ...(options.note ? { note: [{ text: options.note }] } : {}),
    })
  }

  diagnose(key: string, since?: Day): Problem {
    const problem = this.life.diagnose(key, this.day, since ?? this.day, this.reference)
    this.concern(key)
    return problem
  }

  /** This visit is about it. */
  concern(key: string): void {
    const problem = this.life.problems.findLast((problem) => problem.key === key)
    if (problem && !this.#diagnoses.includes(problem.resource.id)) this.#diagnoses.push(problem.resource.id)
  }

  /** The first that nothing objects to; what was passed over for this person's sake is said. */
  treat(reason: string, options: readonly Dose[], verb?: Template): Dose | undefined {
    const avoided: string[] = []
    for (const dose of options) {
      const why = objection(dose.drug, this.life, this.day)
      if (why !== undefined) {
        if (drugTerm(dose.drug).name.length > 0) avoided.push(`${drugTerm(dose.drug).name} por ${why}`)
        continue
      }
      const before = this.life.taking().find(({ key }) => key === dose.drug)
      if (before && before.reason !== reason) {
        this.ordered.push(
          this.say(
            `{Continúa|Sin cambios en|Se mantiene} ${drugTerm(dose.drug).name}, útil también para ${saidProblem(reason)}`,
          ),
        )
        return dose
      }
      this.life.prescribe(dose, reason, {
        day: this.day,
        instant: this.instant,
        encounter: this.reference,
        by: this.doctor,
      })
      if (avoided.length > 0)
        this.ordered.push(this.say(`{Se evita|No se indica|Se descarta} ${listed(avoided)}`))
      const { said } = dosage(dose)
      const phrase =
        verb ?? (before ? '{Se ajusta dosis|Se modifica la dosis}' : '{Se inicia|Se indica|Se prescribe}')
      this.ordered.push(`${this.say(phrase)}: ${said}`)
      return dose
    }
    if (avoided.length > 0)
      this.ordered.push(this.say(`{Se evita|No se indica} ${listed(avoided)}; medidas no farmacológicas`))
    return undefined
  }

  /** What this person takes and should no longer. */
  reconcile(): void {
    for (const { key, reason } of this.life.taking()) {
      const why = objection(key, this.life, this.day)
      if (why === undefined) continue
      this.withdraw(key, why)
      const problem = this.life.problem(reason)
      if (problem) problem.changed = addDays(problem.changed, -400)
    }
  }

  withdraw(drug: string, why: string): void {
    if (!this.life.takes(drug)) return
    this.life.stop(drug, this.day, capital(why))
    this.ordered.push(this.say(`{Se suspende|Se retira} ${drugTerm(drug).name}: ${why}`))
  }

  // The note

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

  /** Forgets what was measured so far: the next note of a stay tells of what comes next. */
  turn(): void {
    this.results.clear()
    this.#pressure = undefined
    for (const list of [this.told, this.found, this.thought, this.ordered]) list.length = 0
  }

  labLine(): string | undefined {
    const results = [...this.results.values()].filter(({ test }) => testTerm(test).kind === 'laboratory')
    if (results.length === 0) return undefined
    const when = this.#labDay
      ? ` (${daysBetween(this.#labDay, this.day) < 1 ? 'hoy' : `muestra de hace ${daysBetween(this.#labDay, this.day)} días`})`
      : ''
    return `Laboratorio${when}: ${results.map(({ test, said }) => `${testTerm(test).short} ${said}`).join(', ')}`
  }

  problemLine(): string {
    return listed(
      this.life
        .current()
        .filter(({ key }) => problemTerm(key).lasting)
        .map(({ key }) => saidProblem(key)),
    )
  }

  medicineLine(): string[] {
    return this.life
      .taking()
      .filter(({ dose, since }) => dose.days === undefined || addDays(since, dose.days) > this.day)
      .map(({ dose }) => capital(dosage(dose).said))
  }

  note(kind: NoteKind, sections: readonly Section[], by: Staff = this.doctor): void {
    writeNote(this, kind, sections, by)
  }

  close(minutes = this.plan.minutes ?? 25): void {
    const period = this.encounter['period'] as { start: string; end?: string }
    period.end = this.life.at(this.day, this.minute + minutes)
    if (this.#diagnoses.length > 0) {
      this.encounter['diagnosis'] = this.#diagnoses.map((id) => ({ condition: reference(`Condition/${id}`) }))
    }
  }
}

const interpretations = {
  L: inHl7('v3-ObservationInterpretation', 'L', 'Low'),
  N: inHl7('v3-ObservationInterpretation', 'N', 'Normal'),
  H: inHl7('v3-ObservationInterpretation', 'H', 'High'),
}

export function flagOf(value: number, range: { low?: number; high?: number } | undefined): 'L' | 'N' | 'H' {
  if (range?.low !== undefined && value < range.low) return 'L'
  if (range?.high !== undefined && value > range.high) return 'H'
  return 'N'
}

/** CKD-EPI 2021, without race: https://doi.org/10.1056/NEJMoa2102953. mg/dL in, mL/min/1.73 m² out. */
export function filtration(creatinine: number, sex: 'female' | 'male', years: number): number {
  const [kappa, alpha] = sex === 'female' ? [0.7, -0.241] : [0.9, -0.302]
  const ratio = creatinine / kappa
  const value = 142 * Math.min(ratio, 1) ** alpha * Math.max(ratio, 1) ** -1.2 * 0.9938 ** Math.floor(years)
  return Math.round(value * (sex === 'female' ? 1.012 : 1))
}
