/** What a column may be, with the headings that say so: the table to extend when a hospital calls something otherwise. */
import type { Text } from './types.ts'

interface FieldRow {
  label: Text
  /** Folded: small letters without accents, words apart by one space; abbreviations without their points. */
  headings: readonly string[]
  /** Of which a person may have several. */
  repeats?: boolean
}

export const fields = {
  fullName: row(
    'nombre completo',
    'full name',
    `nombre completo, nombre y apellidos, nombres y apellidos, apellidos y nombre, apellidos y nombres,
    apellidos nombre, nombre apellidos, full name, patient name, paciente, patient, complete name,
    nombre del paciente, derechohabiente`,
  ),
  name: row('nombre', 'name', `nombre, name, nom`),
  given: row(
    'nombres de pila',
    'given names',
    `nombres, nombre s, nombre pila, nombres pila, nombre de pila, nombres de pila, primer nombre, given,
    given name, given names, first name, first names, firstname, forename, fname, given name s, first name s`,
  ),
  secondGiven: row(
    'segundo nombre',
    'middle name',
    `segundo nombre, middle name, middle names, second name, middlename, otros nombres`,
  ),
  fathersFamily: row(
    'primer apellido',
    'first family name',
    `apellido paterno, ap pat, ap paterno, a paterno, apaterno, appaterno, appat, apell pat, apell paterno,
    paterno, primer apellido, 1er apellido, 1 apellido, apellido 1, apellido1, primer ap,
    father s family name, fathers family name, paternal surname, paternal last name, first surname,
    first last name, surname 1, last name 1, first family name`,
  ),
  mothersFamily: row(
    'segundo apellido',
    'second family name',
    `apellido materno, ap mat, ap materno, a materno, amaterno, apmaterno, apmat, apell mat, apell materno,
    materno, segundo apellido, 2do apellido, 2o apellido, 2 apellido, apellido 2, apellido2, segundo ap,
    mother s family name, mothers family name, maternal surname, maternal last name, second surname,
    second last name, surname 2, last name 2, second family name`,
  ),
  families: row(
    'apellidos',
    'family names',
    `apellidos, apellido, apellido s, last name, last names, lastname, lname, surname, surnames, family,
    family name, family names, familia`,
  ),
  birthDate: row(
    'fecha de nacimiento',
    'birth date',
    `fecha de nacimiento, fecha nacimiento, fecha nac, fecha de nac, f nac, f nacimiento, f de nacimiento,
    f de nac, fec nac, fec nacimiento, fecnac, fnac, fechanac, fechanacimiento, fdn, nacimiento, nacido el,
    birth date, birthdate, date of birth, dob, birthday, d o b`,
  ),
  sex: row(
    'sexo',
    'sex',
    `sexo, sex, genero, gender, sexo al nacer, sexo biologico, sex at birth, administrative gender`,
  ),
  curp: row('CURP', 'CURP', `curp, c u r p, clave unica de registro de poblacion, clave curp`),
  rfc: row('RFC', 'RFC', `rfc, r f c, registro federal de contribuyentes, rfc con homoclave`),
  nss: row(
    'NSS',
    'social security number (NSS)',
    `nss, n s s, numero de seguridad social, no de seguridad social, num de seguridad social,
    no seguridad social, num seguridad social, numero seguro social, no de seguro social, no seguro social,
    nss imss`,
  ),
  record: row(
    'número de expediente',
    'record number',
    `expediente, no de expediente, no expediente, num de expediente, num expediente, numero de expediente,
    numero expediente, exp, no exp, num exp, nro expediente, n expediente, n de expediente,
    expediente clinico, no expediente clinico, no de expediente clinico, numero de expediente clinico,
    folio expediente, nhc, historia clinica, no de historia clinica, record number, medical record number,
    mrn, mr number, chart number, record no, record, patient id, patient number, id paciente, idpaciente,
    no de paciente, numero de paciente, clave paciente`,
  ),
  phone: row(
    'teléfono',
    'telephone',
    `telefono, telefonos, tel, tel casa, telefono casa, telefono de casa, telefono fijo, tel fijo,
    telefono particular, tel particular, telefono 1, telefono 2, telefono domicilio, tel 1, tel 2,
    numero de telefono, no telefono, no de telefono, num telefono, phone, phone number, telephone,
    telephone number, home phone, phone 1, phone 2`,
    true,
  ),
  mobile: row(
    'celular',
    'mobile',
    `celular, cel, tel cel, tel celular, telefono celular, telefono movil, movil, tel movil, numero celular,
    numero de celular, no celular, whatsapp, mobile, mobile phone, cell, cell phone, cellphone`,
    true,
  ),
  workPhone: row(
    'teléfono del trabajo',
    'work telephone',
    `telefono trabajo, telefono del trabajo, telefono de trabajo, tel trabajo, tel oficina, telefono oficina,
    telefono de oficina, work phone, office phone`,
    true,
  ),
  email: row(
    'correo',
    'email',
    `correo, correo electronico, c electronico, email, e mail, mail, correo e, email address, mail address`,
    true,
  ),
  address: row(
    'domicilio completo',
    'whole address',
    `domicilio, direccion, domicilio completo, direccion completa, domicilio particular, address,
    full address, home address`,
  ),
  street: row(
    'calle',
    'street',
    `calle, calle y numero, calle y no, calle numero, calle no, calle y num, vialidad, nombre vialidad,
    street, street address, address line 1, address 1, line 1`,
  ),
  outerNumber: row(
    'número exterior',
    'house number',
    `numero exterior, no exterior, num exterior, no ext, num ext, numero ext, n ext, ext, numero,
    house number, street number`,
  ),
  innerNumber: row(
    'número interior',
    'flat',
    `numero interior, no interior, num interior, no int, num int, numero int, int, interior, depto,
    departamento, apartment, apt, unit, flat, address line 2, address 2, line 2`,
  ),
  colony: row(
    'colonia',
    'neighbourhood',
    `colonia, col, asentamiento, fraccionamiento, fracc, barrio, colonia o localidad, neighborhood,
    neighbourhood, suburb`,
  ),
  locality: row(
    'localidad o ciudad',
    'town or city',
    `localidad, ciudad, poblacion, loc, city, town, locality`,
  ),
  municipality: row(
    'municipio o alcaldía',
    'municipality',
    `municipio, alcaldia, delegacion, municipio alcaldia, alcaldia municipio, municipio o alcaldia,
    alcaldia o municipio, delegacion municipio, delegacion o municipio, municipio delegacion, mpio, mun,
    del mun, county, municipality, district, borough`,
  ),
  state: row(
    'estado',
    'state',
    `estado, entidad, entidad federativa, edo, estado de residencia, entidad de residencia,
    entidad federativa de residencia, estado residencia, state, province, state province`,
  ),
  postalCode: row(
    'código postal',
    'postal code',
    `codigo postal, cp, c p, cod postal, codigo p, postal code, zip, zip code, zipcode, postcode`,
  ),
  country: row('país', 'country', `pais, pais de residencia, country`),
  birthState: row(
    'entidad de nacimiento',
    'state of birth',
    `entidad de nacimiento, entidad nacimiento, entidad federativa de nacimiento, estado de nacimiento,
    estado nacimiento, ent nac, edo nac, edo nacimiento, edo de nacimiento, lugar de nacimiento,
    lugar nacimiento, state of birth, birth state, birth place, birthplace, place of birth`,
  ),
  nationality: row('nacionalidad', 'nationality', `nacionalidad, nationality, citizenship`),
  maritalStatus: row(
    'estado civil',
    'marital status',
    `estado civil, edo civil, estado conyugal, situacion conyugal, marital status`,
  ),
  religion: row('religión', 'religion', `religion`),
  language: row(
    'lengua',
    'language',
    `lengua, idioma, lengua indigena, lengua materna, language, preferred language`,
  ),
  bloodGroup: row(
    'tipo de sangre',
    'blood group',
    `tipo de sangre, tipo sangre, grupo sanguineo, grupo y rh, grupo sanguineo y rh, tipo sanguineo,
    tipo de sangre y rh, gpo sanguineo, gpo y rh, g sanguineo, hemotipo, sangre, blood type, blood group`,
  ),
  insurer: row(
    'derechohabiencia',
    'health coverage',
    `derechohabiencia, derecho habiencia, afiliacion, institucion de afiliacion, seguro, aseguradora,
    tipo de seguro, seguro medico, institucion, servicio medico, insurance, insurer, insurance company,
    payer, payor, health plan, coverage`,
  ),
  policy: row(
    'número de afiliación o póliza',
    'membership number',
    `no de afiliacion, numero de afiliacion, num afiliacion, no afiliacion, numero afiliacion,
    clave de afiliacion, poliza, no de poliza, numero de poliza, no poliza, num poliza, folio afiliacion,
    policy, policy number, member id, member number, subscriber id, insurance number`,
  ),
  contactName: row(
    'contacto',
    'contact',
    `contacto, nombre contacto, nombre del contacto, nombre de contacto, contacto de emergencia,
    contacto emergencia, persona de contacto, responsable, nombre del responsable, nombre responsable,
    familiar responsable, tutor, nombre del tutor, contact, contact name, emergency contact,
    emergency contact name, guardian, next of kin`,
  ),
  contactPhone: row(
    'teléfono del contacto',
    'telephone of the contact',
    `telefono contacto, telefono de contacto, telefono del contacto, tel contacto, tel de contacto,
    telefono contacto emergencia, telefono de emergencia, telefono emergencia, tel emergencia,
    telefono de contacto de emergencia, telefono responsable, telefono del responsable, tel responsable,
    telefono del tutor, contact phone, emergency phone, emergency contact phone, next of kin phone`,
  ),
  contactRelation: row(
    'parentesco',
    'relationship of the contact',
    `parentesco, parentesco contacto, parentesco del contacto, relacion, relacion contacto, vinculo,
    relationship, contact relationship, relation`,
  ),
  deceased: row(
    'fecha de defunción',
    'date of death',
    `defuncion, fecha de defuncion, fecha defuncion, f defuncion, fallecido, finado, deceased, date of death,
    death date`,
  ),
} as const satisfies Record<string, FieldRow>

export type Field = keyof typeof fields

export const fieldNames = Object.keys(fields) as Field[]

export function isField(name: string): name is Field {
  return Object.hasOwn(fields, name)
}

export function labelOf(field: Field): Text {
  return fields[field].label
}

export function repeats(field: Field): boolean {
  const { repeats = false }: FieldRow = fields[field]
  return repeats
}

/** The headings stand apart by commas. */
function row(es: string, en: string, headings: string, repeats = false): FieldRow {
  return { label: { es, en }, headings: headings.split(',').map((heading) => heading.trim()), repeats }
}
