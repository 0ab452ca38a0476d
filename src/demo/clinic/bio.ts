import type { Person, Scene } from '../types.ts'
import { ageOn } from './days.ts'
import { gendered } from './speech.ts'

/** What a physician knows of a person besides the illness: it makes each note this person's own. */
export interface Bio {
  work: string
  home: string
  /** Who comes along: `su hija Leticia`; absent for those who come alone. */
  companion?: string
  marital: string
  schooling: string
  tobacco: string
  alcohol: string
  diet: string
  exercise: string
  family: readonly string[]
  /** What is forgotten or missed, when treatment is: each confessed once. */
  lapses: readonly Lapse[]
  /** A small thing of this person's life that talks come back to. */
  habit: string
  belief: string
  /** Of women, in years of age. */
  menarche: number
  menopause: number
  /** From 0.7 to 1: how much of the treatment is taken. */
  adherence: number
}

export interface Lapse {
  said: string
  answer: string
}

/** Granddaughters, daughters-in-law and grandmothers, of whom no resource tells. */
const names =
  'Leticia Maricela Araceli Fernanda Noemí Patricia Brenda Elvira Yesenia Rocío Irma Daniela'.split(' ')

const works = [
  'conductor<|a> de taxi',
  'comerciante en un mercado',
  'maestr@ de primaria',
  'emplead@ de una papelería',
  'costurer@ en su casa',
  'contador<|a>',
  'vendedor<|a> de comida',
  'trabajador<|a> de la construcción',
  'emplead@ administrativ@',
  'técnic@ electricista',
  'cociner@ en una fonda',
  'panader@',
  'operador<|a> de maquinaria',
  'jardiner@',
  'estilista',
  'guardia de seguridad',
  'bibliotecari@',
  'mecánic@ automotriz',
  'dependiente de una ferretería',
  'programador<|a>',
  'carpinter@',
  'repartidor<|a> en motocicleta',
  'encargad@ de un almacén',
  'florista',
  'tapicer@',
  'secretari@',
  'músic@ de banda',
  'topógraf@',
]

const homes = [
  'casa propia con todos los servicios',
  'departamento rentado en un tercer piso sin elevador',
  'casa de sus padres, con todos los servicios',
  'vivienda de dos cuartos con piso de cemento',
  'casa propia con un patio donde cría gallinas',
  'departamento de interés social',
  'casa compartida con la familia de su hermana',
  'vecindad con baño propio',
  'casa rentada cerca de una avenida con mucho tránsito',
  'casa de block con techo de lámina',
  'departamento en planta baja',
  'casa de dos pisos que construyó la familia',
]

const diets = [
  'desayuna tamal o torta tres días por semana',
  'toma alrededor de un litro de refresco al día',
  'come en fonda de lunes a viernes',
  'cena pan dulce casi todas las noches',
  'prefiere los guisados con poco chile y poca grasa',
  'acompaña las comidas con cinco o seis tortillas',
  'come fruta a media mañana y verdura solo en caldos',
  'desayuna avena y come en casa',
  'se salta el desayuno y come fuerte por la tarde',
  'usa manteca para guisar los frijoles',
  'consume carne roja dos veces por semana',
  'le agrega sal a la comida ya servida',
  'come a deshoras por el trabajo',
  'lleva su comida preparada desde casa',
  'come mucho queso y embutidos',
]

const exercises = [
  'camina veinte minutos a la parada del autobús',
  'juega futbol los domingos',
  'no hace ejercicio',
  'baila en un grupo de la colonia dos tardes por semana',
  'sube y baja escaleras en su trabajo',
  'usa bicicleta para los mandados',
  'camina en el parque con una vecina',
  'pasa la mayor parte del día sentad@',
  'sale a correr tres mañanas por semana',
  'atiende un huerto en el patio',
  'pasea a su perro por la noche',
  'nada los sábados en un deportivo',
]

const tobaccos = [
  'nunca ha fumado',
  'nunca ha fumado',
  'nunca ha fumado',
  'fumó de joven y lo dejó hace más de diez años',
  'fuma uno o dos cigarros en reuniones',
]
const alcohols = [
  'no bebe alcohol',
  'bebe una o dos cervezas en fiestas',
  'toma una copa en reuniones familiares',
  'bebe tres o cuatro cervezas algún fin de semana',
  'no bebe desde hace años',
]

