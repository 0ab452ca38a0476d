import { dayNumber } from '../days.ts'
import { electrocardiogram } from '../scans/forms.ts'
import type { Dose } from '../dosage.ts'
import { objection } from '../safety.ts'
import type { Illness } from './illness.ts'

const kidney: Illness = {
  key: 'kidney',
  specialty: 'internal-medicine',
  months: 3,
  shifts: {
    creatinine: [0.4, 0.65],
    bun: [9, 15],
    albuminuria: [160, 420],
    systolic: [4, 8],
    potassium: [0.1, 0.3],
    hemoglobin: [-1.8, -1],
    phosphate: [0.2, 0.5],
  },
  perYear: {
    creatinine: [0.1, 0.2],
    bun: [3, 6],
    potassium: [0.03, 0.08],
    hemoglobin: [-0.25, -0.1],
    phosphate: [0.08, 0.16],
  },
  tests: [
    ['creatinine', 4],
    ['bun', 4],
    ['potassium', 4],
    ['hemoglobin', 6],
    ['albuminuria', 10],
    ['calcium', 11],
    ['phosphate', 11],
  ],
  ladder: [
    [
      { drug: 'losartan', pieces: 1, hours: 24, force: 0.8 },
      { drug: 'amlodipine', pieces: 1, hours: 24 },
    ],
  ],
  well: [
    '{Orina|Diuresis} {sin cambios|de cantidad habitual}, sin {espuma|sangre}',
    'Sin {prurito|náusea} ni {edema vespertino|calambres}',
    '{Cansancio leve|Se fatiga} al {subir escaleras|final del día}',
  ],
  unwell: ['Edema de tobillos por las tardes'],
  exam: [
    '{Sin edema|Edema maleolar leve}, {palidez leve|buen estado de hidratación}',
    'Sin {asterixis|frote pericárdico}, {mucosas hidratadas|piel seca}',
  ],
  good: ['función renal {vigilada|en seguimiento}', 'progresión {lenta|esperada}'],
  bad: ['en progresión'],
  advice: [
    'Evitar {antiinflamatorios y herbolaria|analgésicos sin receta}',
    '{Proteína de 0.8 g/kg|Moderar la carne} y {menos sal|evitar sustitutos de sal}',
    'Vacuna de hepatitis B y {preservar venas del brazo no dominante|cuidar accesos venosos}',
  ],
  stage(visit, problem) {
    const { life } = visit
    const filtered = life.known.get('egfr')?.value
    if (filtered === undefined) return undefined
    const stage =
      filtered < 15 ? 'kidney-5' : filtered < 30 ? 'kidney-4' : filtered < 60 ? 'kidney-3' : 'kidney-2'
    // Kidneys do not come back: a better day is no better stage.
    if (problem.named !== 'kidney' && stage <= problem.named) return undefined
    const before = problem.named
    life.restage(problem, stage, visit.day, visit.reference)
    if (stage >= 'kidney-4')
      visit.ordered.push(
        'Se enseñan opciones de sustitución renal y se protegen venas del brazo no dominante',
      )
    return before === 'kidney'
      ? `Se clasifica en estadio ${stage.slice(-1)} por TFGe de ${filtered} mL/min/1.73 m²`
      : `Progresa de estadio ${before.slice(-1)} a ${stage.slice(-1)}, TFGe de ${filtered} mL/min/1.73 m²`
  },
  extra(visit) {
    const { life } = visit
    const filtered = life.known.get('egfr')?.value
    if (filtered === undefined) return
    const hemoglobin = life.known.get('hemoglobin')?.value ?? 14
    if (hemoglobin < 10.8 && filtered < 45 && !life.has('anaemia-kidney')) {
      visit.diagnose('anaemia-kidney')
      visit.thought.push(
        visit.say(
          `Anemia de la enfermedad renal, hemoglobina ${life.known.get('hemoglobin')?.value.toFixed(1)} g/dL, {ferritina y saturación de transferrina solicitadas|se descarta sangrado}`,
        ),
      )
      visit.treat('anaemia-kidney', [{ drug: 'epoetin', pieces: 1, hours: 168 }])
    }
  },
}

