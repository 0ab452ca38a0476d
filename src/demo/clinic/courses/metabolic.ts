import type { Illness } from './illness.ts'

const diabetes: Illness = {
  key: 'diabetes',
  specialty: 'family-medicine',
  months: 4,
  shifts: { hba1c: [2.2, 4.2], triglycerides: [25, 80] },
  perYear: { hba1c: [0.02, 0.12], albuminuria: [0, 4] },
  watch: 'hba1c',
  goal: 7,
  tests: [
    ['hba1c', 5],
    ['glucose', 4],
    ['creatinine', 8],
    ['albuminuria', 14],
  ],
  ladder: [
    [
      { drug: 'metformin', pieces: 1, hours: 24, force: 0.6, how: 'con la comida principal' },
      { drug: 'linagliptin', pieces: 1, hours: 24 },
    ],
    [
      { drug: 'metformin', pieces: 1, hours: 12, force: 1, how: 'con los alimentos' },
      { drug: 'linagliptin', pieces: 1, hours: 24 },
    ],
    [
      { drug: 'dapagliflozin', pieces: 1, hours: 24, how: 'por la mañana' },
      { drug: 'linagliptin', pieces: 1, hours: 24 },
    ],
    [{ drug: 'glargine', pieces: 12, hours: 24, force: 0.6, how: 'por la noche' }],
    [{ drug: 'glargine', pieces: 22, hours: 24, force: 1, how: 'por la noche' }],
  ],
  well: [
    '{Sin|Niega} poliuria, polidipsia {ni|o} pérdida de peso',
    '{Glucemias capilares en casa|Automonitoreo en ayuno} {entre 90 y 130|casi siempre menores de 130|de 95 a 125} mg/dL',
    'Sin {hipoglucemias|mareos ni sudoración fría} {desde la última consulta|en estos meses}',
    '{Revisa sus pies|Se inspecciona los pies} {a diario|cada noche}, sin {heridas|lesiones}',
  ],
  unwell: [
    '{Refiere|Comenta} {sed y nicturia de dos ocasiones|orinar más de lo habitual|cansancio por las tardes}',
    '{Glucemias capilares|Mediciones en casa} {de 160 a 220|por arriba de 180|muy variables, hasta 240} mg/dL',
    'Visión {borrosa ocasional|que se le nubla por momentos} y {boca seca|más sed}',
    '{Se ha excedido|Descuidó la dieta} {en las fiestas|por reuniones familiares|en fines de semana}',
  ],
  exam: [
    'Pies {sin úlceras|íntegros}, pulsos {pedios presentes|distales palpables}, {monofilamento normal|sensibilidad conservada}',
    'Pulsos pedios {simétricos|presentes}, {piel seca en talones|sin hiperqueratosis}',
    'Sin {acantosis|lesiones interdigitales}; {llenado capilar de 2 segundos|sensibilidad vibratoria conservada}',
  ],
  good: ['en metas de control', 'control {adecuado|aceptable}', 'estable y en meta'],
  bad: ['fuera de metas', 'descontrol {glucémico|metabólico}', 'aún sin control suficiente'],
  advice: [
    '{Mantener|Continuar} mismo esquema y {dieta con reducción de azúcares|plan de alimentación}',
    '{Fondo de ojo|Valoración de retina} anual y {revisión de pies en casa|calzado cómodo y cerrado}',
    'Se {refuerza|repasa} {qué hacer ante una hipoglucemia|la técnica de medición en casa|el conteo de porciones}',
  ],
  extra(visit) {
    const { life } = visit
    const filtered = life.known.get('egfr')?.value ?? 90
    const metformin = life.taking().find(({ key }) => key === 'metformin')
    if (metformin && filtered < 45 && metformin.dose.hours < 24) {
      visit.treat(
        'diabetes',
        [{ ...metformin.dose, hours: 24, force: 0.7 }],
        `{Se reduce|Se baja} dosis por TFGe de ${filtered} mL/min/1.73 m²`,
      )
    }
    const albumin = visit.results.get('albuminuria')
    if (albumin && albumin.value > 30 && !life.has('diabetic-kidney') && !life.has('kidney')) {
      visit.diagnose('diabetic-kidney')
      visit.thought.push(`Albuminuria de ${albumin.said} en persona con diabetes: daño renal temprano`)
      visit.treat('diabetic-kidney', [{ drug: 'losartan', pieces: 1, hours: 24, force: 0.5 }])
    }
  },
}

