import type { Specialty } from '../../types.ts'
import type { Dose } from '../dosage.ts'
import type { Template } from '../speech.ts'

/** An illness of days: what is told, found, measured and given at its one or two visits. */
export interface Ailment {
  key: string
  kind: 'AMB' | 'EMER'
  specialty: Specialty
  reason: string
  days: readonly [number, number]
  story: readonly Template[]
  exam: readonly Template[]
  vitals: Readonly<Record<string, readonly [number, number]>>
  tests?: Readonly<Record<string, readonly [number, number]>>
  study?: readonly [loinc: string, text: string, conclusion: Template]
  treatment: readonly (readonly Dose[])[]
  judged: Template
  advice: readonly Template[]
  /** What is another matter in men. */
  his?: Pick<Ailment, 'treatment' | 'judged'>
  /** Days after which it is over. */
  lasts: number
}

const pain: readonly Dose[] = [
  { drug: 'naproxen', pieces: 1, hours: 12, days: 5, how: 'con los alimentos' },
  { drug: 'paracetamol', pieces: 1, hours: 8, days: 5 },
]
const fever: readonly Dose[] = [{ drug: 'paracetamol', pieces: 1, hours: 8, days: 4 }]

const ailment = (own: Ailment): Ailment => own

export const ailments: Readonly<Record<string, Ailment>> = {
  cold: ailment({
    key: 'cold',
    kind: 'AMB',
    specialty: 'family-medicine',
    reason: 'Catarro',
    days: [2, 4],
    story: [
      '{Escurrimiento nasal|Congestión nasal}, {odinofagia|ardor de garganta} y {tos seca|estornudos}, sin {disnea|dolor torácico}',
      '{Sin fiebre, con|Febrícula y} {dolor de cuerpo leve|cansancio}',
    ],
    exam: [
      'Faringe {hiperémica sin exudado|con hiperemia leve}, {cornetes congestivos|rinorrea hialina}, tórax limpio',
    ],
    vitals: { temperature: [36.8, 37.5], heart: [74, 88] },
    treatment: [fever],
    judged: '{cuadro viral|proceso autolimitado|sin datos de neumonía}',
    advice: [
      '{Líquidos abundantes|Reposo relativo} y {lavado nasal|gárgaras de agua con sal}',
      '{No requiere antibiótico|Regresar si hay fiebre de tres días|Volver si hay dificultad para respirar}',
    ],
    lasts: 10,
  }),
  cough: ailment({
    key: 'bronchitis',
    kind: 'AMB',
    specialty: 'family-medicine',
    reason: 'Tos',
    days: [5, 9],
    story: [
      'Tos {productiva|con flemas} de predominio {nocturno|matutino}, {sin hemoptisis|expectoración amarillenta}',
      '{Niega disnea|Sin dolor pleurítico}, {duerme mal por la tos|se cansa un poco más}',
    ],
    exam: ['{Roncus aislados|Estertores gruesos que cambian con la tos}, sin {sibilancias|matidez}'],
    vitals: { temperature: [36.7, 37.7], heart: [76, 92], breath: [16, 20] },
    treatment: [fever],
    judged: 'sin datos de neumonía, {evolución esperada|etiología viral probable}',
    advice: [
      '{Hidratación y vapor|Miel y líquidos tibios}; {volver si hay fiebre de tres días|acudir si hay disnea}',
    ],
    lasts: 18,
  }),
  gastro: ailment({
    key: 'gastroenteritis',
    kind: 'AMB',
    specialty: 'family-medicine',
    reason: 'Diarrea',
    days: [1, 3],
    story: [
      '{Cuatro|Cinco|Seis} evacuaciones líquidas al día, {sin moco ni sangre|fétidas}, tras {comer en la calle|mariscos|una reunión}',
      '{Dolor cólico|Retortijones} y {náusea|un vómito}, {tolera líquidos|orina normal}',
    ],
    exam: ['Mucosas {semihidratadas|hidratadas}, peristalsis {aumentada|viva}, sin {rebote|resistencia}'],
    vitals: { temperature: [36.9, 37.9], heart: [82, 98] },
    treatment: [
      [{ drug: 'oral-salts', pieces: 1, hours: 24, days: 3, how: 'a sorbos después de cada evacuación' }],
    ],
    judged:
      '{probable origen viral|infecciosa sin datos de alarma}, {sin deshidratación grave|tolera la vía oral}',
    advice: [
      '{Dieta blanda|Arroz, plátano y pollo}, {lavado de manos|no suspender alimentos}; {evitar loperamida|volver si hay sangre}',
    ],
    lasts: 6,
  }),
  urinary: ailment({
    key: 'cystitis',
    kind: 'AMB',
    specialty: 'family-medicine',
    reason: 'Ardor al orinar',
    days: [2, 4],
    story: ['Disuria, {polaquiuria|urgencia} y {tenesmo vesical|orina turbia}, sin {fiebre|dolor lumbar}'],
    exam: ['Dolor {suprapúbico leve|a la presión en hipogastrio}, Giordano negativo'],
    vitals: { temperature: [36.5, 37.2], heart: [72, 86] },
    study: [
      '24356-8',
      'Examen general de orina',
      '{de 20 a 30|de 15 a 20|abundantes} leucocitos, {nitritos positivos|nitritos +}, {bacterias moderadas|bacterias +++}',
    ],
    treatment: [
      [
        { drug: 'nitrofurantoin', pieces: 1, hours: 12, days: 5, how: 'con alimentos' },
        { drug: 'fosfomycin', pieces: 1, hours: 24, days: 1 },
      ],
    ],
    judged: 'sin datos sistémicos, {urocultivo enviado|se envía urocultivo}',
    advice: [
      '{Beber agua suficiente|No retener la orina}; {volver si hay fiebre o dolor lumbar|completar el antibiótico}',
    ],
    his: {
      treatment: [
        [
          { drug: 'ciprofloxacin', pieces: 1, hours: 12, days: 7 },
          { drug: 'fosfomycin', pieces: 1, hours: 48, days: 6 },
        ],
      ],
      judged:
        'en hombre, se considera complicada; sin fiebre ni dolor prostático, {urocultivo enviado|se envía urocultivo}',
    },
    lasts: 8,
  }),
  sprain: ailment({
    key: 'sprain',
    kind: 'EMER',
    specialty: 'emergency',
    reason: 'Torcedura de tobillo',
    days: [0, 1],
    story: [
      '{Inversión forzada|Torcedura} del tobillo {derecho|izquierdo} {al bajar una banqueta|jugando futbol|al bajar del camión}, {apoya con dolor|camina cojeando}',
    ],
    exam: [
      'Edema {perimaleolar lateral|maleolar}, dolor en {ligamento peroneoastragalino|cara lateral}, {cajón negativo|Ottawa negativo}',
    ],
    vitals: { temperature: [36.3, 36.8], heart: [72, 90], pain: [4, 7] },
    study: [
      '',
      'Radiografía de tobillo en dos proyecciones',
      '{sin trazo de fractura|mortaja conservada, sin fractura}, {aumento de partes blandas|sin luxación}',
    ],
    treatment: [pain],
    judged: 'grado {I|II}, {sin fractura|estable}',
    advice: [
      '{Hielo 15 minutos cada 4 horas|Vendaje elástico y reposo}, {elevar la pierna|apoyo según dolor}',
    ],
    lasts: 25,
  }),
  'child-cold': ailment({
    key: 'cold',
    kind: 'AMB',
    specialty: 'paediatrics',
    reason: 'Tos y mocos',
    days: [2, 3],
    story: [
      '{Moco transparente|Escurrimiento nasal} y tos {húmeda|seca}, {come menos|juega casi igual}, {sin dificultad para respirar|durmió inquiet@}',
    ],
    exam: [
      '{Activ@ y reactiv@|Sonriente}, faringe {rosada|hiperémica}, {membranas timpánicas normales|tórax sin ruidos agregados}',
    ],
    vitals: { temperature: [36.9, 38.0], oxygen: [94, 98] },
    treatment: [[{ drug: 'paracetamol-syrup', pieces: 5, hours: 6, days: 3, how: 'según peso' }]],
    judged: 'viral, {sin dificultad respiratoria|hidratad@}',
    advice: [
      '{Lavado nasal con salina|Ofrecer líquidos}, {no dar antigripales|volver si respira rápido o no come}',
    ],
    lasts: 9,
  }),
  'child-ear': ailment({
    key: 'otitis',
    kind: 'AMB',
    specialty: 'paediatrics',
    reason: 'Dolor de oído',
    days: [1, 3],
    story: [
      '{Se jala la oreja|Llora por la noche} {derecha|izquierda}, con fiebre {de 38.5|no cuantificada} y {catarro previo|tos}',
    ],
    exam: [
      'Membrana timpánica {abombada y eritematosa|opaca, sin movilidad}, {sin otorrea|mastoides sin dolor}',
    ],
    vitals: { temperature: [38.0, 38.9] },
    treatment: [
      [
        { drug: 'amoxicillin-syrup', pieces: 5, hours: 12, days: 8, how: '80 mg/kg/día' },
        { drug: 'azithromycin-syrup', pieces: 4, hours: 24, days: 5 },
      ],
      [{ drug: 'paracetamol-syrup', pieces: 5, hours: 6, days: 3, how: 'según peso' }],
    ],
    judged: '{unilateral|sin complicación}, {con criterios de antibiótico|dolor controlable}',
    advice: [
      '{Sin gotas óticas|No introducir hisopos}; revisión en {72 horas|tres días} si {sigue la fiebre|hay secreción}',
    ],
    lasts: 12,
  }),
  'child-gastro': ailment({
    key: 'gastroenteritis',
    kind: 'EMER',
    specialty: 'emergency',
    reason: 'Vómito y diarrea',
    days: [1, 2],
    story: [
      '{Cinco|Siete} evacuaciones líquidas y {tres|cuatro} vómitos, {bebe con avidez|pide agua}, {orinó hace cuatro horas|llora con lágrimas}',
    ],
    exam: [
      '{Ojos un poco hundidos|Mucosas secas}, pliegue {normal|que regresa lento}, llenado capilar de {2|3} segundos',
    ],
    vitals: { temperature: [37.4, 38.5], heart: [110, 135] },
    tests: { sodium: [133, 139], potassium: [3.5, 4.1], glucose: [72, 96] },
    treatment: [
      [
        {
          drug: 'oral-salts',
          pieces: 1,
          hours: 24,
          days: 3,
          how: 'a cucharadas, plan B en sala y después plan A',
        },
      ],
      [{ drug: 'zinc', pieces: 1, hours: 24, days: 10 }],
    ],
    judged:
      'con {deshidratación leve|algún grado de deshidratación}, {tolera vida suero oral|mejora con plan B}',
    advice: [
      'Plan A en casa: {alimentos habituales, bebidas y cuándo regresar|suero después de cada evacuación}',
    ],
    lasts: 6,
  }),
  'asthma-attack': ailment({
    key: 'asthma',
    kind: 'EMER',
    specialty: 'emergency',
    reason: 'Crisis de asma',
    days: [0, 2],
    story: [
      'Tos, {opresión torácica|silbido de pecho} y disnea {desde la madrugada|tras exponerse a polvo|con un catarro}, {habla en frases|alivio parcial con salbutamol}',
    ],
    exam: [
      'Sibilancias {espiratorias difusas|bilaterales}, {tiraje intercostal leve|uso de músculos accesorios}; {mejora tras tres nebulizaciones|mejor entrada de aire al egreso}',
    ],
    vitals: { oxygen: [89, 93], breath: [24, 30], heart: [104, 124], temperature: [36.4, 37.1] },
    treatment: [
      [{ drug: 'salbutamol', pieces: 2, hours: 4, days: 5 }],
      [{ drug: 'prednisone', pieces: 6, hours: 24, days: 5, how: 'con el desayuno' }],
    ],
    judged:
      'crisis {moderada|leve a moderada}, {responde a broncodilatador|sin criterios de hospitalización}',
    advice: [
      'Revisar {inhalador de control|técnica con espaciador}; {cita en una semana|regresar si hay fatiga al hablar}',
    ],
    lasts: 0,
  }),
  seizure: ailment({
    key: 'epilepsy',
    kind: 'EMER',
    specialty: 'emergency',
    reason: 'Crisis convulsiva',
    days: [0, 0],
    story: [
      'Crisis tónico-clónica de {dos|tres} minutos {presenciada por familiar|en su casa}, {desvelo la noche previa|olvidó dos tomas}, {sin traumatismo|con mordedura lingual}',
    ],
    exam: [
      '{Somnolient@, orientad@ en persona|Recuperad@ al ingreso}, {sin focalización|pupilas isocóricas}, {sin rigidez de nuca|lengua con laceración pequeña}',
    ],
    vitals: { heart: [92, 110], temperature: [36.5, 37.2], glasgow: [14, 15] },
    tests: { glucose: [88, 118], sodium: [136, 142] },
    treatment: [],
    judged: 'crisis única con desencadenante identificado, {sin estado epiléptico|recuperación completa}',
    advice: ['{Ocho horas de sueño|Alarma para las tomas}; {no conducir|no nadar sol@}'],
    lasts: 0,
  }),
  gastritis: ailment({
    key: 'gastritis',
    kind: 'AMB',
    specialty: 'family-medicine',
    reason: 'Dolor de estómago',
    days: [5, 12],
    story: [
      'Ardor {epigástrico|en boca del estómago} {en ayuno|después de comer}, {náusea matutina|saciedad temprana}, sin {melena|hematemesis}',
    ],
    exam: ['Epigastrio {doloroso a la palpación media|sensible}, {sin rebote|hígado no palpable}'],
    vitals: { heart: [70, 84], pain: [4, 6] },
    treatment: [[{ drug: 'omeprazole', pieces: 1, hours: 24, days: 28, how: 'en ayuno' }]],
    judged: '{relacionada con alcohol|sin datos de sangrado}',
    advice: ['{Evitar alcohol, café y antiinflamatorios|Comer en horarios fijos}'],
    lasts: 35,
  }),
  'back-pain': ailment({
    key: 'back-pain',
    kind: 'AMB',
    specialty: 'family-medicine',
    reason: 'Dolor lumbar',
    days: [3, 10],
    story: [
      'Dolor lumbar {tras cargar un bulto|al agacharse|después de un viaje largo}, {sin irradiación|irradiado a glúteo}, sin {fiebre|pérdida de fuerza}',
    ],
    exam: [
      '{Contractura paravertebral|Dolor a la flexión}, Lasègue {negativo|negativo bilateral}, {fuerza y reflejos normales|marcha de puntas y talones posible}',
    ],
    vitals: { pain: [5, 8], heart: [72, 88] },
    treatment: [pain, [{ drug: 'cyclobenzaprine', pieces: 1, hours: 24, days: 5, how: 'por la noche' }]],
    judged: 'mecánica, sin {datos de alarma|banderas rojas}',
    advice: [
      '{Seguir activ@|Calor local y caminar}; {no requiere radiografía|evitar reposo en cama}; {higiene de columna|cargar con las piernas}',
    ],
    lasts: 30,
  }),
  neuropathy: ailment({
    key: 'diabetic-neuropathy',
    kind: 'AMB',
    specialty: 'internal-medicine',
    reason: 'Ardor en los pies',
    days: [40, 90],
    story: [
      'Ardor y {hormigueo|punzadas} en ambos pies, {peor de noche|que interrumpe el sueño}, {sin úlceras|sin claudicación}',
    ],
    exam: [
      'Monofilamento {disminuido en ambos pies|ausente en tres puntos}, {reflejo aquíleo abolido|vibración disminuida}, pulsos presentes',
    ],
    vitals: { pain: [5, 7], heart: [70, 86] },
    treatment: [[{ drug: 'pregabalin', pieces: 1, hours: 24, how: 'por la noche' }]],
    judged: 'dolorosa, {distal y simétrica|por diabetes de larga evolución}',
    advice: [
      '{Revisar los pies cada noche|No andar descalz@} y {zapato amplio|crema sin poner entre los dedos}',
    ],
    lasts: 0,
  }),
}
