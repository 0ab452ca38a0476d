import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isObject } from '#records/json/index.ts'
import type { JsonObject } from '#records/json/index.ts'
import { readCurp } from './curp.ts'
import { dayOfSerial } from './dates.ts'
import { fieldOfHeading } from './headings.ts'
import { likenessOf, traitsOf } from './likeness.ts'
import { divide } from './names.ts'
import { phonesOf } from './numbers.ts'
import { bloodGroupOf } from './beside.ts'
import { rowsOf } from './table.ts'
import {
  delimiters,
  duplicatesInVault,
  encodings,
  fieldNames,
  FileDuplicates,
  isField,
  patientsOf,
  previewLines,
  previewOf,
  transactionOf,
} from './index.ts'
import type { CsvOptions, Encoding, Preview, Row } from './index.ts'

const today = '2026-11-22'
const recordSystem = 'https://hospital.example/expediente'
const defaults: CsvOptions = { today, recordSystem }

/** The inverse of TextDecoder, for the encodings that spreadsheets write. */
function encoded(text: string, encoding: Encoding, bom = ''): Uint8Array {
  const whole = bom + text
  if (encoding === 'utf-8') return new TextEncoder().encode(whole)
  if (encoding === 'utf-16le') return new Uint8Array(Buffer.from(whole, 'utf16le'))
  if (encoding === 'utf-16be') return new Uint8Array(Buffer.from(whole, 'utf16le').swap16())
  const decoder = new TextDecoder(encoding)
  const bytes = new Map(Array.from({ length: 256 }, (_, byte) => [decoder.decode(Uint8Array.of(byte)), byte]))
  return Uint8Array.from(whole, (letter) => bytes.get(letter) ?? assert.fail(`${encoding} has no ${letter}`))
}

/** In small chunks, so that letters, quotes and line ends are cut in two. */
const sourceOf = (bytes: Uint8Array, size = 7) =>
  async function* () {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }

const textSource = (text: string, size?: number) => sourceOf(encoded(text, 'utf-8'), size)

async function preview(text: string, options: Partial<CsvOptions> = {}): Promise<Preview> {
  const found = await previewOf(textSource(text), { ...defaults, ...options })
  if (found.status !== 'ok') assert.fail(found.problem.text.en)
  return found
}

async function rows(text: string, options: Partial<CsvOptions> = {}): Promise<Row[]> {
  const { plan } = await preview(text, options)
  return Array.fromAsync(patientsOf(textSource(text), plan))
}

async function onePatient(text: string, options: Partial<CsvOptions> = {}) {
  const [row] = await rows(text, options)
  if (!row || 'problem' in row) assert.fail(row?.problem.text.en ?? 'no row')
  return { ...row, codes: row.warnings.map(({ code }) => code) }
}

const nameIn = (patient: JsonObject) => (patient['name'] as JsonObject[])[0] as JsonObject
const codesOf = (list: readonly { code: string }[]) => list.map(({ code }) => code)

const spanishTable = [
  'No. de Expediente,Nombre(s),Apellido Paterno,Apellido Materno,F. Nac.,Sexo,Observaciones',
  '001,María Fernanda,García,López,14/02/1988,M,alérgica',
  '002,Íñigo,Muñoz,Güemes,03/11/1975,H,',
  '003,ÁNGEL,PEÑA,ÑÁÑEZ,31/12/2001,H,',
  '',
].join('\r\n')

