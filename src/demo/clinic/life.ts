import type { Day, Place, Resource, Scene, Specialty, Staff } from '../types.ts'
import { bioOf } from './bio.ts'
import type { Bio } from './bio.ts'
import { Body } from './body.ts'
import { inHl7, inSnomed, inSystem, reference } from './coding.ts'
import { addDays, ageOn, daysBetween, isWorkday, workdayFrom } from './days.ts'
import { dosage } from './dosage.ts'
import type { Dose } from './dosage.ts'
import { Growth } from './growth.ts'
import { createSpeech } from './speech.ts'
import type { Speech } from './speech.ts'
import { drugTerm } from './terms/drugs.ts'
import { problemTerm } from './terms/problems.ts'

export interface Problem {
  key: string
  /** The term that names it: of the kidneys, their stage. */
  named: string
  resource: Resource
  since: Day
  /** The day on which it was first written down. */
  recorded: Day
  active: boolean
  /** Where its course stands on its ladder of treatment, -1 before the first rung, and since when. */
  step: number
  changed: Day
  /** Out of goal and left as it was, for a reason that is said only once in a row. */
  waited: boolean
}

export interface Medication {
  key: string
  dose: Dose
  reason: string
  since: Day
  active: boolean
  resource: Resource
}

export interface Allergy {
  families: readonly string[]
  said: string
}

interface Event {
  day: Day
  order: number
  run: (day: Day) => void
}

/** One person's life as the hospital comes to know it: what is told in its order, day after day, until today. */
export class Life {
  readonly scene: Scene
  readonly person: Scene['person']
  readonly random: Scene['random']
  readonly speech: Speech
  readonly bio: Bio
  readonly body: Body
  readonly growth: Growth | undefined
  /** The first day of the chart. */
  readonly start: Day
  readonly problems: Problem[] = []
  readonly medications: Medication[] = []
  readonly allergies: Allergy[] = []
  /** The newest result of each test. */
  readonly known = new Map<string, { value: number; day: Day }>()
  /** What past notes may refer to: operations, stays. */
  readonly past: string[] = []
  /** The last stay, until somebody has asked about it. */
  stayed: { said: string; until: Day } | undefined
  /** Births before the chart. */
  parity: number | undefined
  isPregnant = false

  readonly #resources: Resource[] = []
  readonly #agenda: Event[] = []
  readonly #numbers = new Map<string, number>()
  readonly #visited = new Set<Day>()
  #order = 0

  constructor(scene: Scene, years: number) {
    this.scene = scene
    this.person = scene.person
    this.random = scene.random.fork('life')
    this.speech = createSpeech(scene.random.fork('speech'), scene.person.sex)
    const earliest = addDays(scene.today, -Math.round(years * 365.25))
    this.start = earliest < scene.person.birthDate ? scene.person.birthDate : earliest
    this.growth =
      ageOn(scene.person.birthDate, this.start) < 18
        ? new Growth(scene.random.fork('growth'), scene.person.sex, scene.person.birthDate)
        : undefined
    this.bio = bioOf(scene)
    this.body = new Body(
      scene.random.fork('body'),
      scene.person.birthDate,
      (day) => this.subject(day),
      this.growth,
    )
  }

  get today(): Day {
    return this.scene.today
  }

  years(day: Day): number {
    return ageOn(this.person.birthDate, day)
  }

  subject(day: Day) {
    const years = daysBetween(this.person.birthDate, day) / 365.25
    return { sex: this.person.sex, years, isPregnant: this.isPregnant }
  }

  // What will happen

  schedule(day: Day, run: (day: Day) => void): void {
    this.#agenda.push({ day, order: this.#order++, run })
  }

  run(): Resource[] {
    for (;;) {
      let next: Event | undefined
      for (const event of this.#agenda) {
        if (!next || event.day < next.day || (event.day === next.day && event.order < next.order))
          next = event
      }
      if (!next || next.day >= this.today) return this.#resources
      this.#agenda.splice(this.#agenda.indexOf(next), 1)
      next.run(next.day)
    }
  }

