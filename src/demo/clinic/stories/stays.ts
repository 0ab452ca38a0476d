import type { Specialty } from '../../types.ts'
import type { Dose } from '../dosage.ts'
import type { Interconsultation } from '../referral.ts'
import type { Template } from '../speech.ts'

export interface Numbers {
  [test: string]: number
}

/** An admission: how it began, what was found, what was done, day by day, and how it ended. */
export interface Stay {
  key: string
  specialty: Specialty
  reason: string
  daysBefore: number
  days: readonly [number, number]
  ward: RegExp
  story: readonly Template[]
  exam: readonly Template[]
  vitals: Numbers
  pressure: readonly [number, number]
  tests: Numbers
  study?: readonly [loinc: string, text: string, conclusion: Template]
  ecg?: boolean
  judged: Template
  drugs: readonly (readonly Dose[])[]
  /** What is ordered besides medicines. */
  orders?: readonly Template[]
  /** From the second day of the ward on. */
  watched?: readonly Template[]
  /** Families of medicines that rest meanwhile. */
  paused: readonly string[]
  /** Whom the ward asks: all, or those who have also `of`. */
  consult?: Interconsultation & { of?: string }
  surgery?: { snomed: string; text: string; minutes: number; findings: Template; technique: Template }
  better: readonly Template[]
  betterExam: readonly Template[]
  last: Numbers
  homeDrugs: readonly (readonly Dose[])[]
  home: readonly Template[]
  /** Days until it is over; 0 for what stays. */
  lasts: number
  past: string
}

const iv = (drug: string, hours: number, days: number): readonly Dose[] => [{ drug, pieces: 1, hours, days }]