describe('encodings', () => {
  const cases: { encoding: Encoding; bom?: string; delimiter: string }[] = [
    { encoding: 'utf-8', delimiter: ',' },
    { encoding: 'utf-8', bom: '\ufeff', delimiter: ';' },
    { encoding: 'utf-16le', bom: '\ufeff', delimiter: '\t' },
    { encoding: 'utf-16be', bom: '\ufeff', delimiter: '\t' },
    { encoding: 'windows-1252', delimiter: ',' },
    { encoding: 'windows-1252', delimiter: ';' },
    { encoding: 'macintosh', delimiter: ',' },
    { encoding: 'macintosh', delimiter: '|' },
  ]
  for (const { encoding, bom, delimiter } of cases) {
    test(`${encoding}${bom ? ' with its mark' : ''}, delimited by ${JSON.stringify(delimiter)}`, async () => {
      const source = sourceOf(encoded(spanishTable.replaceAll(',', delimiter), encoding, bom))
      const found = await previewOf(source, defaults)
      if (found.status !== 'ok') assert.fail(found.problem.text.en)
      assert.deepEqual([found.plan.encoding, found.plan.delimiter], [encoding, delimiter])
      assert.deepEqual(found.questions, [])
      const all = await Array.fromAsync(patientsOf(source, found.plan))
      assert.deepEqual(
        all.map((row) => ('patient' in row ? nameIn(row.patient)['text'] : row.problem.code)),
        ['María Fernanda García López', 'Íñigo Muñoz Güemes', 'ÁNGEL PEÑA ÑÁÑEZ'],
      )
    })
  }

  const people = [
    'Muñoz',
    'PEÑA',
    'García',
    'José',
    'Ángel',
    'Íñigo',
    'GÜEMES',
    'RAÚL',
    'Óscar',
    'IBÁÑEZ',
    'Éric',
    'Úrsula',
    'Ñuño',
    'MARTÍNEZ',
    'Zúñiga',
    'Pingüino',
    'ÉDGAR',
    'Begoña',
    'Nicolás',
    'ANDRÉS',
  ]
  test('a single Spanish name tells Windows-1252 from Mac Roman, or is refused: never the wrong one', async () => {
    const verdicts: Record<string, number> = { right: 0, refused: 0 }
    for (const encoding of ['windows-1252', 'macintosh'] as const) {
      for (const person of people) {
        const found = await previewOf(
          sourceOf(encoded(`Nombre,Apellidos\n${person},Soto\n`, encoding)),
          defaults,
        )
        if (found.status === 'ok') assert.equal(found.plan.encoding, encoding, person)
        verdicts[found.status === 'ok' ? 'right' : 'refused']! += 1
      }
    }
    assert.ok(verdicts['right']! >= 38, JSON.stringify(verdicts))
  })

  test('what cannot be decided is refused, and the option decides', async () => {
    const bytes = encoded('Nombre,Apellidos\nFrançois,Soto\n', 'windows-1252')
    const found = await previewOf(sourceOf(bytes), defaults)
    assert.equal(found.status === 'unclear' && found.problem.code, 'encoding-undecided')
    const told = await previewOf(sourceOf(bytes), { ...defaults, encoding: 'windows-1252' })
    assert.equal(told.status === 'ok' && told.columns[0]?.samples[0], 'François')
  })

  const refused: [string, Uint8Array, string][] = [
    ['a workbook', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0), 'workbook'],
    ['an old workbook', Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1), 'workbook'],
    ['null bytes', Uint8Array.of(0x61, 0, 0x62, 0), 'not-text'],
    [
      'MS-DOS',
      Uint8Array.from([...'nombre\nMu', 0xa4, ...'oz\nPe', 0xa4, ...'a\n'], (c) =>
        typeof c === 'string' ? c.charCodeAt(0) : c,
      ),
      'code-page-850',
    ],
    ['nothing at all', new Uint8Array(0), 'no-rows'],
  ]
  for (const [what, bytes, code] of refused) {
    test(`${what} is refused in words`, async () => {
      const found = await previewOf(sourceOf(bytes), defaults)
      assert.equal(found.status === 'unclear' && found.problem.code, code)
    })
  }

  test('letters that were damaged before are pointed out', async () => {
    assert.deepEqual(codesOf((await preview('Nombre,Apellidos\nÃngel,MuÃ±oz\n')).remarks), ['saved-twice'])
    assert.deepEqual(codesOf((await preview('Nombre,Apellidos\nAna,Mu\ufffdoz\n')).remarks), ['letters-lost'])
  })
})