const hypertension: Illness = {
  key: 'hypertension',
  specialty: 'family-medicine',
  months: 6,
  shifts: { systolic: [24, 38], diastolic: [12, 19] },
  watch: 'systolic',
  goal: 139,
  tests: [
    ['creatinine', 11],
    ['potassium', 11],
    ['sodium', 12],
  ],
  ladder: [
    [
      { drug: 'losartan', pieces: 1, hours: 24, force: 0.7 },
      { drug: 'amlodipine', pieces: 1, hours: 24 },
      { drug: 'chlorthalidone', pieces: 0.5, hours: 24 },
    ],
    [
      { drug: 'losartan', pieces: 1, hours: 12, force: 1 },
      { drug: 'amlodipine', pieces: 1, hours: 24 },
    ],
    [
      { drug: 'amlodipine', pieces: 1, hours: 24, how: 'por la noche' },
      { drug: 'chlorthalidone', pieces: 0.5, hours: 24 },
    ],
    [
      { drug: 'chlorthalidone', pieces: 0.5, hours: 24, how: 'por la mañana' },
      { drug: 'furosemide', pieces: 1, hours: 24 },
    ],
  ],
  well: [
    '{Tomas de presión en casa|En su registro domiciliario,} {alrededor de 125/80|entre 118 y 130 de sistólica}',
    'Sin {cefalea|acúfenos}, {fosfenos|mareo} ni {edema|palpitaciones}',
    '{Ha bajado la sal|Evita el salero} y {duerme bien|camina más}',
  ],
  unwell: [
    '{Cefalea occipital|Zumbido de oídos} {por las mañanas|al final de la jornada}',
    '{En la farmacia|En casa} le han medido {sistólicas de 150|hasta 158/94}',
    '{Ha comido con más sal|Duerme poco}, {con estrés|con preocupaciones en casa}',
  ],
  exam: [
    'Ruidos cardiacos rítmicos, sin soplos; {sin edema|extremidades sin edema}',
    '{Campos pulmonares limpios|Tórax sin estertores}, {sin soplos carotídeos|pulsos simétricos}',
    'Área cardiaca {sin agregados|con ritmo regular}; {fondo de ojo no valorado|abdomen sin soplos}',
  ],
  good: ['en meta', 'cifras controladas', 'bajo control'],
  bad: ['por arriba de la meta', 'sin control', 'cifras elevadas'],
  advice: [
    'Sal menos de {5 g|una cucharadita} al día y {registro de presión en casa|caminar 30 minutos diarios}',
    '{Continuar|Mantener} tratamiento antihipertensivo {sin cambios|igual}',
    'Evitar {antigripales con descongestivo|embutidos y alimentos enlatados}',
  ],
}

const dyslipidaemia: Illness = {
  key: 'dyslipidaemia',
  specialty: 'family-medicine',
  months: 6,
  shifts: { ldl: [45, 80], triglycerides: [40, 160], hdl: [-8, -2] },
  watch: 'ldl',
  goal: 115,
  tests: [
    ['ldl', 7],
    ['alt', 13],
  ],
  ladder: [
    [
      { drug: 'atorvastatin', pieces: 0.5, hours: 24, force: 0.75, how: 'por la noche' },
      { drug: 'bezafibrate', pieces: 1, hours: 12 },
    ],
    [{ drug: 'atorvastatin', pieces: 1, hours: 24, how: 'por la noche' }],
    [{ drug: 'ezetimibe', pieces: 1, hours: 24 }],
    [{ drug: 'atorvastatin', pieces: 2, hours: 24, force: 1.15, how: 'por la noche' }],
  ],
  well: [
    '{Tolera la estatina|Toma la estatina} sin {mialgias|dolor muscular}',
    'Sin {calambres|debilidad} ni molestias digestivas',
  ],
  unwell: [
    '{Come fritos|Consume garnachas} {tres veces por semana|con frecuencia}',
    '{Dejó|Suspendió} {la dieta|el ejercicio} {hace semanas|en el último mes}',
  ],
  exam: ['Sin {xantelasmas|arco corneal} ni xantomas', '{Sin|No hay} xantomas tendinosos'],
  good: ['en meta', 'con buena respuesta'],
  bad: ['por arriba de la meta', 'respuesta insuficiente'],
  advice: [
    '{Más fibra|Avena y leguminosas}, {menos grasa de origen animal|aguacate en lugar de crema}',
    'Perfil de lípidos en {seis|cinco} meses',
  ],
}