/** What everybody with a failing heart is given, if nothing objects. */
const pillars: readonly (readonly [family: string, options: readonly Dose[]])[] = [
  [
    'raas',
    [
      { drug: 'enalapril', pieces: 0.5, hours: 12, force: 0.5 },
      { drug: 'losartan', pieces: 1, hours: 24, force: 0.6 },
    ],
  ],
  ['beta-blocker', [{ drug: 'bisoprolol', pieces: 1, hours: 24, force: 0.6 }]],
  ['mra', [{ drug: 'spironolactone', pieces: 1, hours: 24 }]],
  ['sglt2', [{ drug: 'dapagliflozin', pieces: 1, hours: 24, how: 'por la mañana' }]],
]

const heartFailure: Illness = {
  key: 'heart-failure',
  specialty: 'cardiology',
  months: 3,
  shifts: {
    ejection: [-30, -20],
    'nt-probnp': [1600, 3400],
    heart: [8, 14],
    oxygen: [-2, -1],
    weight: [2, 4],
    breath: [1, 3],
  },
  watch: 'nt-probnp',
  goal: 1100,
  tests: [
    ['nt-probnp', 5],
    ['creatinine', 5],
    ['potassium', 5],
    ['sodium', 6],
    ['hemoglobin', 11],
  ],
  ladder: [
    [{ drug: 'furosemide', pieces: 1, hours: 24, how: 'por la mañana' }],
    [{ drug: 'bisoprolol', pieces: 2, hours: 24 }],
    [{ drug: 'furosemide', pieces: 1, hours: 12, force: 1.5 }],
  ],
  well: [
    'Clase funcional II de la NYHA: {camina tres cuadras|sube un piso} sin {disnea|detenerse}',
    'Duerme con {una almohada|dos almohadas}, sin {ortopnea nueva|disnea nocturna}',
    'Se pesa {cada mañana|a diario}, sin {aumento de más de 1 kg|cambios}',
  ],
  unwell: [
    '{Disnea|Falta de aire} al {bañarse|tender la cama} y {ortopnea de dos almohadas|hinchazón de piernas}',
    '{Subió|Aumentó} de peso y {le aprietan los zapatos|despierta con tos}',
  ],
  exam: [
    'Sin ingurgitación yugular, {bases ventiladas|campos pulmonares limpios}, {sin edema|edema maleolar leve}',
    '{Choque de la punta desplazado|Tercer ruido ausente}, {soplo mitral suave|ruidos rítmicos}, hígado no palpable',
  ],
  examBad: [
    'Ingurgitación yugular grado {I|II}, estertores {finos basales|crepitantes en bases}, edema {hasta tobillos|maleolar bilateral}',
    'Reflujo hepatoyugular {positivo|presente}, {tercer ruido audible|matidez en bases}, edema {con godete|de piernas}',
  ],
  good: ['compensada', '{sin datos de congestión|estable en clase II}'],
  bad: ['con datos de congestión', 'descompensación leve'],
  advice: [
    'Líquidos {1.5 L|no más de 1.5 litros} al día y {menos de 2 g de sodio|sin salero en la mesa}',
    'Acudir si {sube 2 kg en tres días|aumenta la falta de aire}',
    'Rehabilitación: {caminata en plano|ejercicio ligero} {15 minutos|20 minutos}',
  ],
  extra(visit) {
    const { life } = visit
    // Each of the four at once improves survival, whatever the day's symptoms: one more at each visit.
    const next = pillars.find(
      ([family, options]) =>
        !life.takes(family) && options.some(({ drug }) => objection(drug, life, visit.day) === undefined),
    )
    if (next && visit.systolic() >= 100) visit.treat('heart-failure', next[1])
    if (!visit.life.known.has('ejection')) {
      const { said } = visit.measure('ejection')
      visit.study(
        '42148-7',
        'Ecocardiograma transtorácico',
        `ventrículo izquierdo {dilatado|con hipocinesia global}, FEVI ${said}, {insuficiencia mitral leve|sin trombos}`,
        'CUS',
      )
      visit.procedure('40701008', 'Ecocardiografía', { minutes: 30, reason: 'heart-failure' })
    }
  },
}