describe('tables', () => {
  test('any table that is written is read back', async () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/[\0\ufeff]/g, ''))
    const table = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      end: fc.constantFrom('\r\n', '\n'),
      rows: fc.array(
        fc
          .array(cell, { minLength: 3, maxLength: 3 })
          .filter((cells) => cells.some((text) => text.trim() !== '')),
        { maxLength: 8 },
      ),
      size: fc.integer({ min: 1, max: 40 }),
    })
    await fc.assert(
      fc.asyncProperty(table, async ({ delimiter, end, rows: cells, size }) => {
        const quoted = cells.map((row) =>
          row.map((text) => `"${text.replaceAll('"', '""')}"`).join(delimiter),
        )
        const text =
          ['CURP', 'Nombre', 'Sexo'].join(delimiter) + end + quoted.map((row) => row + end).join('')
        const source = textSource(text, size)
        const format = {
          encoding: 'utf-8',
          delimiter: delimiter as ',',
          headingLine: 1,
          headings: ['CURP', 'Nombre', 'Sexo'],
        } as const
        const read = await Array.fromAsync(rowsOf(source, format))
        assert.deepEqual(
          read.map((row) => ('cells' in row ? row.cells : row.problem)),
          cells.map((row) => row.map((text) => text.replaceAll(/\r\n?/g, '\n'))),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('a title, a line of Excel and empty rows are no patients; lines are those of the file', async () => {
    const text =
      'sep=;\r\nHOSPITAL GENERAL;;\r\n;;\r\nNombre;Apellidos;Notas\r\nAna;Soto Luna;"dos\r\nlíneas"\r\n;;\r\n\r\nEva;Mora Gil;\r\n'
    const { plan } = await preview(text)
    assert.deepEqual([plan.headingLine, plan.delimiter], [4, ';'])
    assert.deepEqual(
      (await rows(text)).map(({ line }) => line),
      [5, 9],
    )
  })

  test('a quote that nobody closes says from where nothing was read', async () => {
    const all = await rows('Nombre,Apellidos\nAna,Soto\n"Eva,Mora\nIsa,Gil\n')
    assert.deepEqual(
      all.map((row) => [row.line, 'problem' in row && row.problem.code]),
      [
        [2, false],
        [3, 'broken-off'],
      ],
    )
  })

  test('a delimiter without quotes is a row in error, and the next row goes on', async () => {
    const all = await rows('Nombre,Apellidos\nAna,Soto,Luna\nEva,Mora\n')
    assert.deepEqual(
      all.map((row) => 'problem' in row && row.problem.code),
      ['too-many-cells', false],
    )
  })

  test('a row without end is not kept in memory', async () => {
    const all = await rows(`Nombre,Apellidos\nAna,Soto\n"${'x\n'.repeat(300_000)}`)
    assert.deepEqual(
      all.map((row) => 'problem' in row && row.problem.code),
      [false, 'broken-off'],
    )
  })
})

describe('headings', () => {
  const sets: Record<string, string[]> = {
    given: ['Nombre(s)', 'NOMBRES', 'nombre_de_pila', 'First Name', 'givenName', 'Primer nombre'],
    fathersFamily: [
      'Apellido paterno',
      'Ap. Pat.',
      'AP_PATERNO',
      'apellidoPaterno',
      'Primer apellido',
      '1er Apellido',
      'A. Paterno',
      'Paternal Surname',
      'Apellido 1',
    ],
    mothersFamily: ['Apellido materno', 'Ap. Mat.', 'Segundo Apellido', 'MATERNO', 'Second last name'],
    birthDate: [
      'Fecha de nacimiento',
      'F. Nac.',
      'FECHA_NACIMIENTO',
      'Fecha de nacimiento (dd/mm/aaaa)',
      'FecNac',
      'Date of Birth',
      'DOB',
      'birthDate',
      'Fecha de nacimiento del paciente',
    ],
    sex: ['Sexo', 'GÉNERO', 'Gender', 'sexo_paciente'],
    record: ['No. de expediente', 'Expediente', 'Núm. Expediente', 'NHC', 'MRN', 'N.º de expediente'],
    curp: ['CURP', 'C.U.R.P.', 'curp '],
    nss: ['NSS', 'Número de Seguridad Social'],
    mobile: ['Celular', 'Tel. Cel.', 'Móvil', 'Cell phone'],
    email: ['Correo', 'Correo electrónico', 'E-mail', 'EMAIL'],
    municipality: ['Municipio/Alcaldía', 'Delegación', 'MUNICIPIO'],
    postalCode: ['C.P.', 'CP', 'Código Postal', 'Zip'],
    birthState: ['Entidad de nacimiento', 'Lugar de nacimiento', 'ent_nac'],
    bloodGroup: ['Tipo de sangre', 'Grupo sanguíneo y RH', 'Blood type'],
    insurer: ['Derechohabiencia', 'Insurance'],
    fullName: ['Nombre completo', 'Paciente', 'Full name', 'Nombre y apellidos'],
  }
  for (const [field, headings] of Object.entries(sets)) {
    test(`${field}: ${headings.join(', ')}`, () => {
      for (const heading of headings) assert.equal(fieldOfHeading(heading), field, heading)
    })
  }

  test('what maps to nothing is named, and said to map by hand', async () => {
    const { columns } = await preview(spanishTable)
    assert.deepEqual(columns.at(-1), { heading: 'Observaciones', field: undefined, samples: ['alérgica'] })
    const told = await preview('Quién es,Clave\nAna Soto Luna,7\n', {
      columns: { 'quien es': 'fullName', Clave: 'record' },
    })
    assert.deepEqual(
      told.columns.map(({ field }) => field),
      ['fullName', 'record'],
    )
  })

  test('a table without a name, and options that name nothing, are asked about', async () => {
    assert.deepEqual(codesOf((await preview('a,b\n1,2\n')).questions), ['no-name'])
    const questions = codesOf((await preview('Nombre\nAna Soto\n', { columns: { Otra: 'curp' } })).questions)
    assert.deepEqual(questions, ['no-such-column'])
  })

  test('«Nombre» alone is the whole name', async () => {
    const { patient } = await onePatient('Nombre\nAna Soto Luna\n')
    assert.deepEqual([nameIn(patient)['given'], nameIn(patient)['family']], [['Ana'], 'Soto Luna'])
  })
})

describe('names', () => {
  const cases: [string, 'given-first' | 'family-first', string, string, string][] = [
    ['Ana María Soto Luna', 'given-first', 'Ana María', 'Soto', 'Luna'],
    ['María del Carmen Pérez López', 'given-first', 'María del Carmen', 'Pérez', 'López'],
    ['Juan de la Cruz y Mora', 'given-first', 'Juan', 'de la Cruz', 'y Mora'],
    ['DE LA TORRE GIL JOSÉ LUIS', 'family-first', 'JOSÉ LUIS', 'DE LA TORRE', 'GIL'],
    ['Pérez López, Juan', 'given-first', 'Juan', 'Pérez', 'López'],
    ['Juan Pérez', 'given-first', 'Juan', 'Pérez', ''],
  ]
  for (const [text, order, given, father, mother] of cases) {
    test(text, () => {
      const names = divide(text, order, undefined)
      assert.deepEqual(names && [names.given, names.father, names.mother], [given, father, mother])
    })
  }

  test('the order is found in the column, or asked', async () => {
    assert.equal(
      (await preview('Paciente\nSOTO LUNA ANA\nMORA GIL JUAN CARLOS\n')).plan.names,
      'family-first',
    )
    assert.deepEqual(codesOf((await preview('Paciente\nXyz Uvw Rst\n')).questions), ['which-names'])
  })

  test('a CURP divides the name that words alone do not', async () => {
    const { patient, codes } = await onePatient('Paciente,CURP\nHERRERA GARCIA GLORIA,HEGG560427MVZRRL04\n')
    assert.equal((nameIn(patient)['given'] as string[])[0], 'GLORIA')
    assert.ok(!codes.includes('name-guess'))
  })
})

describe('dates', () => {
  const born = async (text: string, options?: Partial<CsvOptions>) =>
    (await onePatient(`Nombre,Apellidos,F. Nac.\nAna,Soto,${text}\n`, options)).patient['birthDate']
  for (const text of [
    '14/02/1988',
    '14-02-1988',
    '14.2.1988',
    '1988-02-14',
    '1988-02-14 00:00:00',
    '19880214',
    '14-feb-88',
    '14 de febrero de 1988',
    'Feb 14 1988',
    '"February 14, 1988"',
    '32187',
    '32187.0',
    '02/14/1988',
  ]) {
    test(`${text} is 14 February 1988`, async () => assert.equal(await born(text), '1988-02-14'))
  }

  test("Excel's serial numbers", () => {
    assert.equal(dayOfSerial(1, 1900), '1900-01-01')
    assert.equal(dayOfSerial(60, 1900), undefined)
    assert.equal(dayOfSerial(61, 1900), '1900-03-01')
    assert.equal(dayOfSerial(0, 1904), undefined)
    assert.equal(dayOfSerial(30725, 1904), '1988-02-14')
  })

  const table = (...dates: string[]) =>
    `Nombre,Apellidos,F. Nac.\n${dates.map((date) => `Ana,Soto,${date}\n`).join('')}`
  test('one row past the twelfth decides for the column; contradiction is asked about', async () => {
    assert.equal((await preview(table('03/04/1990', '25/04/1990'))).plan.dates, 'day-first')
    assert.equal((await preview(table('03/04/1990', '04/25/1990'))).plan.dates, 'month-first')
    assert.deepEqual(codesOf((await preview(table('25/04/1990', '04/25/1990'))).questions), ['which-dates'])
    assert.deepEqual(codesOf((await preview(table('03/04/1990'))).questions), ['which-dates'])
    assert.deepEqual((await preview(table('03/04/1990'), { dates: 'day-first' })).questions, [])
  })

  test('a CURP knows the century and the order', async () => {
    const { patient } = await onePatient(
      'Nombre,Paterno,Materno,F. Nac.,CURP\nGloria,Herrera,Garcia,27/04/56,HEGG560427MVZRRL04\n',
    )
    assert.equal(patient['birthDate'], '1956-04-27')
    const { codes } = await onePatient(table('27/04/15'))
    assert.deepEqual(codes, ['date-century'])
  })

  test('what is no birth date stops the row; what stands for none is left out', async () => {
    const all = await rows(table('31/02/1990', '25/12/2090', 'ayer', '13/01/1790', '09/09/9999'), {
      dates: 'day-first',
    })
    assert.deepEqual(
      all.map((row) => ('problem' in row ? row.problem.code : codesOf(row.warnings))),
      ['date-unknown', 'date-future', 'date-unknown', 'date-ancient', ['date-stands-for-none']],
    )
  })
})

describe('sex', () => {
  const genders = async (...cells: string[]) => {
    const text = `Nombre,Apellidos,Sexo\n${cells.map((cell) => `Ana,Soto,${cell}\n`).join('')}`
    return (await rows(text)).map((row) => ('patient' in row ? row.patient['gender'] : undefined))
  }
  test('M is mujer beside H, masculino beside F', async () => {
    assert.deepEqual(await genders('M', 'H', 'm'), ['female', 'male', 'female'])
    assert.deepEqual(await genders('M', 'F'), ['male', 'female'])
    assert.deepEqual(await genders('Hombre', 'MUJER', 'Masculino', 'femenino', 'Female'), [
      'male',
      'female',
      'male',
      'female',
      'female',
    ])
  })
  test('M alone is asked about, and so is a column with both', async () => {
    for (const cells of ['M', 'M\nAna,Soto,H\nAna,Soto,F']) {
      assert.deepEqual(codesOf((await preview(`Nombre,Apellidos,Sexo\nAna,Soto,${cells}\n`)).questions), [
        'which-sex',
      ])
    }
  })
})

describe('identifiers', () => {
  const curps: [string, string | undefined][] = [
    ['BOXW310820HNERXN09', undefined],
    ['hegg560427 mvzrrl04', undefined],
    ['XEXX010101HNEXXXA4', undefined],
    ['BOXW310820HNERXN08', 'check-digit'],
    ['BOXW310820HNERXN0', 'length'],
    ['BOXW311320HNERXN09', 'date'],
    ['1OXW310820HNERXN09', 'form'],
  ]
  for (const [curp, fault] of curps) {
    test(`CURP ${curp}: ${fault ?? 'good'}`, () => {
      const read = readCurp(curp)
      assert.equal('fault' in read ? read.fault : undefined, fault)
    })
  }

  test('a CURP that disagrees is kept and said; a mistyped one is not kept', async () => {
    const head = 'Nombre,Paterno,Materno,F. Nac.,Sexo,CURP,Entidad de nacimiento\n'
    const wrong = await onePatient(`${head}Juan,Soto,Luna,1990-01-01,Hombre,HEGG560427MVZRRL04,Jalisco\n`)
    assert.deepEqual(wrong.codes, ['curp-name', 'curp-birth-date', 'curp-sex', 'curp-state'])
    const { patient, codes } = await onePatient(
      `${head}Juan,Soto,Luna,1990-01-01,Hombre,HEGG560427MVZRRL05,Jalisco\n`,
    )
    assert.deepEqual(codes, ['curp-check-digit'])
    assert.equal(patient['identifier'], undefined)
  })

  test('telephones are E.164 where that is certain', () => {
    const cases: [string, string, boolean][] = [
      ['55 1234 5678', '+525512345678', true],
      ['(044) 55-1234-5678', '+525512345678', true],
      ['+52 1 55 1234 5678', '+525512345678', true],
      ['+1 (212) 555-0100', '+12125550100', true],
      ['1234567', '1234567', false],
      ['5512345678 ext. 3', '5512345678 ext. 3', false],
      ['0000000000', '0000000000', false],
    ]
    for (const [text, value, isCertain] of cases)
      assert.deepEqual(phonesOf(text), [{ value, isCertain }], text)
    assert.equal(phonesOf('55 1234 5678 / 55 8765 4321').length, 2)
  })

  test('blood groups', () => {
    for (const [text, group] of [
      ['O+', 'O+'],
      ['o rh positivo', 'O+'],
      ['AB (-)', 'AB-'],
      ['A NEG', 'A-'],
      ['0+', 'O+'],
      ['C+', undefined],
      ['O', undefined],
    ] as const) {
      assert.equal(bloodGroupOf(text), group, text)
    }
  })

  test('all that a row may say is in a valid patient, or beside it', async () => {
    const { patient, beside, codes } = await onePatient(
      'Expediente,Nombre,Paterno,Materno,F. Nac.,Sexo,CURP,RFC,NSS,Teléfono,Correo,Calle,No. Ext.,Colonia,Municipio,Estado,CP,Tipo de sangre,Derechohabiencia,Estado civil,Religión,Nacionalidad,Contacto de emergencia,Tel. contacto\n' +
        '="0042",Gloria,Herrera,Garcia,1956-04-27,Mujer,HEGG560427MVZRRL04,GODE561231GR8,12345678903,55 1234 5678,a@b.mx,Av. Juárez,10,Centro,Coyoacán,CDMX,4000,O+,IMSS,Casada,Ninguna conocida,Mexicana,Luis Gil,5512345679\n',
    )
    assert.deepEqual(codes, ['postal-zero'])
    const identifiers = patient['identifier'] as JsonObject[]
    assert.deepEqual(
      identifiers.map(({ system, value }) => [system, value]),
      [
        [recordSystem, '0042'],
        ['urn:oid:2.16.840.1.113883.4.629', 'HEGG560427MVZRRL04'],
        ['urn:oid:2.16.840.1.113883.4.630', 'GODE561231GR8'],
        ['https://www.imss.gob.mx/nss', '12345678903'],
      ],
    )
    const [address] = patient['address'] as JsonObject[]
    assert.deepEqual([address?.['state'], address?.['postalCode']], ['Ciudad de México', '04000'])
    assert.deepEqual(
      beside.map(({ resourceType }) => resourceType),
      ['Observation', 'Coverage'],
    )
    const { entry } = transactionOf({ patient, beside }) as { entry: JsonObject[] }
    assert.equal(entry.length, 3)
    const request = entry[0]?.['request']
    assert.ok(isObject(request) && String(request['ifNoneExist']).includes('HEGG560427MVZRRL04'))
  })

  test('a record number that Excel has cut stops the row', async () => {
    const [row] = await rows('Expediente,Nombre,Apellidos\n5.51E+11,Ana,Soto\n')
    assert.equal(row && 'problem' in row && row.problem.code, 'cut-by-excel')
  })
})

describe('attacks', () => {
  test('formulas are text, and nothing moves the cursor of a terminal', async () => {
    const text =
      'Nombre,Apellidos,Otra\n"=HYPERLINK(""http://x"";""y"")",+Soto,\u001b[2J\u001b]0;x\u0007\u202eabc\n'
    const { patient } = await onePatient(text)
    assert.equal(nameIn(patient)['family'], '+Soto')
    assert.match(String(nameIn(patient)['text']), /^=HYPERLINK/)
    for (const language of ['es', 'en'] as const) {
      assert.doesNotMatch(previewLines(await preview(text), language).join(''), /\p{Cc}|[\u202a-\u202e]/u)
    }
  })

  test('headings of Object.prototype and cells of any kind do not break the reading', async () => {
    const { columns } = await preview('Nombre,__proto__,constructor,toString\nAna Soto,1,2,3\n')
    assert.deepEqual(
      columns.slice(1).map(({ field }) => field),
      [undefined, undefined, undefined],
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { minLength: 7, maxLength: 7 }),
        async (cells) => {
          const head = 'Expediente,Nombre,Paterno,F. Nac.,Sexo,CURP,Estado\n'
          const row = cells
            .map((text) => `"${text.replaceAll('"', '""').replace(/[\0\p{Cs}]/gu, '')}"`)
            .join(',')
          for (const each of await rows(`${head}${row}\n`, {
            dates: 'day-first',
            sexM: 'male',
            names: 'given-first',
          }))
            assert.ok(each.line === 2)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('duplicates', () => {
  const head = 'Expediente,Nombre,Paterno,Materno,F. Nac.,CURP\n'
  const likes = async (...lines: string[]) => {
    const file = new FileDuplicates()
    const all = await rows(head + lines.map((line) => `${line}\n`).join(''))
    return all.flatMap((row) =>
      'patient' in row
        ? file.take(row.line, row.patient).map(({ line, of, code, likeness }) => [line, of, likeness, code])
        : [],
    )
  }
  const cases: [string, string[], unknown[]][] = [
    [
      'the same CURP',
      [
        '1,Gloria,Herrera,Garcia,1956-04-27,HEGG560427MVZRRL04',
        '2,G.,Herrera,,1956-04-27,HEGG560427MVZRRL04',
      ],
      [[3, 2, 'sure', 'same-curp']],
    ],
    [
      'the same record',
      ['1,Ana,Soto,Luna,1990-05-01,', '1,Anna,Zoto,Luna,1990-05-01,'],
      [[3, 2, 'sure', 'same-record']],
    ],
    [
      'the record of another',
      ['1,Ana,Soto,Luna,1990-05-01,', '1,Juan,Mora,Gil,1980-05-02,'],
      [[3, 2, 'possible', 'record-of-another']],
    ],
    [
      'the same name',
      ['1,José,Muñoz,Gil,1990-05-01,', '2,JOSE,MUNOZ,GIL,1990-05-01,'],
      [[3, 2, 'likely', 'same-name-and-birth']],
    ],
    [
      'the same sound',
      ['1,Jimena,Vázquez,Gil,1990-05-01,', '2,Ximena,Básquez,Gil,1990-05-01,'],
      [[3, 2, 'likely', 'sounds-and-birth']],
    ],
    [
      'part of the name',
      ['1,María Guadalupe,Soto,Luna,1990-05-01,', '2,Guadalupe,Soto,Luna,1990-05-01,'],
      [[3, 2, 'possible', 'part-of-name-and-birth']],
    ],
    [
      'day and month changed over',
      ['1,Ana,Soto,Luna,1990-05-01,', '2,Ana,Soto,Luna,1990-01-05,'],
      [[3, 2, 'possible', 'sounds-and-near-birth']],
    ],
    ['nobody is like oneself', ['1,Ana,García,García,1990-05-01,'], []],
    ['twins', ['1,Ana,Soto,Luna,1990-05-01,', '2,Eva,Soto,Luna,1990-05-01,'], []],
    ['nobody', ['1,Ana,Soto,Luna,1990-05-01,', '2,Ana,Soto,Luna,1971-12-24,'], []],
  ]
  for (const [what, lines, want] of cases)
    test(what, async () => assert.deepEqual(await likes(...lines), want))

  test('likeness has no direction', async () => {
    const all = await rows(
      `${head}1,Ana María,Soto,Luna,1990-05-01,\n2,Ana,Soto,Luna,1990-05-01,\n1,Eva,Gil,,1990-05-01,\n`,
    )
    const traits = all.flatMap((row) => ('patient' in row ? [traitsOf(row.patient)] : []))
    for (const one of traits)
      for (const other of traits) assert.deepEqual(likenessOf(one, other), likenessOf(other, one))
  })

  test('in the vault: by identifier and by name', async () => {
    const [row] = await rows(`${head}1,Ana,Soto,Luna,1990-05-01,\n`)
    assert.ok(row && 'patient' in row)
    const asked: unknown[] = []
    const found = await duplicatesInVault(row.patient, {
      byIdentifier: async (system, value) => (asked.push([system, value]), []),
      byNameAndBirth: async (words, day) => (
        asked.push([words, day]),
        [
          { ...row.patient, id: 'a', identifier: [] },
          { resourceType: 'Patient', id: 'b' },
        ]
      ),
    })
    assert.deepEqual(asked, [
      [recordSystem, '1'],
      [['ana', 'luna', 'soto'], '1990-05-01'],
    ])
    assert.deepEqual(
      found.map(({ id, likeness }) => [id, likeness]),
      [['a', 'likely']],
    )
  })

  test('a file of one name stays linear', async () => {
    const file = new FileDuplicates()
    const patient = (at: number): JsonObject => ({
      resourceType: 'Patient',
      birthDate: '1990-01-01',
      name: [{ family: 'Soto Luna', given: ['Ana', `N${at}`] }],
    })
    const beganMs = performance.now()
    for (let at = 0; at < 5000; at += 1) file.take(at, patient(at))
    assert.ok(performance.now() - beganMs < 4000)
  })
})

test('the preview says all of it in both languages', async () => {
  const found = await preview(
    `${spanishTable}003,Ángel,Peña,Ñáñez,31/12/2001,H,\n004,Eva,Mora,Gil,31/02/2001,M,\n`,
  )
  assert.deepEqual(
    [found.rows, found.patients, found.problems.count, found.duplicates.counts.sure],
    [5, 4, 1, 1],
  )
  const es = previewLines(found, 'es').join('\n')
  assert.match(es, /Observaciones +— no se importa +alérgica/)
  assert.match(es, /5 filas: 4 pacientes, 1 con error/)
  assert.match(es, /línea 5 y 4: seguro, el mismo número de expediente/)
  const en = previewLines(found, 'en').join('\n')
  assert.match(en, /5 rows: 4 patients, 1 in error/)
  assert.match(en, /line 6: "F\. Nac\."/)
})

test('docs/spec/csv.md names every field and encoding', () => {
  const page = readFileSync(new URL('../../../docs/spec/csv.md', import.meta.url), 'utf8')
  for (const name of [...fieldNames, ...encodings]) assert.ok(page.includes(`\`${name}\``), name)
  assert.equal(delimiters.length, 4)
  assert.ok(isField('curp') && !isField('toString'))
})
