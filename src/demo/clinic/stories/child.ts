import type { Day } from '../../types.ts'
import { evolution } from '../consultation.ts'
import { addDays, addMonths, daysBetween, sayAge, shortDate } from '../days.ts'
import type { Life } from '../life.ts'
import { Visit } from '../visit.ts'

/** NOM-031-SSA2-1999: visits of the healthy child, by months of age. */
const wellMonths = [0.25, 1, 2, 4, 6, 9, 12, 18, 24, 30, 36, 48, 60, 72, 84, 96]

/** What children can do, by months of age. */
const milestones: readonly (readonly [fromMonths: number, what: string])[] = [
  [0, 'Reflejo de Moro {simétrico|presente}, {succión fuerte|fija la mirada}'],
  [1, '{Sonríe|Sigue con la mirada}, {levanta la cabeza boca abajo|se calma con la voz}'],
  [4, 'Sostén cefálico completo, {ríe a carcajadas|toma objetos}, {se voltea|balbucea}'],
  [6, '{Se sienta con apoyo|Pasa objetos de una mano a otra}, {voltea a su nombre|dice sílabas}'],
  [9, '{Gatea|Se sienta sin apoyo}, {pinza fina en desarrollo|dice adiós con la mano}'],
  [12, '{Camina con apoyo|Da pasos sol@}, dice {mamá y papá|dos palabras}'],
  [18, '{Camina y trepa|Corre}, dice {diez|quince} palabras, {come con cuchara|señala partes del cuerpo}'],
  [24, 'Frases de {dos|tres} palabras, {sube escaleras|patea la pelota}, {imita labores|garabatea}'],
  [
    36,
    '{Pedalea|Salta con ambos pies}, {dice su nombre|cuenta hasta tres}, {avisa para ir al baño|juega con otros}',
  ],
  [
    48,
    'Dibuja {un círculo|una persona con cuatro partes}, {salta en un pie|cuenta historias}, {se viste|conoce colores}',
  ],
  [
    60,
    '{Escribe su nombre|Cuenta hasta veinte}, {anda en bicicleta con ruedas|amarra agujetas}, {convive en la escuela|sigue reglas}',
  ],
]

export function born(life: Life): void {
  const { person, scene } = life
  life.schedule(person.birthDate, (day) => {
    if (day >= life.today) return
    const visit = new Visit(life, {
      day,
      kind: 'IMP',
      specialty: 'paediatrics',
      reason: 'Recién nacido en alojamiento conjunto',
      place: scene.house.locations.delivery,
      minute: 19 * 60 + 20,
    })
    const weight = visit.measure('weight')
    visit.measure('birth-weight', Math.round(weight.value * 1000))
    for (const test of ['length', 'head', 'heart', 'breath', 'temperature', 'apgar1', 'apgar5'])
      visit.measure(test, test === 'apgar1' ? 8 : test === 'apgar5' ? 9 : undefined)
    const { mother } = scene
    if (mother) {
      life.add({
        resourceType: 'RelatedPerson',
        id: life.id('madre'),
        active: true,
        patient: life.subjectReference,
        relationship: [
          {
            coding: [
              { system: 'http://terminology.hl7.org/CodeSystem/v3-RoleCode', code: 'MTH', display: 'mother' },
            ],
            text: 'Madre',
          },
        ],
        name: [{ text: mother.text }],
        gender: 'female',
        birthDate: mother.birthDate,
      })
    }
    visit.diagnose('newborn')
    visit.treat('newborn', [{ drug: 'vitamin-k', pieces: 1, hours: 24, days: 1 }], 'Profilaxis')
    visit.treat(
      'newborn',
      [{ drug: 'chloramphenicol', pieces: 1, hours: 24, days: 1, how: 'en cada ojo' }],
      'Profilaxis',
    )
    visit.note('admission', [
      {
        title: 'Antecedentes',
        text: [
          mother
            ? `Hij${person.sex === 'male' ? 'o' : 'a'} de ${mother.text}, expediente ${mother.record}, con control prenatal en este hospital`
            : visit.say('Producto de embarazo con {siete|ocho|nueve} consultas prenatales'),
        ],
      },
      {
        title: 'Nacimiento',
        text: [
          `${visit.value('birth-weight')}, ${visit.value('length')}, ${visit.value('head')}, ${visit.value('apgar1')} y ${visit.value('apgar5')}`,
          visit.say(
            'Capurro de {38.5|39.2|39.4} semanas, Silverman-Andersen 0; {no requirió reanimación|pasos iniciales, sin reanimación avanzada}',
          ),
          `Grupo sanguíneo ${person.blood}`,
        ],
      },
      { title: 'Signos vitales', text: [visit.vitalLine()] },
      {
        title: 'Exploración física',
        text: [
          visit.say(
            '{Llanto vigoroso|Activ@}, fontanela {normotensa|anterior de 2 cm}, {paladar íntegro|caderas estables}, {pulsos femorales presentes|genitales de acuerdo con su sexo}, {reflejos completos|columna íntegra}',
          ),
        ],
      },
      { title: 'Diagnóstico', text: ['Recién nacido de término con peso adecuado para la edad gestacional'] },
      {
        title: 'Plan',
        text: [
          ...visit.ordered,
          'BCG y hepatitis B antes del egreso',
          visit.say(
            '{Seno materno a libre demanda|Lactancia exclusiva}, {tamiz metabólico del tercer al quinto día|tamiz metabólico y auditivo}',
          ),
        ],
      },
    ])
    const home = addDays(day, 1)
    if (home >= life.today) {
      visit.close(20)
      return
    }
    visit.turn()
    visit.move(home, 15 * 60 + 20)
    for (const test of ['weight', 'heart', 'breath', 'temperature'])
      visit.measure(test, test === 'weight' ? Math.round(weight.value * 9.7) / 10 : undefined)
    visit.note('discharge', [
      { title: 'Fechas de ingreso y egreso', text: [`${shortDate(day)} a ${shortDate(home)}`] },
      {
        title: 'Diagnóstico de egreso',
        text: ['<Recién nacido sano|Recién nacida sana> de término'].map((text) => visit.say(text)),
      },
      {
        title: 'Resumen de la evolución',
        text: [
          visit.vitalLine(),
          visit.say(
            '{Se alimenta al pecho cada tres horas|Buen agarre y succión}, orinó y evacuó meconio; {sin ictericia|piel rosada}, {tamiz auditivo normal|saturación pre y posductal normal}',
          ),
        ],
      },
      {
        title: 'Plan de manejo y recomendaciones',
        text: [
          visit.say('{Lactancia exclusiva|Pecho a libre demanda}; regresa a los siete días'),
          visit.say(
            'Acudir a urgencias si {no come o tiene fiebre|fiebre, color amarillo o respiración rápida}; dormir boca arriba',
          ),
        ],
        lines: true,
      },
      { title: 'Motivo de egreso', text: ['Curso normal, alta con su madre'] },
      { title: 'Pronóstico', text: [visit.say('Bueno para la vida y la función')] },
    ])
    visit.close(20)
    life.resolve('newborn', home)
  })
}