export const stays: Readonly<Record<string, Stay>> = {
  appendicitis: {
    key: 'appendicitis',
    specialty: 'surgery',
    reason: 'Dolor abdominal',
    daysBefore: 1,
    days: [2, 2],
    ward: /cirug/i,
    story: [
      'Dolor que inició {en epigastrio|periumbilical} y migró a fosa iliaca derecha, {náusea y dos vómitos|anorexia y náusea}',
      'Dolor {continuo|punzante}, {aumenta al caminar|peor con la tos}',
    ],
    exam: [
      'McBurney {positivo|doloroso con rebote}, {Rovsing positivo|psoas positivo}, {peristalsis disminuida|resistencia muscular localizada}',
    ],
    vitals: { temperature: 38.1, heart: 104, breath: 20, pain: 8 },
    pressure: [118, 72],
    tests: {
      leukocytes: 15.4,
      neutrophils: 86,
      hemoglobin: 14.6,
      platelets: 268,
      creatinine: 0.9,
      glucose: 102,
      crp: 64.2,
    },
    study: [
      '24558-9',
      'Ultrasonido abdominal',
      'apéndice de {9|10|11} mm no compresible, {líquido periapendicular escaso|sin colección}',
    ],
    judged: 'Alvarado de {8|9} puntos, {requiere cirugía|se programa apendicectomía}',
    drugs: [
      iv('ceftriaxone', 24, 1),
      iv('metronidazole', 8, 1),
      [
        { drug: 'ketorolac', pieces: 1, hours: 8, days: 2 },
        { drug: 'paracetamol-iv', pieces: 1, hours: 8, days: 2 },
      ],
    ],
    paused: ['biguanide', 'sglt2', 'anticoagulant'],
    surgery: {
      snomed: '80146002',
      text: 'Apendicectomía',
      minutes: 55,
      findings:
        'apéndice {edematoso con natas de fibrina|flegmonoso sin perforación}, {base íntegra|sin líquido purulento}',
      technique:
        '{Incisión de Rocky-Davis|Abordaje de McBurney}, sangrado de {20|30|40} mL, cuenta de gasas completa',
    },
    better: ['{Camina en el pasillo|Deambula}, tolera {líquidos|papilla}, dolor {leve|tolerable}'],
    betterExam: ['Herida {limpia|sin eritema}, abdomen blando, {peristalsis presente|canaliza gases}'],
    last: { temperature: 36.7, heart: 78, breath: 16 },
    homeDrugs: [
      [
        { drug: 'ibuprofen', pieces: 1, hours: 8, days: 4, how: 'con alimentos' },
        { drug: 'paracetamol', pieces: 1, hours: 8, days: 5 },
      ],
    ],
    home: ['Retiro de puntos en {8|10} días', 'Sin cargar más de {5|8} kg por {cuatro|seis} semanas'],
    lasts: 14,
    past: 'apendicectomía',
  },
  gallstones: {
    key: 'gallstones',
    specialty: 'surgery',
    reason: 'Colecistectomía programada',
    daysBefore: 70,
    days: [1, 2],
    ward: /cirug/i,
    story: [
      'Cólicos en hipocondrio derecho {tras comidas grasas|nocturnos}, {irradiados a escápula|con náusea}, {cinco|ocho} episodios',
      'Acude {en ayuno|con estudios completos} para cirugía electiva',
    ],
    exam: ['Hipocondrio derecho {sin dolor hoy|sensible}, Murphy negativo, {sin ictericia|escleras blancas}'],
    vitals: { temperature: 36.5, heart: 76, breath: 16, pain: 2 },
    pressure: [126, 78],
    tests: {
      leukocytes: 7.1,
      hemoglobin: 13.2,
      platelets: 262,
      bilirubin: 0.8,
      alt: 31,
      ast: 27,
      alkaline: 92,
      glucose: 94,
      creatinine: 0.7,
      inr: 1.0,
    },
    study: [
      '24558-9',
      'Ultrasonido abdominal',
      'vesícula con {litos múltiples|un lito de 18 mm}, pared de {3|4} mm, {colédoco de 5 mm|sin dilatación de la vía biliar}',
    ],
    ecg: true,
    judged: 'candidata a colecistectomía laparoscópica, {ASA II|riesgo quirúrgico bajo}',
    drugs: [
      iv('ceftriaxone', 24, 1),
      [
        { drug: 'ketorolac', pieces: 1, hours: 8, days: 1 },
        { drug: 'paracetamol-iv', pieces: 1, hours: 8, days: 1 },
      ],
    ],
    paused: ['biguanide', 'sglt2', 'anticoagulant'],
    consult: {
      specialty: 'internal-medicine',
      ask: 'valoración preoperatoria para colecistectomía laparoscópica {electiva|programada}',
      criteria:
        '{Riesgo cardiaco revisado bajo, Lee clase I|ASA II, Lee clase I}; capacidad funcional mayor de 4 METs, electrocardiograma sin isquemia',
      studies: '{No requiere estudios adicionales|Biometría, coagulación y química suficientes}',
      suggestions: [
        'Sin contraindicación médica para la cirugía',
        '{Medias de compresión y deambulación temprana|Movilización desde las primeras seis horas} como profilaxis de trombosis',
        '{Analgesia multimodal|Paracetamol por horario}, {vigilar náusea|ondansetrón de rescate}',
      ],
    },
    surgery: {
      snomed: '45595009',
      text: 'Colecistectomía laparoscópica',
      minutes: 70,
      findings:
        'vesícula {con adherencias laxas|de paredes delgadas}, {litos de colesterol|lito único}, cístico y arteria identificados',
      technique:
        'Cuatro puertos, {visión crítica de seguridad obtenida|grapado de cístico y arteria}, sangrado de {15|25} mL',
    },
    better: ['{Dolor en hombro derecho leve|Dolor leve en heridas}, {camina|tolera dieta blanda}'],
    betterExam: ['Puertos {limpios|sin sangrado}, abdomen {blando|depresible}'],
    last: { temperature: 36.6, heart: 74, breath: 16 },
    homeDrugs: [
      [
        { drug: 'ibuprofen', pieces: 1, hours: 8, days: 4, how: 'con alimentos' },
        { drug: 'paracetamol', pieces: 1, hours: 8, days: 5 },
      ],
    ],
    home: ['Dieta {baja en grasa|ligera} por {dos|tres} semanas', 'Curación con {agua y jabón|gasa seca}'],
    lasts: 10,
    past: 'colecistectomía laparoscópica',
  },
  pneumonia: {
    key: 'pneumonia',
    specialty: 'internal-medicine',
    reason: 'Fiebre y falta de aire',
    daysBefore: 4,
    days: [4, 6],
    ward: /medicina/i,
    story: [
      'Fiebre {de 39|con calosfrío} {desde hace cuatro días|de cuatro días}, tos con {esputo herrumbroso|flema amarilla} y {dolor al respirar|disnea progresiva}',
      '{Poco apetito|Decaimiento} y {dos noches sin dormir|sudoración}',
    ],
    exam: ['Estertores crepitantes en base %side, {soplo tubario|matidez}, {sin edema|orientad@}'],
    vitals: { temperature: 38.8, heart: 108, breath: 26, oxygen: 87 },
    pressure: [112, 66],
    tests: {
      leukocytes: 16.2,
      neutrophils: 88,
      hemoglobin: 13.1,
      platelets: 298,
      creatinine: 1.1,
      bun: 24,
      glucose: 138,
      sodium: 134,
      crp: 168.4,
    },
    study: [
      '36643-5',
      'Radiografía de tórax',
      'consolidación {basal|lobar inferior} %side con {broncograma aéreo|borramiento del seno}, {sin derrame|silueta cardiaca normal}',
    ],
    judged: 'CURB-65 de %curb, {hipoxemia que requiere oxígeno|hipoxemia, manejo en piso}',
    drugs: [
      iv('ceftriaxone', 24, 5),
      [
        { drug: 'clarithromycin', pieces: 1, hours: 12, days: 5 },
        { drug: 'azithromycin', pieces: 1, hours: 24, days: 3 },
      ],
      [{ drug: 'paracetamol-iv', pieces: 1, hours: 8, days: 3 }],
    ],
    orders: [
      'Oxígeno por puntas nasales a {2|3} L/min para saturación de {90 a 94|92 a 94} %',
      '{Dos hemocultivos antes del antibiótico|Hemocultivos y Gram de expectoración}; {cabecera a 30 grados|fisioterapia pulmonar}',
    ],
    watched: [
      '{Descenso de oxígeno según saturación|Retiro gradual de oxígeno}; {incentivo respiratorio|sentarse en reposet}',
    ],
    paused: ['biguanide', 'sglt2'],
    consult: {
      of: 'diabetes',
      specialty: 'endocrinology',
      ask: 'control glucémico durante neumonía en persona con diabetes',
      criteria:
        'Hiperglucemia {por estrés|hospitalaria} sin cetosis ni estado hiperosmolar; {ingesta irregular|come la mitad de la dieta}',
      studies:
        'Glucometría {antes de los alimentos y al dormir|cada seis horas}; {HbA1c si no tiene en tres meses|electrolitos en 24 horas}',
      suggestions: [
        'Meta de glucosa de 140 a 180 mg/dL',
        '{Insulina basal 0.2 UI/kg al día|Insulina basal-bolo con dosis bajas} y correcciones por esquema',
        'Reanudar antidiabéticos orales al egreso si {come y está sin hipoxemia|la función renal es estable}',
      ],
    },
    better: ['{Menos tos|Respira mejor}, {comió la mitad de la charola|durmió sentad@|se sienta sin fatiga}'],
    betterExam: ['{Estertores en menor cantidad|Mejor entrada de aire}, {sin tiraje|oxígeno en descenso}'],
    last: { temperature: 36.8, heart: 82, breath: 18, oxygen: 93 },
    homeDrugs: [
      [
        { drug: 'amoxiclav', pieces: 1, hours: 12, days: 5 },
        { drug: 'cefuroxime', pieces: 1, hours: 12, days: 5 },
      ],
    ],
    home: [
      'Radiografía de control en {seis|ocho} semanas',
      'Vacuna {antineumocócica|contra influenza} al recuperarse',
    ],
    lasts: 25,
    past: 'neumonía que requirió hospitalización',
  },
  pyelonephritis: {
    key: 'pyelonephritis',
    specialty: 'internal-medicine',
    reason: 'Fiebre y dolor lumbar',
    daysBefore: 3,
    days: [2, 3],
    ward: /medicina/i,
    story: [
      'Fiebre con calosfrío, dolor lumbar %lado y disuria {de tres días|previa}',
      '{Náusea y un vómito|No tolera la vía oral}',
    ],
    exam: ['Giordano %lado positivo, {puntos ureterales dolorosos|sin rebote}'],
    vitals: { temperature: 39.1, heart: 112, breath: 20 },
    pressure: [108, 64],
    tests: {
      leukocytes: 17.1,
      neutrophils: 89,
      hemoglobin: 12.8,
      platelets: 244,
      creatinine: 0.9,
      glucose: 98,
      crp: 142.6,
    },
    study: [
      '24356-8',
      'Examen general de orina',
      'incontables leucocitos por campo, nitritos positivos, {bacterias abundantes|cilindros leucocitarios}',
    ],
    judged: 'aguda, {con intolerancia oral|sin choque}',
    drugs: [iv('ceftriaxone', 24, 3), [{ drug: 'paracetamol-iv', pieces: 1, hours: 8, days: 2 }]],
    orders: [
      '{Hidratación con solución salina|Solución Hartmann} 1000 mL cada {8|10} horas, {urocultivo antes del antibiótico|control de temperatura por turno}',
    ],
    paused: ['biguanide', 'sglt2'],
    better: ['{Sin calosfrío|Menos decaimiento}, {tolera dieta|menos dolor}'],
    betterExam: ['Giordano {leve|negativo}, {hidratada|buen estado general}'],
    last: { temperature: 36.8, heart: 80, breath: 16 },
    homeDrugs: [
      [
        { drug: 'ciprofloxacin', pieces: 1, hours: 12, days: 7 },
        { drug: 'cefuroxime', pieces: 1, hours: 12, days: 7 },
      ],
    ],
    home: [
      'Urocultivo {dos semanas después|al terminar}',
      'Beber {dos litros de agua|agua suficiente} al día',
    ],
    lasts: 16,
    past: 'pielonefritis',
  },
  dengue: {
    key: 'dengue',
    specialty: 'internal-medicine',
    reason: 'Fiebre y dolor de cuerpo',
    daysBefore: 4,
    days: [2, 4],
    ward: /medicina/i,
    story: [
      'Fiebre de {39|39.5}, dolor retroocular y mialgias tras {viajar a la costa|visitar Veracruz|trabajar en Morelos}',
      '{Sangrado de encías leve|Dolor abdominal} {desde hoy|al ceder la fiebre}',
    ],
    exam: [
      '{Petequias en piernas|Torniquete positivo}, {dolor en hipocondrio derecho|hígado a 1 cm}, {sin ascitis|llenado capilar de 2 segundos}',
    ],
    vitals: { temperature: 38.4, heart: 98, breath: 18 },
    pressure: [108, 70],
    tests: {
      leukocytes: 2.9,
      neutrophils: 46,
      hemoglobin: 16.1,

      platelets: 64,
      ast: 118,
      alt: 92,
    },
    study: ['', 'NS1 e IgM para dengue', 'NS1 {positivo|reactivo}, IgM {negativa|en limbo}'],
    judged: 'con signos de alarma, {fase crítica|grupo B2}',
    drugs: [[{ drug: 'paracetamol', pieces: 1, hours: 6, days: 3 }]],
    orders: [
      'Hartmann 10 mL/kg en la primera hora y {revalorar|ajustar por hematocrito y diuresis}',
      '{Biometría y hematocrito cada 12 horas|Hematocrito y plaquetas cada 12 horas}; {pabellón|mosquitero}; no punciones intramusculares',
    ],
    watched: ['{Líquidos según diuresis|Reducción de líquidos}; vigilar {sangrado|fuga capilar}'],
    paused: [],
    better: ['{Apetito recuperado|Sin dolor abdominal}, {exantema con comezón|diuresis abundante}'],
    betterExam: ['{Islas blancas en mar rojo|Sin petequias nuevas}, {sin sangrado|llenado inmediato}'],
    last: { temperature: 36.6, heart: 72, breath: 16, platelets: 121, leukocytes: 4.8, hemoglobin: 14.8 },
    homeDrugs: [],
    home: [
      'Mosquitero y repelente; notificado a {vigilancia epidemiológica|epidemiología}',
      'Sin {aspirina ni ibuprofeno|antiinflamatorios} por {dos semanas|diez días}',
    ],
    lasts: 12,
    past: 'dengue con signos de alarma',
  },
  decompensation: {
    key: 'heart-failure',
    specialty: 'cardiology',
    reason: 'Falta de aire e hinchazón',
    daysBefore: 5,
    days: [4, 6],
    ward: /medicina|cardio/i,
    story: [
      'Disnea hasta {el reposo|vestirse}, ortopnea de {tres|cuatro} almohadas y {aumento de 4 kg|edema de piernas}',
      'Dejó {el diurético una semana por quedarse sin surtir|la dieta sin sal en las fiestas}',
    ],
    exam: [
      'Ingurgitación yugular grado {II|III}, estertores hasta {tercio medio|ángulo escapular}, edema hasta {rodillas|muslos}',
    ],
    vitals: { temperature: 36.5, heart: 106, breath: 26, oxygen: 86 },
    pressure: [152, 88],
    tests: {
      'nt-probnp': 6420,
      creatinine: 1.4,
      bun: 31,
      sodium: 132,
      potassium: 4.6,
      hemoglobin: 12.4,
      troponin: 0.03,
    },
    ecg: true,
    study: [
      '36643-5',
      'Radiografía de tórax',
      'cardiomegalia {grado III|global}, {hilios congestivos|redistribución de flujo}, {líneas B de Kerley|derrame laminar}',
    ],
    judged:
      'descompensada por {falta de apego|exceso de sal}, {perfil húmedo y caliente|clase IV al ingreso}',
    drugs: [[{ drug: 'furosemide-iv', pieces: 1, hours: 12, days: 5 }]],
    orders: [
      'Oxígeno por puntas nasales {2|3} L/min si la saturación es menor de 90 %; {semifowler|reposo en semifowler}',
      'Restricción de líquidos a {1|1.2} L y sodio, peso diario y {balance estricto|diuresis horaria}',
    ],
    watched: [
      '{Balance negativo de 1.2 L|Diuresis de 2.4 L}; {electrolitos de control|creatinina y potasio diarios}',
    ],
    paused: ['furosemide'],
    consult: {
      of: 'diabetes',
      specialty: 'endocrinology',
      ask: 'control glucémico durante descompensación cardiaca',
      criteria: 'Hiperglucemia hospitalaria sin cetosis',
      studies: 'Glucometría cada seis horas',
      suggestions: ['Meta de 140 a 180 mg/dL con insulina basal y correcciones'],
    },
    better: ['Duerme {en semifowler|con dos almohadas}, {orina abundante|menos falta de aire}'],
    betterExam: ['Estertores {solo basales|escasos}, edema {en descenso|maleolar}'],
    last: {
      temperature: 36.4,
      heart: 78,
      breath: 18,
      oxygen: 93,
      'nt-probnp': 2110,
      potassium: 4.2,
      sodium: 136,
      creatinine: 1.2,
    },
    homeDrugs: [[{ drug: 'furosemide', pieces: 1, hours: 24, how: 'por la mañana' }]],
    home: [
      'Peso diario; {acudir si sube 2 kg|avisar si aumenta la disnea}',
      'Cita en cardiología en {una semana|diez días}',
    ],
    lasts: 0,
    past: 'hospitalización por insuficiencia cardiaca descompensada',
  },
}
