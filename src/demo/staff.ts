import { humanName } from './names.ts'
import type { Resource, Role, Sex, Specialty, Staff } from './types.ts'

interface Member extends Staff {
  sex: Sex
  title: string
  given: string[]
  family: string
  secondFamily: string
}

/**
 * Who works at the hospital: `sex title given / family / second family / role, specialty`. Written out, so that the
 * people of a demonstration are the same ones in every telling of it.
 */
const roll = `
f Dra. Beatriz Elena / Quintanar / Olvera / physician family-medicine
m Dr. Óscar Iván / Zaragoza / Muñiz / physician family-medicine
f Dra. Alma Rosa / Tlapale / Benítez / physician family-medicine
m Dr. Rodolfo / Arizmendi / Peñaloza / physician internal-medicine
f Dra. Claudia Ivette / Monterrubio / Salas / physician internal-medicine
f Dra. Lucía / Bracamontes / Ledezma / physician paediatrics
m Dr. Julio Alberto / Cisneros / Ugalde / physician paediatrics
f Dra. Norma Angélica / Villaseñor / Garduño / physician obstetrics
m Dr. Hugo César / Palomares / Rentería / physician obstetrics
m Dr. Efrén / Saucedo / Amezcua / physician surgery
f Dra. Paulina / Oropeza / Lozano / physician emergency
m Dr. Gerardo / Cuautle / Ximello / physician emergency
m Dr. Armando / Iturbe / Sotelo / physician cardiology
f Dra. Marcela / Argüelles / Pineda / physician endocrinology
m Dr. Noé / Balderas / Corona / physician orthopaedics
f Dra. Verónica / Escamilla / Duarte / physician psychiatry
f Dra. Irene / Landeros / Vieyra / physician radiology
m Dr. Tomás / Urrutia / Galindo / physician anaesthesiology
f Dra. Rebeca / Mondragón / Lira / physician pathology
f L.E. Yolanda / Ibáñez / de la Torre / nurse
f L.E. María Inés / Xochihua / Romero / nurse
m L.E. Adán / Bermúdez / Cordero / nurse
f L.E.O. Teresita / Nájera / Pulido / nurse
f Enf. Karina / Espejel / Toxqui / nurse
m Enf. Jorge Luis / Santillán / Vera / nurse
f Enf. Dulce / Chavarría / Montiel / nurse
f Aux. Maribel / Téllez / Aguirre / reception
m Aux. Isaac / Becerril / Pantoja / reception
f T.S. Graciela / Ordóñez / Millán / archivist
m T. Leobardo / Tapia / Coyotl / archivist
f Q.F.B. Susana / Arredondo / Camarena / laboratory
m Q.F.B. Ramiro / Elizalde / Jaimes / laboratory
f T.L.C. Nancy / Alvarado / Zepeda / laboratory
f C.P. Rosalba / Fierro / Mancilla / billing
m Lic. Emilio / Carranza / Tovar / billing
f Mtra. Adriana / Velarde / Ocampo / privacy-officer
m Ing. Mauricio / Llamas / Rincón / security-officer
f Ing. Fabiola / Serna / Quiroz / security-officer
f Dra. Mercedes / Aldama / Rojano / director
m C.P. Guillermo / Tejeda / Bustos / auditor
`

const licensed: readonly Role[] = ['physician', 'nurse', 'laboratory', 'director']

const members: readonly Member[] = roll
  .trim()
  .split('\n')
  .map((line, i): Member => {
    const [before = '', family = '', secondFamily = '', after = ''] = line.split(' / ')
    const [sex, title = '', ...given] = before.split(' ')
    const [role, specialty] = after.split(' ') as [Role, Specialty?]
    const id = slug(`${given[0]} ${family}`)
    return {
      id,
      practitioner: `Practitioner/${id}`,
      practitionerRole: `PractitionerRole/${id}`,
      role,
      ...(specialty ? { specialty } : {}),
      display: `${title} ${given.join(' ')} ${family} ${secondFamily}`,
      // The register of the professions has not come near ninety million.
      ...(licensed.includes(role) ? { licence: String(90_000_001 + i) } : {}),
      sex: sex === 'f' ? 'female' : 'male',
      title,
      given,
      family,
      secondFamily,
    }
  })

