import { staff, staffResources } from './staff.ts'
import type { House, Place, Resource } from './types.ts'

/** An address that nobody can have: the systems of the hospital's own identifiers begin with it. */
export const base = 'https://hospital-general-demo.example'

export const hospital = { reference: 'Organization/hospital-general-demo', display: 'Hospital General Demo' }

const roleCode = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode'
const physicalType = 'http://terminology.hl7.org/CodeSystem/location-physical-type'

interface Room extends Place {
  id: string
  /** HL7's v3-RoleCode, where it has one, and location-physical-type. */
  type?: string
  physical: 'bu' | 'wa' | 'ro' | 'wi'
  text: string
}

const room = (id: string, name: string, physical: Room['physical'], text: string, type?: string): Room => ({
  id,
  reference: `Location/${id}`,
  name,
  physical,
  text,
  ...(type === undefined ? {} : { type }),
})

const building = room('edificio-principal', 'Edificio principal', 'bu', 'Edificio', 'HOSP')
const consulting = Array.from({ length: 14 }, (_, i) =>
  room(`consultorio-${i + 1}`, `Consultorio ${i + 1}`, 'ro', 'Consultorio'),
)
const wards = [
  room('piso-medicina-interna', 'Hospitalización, medicina interna', 'wa', 'Sala de hospitalización', 'HU'),
  room('piso-cirugia', 'Hospitalización, cirugía', 'wa', 'Sala de hospitalización', 'HU'),
  room('piso-pediatria', 'Hospitalización, pediatría', 'wa', 'Sala de hospitalización', 'PEDU'),
  room(
    'piso-ginecoobstetricia',
    'Hospitalización, ginecología y obstetricia',
    'wa',
    'Sala de hospitalización',
    'HU',
  ),
  room('terapia-intensiva', 'Unidad de cuidados intensivos', 'wa', 'Unidad de cuidados intensivos', 'ICU'),
]
const rooms = {
  emergency: room('urgencias', 'Urgencias', 'wi', 'Servicio de urgencias', 'ER'),
  laboratory: room('laboratorio', 'Laboratorio clínico', 'wi', 'Laboratorio'),
  imaging: room('imagenologia', 'Imagenología', 'wi', 'Servicio de imagen', 'RADDX'),
  theatre: room('quirofano', 'Quirófano', 'ro', 'Quirófano'),
  delivery: room('tococirugia', 'Tococirugía', 'wi', 'Unidad de tococirugía'),
  vaccination: room('vacunacion', 'Medicina preventiva y vacunación', 'ro', 'Módulo de vacunación'),
}

/** What charts and agenda refer to. */
export const house: House = {
  organization: hospital.reference,
  name: hospital.display,
  locations: { consulting, wards, ...rooms },
  staff,
  byRole(role, specialty) {
    const found = staff.filter((each) => each.role === role && (!specialty || each.specialty === specialty))
    return found.length > 0 ? found : staff.filter((each) => each.specialty === 'family-medicine')
  },
}

/** The organisation, its places and its staff. */
export function houseResources(): Resource[] {
  return [
    organization(),
    location(building),
    ...[...consulting, ...wards, ...Object.values(rooms)].map((each) => location(each, building)),
    ...staffResources(base, hospital),
  ]
}

function organization(): Resource {
  return {
    resourceType: 'Organization',
    id: hospital.reference.split('/')[1]!,
    // A CLUES as the Ministry of Health gives them; no establishment has 099999.
    identifier: [{ system: `${base}/clues`, value: 'DFSSA099999' }],
    active: true,
    type: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'prov' }],
        text: 'Hospital general',
      },
    ],
    name: hospital.display,
    telecom: [{ system: 'phone', value: '+52 55 5550 0100', use: 'work' }],
    address: [
      {
        use: 'work',
        line: ['Calzada de los Ahuehuetes 1', 'Los Ahuehuetes'],
        district: 'Iztapalapa',
        city: 'Ciudad de México',
        state: 'Ciudad de México',
        postalCode: '09990',
        country: 'MX',
      },
    ],
  }
}

function location({ id, name, type, physical, text }: Room, partOf?: Room): Resource {
  return {
    resourceType: 'Location',
    id,
    status: 'active',
    name,
    mode: 'instance',
    type: [{ ...(type ? { coding: [{ system: roleCode, code: type }] } : {}), text }],
    physicalType: { coding: [{ system: physicalType, code: physical }] },
    managingOrganization: hospital,
    ...(partOf ? { partOf: { reference: partOf.reference, display: partOf.name } } : {}),
  }
}