const atrialFibrillation: Illness = {
  key: 'atrial-fibrillation',
  specialty: 'cardiology',
  months: 2,
  shifts: { heart: [14, 22] },
  watch: 'inr',
  goal: 3.1,
  tests: [
    ['inr', 2],
    ['hemoglobin', 11],
    ['creatinine', 11],
  ],
  ladder: [[{ drug: 'warfarin', pieces: 0.5, hours: 24, force: 0.72, how: 'a las 18 horas' }]],
  well: [
    'Sin {sangrado de encías|moretones}, {evacuaciones de color normal|orina clara}',
    '{Sin palpitaciones|Palpitaciones ocasionales de minutos}, {sin síncope|sin mareo}',
    'Consumo de {verduras de hoja|nopales y espinacas} {constante|sin cambios}',
  ],
  unwell: [
    '{Tomó|Le recetaron} {un antibiótico la semana pasada|un remedio para la tos}',
    '{Equimosis|Moretón} en {antebrazo|muslo} {sin golpe|tras un golpe leve}',
  ],
  exam: [
    'Pulso {irregular|arrítmico}, {sin soplos|sin déficit de pulso}; {sin equimosis|encías sin sangrado}',
    'Ruidos cardiacos arrítmicos, {sin edema|fuerza simétrica}, {sin focalización|habla clara}',
  ],
  good: ['frecuencia controlada', 'anticoagulación vigilada'],
  bad: ['INR por arriba del rango'],
  advice: [
    '{Mantener|Conservar} el consumo de {hojas verdes|vitamina K} {parejo|estable} y {no tomar aspirina|sin antiinflamatorios}',
    'Portar {tarjeta|aviso} de anticoagulante',
    'INR en {cuatro|seis} semanas',
  ],
  extra(visit) {
    const { life } = visit
    if (!life.past.includes('tracing')) {
      life.past.push('tracing')
      electrocardiogram(visit, 'atrial-fibrillation')
    }
    if ((life.known.get('heart')?.value ?? 0) > 84 && !life.takes('beta-blocker')) {
      visit.treat('atrial-fibrillation', [{ drug: 'metoprolol', pieces: 0.5, hours: 12, force: 1.2 }])
    }
    const inr = visit.results.get('inr')?.value
    const warfarin = life.taking().find(({ key }) => key === 'warfarin')
    if (inr === undefined || !warfarin) return
    if (inr < 1.9 && (warfarin.dose.force ?? 1) < 2) {
      visit.thought.push(`Anticoagulación por debajo del rango de 2 a 3`)
      visit.treat('atrial-fibrillation', [
        { ...warfarin.dose, pieces: warfarin.dose.pieces + 0.5, force: (warfarin.dose.force ?? 1) + 0.35 },
      ])
    } else if (inr > 3.1 && warfarin.dose.pieces > 0.5) {
      visit.treat('atrial-fibrillation', [
        { ...warfarin.dose, pieces: warfarin.dose.pieces - 0.5, force: (warfarin.dose.force ?? 1) - 0.25 },
      ])
    }
  },
}

