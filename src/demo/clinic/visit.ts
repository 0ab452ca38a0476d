import type { Day, Resource, Staff } from '../types.ts'
import { inSnomed, reference } from './coding.ts'
import { addDays } from './days.ts'
import { dosage, fitted } from './dosage.ts'
import type { Dose } from './dosage.ts'
import type { Problem } from './life.ts'
import { Measuring } from './measuring.ts'
import { report } from './reports.ts'
import type { ReportKind } from './reports.ts'
import { writeNote } from './notes.ts'
import type { NoteKind, Section } from './notes.ts'
import { examined } from './findings.ts'
import { isOf, isOutdone, objection } from './safety.ts'
import { capital, listed } from './speech.ts'
import type { Template } from './speech.ts'
import { drugTerm } from './terms/drugs.ts'
import { problemTerm, saidProblem } from './terms/problems.ts'

function kindOf(study: string): ReportKind {
  if (/orina|Urocultivo|NS1|Baciloscopia/.test(study)) return 'LAB'
  if (/Citología/.test(study)) return 'PAT'
  return /Espirometría/.test(study) ? 'PF' : 'RAD'
}

/** A patient and a physician meet: what is told, found, thought and ordered, and the note about it. */
export class Visit extends Measuring {
  /** The note's own words, in its order. */
  readonly told: string[] = []
  readonly found: string[] = []
  readonly thought: string[] = []
  readonly ordered: string[] = []
  /** Families of medicines that rest while somebody is on a ward. */
  readonly paused: string[] = []
  readonly #diagnoses: string[] = []

  /** An image or a tracing: done, read, and told of in the note. */
  study(loinc: string, text: string, conclusion: string, of: ReportKind = kindOf(text)): void {
    const said = this.say(conclusion)
    const ahead = this.isAhead
    const day = ahead ? this.sampleDay() : this.day
    report(this, loinc, text, {
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
    for (const option of options) {
      const dose = fitted(option, this.life.years(this.day))
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
      if (before && before.dose.pieces === dose.pieces && before.dose.hours === dose.hours && !dose.days) {
        this.ordered.push(`${this.say('{Continúa|Sin cambios}')}: ${dosage(dose).said}`)
        return dose
      }
      const outdone = this.life
        .taking()
        .find(
          ({ key, dose: old }) => key !== dose.drug && old.days === undefined && isOutdone(key, dose.drug),
        )
      if (outdone) this.withdraw(outdone.key, `se sustituye por ${drugTerm(dose.drug).name}`)
      this.life.prescribe(dose, reason, {
        day: this.day,
        instant: this.instant,
        encounter: this.reference,
        by: this.doctor,
      })
      if (avoided.length > 0)
        this.ordered.push(this.say(`{Se evita|No se indica|Se descarta} ${listed(avoided)}`))
      // Of a medicine whose dose is changed in this very visit, it is not said as well that it goes on.
      const was = before && `: ${dosage(before.dose).said}`
      const said = was === undefined ? -1 : this.ordered.findIndex((line) => line.endsWith(was))
      if (said >= 0) this.ordered.splice(said, 1)
      const phrase =
        verb ?? (before ? '{Se ajusta dosis|Se modifica la dosis}' : '{Se inicia|Se indica|Se prescribe}')
      this.ordered.push(`${this.say(phrase)}: ${dosage(dose).said}`)
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

  /** The next note of a stay tells of what comes next. */
  turn(): void {
    this.forget()
    for (const list of [this.told, this.found, this.thought, this.ordered]) list.length = 0
  }

  /** What was known when the patient came in. */
  problemLine(): string {
    return listed(
      this.life
        .current()
        .filter(({ key, recorded }) => problemTerm(key).lasting && recorded < this.plan.day)
        .map(({ named }) => saidProblem(named)),
    )
  }

  /** What was found by looking, each part of the body said once. */
  examination(): string[] {
    return examined(this.found)
  }

  medicineLine(): string[] {
    return (
      this.life
        .taking()
        .filter(({ dose, since }) => dose.days === undefined || addDays(since, dose.days) > this.day)
        .filter(({ key }) => !this.paused.some((family) => isOf(key, family)))
        .filter(
          ({ key, dose }, _, all) =>
            dose.days !== undefined ||
            !all.some((other) => other.key === key && other.dose.days !== undefined),
        )
        // What is given for these days stands before what is taken for life.
        .toSorted((a, b) => Number(b.dose.days !== undefined) - Number(a.dose.days !== undefined))
        .map(({ dose }) => capital(dosage(dose).said))
    )
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