  /** The next day from this on when the clinic is open and the person has not been at the hospital. */
  openDay(day: Day): Day {
    let found = workdayFrom(day)
    while (this.#visited.has(found) || !isWorkday(found)) found = addDays(found, 1)
    return found
  }

  occupy(from: Day, to: Day): void {
    for (let day = from; day <= to; day = addDays(day, 1)) this.#visited.add(day)
  }

  isFree(day: Day): boolean {
    return !this.#visited.has(day)
  }

  // Resources

  id(kind: string): string {
    const number = (this.#numbers.get(kind) ?? 0) + 1
    this.#numbers.set(kind, number)
    return `${this.person.id}-${kind}-${number}`
  }

  add<R extends Resource>(resource: R): R {
    this.#resources.push(resource)
    return resource
  }

  get subjectReference() {
    return reference(`Patient/${this.person.id}`)
  }

  at(day: Day, minute: number): string {
    return this.scene.at(day, minute)
  }

  /** This person's own physician of a specialty: the same one for years. */
  doctor(specialty: Specialty): Staff {
    return this.random.fork(`doctor ${specialty}`).pick(this.scene.house.byRole('physician', specialty))
  }

  nurse(): Staff {
    return this.random.pick(this.scene.house.byRole('nurse'))
  }

  room(specialty: Specialty): Place {
    return this.random.fork(`room ${specialty}`).pick(this.scene.house.locations.consulting)
  }

  // Problems

  has(key: string): boolean {
    return this.problems.some((problem) => problem.active && (problem.key === key || problem.named === key))
  }

  /** What a list of problems names. */
  current(): Problem[] {
    return this.problems.filter(({ active }) => active)
  }

  problem(key: string): Problem | undefined {
    return this.problems.find((problem) => problem.key === key && problem.active)
  }

  /** `since`: when it began, as far as is known; `day`: when it is written down. */
  diagnose(key: string, day: Day, since: Day, encounter?: string): Problem {
    const known = this.problem(key)
    if (known) return known
    const term = problemTerm(key)
    const resource = this.add({
      resourceType: 'Condition',
      id: this.id('problema'),
      clinicalStatus: inHl7('condition-clinical', 'active', 'Active'),
      verificationStatus: inHl7('condition-ver-status', 'confirmed', 'Confirmed'),
      category: [
        term.lasting
          ? inHl7('condition-category', 'problem-list-item', 'Problem List Item')
          : inHl7('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis'),
      ],
      code: {
        coding: [
          { system: 'http://snomed.info/sct', code: term.snomed, display: term.text },
          { system: 'http://hl7.org/fhir/sid/icd-10', code: term.icd, display: term.icdText },
        ],
        text: term.text,
      },
      subject: this.subjectReference,
      ...(encounter ? { encounter: reference(encounter) } : {}),
      onsetDateTime: daysBetween(since, day) > 400 ? since.slice(0, 7) : since,
      recordedDate: day,
    })
    const problem = {
      key,
      named: key,
      resource,
      since,
      recorded: day,
      active: true,
      step: -1,
      changed: day,
      waited: false,
    }
    this.problems.push(problem)
    return problem
  }

  /** The same illness under a more exact name: the entry of before is no longer current. */
  restage(problem: Problem, named: string, day: Day, encounter: string): void {
    const { text, snomed, icd, icdText } = problemTerm(named)
    const code = {
      coding: [
        { system: 'http://snomed.info/sct', code: snomed, display: text },
        { system: 'http://hl7.org/fhir/sid/icd-10', code: icd, display: icdText },
      ],
      text,
    }
    problem.named = named
    if (problem.resource['recordedDate'] === day) {
      problem.resource['code'] = code
      return
    }
    Object.assign(problem.resource, {
      clinicalStatus: inHl7('condition-clinical', 'inactive', 'Inactive'),
      abatementDateTime: day,
      note: [{ text: `Sustituido por: ${text}` }],
    })
    problem.resource = this.add({
      ...problem.resource,
      id: this.id('problema'),
      clinicalStatus: inHl7('condition-clinical', 'active', 'Active'),
      code,
      encounter: reference(encounter),
      onsetDateTime: day,
      recordedDate: day,
    })
    delete problem.resource['abatementDateTime']
    delete problem.resource['note']
  }

  resolve(key: string, day: Day): void {
    const problem = this.problem(key)
    if (!problem) return
    problem.active = false
    Object.assign(problem.resource, {
      clinicalStatus: inHl7('condition-clinical', 'resolved', 'Resolved'),
      abatementDateTime: day,
    })
    this.body.release(day, key)
    // What is given for some days comes to its own end.
    const lasting = this.medications.filter(
      ({ active, reason, dose }) => active && reason === key && dose.days === undefined,
    )
    for (const drug of lasting) {
      this.stop(drug.key, day, 'Problema resuelto')
    }
  }

  // Medicines

  takes(familyOrKey: string): boolean {
    return this.medications.some(
      ({ key, active }) => active && (key === familyOrKey || drugTerm(key).families.includes(familyOrKey)),
    )
  }

  taking(): Medication[] {
    return this.medications.filter(({ active }) => active)
  }

  prescribe(
    dose: Dose,
    reason: string,
    at: { day: Day; instant: string; encounter: string; by: Staff },
  ): Medication {
    const term = drugTerm(dose.drug)
    const before = this.medications.find(({ key, active }) => active && key === dose.drug)
    // Some days of more of it end in what it was before.
    if (before && (before.dose.days !== undefined || dose.days === undefined))
      this.stop(dose.drug, at.day, 'Ajuste de dosis')
    const problem = this.problems.findLast(({ key }) => key === reason)
    if (!problem) throw new RangeError(`${dose.drug} for ${reason}, which ${this.person.part} does not have`)
    const isShort = dose.days !== undefined
    const resource = this.add({
      resourceType: 'MedicationRequest',
      id: this.id('receta'),
      status: isShort && addDays(at.day, dose.days ?? 0) < this.today ? 'completed' : 'active',
      intent: 'order',
      medicationCodeableConcept: inSystem(
        'http://www.whocc.no/atc',
        term.atc,
        term.name,
        dosage(dose).medicine,
      ),
      subject: this.subjectReference,
      encounter: reference(at.encounter),
      authoredOn: at.instant,
      requester: reference(at.by.practitioner),
      reasonReference: [
        { reference: `Condition/${problem.resource.id}`, display: problemTerm(problem.named).text },
      ],
      dosageInstruction: [dosage(dose).structured],
    })
    const medication = { key: dose.drug, dose, reason, since: at.day, active: true, resource }
    this.medications.push(medication)
    const share = dose.force ?? 1
    if (!isShort || (dose.days ?? 0) > 25) {
      for (const [test, by] of Object.entries(term.effects)) {
        this.body.influence(at.day, `drug ${dose.drug}`, test, by * share * this.bio.adherence)
      }
    }
    if (isShort) {
      this.schedule(addDays(at.day, dose.days ?? 0), (day) => {
        if (!medication.active) return
        medication.active = false
        this.body.release(day, `drug ${dose.drug}`)
      })
    }
    return medication
  }

  stop(drug: string, day: Day, why: string): void {
    for (const medication of this.medications) {
      if (medication.key !== drug || !medication.active) continue
      medication.active = false
      medication.resource['status'] = 'stopped'
      medication.resource['statusReason'] = { text: why }
      this.body.release(day, `drug ${drug}`)
    }
  }

  /** Nothing but a name for the record: it changes how every later prescription is chosen. */
  allergy(
    allergy: Allergy & { snomed: string; text: string; reaction: string; severe: boolean; since: Day },
  ): void {
    this.allergies.push(allergy)
    this.add({
      resourceType: 'AllergyIntolerance',
      id: this.id('alergia'),
      clinicalStatus: inHl7('allergyintolerance-clinical', 'active', 'Active'),
      verificationStatus: inHl7('allergyintolerance-verification', 'confirmed', 'Confirmed'),
      type: 'allergy',
      category: [allergy.families.length > 0 ? 'medication' : 'food'],
      criticality: allergy.severe ? 'high' : 'low',
      code: allergy.snomed === '' ? { text: allergy.text } : inSnomed(allergy.snomed, allergy.text),
      patient: this.subjectReference,
      recordedDate: allergy.since,
      reaction: [
        { manifestation: [{ text: allergy.reaction }], severity: allergy.severe ? 'severe' : 'mild' },
      ],
    })
  }
}