const coronary: Illness = {
  key: 'coronary',
  specialty: 'cardiology',
  months: 6,
  shifts: { ejection: [-8, -2], ldl: [15, 30] },
  tests: [
    ['ldl', 8],
    ['hemoglobin', 12],
  ],
  ladder: [
    [
      { drug: 'aspirin', pieces: 1, hours: 24 },
      { drug: 'clopidogrel', pieces: 1, hours: 24 },
    ],
    [{ drug: 'atorvastatin', pieces: 1, hours: 24, how: 'por la noche' }],
  ],
  well: [
    'Sin {angina|dolor torácico} {de esfuerzo|al caminar}',
    '{Sin uso de|No ha necesitado} isosorbida sublingual',
  ],
  unwell: ['Dolor opresivo breve al subir escaleras'],
  exam: ['{Sin soplos nuevos|Sin galope}, {pulsos periféricos presentes|sin edema}'],
  extra(visit) {
    if (visit.life.past.includes('tracing')) return
    visit.life.past.push('tracing')
    electrocardiogram(visit, 'coronary')
  },
  good: ['sin angina', 'estable'],
  bad: ['angina de esfuerzo'],
  advice: [
    'Acudir a urgencias si {dolor de pecho mayor de 10 minutos|opresión en el pecho en reposo}',
    '{Caminar en plano 30 minutos|Rehabilitación cardiaca en casa} {sin llegar a la fatiga|cinco días por semana}',
    'No suspender {el antiagregante|la estatina} {sin consultar|por cuenta propia}',
  ],
}

const copd: Illness = {
  key: 'copd',
  specialty: 'internal-medicine',
  months: 4,
  shifts: {
    fev1: [-1.3, -0.8],
    'fev1-fvc': [-28, -20],
    oxygen: [-6, -3],
    breath: [2, 4],
    heart: [4, 8],
    hemoglobin: [0.4, 0.9],
  },
  perYear: { fev1: [-0.05, -0.03], oxygen: [-0.3, -0.1] },
  watch: 'oxygen',
  goal: 89,
  higherIsBetter: true,
  scales: ['oxygen', 'breath'],
  tests: [['hemoglobin', 12]],
  ladder: [
    [{ drug: 'salbutamol', pieces: 2, hours: 6, prn: 'falta de aire' }],
    [{ drug: 'tiotropium', pieces: 2, hours: 24 }],
    [{ drug: 'fluticasone-salmeterol', pieces: 1, hours: 12, how: 'con enjuague bucal después' }],
  ],
  well: [
    'Tos {matutina|ocasional} con {poca flema blanca|expectoración clara}',
    'Disnea mMRC {1|2}: {camina más lento que otros|se detiene en subidas}',
    'Sin {exacerbaciones|visitas a urgencias} {recientes|desde la cita previa}',
  ],
  unwell: [
    '{Más disnea|Más falta de aire} y {flema espesa|tos nocturna}',
    '{Olvida|No usa} el inhalador {por las noches|cuando se siente bien}',
  ],
  exam: [
    'Tórax {en tonel|hipersonoro}, {sibilancias espiratorias aisladas|murmullo vesicular disminuido}',
    '{Espiración prolongada|Uso leve de músculos accesorios}, {sin cianosis|sin acropaquias}',
  ],
  good: ['estable', 'sin exacerbación'],
  bad: ['hipoxemia', 'síntomas en aumento'],
  advice: [
    '{Técnica de inhalación|Uso de espaciador} {corregida|revisada} en consulta',
    'Evitar {humo de leña|humo y polvo} y {vacunarse contra influenza|vacuna antineumocócica}',
    'Rehabilitación pulmonar: {respiración con labios fruncidos|caminata diaria}',
  ],
  extra(visit) {
    const { life } = visit
    if (!life.known.has('fev1')) {
      const fev1 = visit.value('fev1')
      const ratio = visit.value('fev1-fvc')
      visit.study(
        '',
        'Espirometría con broncodilatador',
        `{patrón obstructivo|obstrucción no reversible}: ${fev1}, ${ratio}`,
      )
      visit.procedure('127783003', 'Espirometría', { minutes: 30, reason: 'copd' })
    }
  },
}