const families = [
  'padre con diabetes mellitus tipo 2',
  'madre con hipertensión arterial',
  'abuela materna finada por infarto',
  'hermano con dislipidemia',
  'padre finado por evento vascular cerebral',
  'madre con hipotiroidismo',
  'tía paterna con cáncer de mama',
  'abuelo paterno con cáncer de próstata',
  'hermana con asma',
  'madre con diabetes mellitus tipo 2 en tratamiento con insulina',
  'padre con enfermedad renal en diálisis',
  'hermana con artritis reumatoide',
  'abuela materna con glaucoma',
  'padre con gota',
  'madre con migraña',
  'tío materno con cirrosis',
]

/** How treatment is missed, and what a physician answers to it. */
const lapses: readonly Lapse[] = (
  [
    ['olvida la toma de la noche cuando se duerme temprano', 'Se pasa la toma nocturna a la hora de la cena'],
    [
      'se queda sin medicamento los últimos días del mes',
      'Receta resurtible por tres meses y trabajo social',
    ],
    ['suspende las pastillas si se siente bien', 'No suspender al sentirse bien: es efecto del tratamiento'],
    ['se le pasan las tomas los domingos', 'Pastillero semanal y alarma también en fin de semana'],
    [
      'no lleva las pastillas cuando viaja a ver a su familia',
      'Pastillero de viaje y dosis de reserva en su bolsa',
    ],
    ['confunde las cajas parecidas', 'Se marcan las cajas con color y se entrega lista de horarios'],
    [
      'no siempre desayuna y entonces retrasa la primera toma',
      'La primera toma se ancla al levantarse, con un refrigerio',
    ],
    ['dejó de tomarlas unos días por una fiesta del pueblo', 'Se acuerda no suspender en fiestas ni viajes'],
    [
      'las toma a distinta hora según el turno de trabajo',
      'Se ajusta el horario de tomas al turno, con alarma',
    ],
    [
      'prefiere no mezclarlas con otros remedios y las espacia',
      'Se revisan sus remedios: puede tomar el tratamiento completo a su hora',
    ],
    ['no alcanzó a surtir la receta a tiempo', 'Se adelanta la receta y se avisa a farmacia'],
    ['las dejó en la casa de un familiar', 'Se repone la receta y se deja un duplicado en casa'],
  ] as const
).map(([said, answer]) => ({ said, answer }))

const habits = [
  'prepara la comida de los domingos para toda la familia',
  'cuida a sus nietos por las tardes',
  'canta en el coro de la iglesia',
  'colecciona discos de boleros',
  'va al tianguis los martes',
  'ayuda en el puesto de un familiar',
  'le preocupa faltar al trabajo por las consultas',
  'está aprendiendo a usar el teléfono nuevo',
  'organiza las posadas de su calle',
  'arregla radios viejos',
  'viaja cada mes a su pueblo',
  'estudia inglés por las noches',
  'teje por encargo',
  'atiende a su madre enferma',
  've el beisbol por televisión',
  'siembra hierbas de olor',
  'juega dominó con los vecinos',
  'prepara conservas para vender',
  'repara bicicletas los fines de semana',
  'cría canarios',
]

const beliefs = [
  'teme que el medicamento le dañe el riñón',
  'toma té de manzanilla por las noches',
  'pregunta por un suplemento que le ofrecieron',
  'toma licuado de nopal en ayuno',
  'leyó en internet sobre su padecimiento',
  'prefiere no inyectarse',
  'pide que le expliquen por escrito',
  'un vecino con lo mismo le contó su experiencia',
  'quiere evitar más pastillas',
  'pregunta si podrá seguir trabajando igual',
  'se unta pomada de árnica',
  'confía más en la atención de este hospital que en la farmacia',
]

/** Who the contact is to the person: what the Patient tells, the notes tell too. */
function kinOf({ relationship, sex, given }: Person['contact']): string {
  const name = given[0]
  switch (relationship) {
    case 'mother':
      return `su madre, ${given.join(' ')}`
    case 'father':
      return `su padre, ${given.join(' ')}`
    case 'spouse':
      return sex === 'female' ? `su esposa ${name}` : `su esposo ${name}`
    case 'partner':
      return `su pareja, ${name}`
    case 'child':
      return sex === 'female' ? `su hija ${name}` : `su hijo ${name}`
    case 'sibling':
      return sex === 'female' ? `su hermana ${name}` : `su hermano ${name}`
  }
}

