import type { Day, Resource } from '../types.ts'
import { inHl7, inLoinc, reference } from './coding.ts'
import type { Measured, Measuring } from './measuring.ts'
import { capital, listed } from './speech.ts'
import { testTerm } from './terms/tests.ts'

/** Of HL7's v2-0074. */
const reportKinds = {
  LAB: 'Laboratory',
  RAD: 'Radiology',
  CUS: 'Cardiac Ultrasound',
  PAT: 'Pathology (gross & histopath, not surgical)',
  PF: 'Pulmonary Function',
  OTH: 'Other',
}

export type ReportKind = keyof typeof reportKinds

/** What a laboratory or a study found, signed by who reads it. */
export function report(
  { life, reference: encounter }: Pick<Measuring, 'life' | 'reference'>,
  loinc: string,
  text: string,
  of: {
    day: Day
    minute: number
    of: ReportKind
    results?: readonly Measured[]
    conclusion?: string
    ahead?: boolean
  },
): Resource {
  const { house } = life.scene
  const role =
    of.of === 'LAB'
      ? house.byRole('laboratory')
      : house.byRole(
          'physician',
          of.of === 'PAT'
            ? 'pathology'
            : of.of === 'RAD'
              ? 'radiology'
              : of.of === 'CUS'
                ? 'cardiology'
                : 'internal-medicine',
        )
  const conclusion = of.conclusion ?? abnormal(of.results ?? [])
  return life.add({
    resourceType: 'DiagnosticReport',
    id: life.id('informe'),
    status: 'final',
    category: [inHl7('v2-0074', of.of, reportKinds[of.of])],
    code: inLoinc(loinc, text),
    subject: life.subjectReference,
    ...(of.ahead ? {} : { encounter: reference(encounter) }),
    effectiveDateTime: life.at(of.day, Math.max(0, of.minute - 50)),
    issued: life.at(of.day, of.minute),
    performer: [reference(life.random.pick(role).practitioner)],
    ...(of.results?.length ? { result: of.results.map(({ id }) => reference(`Observation/${id}`)) } : {}),
    conclusion,
  })
}

function abnormal(results: readonly Measured[]): string {
  const off = results.filter(({ flag }) => flag !== 'N')
  if (off.length === 0) return 'Resultados dentro de los valores de referencia.'
  return `${capital(listed(off.map(({ test, said, flag }) => `${testTerm(test).short} ${said} (${flag === 'H' ? 'por arriba' : 'por debajo'} de la referencia)`)))}.`
}