const asthma: Illness = {
  key: 'asthma',
  specialty: 'family-medicine',
  months: 4,
  shifts: { act: [-9, -6], fev1: [-0.5, -0.2], breath: [1, 2] },
  watch: 'act',
  goal: 20,
  higherIsBetter: true,
  scales: ['act', 'oxygen', 'breath'],
  ladder: [
    [{ drug: 'salbutamol', pieces: 2, hours: 6, prn: 'tos o falta de aire' }],
    [{ drug: 'budesonide', pieces: 1, hours: 12, how: 'con enjuague bucal después' }],
    [{ drug: 'budesonide-formoterol', pieces: 1, hours: 12, how: 'con enjuague bucal después' }],
    [{ drug: 'montelukast', pieces: 1, hours: 24, how: 'por la noche' }],
  ],
  well: [
    'Sin {despertares nocturnos|tos al correr} {este mes|en las últimas semanas}',
    'Usó salbutamol {una vez|dos veces} {desde la última cita|en el mes}',
    '{Hace ejercicio|Ríe y corre} sin {tos|sibilancias}',
  ],
  unwell: [
    '{Despierta con tos|Tos nocturna} {dos noches|tres noches} por semana',
    '{Usa salbutamol|Necesita el rescate} {cuatro veces por semana|casi a diario}',
    'Silbido de pecho con {el frío|el polvo|los perfumes}',
  ],
  exam: [
    '{Murmullo vesicular normal|Sin sibilancias}, {sin tiraje|mucosa nasal pálida}',
    '{Sibilancias finas al final de la espiración|Buena entrada de aire}, {cornetes pálidos|sin datos de dificultad}',
  ],
  good: ['bien controlada', 'en control'],
  bad: ['parcialmente controlada', 'sin control'],
  advice: [
    '{Fundas|Cobertores} antiácaros y {ventilar el cuarto|sin peluches en la cama}',
    'Plan de acción por escrito: {cuándo usar el rescate|señales de alarma}',
  ],
}