const maritals = { S: 'solter@', M: 'casad@', T: 'en unión libre', D: 'divorciad@', W: 'viud@' } as const

/** Where the illness has its cause in how one lived, the history says so. */
const smoke: Readonly<Record<string, string>> = {
  'copd male': 'fumó una cajetilla diaria por 30 años, lo dejó hace cinco',
  'copd female': 'nunca ha fumado, pero cocinó con leña más de 30 años',
  'pneumonia male': 'fuma diez cigarros al día desde los 20 años',
  'pneumonia female': 'fuma cinco cigarros al día y de niña vivió con fogón de leña',
}
const drink: Readonly<Record<string, string>> = {
  alcohol: 'bebe casi a diario, más de seis cervezas por ocasión',
  cirrhosis: 'bebió aguardiente a diario por más de 20 años',
}

const relativeOf = (said: string): string => said.replace(/ (con|finad[oa]) .*/, '')

/** The old neither go to work nor run; the young have no grandchildren. */
function suits(said: string, age: number): boolean {
  if (age >= 70) return !/trabaj|autobús|futbol|correr|nada los|bicicleta|suplemento que/.test(said)
  return age >= 45 || !/nietos/.test(said)
}

export function bioOf({ random: chance, person, today, mother }: Scene): Bio {
  const random = chance.fork('bio')
  const { sex } = person
  const age = ageOn(person.birthDate, today)
  const hers = (text: string) => gendered(text, sex)
  const isChild = age < 18
  const own = random.pick(names)
  const trades =
    person.part === 'epilepsy'
      ? works.filter((work) => !/conductor|motocicleta|maquinaria|construc|electric/.test(work))
      : works
  const kin = kinOf(person.contact)
  const companion = isChild
    ? mother
      ? kin
      : random.pick([kin, kin, kin, `su abuela materna, ${own}`])
    : age >= 65
      ? random.pick([kin, kin, kin, `su nieta ${own}`, `su nuera ${own}`])
      : random.chance(0.35)
        ? kin
        : undefined
  // Nobody has two mothers.
  const family = random
    .shuffle(families)
    .filter((said, i, all) => all.findIndex((other) => relativeOf(other) === relativeOf(said)) === i)
  return {
    work: isChild
      ? age < 3
        ? 'al cuidado de su madre en casa'
        : age < 6
          ? 'asiste al jardín de niños'
          : 'estudiante'
      : age >= 70
        ? hers(`jubilad@, antes ${random.pick(trades)}`)
        : hers(random.pick(trades)),
    home: random.pick(homes),
    ...(companion ? { companion } : {}),
    marital: hers(maritals[person.marital ?? 'S']),
    schooling: isChild
      ? age < 6
        ? 'preescolar'
        : age < 12
          ? 'primaria en curso'
          : 'secundaria en curso'
      : random.pick(
          age > 70
            ? ['primaria incompleta', 'primaria completa', 'secundaria', 'carrera técnica']
            : ['secundaria', 'bachillerato', 'licenciatura', 'carrera técnica', 'primaria completa'],
        ),
    tobacco: isChild
      ? 'sin exposición a humo de tabaco en casa'
      : (smoke[`${person.part} ${sex}`] ?? random.pick(tobaccos)),
    alcohol: isChild ? 'sin consumo' : (drink[person.part] ?? random.pick(alcohols)),
    diet: isChild
      ? random.pick([
          'come de todo en tres tiempos',
          'come poca verdura',
          'prefiere alimentos dulces',
          'come lo mismo que la familia',
        ])
      : random.pick(diets),
    exercise: isChild
      ? 'juega a diario'
      : hers(random.pick(exercises.filter((exercise) => suits(exercise, age)))),
    family: family.slice(0, random.int(1, 3)),
    lapses: random.shuffle(lapses.filter(({ said }) => suits(said, age))).slice(0, 3),
    habit: random.pick(habits.filter((habit) => suits(habit, age))),
    belief: random.pick(
      beliefs.filter((belief) => suits(belief, age) && (person.part !== 'hiv' || !belief.includes('vecino'))),
    ),
    menarche: random.int(11, 14),
    menopause: random.int(47, 52),
    adherence: 0.72 + 0.28 * random.float(),
  }
}