export function growUp(life: Life): void {
  for (const months of wellMonths) {
    const due = months < 1 ? addDays(life.person.birthDate, 7) : addMonths(life.person.birthDate, months)
    if (due < life.start) continue
    life.schedule(due, (from) => well(life, from))
  }
}

function well(life: Life, from: Day): void {
  const day = life.openDay(from)
  if (day >= life.today) return
  const { growth, person } = life
  // A visit some days early is the visit of its month.
  const months = daysBetween(person.birthDate, day) / 30.44 + 0.15
  const visit = new Visit(life, {
    day,
    kind: 'AMB',
    specialty: 'paediatrics',
    reason: 'Control del niño sano',
    minutes: 30,
  })
  const weight = visit.measure('weight')
  const size = visit.measure(months < 24 ? 'length' : 'height')
  if (months < 37) visit.measure('head')
  visit.measure('heart')
  visit.measure('breath')
  visit.measure('temperature')
  if (months > 36) visit.pressure()
  if (growth) {
    const parts = [
      `peso en percentila ${growth.percentile('weight', weight.value, day)}`,
      `${months < 24 ? 'longitud' : 'talla'} en percentila ${growth.percentile('height', size.value, day)}`,
    ]
    const head = visit.results.get('head')
    if (head) parts.push(`perímetro cefálico en percentila ${growth.percentile('head', head.value, day)}`)
    visit.thought.push(`Crecimiento (OMS): ${parts.join(', ')}`)
  }
  const milestone = milestones.findLast(([age]) => age <= months)
  visit.told.push(
    visit.say(feeding(months)),
    visit.say(
      `{Duerme|Descansa} {${months < 6 ? 'por periodos de tres horas|bien entre tomas' : 'toda la noche|nueve horas'}}, {evacuaciones normales|sin cólicos|sin datos de alarma}`,
    ),
  )
  if (milestone) visit.found.push(`Desarrollo: ${visit.say(milestone[1])}`)
  visit.found.push(
    visit.say(
      months < 18
        ? 'Fontanela {normotensa|plana}, {caderas estables|reflejo rojo presente}, {cordón cicatrizado|piel íntegra}'
        : 'Dentición {adecuada para la edad|sin caries}, {marcha normal|pie plano flexible}, {sin soplos|abdomen blando}',
    ),
  )
  if (months > 11 && months < 13) visit.laboratory(['hemoglobin', 'mcv'])
  const hemoglobin = visit.results.get('hemoglobin')
  if (hemoglobin?.flag === 'L') {
    visit.diagnose('iron-deficiency')
    visit.treat('iron-deficiency', [{ drug: 'iron-drops', pieces: 1, hours: 24, days: 90 }])
    life.schedule(addMonths(day, 4), (end) => life.resolve('iron-deficiency', end))
  }
  visit.thought.push(
    visit.say(
      `Niñ@ {san@|sin enfermedad aguda} de ${sayAge(person.birthDate, day)}, desarrollo {acorde|normal para su edad}`,
    ),
  )
  visit.ordered.push(
    visit.say(advice(months)),
    visit.say(
      `Cartilla de vacunación {revisada|al corriente}; {estimulación temprana en casa|lectura y juego diarios|${months < 8 ? 'platicarle y cantarle' : 'cepillado dental'}}`,
    ),
  )
  const due = wellMonths.find((age) => age > months + 0.3)
  evolution(visit, 'control del niño sano', due === undefined ? undefined : addMonths(person.birthDate, due))
  visit.close()
}