const cirrhosis: Illness = {
  key: 'alcoholic-cirrhosis',
  specialty: 'internal-medicine',
  months: 3,
  shifts: {
    bilirubin: [1.2, 2.6],
    albumin: [-1.4, -0.8],
    inr: [0.25, 0.5],
    platelets: [-165, -125],
    ast: [45, 80],
    alt: [15, 30],
    hemoglobin: [-2.4, -1.4],
    sodium: [-5, -2],
  },
  watch: 'bilirubin',
  goal: 2.6,
  tests: [
    ['bilirubin', 4],
    ['albumin', 4],
    ['alt', 4],
    ['inr', 4],
    ['hemoglobin', 4],
    ['sodium', 5],
    ['creatinine', 5],
    ['afp', 8],
  ],
  ladder: [
    [{ drug: 'propranolol', pieces: 0.5, hours: 12, force: 0.7 }],
    [{ drug: 'spironolactone', pieces: 4, hours: 24, how: 'por la mañana' }],
    [{ drug: 'furosemide', pieces: 1, hours: 24, how: 'por la mañana' }],
    [{ drug: 'lactulose', pieces: 1, hours: 12, how: 'hasta dos o tres evacuaciones al día' }],
  ],
  well: [
    'Sin {hematemesis|evacuaciones negras|sangrado}, {abdomen sin aumento|cintura sin cambios}, {sin beber desde hace meses|abstinente}',
    '{Familia sin notar confusión|Duerme de noche}, {dos evacuaciones al día|sin somnolencia}',
  ],
  unwell: [
    '{Abdomen más distendido|Aumento de volumen abdominal} y {piernas hinchadas|orina escasa} {desde hace un mes|en pocas semanas}',
    '{Ojos amarillos|Tinte amarillo}, {comezón|cansancio} y {cintura que aumenta|ropa que ya no le cierra}',
  ],
  exam: [
    '{Telangiectasias en tórax|Eritema palmar}, {bazo palpable|red venosa tenue}, sin asterixis',
    'Escleras {con tinte ictérico leve|subictéricas}, {bazo a 2 cm del borde costal|sin flapping}, {sin confusión|orientad@}',
  ],
  examBad: [
    '{Ascitis grado 2|Matidez en flancos con onda líquida}, {edema de tobillos|edema maleolar}, sin asterixis',
    'Ictericia {de escleras|de piel}, ascitis {grado 1|grado 2}, {bazo palpable|red venosa visible}',
  ],
  good: ['estable', 'sin nuevos datos de descompensación'],
  bad: ['descompensada con ascitis', 'con ascitis y deterioro hepático'],
  advice: [
    'Abstinencia {total|absoluta} de alcohol',
    'Dieta {con proteína suficiente|fraccionada} y {colación nocturna|sin sal}',
    'Ultrasonido y alfafetoproteína {cada seis meses|semestrales}',
  ],
  extra(visit, problem) {
    const { life } = visit
    if (!life.takes('spironolactone') && visit.found.some((text) => /ascitis|onda líquida/i.test(text))) {
      visit.treat('alcoholic-cirrhosis', [
        { drug: 'spironolactone', pieces: 4, hours: 24, how: 'por la mañana' },
      ])
      visit.ordered.push(
        visit.say(
          '{Dieta con 2 g de sodio|Menos de 5 g de sal al día}; {paracentesis diagnóstica programada|peso diario}',
        ),
      )
      problem.step = Math.max(problem.step, 1)
    }
    const isAscitic = life.takes('spironolactone')
    const last = Number(life.past.findLast((said) => said.startsWith('ultrasound '))?.slice(11) ?? -999)
    // Twice a year, for the cancer that grows in such livers.
    if (dayNumber(visit.day) - last > 150) {
      life.past.push(`ultrasound ${dayNumber(visit.day)}`)
      visit.study(
        '24558-9',
        'Ultrasonido abdominal',
        `hígado {nodular|de bordes irregulares}, {bazo de 14 cm|vena porta de 13 mm}, sin lesiones focales, ${isAscitic ? 'líquido libre escaso' : 'sin líquido libre'}`,
      )
    }
    const [bilirubin = 0, albumin = 4, inr = 1] = ['bilirubin', 'albumin', 'inr'].map(
      (test) => life.known.get(test)?.value,
    )
    const points =
      (bilirubin > 3 ? 3 : bilirubin >= 2 ? 2 : 1) +
      (albumin < 2.8 ? 3 : albumin <= 3.5 ? 2 : 1) +
      (inr > 2.3 ? 3 : inr >= 1.7 ? 2 : 1) +
      (isAscitic ? 2 : 1) +
      1
    visit.thought.push(`Child-Pugh ${points < 7 ? 'A' : points < 10 ? 'B' : 'C'} (${points} puntos)`)
    if (!life.past.includes('endoscopy')) {
      life.past.push('endoscopy')
      visit.procedure('76009000', 'Esofagogastroduodenoscopia', {
        minutes: 25,
        reason: 'alcoholic-cirrhosis',
        note: 'Várices esofágicas pequeñas sin puntos rojos.',
      })
      visit.found.push('Endoscopia: várices esofágicas pequeñas, sin puntos rojos')
    }
  },
}

const reflux: Illness = {
  key: 'reflux',
  specialty: 'family-medicine',
  months: 5,
  shifts: { pain: [4, 5.5] },
  watch: 'pain',
  goal: 3,
  scales: ['pain'],
  tests: [['hemoglobin', 14]],
  ladder: [
    [{ drug: 'omeprazole', pieces: 1, hours: 24, how: 'en ayuno', force: 1 }],
    [{ drug: 'omeprazole', pieces: 1, hours: 12, how: 'antes de los alimentos', force: 1.6 }],
    [{ drug: 'antacid', pieces: 1, hours: 8, prn: 'agruras' }],
  ],
  well: [
    '{Agruras|Pirosis} {una vez por semana|solo con café}',
    '{Duerme|Descansa} sin {regurgitación|tos nocturna}',
  ],
  unwell: [
    '{Ardor retroesternal|Pirosis} {después de cenar|al acostarse}',
    'Regurgitación ácida {tres noches|dos noches} por semana',
  ],
  exam: [
    'Abdomen blando, {epigastrio no doloroso|sin dolor a la palpación}',
    '{Dolor leve en epigastrio|Sin masas}, peristalsis normal',
  ],
  good: ['síntomas controlados', 'con mejoría'],
  bad: ['sintomática', 'con síntomas nocturnos'],
  advice: [
    'Cenar {tres horas antes de acostarse|ligero y temprano}',
    '{Elevar la cabecera|Evitar café, chile y chocolate}',
  ],
}

