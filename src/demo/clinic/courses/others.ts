import type { Illness } from './illness.ts'

/** An illness from its few particulars: what most have in common is written once. */
function illness(own: Partial<Illness> & Pick<Illness, 'key'>): Illness {
  return {
    specialty: 'family-medicine',
    months: 4,
    shifts: {},
    ladder: [],
    well: ['Sin cambios'],
    unwell: ['Sin mejoría'],
    exam: ['Sin hallazgos nuevos'],
    good: ['estable'],
    bad: ['sin control'],
    advice: ['Continuar igual'],
    ...own,
  }
}

export const others: readonly Illness[] = [
  illness({
    key: 'depression',
    specialty: 'psychiatry',
    months: 2,
    shifts: { phq9: [11, 16], gad7: [3, 6] },
    watch: 'phq9',
    goal: 6,
    scales: ['phq9'],
    ladder: [
      [{ drug: 'sertraline', pieces: 1, hours: 24, how: 'por la mañana', force: 0.75 }],
      [{ drug: 'sertraline', pieces: 2, hours: 24, how: 'por la mañana', force: 1.2 }],
      [{ drug: 'mirtazapine', pieces: 1, hours: 24, how: 'por la noche', force: 0.8 }],
    ],
    well: [
      '{Duerme siete horas|Duerme mejor} y {ha retomado sus actividades|volvió a salir con amistades}',
      '{Ánimo|Estado de ánimo} {más estable|mejor}, {come con apetito|disfruta la música}',
    ],
    unwell: [
      '{Llanto fácil|Tristeza casi diaria} y {poco interés|desgano} {por las mañanas|todo el día}',
      '{Insomnio|Despierta de madrugada} y {poca concentración|cansancio}',
    ],
    exam: [
      '{Alerta y orientad@|Cooperador<|a>}, afecto {reactivo|hipotímico}, {sin ideación suicida|niega ideas de muerte}',
      'Discurso {coherente|lento}, juicio conservado, {sin ideación suicida|sin síntomas psicóticos}',
    ],
    good: ['en remisión', 'con buena respuesta'],
    bad: ['episodio activo', 'respuesta parcial'],
    advice: [
      '{Psicoterapia cognitivo-conductual|Psicoterapia} semanal',
      'No suspender {el antidepresivo|la medicación} sin consultar; {línea de la vida 800 911 2000|red de apoyo identificada}',
    ],
  }),
  illness({
    key: 'anxiety',
    specialty: 'psychiatry',
    months: 2,
    shifts: { gad7: [10, 14], phq9: [2, 5], heart: [4, 8] },
    watch: 'gad7',
    goal: 6,
    scales: ['gad7'],
    ladder: [
      [
        { drug: 'escitalopram', pieces: 0.5, hours: 24, force: 0.7 },
        { drug: 'sertraline', pieces: 1, hours: 24 },
      ],
      [{ drug: 'escitalopram', pieces: 1, hours: 24, force: 1.1 }],
    ],
    well: [
      '{Sin crisis|Una crisis breve} en {el mes|las últimas semanas}, {usa respiración diafragmática|duerme bien}',
      '{Preocupación manejable|Menos tensión} en {el trabajo|su casa}',
    ],
    unwell: [
      '{Preocupación constante|Inquietud} por {el dinero|su familia|el trabajo}, {con tensión en la nuca|con palpitaciones}',
      '{Opresión en el pecho|Nudo en la garganta} {al viajar en metro|en reuniones}',
    ],
    exam: [
      '{Inquiet@|Ansios@}, {sin ideación suicida|discurso rápido y coherente}',
      '{Tranquil@|Cooperador<|a>}, {manos sudorosas|sin temblor}, {juicio íntegro|sin ideas de muerte}',
    ],
    good: ['con mejoría', 'controlado'],
    bad: ['sintomático', 'con crisis'],
    advice: [
      '{Reducir café|Sin bebidas energéticas} y {ejercicio aeróbico|horario fijo de sueño}',
      'Terapia {cognitivo-conductual|de grupo} {quincenal|semanal}',
    ],
  }),
  illness({
    key: 'hiv',
    specialty: 'internal-medicine',
    months: 5,
    shifts: { cd4: [-300, -120] },
    perYear: { cd4: [18, 40] },
    tests: [
      ['viral-load', 6],
      ['cd4', 6],
      ['creatinine', 11],
      ['alt', 12],
      ['ldl', 13],
    ],
    ladder: [[{ drug: 'bictegravir', pieces: 1, hours: 24 }]],
    well: [
      '{No ha olvidado tomas|Toma su antirretroviral a diario} {con alarma del teléfono|después de cenar}',
      'Sin {fiebre|diarrea}, {pérdida de peso|sudores nocturnos} ni {lesiones en piel|tos}',
      '{Pareja estable e informada|Usa condón}, {sin síntomas de infección de transmisión sexual|sin exposiciones nuevas}',
    ],
    exam: [
      'Orofaringe sin {candidosis|placas}, {sin adenomegalias|piel sin lesiones}',
      '{Sin lipodistrofia|Buen estado nutricional}, {ganglios no palpables|mucosas íntegras}',
    ],
    good: ['{con carga viral indetectable|con supresión virológica}', 'indetectable'],
    advice: [
      '{Indetectable es intransmisible: se explica|Se comenta riesgo cero de transmisión sexual}',
      'VDRL {anual|en la próxima muestra} y {uso de condón|revisión dental}',
      'Confidencialidad {reiterada|acordada} y {apego reforzado|contacto con trabajo social}',
    ],
  }),
  illness({
    key: 'epilepsy',
    specialty: 'internal-medicine',
    months: 4,
    shifts: { seizures: [4, 8] },
    watch: 'seizures',
    goal: 0,
    scales: ['seizures'],
    tests: [
      ['hemoglobin', 12],
      ['alt', 12],
    ],
    ladder: [
      [
        { drug: 'valproate', pieces: 2, hours: 8, force: 0.8 },
        { drug: 'levetiracetam', pieces: 1, hours: 12, force: 0.8 },
      ],
      [{ drug: 'levetiracetam', pieces: 2, hours: 12, force: 1.5 }],
      [
        { drug: 'lamotrigine', pieces: 1, hours: 24, how: 'aumentar 25 mg cada dos semanas' },
        { drug: 'levetiracetam', pieces: 3, hours: 12, force: 1.9 },
      ],
    ],
    well: [
      '{Sin crisis|Libre de crisis} {desde la última consulta|en este periodo}, {duerme bien|sin somnolencia}',
      '{Lleva diario de crisis|Calendario} sin {eventos|ausencias}',
    ],
    unwell: [
      '{Crisis tónico-clónica|Crisis con desviación de la mirada} de {dos minutos|un minuto}, con {mordedura de lengua|somnolencia posterior}',
      '{Desvelo|Falta de sueño} antes de {la crisis|los eventos}',
    ],
    exam: [
      'Exploración neurológica sin {focalización|déficit}, {marcha normal|sin nistagmo}',
      'Pares craneales {íntegros|sin alteraciones}, {sin temblor|reflejos simétricos}',
    ],
    good: ['sin crisis', 'libre de crisis con tratamiento'],
    bad: ['con crisis', 'control incompleto'],
    advice: [
      'No {conducir|nadar sin compañía} y {dormir ocho horas|evitar desvelos}',
      'No suspender {el antiepiléptico|la medicina} de golpe',
    ],
    extra(visit) {
      const { life } = visit
      const years = life.years(visit.day)
      // The neural tube closes before anybody knows of it.
      if (life.person.sex === 'female' && years < 46 && !life.takes('folic-acid'))
        visit.treat('epilepsy', [{ drug: 'folic-acid', pieces: 1, hours: 24 }])
      if (visit.life.past.includes('eeg')) return
      visit.life.past.push('eeg')
      visit.procedure('54550000', 'Electroencefalograma', { minutes: 40, reason: 'epilepsy' })
      visit.study(
        '11523-8',
        'Electroencefalograma',
        '{puntas temporales izquierdas|brotes de punta-onda} {durante el sueño|con hiperventilación}',
        'OTH',
      )
    },
  }),
  illness({
    key: 'arthritis',
    specialty: 'internal-medicine',
    months: 3,
    shifts: {
      das28: [2.9, 4],
      esr: [24, 38],
      crp: [14, 24],
      rheumatoid: [70, 180],
      hemoglobin: [-1.4, -0.6],
    },
    watch: 'das28',
    goal: 3.2,
    scales: ['das28'],
    tests: [
      ['esr', 4],
      ['crp', 4],
      ['alt', 5],
      ['hemoglobin', 5],
      ['creatinine', 9],
      ['rheumatoid', 30],
    ],
    ladder: [
      [
        { drug: 'methotrexate', pieces: 6, hours: 168, force: 0.75 },
        { drug: 'hydroxychloroquine', pieces: 1, hours: 24 },
      ],
      [{ drug: 'prednisone', pieces: 1, hours: 24, how: 'con el desayuno' }],
      [{ drug: 'hydroxychloroquine', pieces: 1, hours: 24 }],
      [{ drug: 'sulfasalazine', pieces: 2, hours: 12 }],
    ],
    well: [
      'Rigidez matutina de {10|15|20} minutos, {abre frascos|se peina sin ayuda}',
      '{Dolor leve|Molestia} en {muñecas|manos} {con el frío|al cargar}',
    ],
    unwell: [
      'Rigidez matutina de {una hora|90 minutos} y {dolor en nudillos|hinchazón de muñecas}',
      '{No puede cerrar el puño|Se le caen las cosas} {por la mañana|al despertar}',
    ],
    exam: [
      'Sinovitis en {segunda y tercera metacarpofalángicas|muñecas}, {sin nódulos|fuerza de prensión disminuida}',
      'Manos {sin sinovitis activa|con desviación cubital leve}, {rodillas sin derrame|arcos de movilidad conservados}',
    ],
    good: ['baja actividad', 'en remisión clínica'],
    bad: ['actividad moderada', 'con actividad'],
    extra(visit) {
      if (!visit.life.takes('methotrexate') || visit.life.takes('folic-acid')) return
      visit.treat('arthritis', [
        { drug: 'folic-acid', pieces: 1, hours: 168, how: 'al día siguiente del metotrexato' },
      ])
    },
    advice: [
      '{Metotrexato un solo día por semana|Ácido fólico al día siguiente del metotrexato}',
      '{Protección solar|Ejercicios de mano} y {revisión oftalmológica anual|férula nocturna}',
    ],
  }),
  illness({
    key: 'lupus',
    specialty: 'internal-medicine',
    months: 3,
    shifts: {
      dsdna: [70, 160],
      c3: [-45, -25],
      esr: [22, 36],
      hemoglobin: [-1.8, -0.8],
      leukocytes: [-2.4, -1.2],
      albuminuria: [20, 60],
    },
    watch: 'dsdna',
    goal: 45,
    tests: [
      ['dsdna', 5],
      ['c3', 5],
      ['hemoglobin', 4],
      ['creatinine', 4],
      ['albuminuria', 5],
      ['esr', 6],
    ],
    ladder: [
      [{ drug: 'hydroxychloroquine', pieces: 1, hours: 24 }],
      [{ drug: 'prednisone', pieces: 2, hours: 24, how: 'con el desayuno' }],
      [{ drug: 'azathioprine', pieces: 1, hours: 12 }],
    ],
    well: [
      'Sin {úlceras orales|fiebre}, {caída de cabello leve|sin artralgias}',
      '{Usa bloqueador|Se protege del sol} y {trabaja sin limitación|descansa bien}',
    ],
    unwell: [
      '{Artralgias|Dolor de manos} y {eritema en mejillas|fatiga} {tras un día al sol|desde hace dos semanas}',
      '{Úlceras en la boca|Caída de cabello} y {febrícula|cansancio}',
    ],
    exam: [
      '{Eritema malar tenue|Sin eritema malar}, {sin sinovitis|dolor en interfalángicas}, {sin edema|sin frotes}',
      'Mucosa oral {con úlcera pequeña en paladar|íntegra}, {sin derrame articular|tórax limpio}',
    ],
    good: ['{baja actividad|quiescente}'],
    bad: ['actividad {serológica|cutáneo-articular}'],
    advice: [
      '{Bloqueador solar FPS 50|Fotoprotección} y {revisión de retina anual|no embarazarse sin planearlo}',
      'Examen de orina {en cada cita|trimestral}',
    ],
  }),
  illness({
    key: 'migraine',
    months: 4,
    shifts: { headaches: [8, 13] },
    watch: 'headaches',
    goal: 5,
    scales: ['headaches'],
    ladder: [
      [{ drug: 'sumatriptan', pieces: 1, hours: 24, prn: 'crisis de migraña' }],
      [
        { drug: 'propranolol', pieces: 0.5, hours: 12, force: 1 },
        { drug: 'topiramate', pieces: 2, hours: 12 },
      ],
      [{ drug: 'propranolol', pieces: 1, hours: 12, force: 1.6 }],
      [
        { drug: 'amitriptyline', pieces: 1, hours: 24, how: 'por la noche' },
        { drug: 'topiramate', pieces: 2, hours: 12 },
      ],
    ],
    well: [
      '{Crisis más cortas|Crisis espaciadas}, {ceden con sumatriptán|sin faltar al trabajo}',
      'Identifica {desvelo|ayuno|vino tinto} como desencadenante',
    ],
    unwell: [
      'Dolor {hemicraneal|pulsátil} {con náusea|con fotofobia} de {12|24|36} horas',
      '{Aura visual|Destellos} {antes del dolor|de veinte minutos}',
    ],
    exam: [
      'Neurológico {normal|sin déficit}, {fondo de ojo normal|sin rigidez de nuca}',
      'Pares craneales normales, {sin dolor temporal|músculos cervicales tensos}',
    ],
    good: ['con menos crisis', 'controlada'],
    bad: ['frecuente', 'con uso frecuente de analgésico'],
    advice: [
      '{Diario de cefalea|Dormir a la misma hora} y {no saltarse comidas|hidratarse}',
      'Analgésico {máximo dos días por semana|solo al inicio de la crisis}',
    ],
  }),
  illness({
    key: 'alcohol',
    specialty: 'psychiatry',
    months: 3,
    shifts: { audit: [15, 22], ast: [30, 60], alt: [15, 35], mcv: [5, 9], triglycerides: [40, 90] },
    watch: 'audit',
    goal: 12,
    scales: ['audit'],
    tests: [
      ['alt', 6],
      ['hemoglobin', 9],
      ['mcv', 9],
      ['triglycerides', 12],
    ],
    ladder: [
      [{ drug: 'thiamine', pieces: 1, hours: 24 }],
      [{ drug: 'naltrexone', pieces: 1, hours: 24, force: 1.4 }],
    ],
    well: [
      '{Lleva|Cumple} {seis|diez|doce} semanas sin beber, {acude a grupo de ayuda mutua|con apoyo de su familia}',
      '{Menos deseo de beber|Sin recaídas}, {duerme mejor|volvió a sus labores}',
    ],
    unwell: [
      '{Recayó|Bebió} {un fin de semana|después de una discusión}, {seis cervezas|medio litro de aguardiente}',
      '{Temblor matutino|Insomnio} {si no bebe|los lunes}',
    ],
    exam: [
      '{Temblor fino distal|Sin temblor}, {sin telangiectasias|hígado a 1 cm del borde costal}',
      '{Aliento sin alcohol|Aseado}, {orientad@|sin asterixis}',
    ],
    good: ['en abstinencia', 'con reducción del consumo'],
    bad: ['consumo activo', 'en recaída'],
    advice: [
      '{Alcohólicos Anónimos|Grupo de ayuda mutua} {tres veces por semana|diario}',
      'Plan ante {el deseo de beber|invitaciones}: {llamar a su padrino|salir del lugar}',
    ],
  }),
  illness({
    key: 'stroke-sequelae',
    specialty: 'internal-medicine',
    months: 4,
    shifts: { barthel: [-45, -25], systolic: [4, 8], ldl: [10, 20] },
    perYear: { barthel: [3, 6] },
    scales: ['barthel', 'morse'],
    tests: [
      ['ldl', 8],
      ['glucose', 12],
    ],
    ladder: [
      [{ drug: 'clopidogrel', pieces: 1, hours: 24 }],
      [{ drug: 'atorvastatin', pieces: 1, hours: 24, how: 'por la noche' }],
    ],
    well: [
      '{Camina con bastón|Usa andadera}, {se viste con ayuda|come solo con la mano izquierda}',
      'Sin {nuevos déficits|convulsiones}, {habla más claro|traga sin toser}',
    ],
    exam: [
      'Hemiparesia derecha {4/5|3/5}, {reflejos aumentados|Babinski derecho}, {disartria leve|lenguaje fluido}',
      'Espasticidad {leve|moderada} de brazo derecho, {marcha en segador|equilibrio regular}',
    ],
    good: ['en rehabilitación', 'funcionalidad estable'],
    advice: [
      '{Terapia física|Rehabilitación} {dos veces por semana|en casa con su familia}',
      'Señales de alarma: {cara, brazo y habla|debilidad súbita}',
    ],
  }),
  illness({
    key: 'knee-arthrosis',
    shifts: { pain: [2.5, 4] },
    months: 6,
    scales: ['pain'],
    ladder: [[{ drug: 'paracetamol', pieces: 1, hours: 8, prn: 'dolor' }]],
    well: ['Dolor de rodillas {al subir escaleras|al levantarse}, {mejora con calor|cede con reposo}'],
    exam: ['Crepitación en {ambas rodillas|rodilla derecha}, {sin derrame|flexión de 110 grados}'],
    good: ['estable', 'dolor tolerable'],
    advice: ['{Fortalecer cuádriceps|Uso de bastón}', 'Evitar {hincarse|cargar peso}'],
  }),
  illness({
    key: 'memory',
    specialty: 'internal-medicine',
    months: 8,
    shifts: { mmse: [-8, -5] },
    perYear: { mmse: [-1.4, -0.6] },
    scales: ['mmse'],
    tests: [
      ['vitamin-b12', 24],
      ['tsh', 24],
    ],
    well: [
      '{Repite preguntas|Olvida citas}, {reconoce a su familia|maneja dinero con ayuda}',
      '{Pierde objetos|Confunde fechas}, {conserva el ánimo|sin extraviarse}',
    ],
    exam: [
      '{Orientad@ en persona y lugar|Desorientad@ en fecha}, {recuerda una de tres palabras|cálculo lento}',
    ],
    good: ['lentamente progresivo', 'sin cambios de conducta'],
    advice: [
      '{Calendario grande|Pastillero semanal} y {rutina fija|paseos acompañad@}',
      '{Estimulación cognitiva|Lectura y memoria en grupo}; {familiar supervisa medicamentos|plática con la familia sobre seguridad en casa}',
    ],
  }),
  illness({
    key: 'insomnia',
    months: 6,
    well: ['Duerme {cinco|seis} horas, {con siesta|despierta a las cuatro}'],
    exam: ['{Ojeras leves|Sin somnolencia en consulta}'],
    good: ['sin hipnóticos', 'con higiene del sueño'],
    advice: ['{Sin siestas|Sin pantallas} {después de las 17 horas|por la noche}; se evitan benzodiacepinas'],
  }),
  illness({
    key: 'constipation',
    months: 6,
    ladder: [[{ drug: 'psyllium', pieces: 1, hours: 24, how: 'con un vaso de agua' }]],
    well: ['Evacúa cada {dos|tres} días, {con esfuerzo|heces duras}'],
    exam: ['Abdomen {blando|con marco cólico palpable}, sin dolor'],
    good: ['funcional'],
    advice: ['{Papaya|Ciruela} y {agua|caminar}'],
  }),
  illness({
    key: 'incontinence',
    months: 8,
    well: ['Urgencia {al llegar al baño|nocturna}, usa {protectores|pañal por la noche}'],
    exam: ['Sin globo vesical'],
    good: ['de urgencia', 'sin infección'],
    advice: ['{Horario de micción|Ejercicios de piso pélvico}'],
  }),
  illness({
    key: 'hearing-loss',
    months: 12,
    well: ['{Sube el volumen del televisor|Pide que le repitan}'],
    exam: ['{Otoscopia con cerumen escaso|Conductos permeables}'],
    good: ['bilateral, presbiacusia'],
    advice: ['{Hablar de frente|Solicitar audiometría}'],
  }),
  illness({
    key: 'cataract',
    months: 12,
    well: ['Ve {borroso de lejos|halos por la noche}'],
    exam: ['{Opacidad de cristalino|Reflejo rojo disminuido}'],
    good: ['en espera de cirugía', 'sin cambios'],
    advice: ['{Lentes actualizados|Buena luz para leer}', 'Fecha de cirugía {pendiente|por confirmar}'],
  }),
  illness({
    key: 'rhinitis',
    specialty: 'paediatrics',
    months: 6,
    ladder: [[{ drug: 'loratadine-syrup', pieces: 5, hours: 24 }]],
    well: [
      '{Estornudos|Comezón nasal} {por las mañanas|con el polvo}',
      '{Congestión|Escurrimiento claro} {de noche|en temporada de frío}',
    ],
    exam: ['Cornetes {pálidos|edematosos}, {surco nasal|ojeras alérgicas}'],
    good: ['leve intermitente', 'controlada'],
    advice: ['{Sin alfombras ni peluches|Lavado nasal con salina}'],
  }),
  illness({
    key: 'dermatitis',
    specialty: 'paediatrics',
    months: 6,
    ladder: [[{ drug: 'hydrocortisone', pieces: 1, hours: 12, days: 10 }]],
    well: ['{Comezón|Ronchas} en {pliegues|codos}, {peor con el calor|después del baño}'],
    exam: ['{Placas eritematosas|Piel seca} en {fosas antecubitales|huecos poplíteos}'],
    good: ['leve', 'en control'],
    advice: ['{Baños cortos|Emoliente} {dos veces al día|con agua tibia}'],
  }),
]