const obesity: Illness = {
  key: 'obesity',
  specialty: 'family-medicine',
  months: 5,
  shifts: { weight: [19, 34], systolic: [2, 6] },
  perYear: { weight: [-2.4, -0.3] },
  tests: [
    ['glucose', 12],
    ['ldl', 12],
  ],
  ladder: [],
  well: [
    '{Ha reducido|Disminuyó} {el refresco|el pan|las tortillas} y {come más verdura|camina algunas tardes}',
    '{Tiene más energía|Se siente con más agilidad} y {duerme mejor|ronca menos}',
    '{Le cuesta|Se le dificulta} {cenar ligero|seguir el plan los fines de semana}',
  ],
  unwell: ['{Le cuesta|Se le dificulta} seguir la dieta'],
  exam: [
    '{Panículo adiposo abundante|Abdomen globoso}, {sin estrías violáceas|sin visceromegalias}',
    '{Acantosis en cuello|Cuello corto, sin bocio}',
  ],
  good: [
    '{en reducción gradual de peso|con plan de alimentación}',
    '{reforzar cambios de hábitos|avance lento}',
  ],
  bad: ['sin avance'],
  advice: [
    '{Plan de 1500 kcal|Dieta de 1600 kcal} con {nutrición|el servicio de nutrición}',
    'Meta: {2 kg menos|perder 3 %} {en dos meses|antes de la próxima cita}',
    '{Caminar|Ejercicio} {150 minutos por semana|30 minutos cinco días por semana}',
  ],
}

const hypothyroidism: Illness = {
  key: 'hypothyroidism',
  specialty: 'endocrinology',
  months: 6,
  shifts: { tsh: [7, 14], t4: [-0.5, -0.3], weight: [2, 4], heart: [-6, -2], ldl: [8, 20] },
  watch: 'tsh',
  goal: 4.5,
  tests: [
    ['tsh', 5],
    ['t4', 11],
  ],
  ladder: [
    [
      {
        drug: 'levothyroxine',
        pieces: 0.5,
        hours: 24,
        force: 0.6,
        how: 'en ayuno, 30 minutos antes del desayuno',
      },
    ],
    [
      {
        drug: 'levothyroxine',
        pieces: 1,
        hours: 24,
        force: 1.1,
        how: 'en ayuno, 30 minutos antes del desayuno',
      },
    ],
    [
      {
        drug: 'levothyroxine',
        pieces: 1.5,
        hours: 24,
        force: 1.6,
        how: 'en ayuno, 30 minutos antes del desayuno',
      },
    ],
  ],
  well: [
    'Sin {intolerancia al frío|caída de cabello} ni {estreñimiento|somnolencia}',
    'Toma la levotiroxina {en ayuno|separada del desayuno}',
    '{Ánimo|Energía} {estable|conservad<o|a>}, sin palpitaciones',
  ],
  unwell: [
    '{Cansancio|Somnolencia}, {piel seca|caída de cabello} y {frío|estreñimiento}',
    '{Toma la pastilla con el café|La toma junto con el calcio}',
  ],
  exam: [
    'Tiroides {no palpable|de tamaño normal}, sin nódulos',
    'Reflejos {normales|aquíleos con relajación normal}; {sin mixedema|piel hidratada}',
  ],
  good: ['eutiroide@ con tratamiento', 'TSH en rango'],
  bad: ['sustitución insuficiente', 'TSH elevada'],
  advice: [
    '{No tomarla|Evitar tomarla} junto con {calcio|hierro|café}',
    'TSH de control en {seis meses|ocho semanas si cambia la dosis}',
  ],
}

const gout: Illness = {
  key: 'gout',
  specialty: 'internal-medicine',
  months: 6,
  shifts: { urate: [2.4, 3.6] },
  watch: 'urate',
  goal: 6.2,
  tests: [
    ['urate', 6],
    ['creatinine', 11],
  ],
  ladder: [
    [{ drug: 'allopurinol', pieces: 0.5, hours: 24, force: 0.7 }],
    [{ drug: 'allopurinol', pieces: 1, hours: 24 }],
  ],
  well: ['Sin {ataques|crisis} de gota {desde la última cita|en meses}'],
  unwell: ['{Dolor|Ardor} en {primer dedo del pie|tobillo} {tras comer carnitas|después de una fiesta}'],
  exam: ['Sin {tofos|artritis activa}', 'Primera metatarsofalángica {sin eritema|no dolorosa}'],
  good: ['en meta', 'sin actividad'],
  bad: ['ácido úrico por arriba de la meta', 'con crisis reciente'],
  advice: [
    'Evitar {vísceras y cerveza|mariscos y alcohol}',
    'Beber {dos litros de agua|agua suficiente} al día',
  ],
}

export const metabolic = [diabetes, hypertension, dyslipidaemia, obesity, hypothyroidism, gout]