const prostate: Illness = {
  key: 'prostate',
  specialty: 'family-medicine',
  months: 6,
  shifts: { ipss: [12, 18], psa: [1.2, 2] },
  watch: 'ipss',
  goal: 10,
  scales: ['ipss'],
  tests: [
    ['psa', 11],
    ['creatinine', 12],
  ],
  ladder: [
    [{ drug: 'tamsulosin', pieces: 1, hours: 24, how: 'por la noche' }],
    [{ drug: 'finasteride', pieces: 1, hours: 24 }],
  ],
  well: [
    '{Chorro|Flujo urinario} {con mejor fuerza|aceptable}, {nicturia de una vez|se levanta una vez por noche}',
    'Sin {retención|sangre en la orina} {ni ardor|ni infección}',
  ],
  unwell: [
    '{Chorro débil|Goteo terminal} y {nicturia de tres veces|urgencia}',
    '{Tarda en iniciar|Siente vaciado incompleto}',
  ],
  exam: [
    'Tacto rectal: próstata {grado II|de 40 g}, {lisa|elástica}, sin nódulos',
    'Sin globo vesical, {genitales sin alteraciones|próstata no dolorosa}',
  ],
  good: ['con alivio de síntomas', 'estable'],
  bad: ['síntomas obstructivos', 'síntomas moderados'],
  advice: [
    '{Menos líquidos por la noche|Evitar café por la tarde}',
    'Evitar {antihistamínicos|descongestivos}',
  ],
}

const osteoporosis: Illness = {
  key: 'osteoporosis',
  specialty: 'internal-medicine',
  months: 6,
  shifts: { tscore: [-1.6, -1] },
  tests: [
    ['calcium', 12],
    ['alkaline', 13],
  ],
  ladder: [
    [{ drug: 'calcium', pieces: 1, hours: 24, how: 'con la comida' }],
    [{ drug: 'alendronate', pieces: 1, hours: 168, how: 'en ayuno, con un vaso de agua y sin acostarse' }],
  ],
  well: [
    'Sin {caídas|fracturas nuevas} {desde la última cita|este semestre}',
    '{Dolor dorsal leve|Sin dolor óseo}, {camina con seguridad|sale al sol por las mañanas}',
  ],
  unwell: ['Dolor dorsal'],
  exam: ['{Cifosis dorsal leve|Columna sin dolor a la percusión}, marcha {estable|independiente}'],
  good: ['en tratamiento', 'sin fracturas nuevas'],
  bad: ['con fractura'],
  advice: [
    '{Retirar tapetes|Luz nocturna en el pasillo} para prevenir caídas',
    '{Lácteos|Sardina y tortilla} y {sol 15 minutos|ejercicio de fuerza}',
  ],
  extra(visit) {
    const known = visit.life.known.get('tscore')
    if (known && known.day.slice(0, 4) >= String(Number(visit.day.slice(0, 4)) - 1)) return
    const score = visit.value('tscore')
    visit.study('', 'Densitometría ósea', `${score}, {cadera con osteopenia|compatible con osteoporosis}`)
    visit.procedure('312681000', 'Densitometría ósea', { minutes: 20, reason: 'osteoporosis' })
  },
}

export const organs = [
  kidney,
  heartFailure,
  atrialFibrillation,
  coronary,
  copd,
  asthma,
  cirrhosis,
  reflux,
  prostate,
  osteoporosis,
]