export const staff: readonly Staff[] = members

function slug(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, '-')
}

/** What one is called in each role: by sex. */
const roleNames: Readonly<Record<Role, readonly [female: string, male: string]>> = {
  physician: ['Médica', 'Médico'],
  nurse: ['Enfermera', 'Enfermero'],
  reception: ['Recepcionista', 'Recepcionista'],
  archivist: ['Encargada del archivo clínico', 'Encargado del archivo clínico'],
  laboratory: ['Química de laboratorio', 'Químico de laboratorio'],
  billing: ['Responsable de caja y facturación', 'Responsable de caja y facturación'],
  'privacy-officer': ['Oficial de privacidad', 'Oficial de privacidad'],
  'security-officer': ['Oficial de seguridad de la información', 'Oficial de seguridad de la información'],
  director: ['Directora general', 'Director general'],
  auditor: ['Auditora', 'Auditor'],
}

/** SNOMED CT's, of FHIR's preferred practice codes. */
export const specialties: Readonly<Record<Specialty, { code: string; name: string }>> = {
  'family-medicine': { code: '419772000', name: 'Medicina familiar' },
  'internal-medicine': { code: '419192003', name: 'Medicina interna' },
  paediatrics: { code: '394537008', name: 'Pediatría' },
  obstetrics: { code: '394585009', name: 'Ginecología y obstetricia' },
  surgery: { code: '394609007', name: 'Cirugía general' },
  emergency: { code: '773568002', name: 'Urgencias' },
  cardiology: { code: '394579002', name: 'Cardiología' },
  endocrinology: { code: '394583002', name: 'Endocrinología' },
  orthopaedics: { code: '394801008', name: 'Traumatología y ortopedia' },
  psychiatry: { code: '394587001', name: 'Psiquiatría' },
  radiology: { code: '394914008', name: 'Radiología e imagen' },
  anaesthesiology: { code: '394577000', name: 'Anestesiología' },
  pathology: { code: '394915009', name: 'Anatomía patológica' },
}

/** Each member's Practitioner and PractitionerRole. */
export function staffResources(
  base: string,
  organization: { reference: string; display: string },
): Resource[] {
  return members.flatMap((member) => {
    const { id, sex, title, given, family, secondFamily, role, specialty, licence, display } = member
    const text = [...given, family, secondFamily].join(' ')
    const practitioner: Resource = {
      resourceType: 'Practitioner',
      id,
      ...(licence === undefined ? {} : { identifier: [licenceOf(base, licence)] }),
      active: true,
      name: [{ ...humanName({ given, family, secondFamily, text }), prefix: [title] }],
      telecom: [
        { system: 'email', value: `${id.replace('-', '.')}@hospital-general-demo.example`, use: 'work' },
      ],
      gender: sex,
      communication: [{ coding: [{ system: 'urn:ietf:bcp:47', code: 'es-MX' }] }],
    }
    const name = roleNames[role][sex === 'female' ? 0 : 1]
    const practised = specialty && specialties[specialty]
    const practitionerRole: Resource = {
      resourceType: 'PractitionerRole',
      id,
      active: true,
      practitioner: { reference: `Practitioner/${id}`, display },
      organization,
      code: [{ coding: [{ system: `${base}/roles`, code: role }], text: name }],
      ...(practised
        ? {
            specialty: [
              { coding: [{ system: 'http://snomed.info/sct', code: practised.code }], text: practised.name },
            ],
          }
        : {}),
    }
    return [practitioner, practitionerRole]
  })
}

const licenceOf = (base: string, value: string) => ({
  use: 'official',
  type: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MD' }],
    text: 'Cédula profesional',
  },
  system: `${base}/cedula`,
  value,
})
