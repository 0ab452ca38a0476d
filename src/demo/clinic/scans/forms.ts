import { longDate, sayAge, shortDate } from '../days.ts'
import { attach } from '../notes.ts'
import { testTerm } from '../terms/tests.ts'
import type { Visit } from '../visit.ts'
import { Page } from './pdf.ts'

/** Papers of the chart as they come out of the scanner, each about this visit of this person. */

const margin = 56

function head(visit: Visit, title: string, from = visit.life.scene.house.name): Page {
  const { person } = visit.life
  const page = new Page()
  page.text(margin, 60, 13, from, true)
  page.text(margin, 82, 11, title, true)
  page.line([
    [margin, 92],
    [539, 92],
  ])
  page.text(margin, 110, 10, `Paciente: ${person.text}`)
  page.text(
    margin,
    125,
    10,
    `Edad: ${sayAge(person.birthDate, visit.day)}   Expediente: ${person.record}   Fecha: ${shortDate(visit.day)}`,
  )
  return page
}

function keep(visit: Visit, page: Page, document: { loinc: string; text: string; category: string }): void {
  const bytes = page.bytes()
  const data = bytes.toString('base64')
  attach(visit, {
    ...document,
    by: visit.doctor,
    content: [
      {
        attachment: {
          contentType: 'application/pdf',
          language: 'es-MX',
          data,
          size: bytes.length,
          title: `${document.text} (digitalizado)`,
          creation: visit.day,
        },
      },
    ],
  })
}

/** NOM-004-SSA3-2012, 10.1. */
export function consentForm(visit: Visit, act: string, reason: string): void {
  const { person, bio } = visit.life
  const page = head(visit, 'CARTA DE CONSENTIMIENTO INFORMADO')
  let y = page.paragraph(
    margin,
    160,
    10.5,
    `Yo, ${person.text}, de ${sayAge(person.birthDate, visit.day)}, declaro que ${visit.doctor.display} me explicó con palabras claras que padezco ${reason} y que se propone realizar: ${act}.`,
    92,
  )
  y = page.paragraph(
    margin,
    y + 10,
    10.5,
    visit.say(
      `Se me informaron los beneficios esperados y los riesgos, entre ellos {infección de la herida, sangrado y reacción a la anestesia|sangrado, lesión de órganos vecinos e infección|dolor, sangrado, infección y necesidad de otra intervención}, así como las alternativas y {lo que puede ocurrir si no acepto|las consecuencias de no tratarme}.`,
    ),
    92,
  )
  y = page.paragraph(
    margin,
    y + 10,
    10.5,
    'Autorizo al personal para la atención de contingencias y urgencias derivadas del acto autorizado. Puedo revocar este consentimiento antes de la intervención.',
    92,
  )
  page.paragraph(margin, y + 16, 10.5, `${visit.life.person.city}, a ${longDate(visit.day)}.`, 92)
  signature(page, visit, margin + 20, 520, person.text)
  signature(page, visit, 330, 520, visit.doctor.display)
  signature(
    page,
    visit,
    margin + 20,
    650,
    bio.companion ? `Testigo: ${bio.companion.replace(/^su /, '')}` : 'Testigo',
  )
  keep(visit, page, {
    loinc: '59284-0',
    text: 'Consentimiento informado',
    category: 'Documento digitalizado',
  })
}

function signature(page: Page, visit: Visit, x: number, y: number, name: string): void {
  const { random } = visit.life
  const points = Array.from({ length: 26 }, (_, i): [number, number] => [
    x + 20 + i * 4.4 + random.int(-4, 4),
    y - 14 + Math.sin(i * (1.1 + random.float())) * random.int(3, 13),
  ])
  page.line(points, 0.9, 0.2)
  page.line([
    [x, y],
    [x + 190, y],
  ])
  page.text(x, y + 13, 8.5, name)
}

/** What another laboratory measured: the same results that this visit took over. */
export function outsideResults(visit: Visit, laboratory: string): void {
  const results = [...visit.results.values()].filter(({ test }) => testTerm(test).kind === 'laboratory')
  if (results.length === 0) return
  const page = head(visit, 'INFORME DE RESULTADOS', laboratory)
  page.text(margin, 160, 10, 'Estudio', true)
  page.text(330, 160, 10, 'Resultado', true)
  let y = 180
  for (const { test, said } of results) {
    page.text(margin, y, 10, testTerm(test).text)
    page.text(330, y, 10, said.replace('µ', 'u'))
    page.line(
      [
        [margin, y + 5],
        [539, y + 5],
      ],
      0.3,
      0.8,
    )
    y += 20
  }
  signature(page, visit, margin, y + 90, 'Responsable sanitario')
  page.text(margin, 800, 8, 'Los resultados deben ser interpretados por su médico.')
  keep(visit, page, {
    loinc: '11502-2',
    text: 'Resultado de laboratorio externo',
    category: 'Documento digitalizado',
  })
}

/** A strip of lead II at this person's rate: without P waves and with no two intervals alike in atrial fibrillation. */
export function electrocardiogram(visit: Visit, reason: string): void {
  const { life } = visit
  const rate = (visit.results.get('heart') ?? visit.measure('heart')).value
  const isFibrillating = life.has('atrial-fibrillation')
  const page = head(visit, 'ELECTROCARDIOGRAMA · Derivación DII · 25 mm/s')
  for (let x = margin; x <= 539; x += 14.2)
    page.line(
      [
        [x, 170],
        [x, 340],
      ],
      0.25,
      0.82,
    )
  for (let y = 170; y <= 340; y += 14.2)
    page.line(
      [
        [margin, y],
        [539, y],
      ],
      0.25,
      0.82,
    )
  const perBeat = (60 / rate) * 71
  const points: [number, number][] = []
  for (let x = margin; x < 520;) {
    const beat = isFibrillating
      ? perBeat * (0.72 + 0.56 * life.random.float())
      : perBeat * (0.98 + 0.04 * life.random.float())
    const p = isFibrillating ? life.random.int(-2, 2) : -5
    const shape: readonly (readonly [number, number])[] = [
      [0, 0],
      [5, p],
      [9, 0],
      [13, 0],
      [14.5, 4],
      [16.5, -52],
      [18.5, 12],
      [20, 0],
      [28, -1],
      [34, -11],
      [40, 0],
    ]
    for (const [dx, dy] of shape) if (dx < beat && x + dx < 539) points.push([x + dx, 270 + dy])
    x += beat
  }
  page.line(points, 0.9)
  const reading = isFibrillating
    ? `Ritmo irregular sin onda P, respuesta ventricular de ${rate} lpm: fibrilación auricular.`
    : visit.say(
        `Ritmo sinusal de ${rate} lpm, {eje a 60°|eje a 45°}, {PR de 160 ms|PR de 150 ms}, {QRS de 90 ms|QRS angosto}, {sin elevación del ST|sin cambios de isquemia aguda}.`,
      )
  page.paragraph(margin, 380, 10.5, reading, 92)
  signature(page, visit, margin, 480, visit.doctor.display)
  visit.found.push(`Electrocardiograma: ${reading.charAt(0).toLowerCase()}${reading.slice(1)}`)
  visit.procedure('29303009', 'Electrocardiograma', { minutes: 10, ...(life.has(reason) ? { reason } : {}) })
  keep(visit, page, { loinc: '11524-6', text: 'Electrocardiograma', category: 'Documento digitalizado' })
}