function feeding(months: number): string {
  if (months < 6) return '{Seno materno exclusivo|Toma pecho} {cada tres horas|a libre demanda}'
  if (months < 12)
    return 'Papillas de {calabaza y pollo|frijol y verduras|manzana y avena} y {pecho|leche materna}'
  if (months < 24)
    return '{Come picado fino|Come de la mesa familiar}, {bebe en vaso entrenador|leche 500 mL al día}'
  return '{Come de todo|Come poca verdura|Desayuna antes de la escuela}, {agua simple|jugo de vez en cuando}, {dos horas de pantalla|juega en el patio}'
}

function advice(months: number): string {
  if (months < 6)
    return 'Dormir boca arriba, {sin almohada|en cuna firme}; {no dar té ni miel|lactancia hasta los seis meses}'
  if (months < 12)
    return '{Alimentos ricos en hierro|Hígado, frijol y carne}, {sin sal ni azúcar|sin miel}; {silla para auto|cuidar enchufes}'
  if (months < 36)
    return '{Retirar biberón|Sin biberón nocturno}; {productos de limpieza bajo llave|barandal en la escalera}'
  return '{Casco al andar en bicicleta|Asiento elevado en el auto}; {desayunar antes de la escuela|una hora de juego activo}'
}

export function adolescent(life: Life): void {
  for (let year = 1; year >= 0; year--) {
    life.schedule(addMonths(life.today, -12 * year - 5), (from) => {
      const day = life.openDay(from)
      if (day >= life.today) return
      const visit = new Visit(life, {
        day,
        kind: 'AMB',
        specialty: 'paediatrics',
        reason: life.person.sex === 'female' ? 'Control de la adolescente' : 'Control del adolescente',
        minutes: 30,
      })
      visit.pressure()
      for (const test of ['heart', 'weight', 'height', 'bmi']) visit.measure(test)
      visit.laboratory(['hemoglobin', 'mcv'])
      if (life.person.sex === 'female')
        visit.told.push(
          visit.say(
            'Ciclos {regulares de 28 días|irregulares el primer año}, {sangrado de cinco días|dismenorrea leve}',
          ),
        )
      visit.told.push(
        visit.say(
          '{Promedio de 8.5|Le gusta la historia|Prefiere matemáticas}, {buena relación con sus amistades|sin acoso escolar}, {duerme siete horas|usa el teléfono hasta tarde}',
        ),
      )
      visit.found.push(
        visit.say(
          'Tanner {III|IV}, {acné leve en frente|piel sin lesiones}, {columna sin escoliosis|Adams negativo}',
        ),
      )
      visit.thought.push(
        visit.say(
          'Crecimiento {acorde con talla familiar|en su carril}, {ánimo eutímico|sin consumo de sustancias}',
        ),
      )
      const hemoglobin = visit.results.get('hemoglobin')
      if (hemoglobin?.flag === 'L') {
        visit.diagnose('iron-deficiency')
        visit.treat('iron-deficiency', [{ drug: 'iron', pieces: 1, hours: 24, days: 90 }])
        life.schedule(addMonths(day, 4), (end) => life.resolve('iron-deficiency', end))
      }
      visit.ordered.push(
        visit.say(
          '{Ejercicio diario|Deporte tres veces por semana}, {dormir nueve horas|desayuno diario}; {orientación sexual y anticonceptiva|espacio a solas ofrecido}',
        ),
      )
      evolution(visit, 'control anual', addMonths(day, 12))
      visit.close()
    })
  }
}
