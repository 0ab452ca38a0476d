/** A problem in SNOMED CT and CIE-10, and how a note speaks of it. */
export interface ProblemTerm {
  snomed: string
  icd: string
  /** As CIE-10 in Spanish has it. */
  icdText: string
  /** As physicians write it in a list of problems. */
  text: string
  /** A disease that stays, or an episode that ends. */
  lasting: boolean
}

/** key: SNOMED CT / CIE-10 / text of CIE-10 / what a list of problems says */
const lasting = `
diabetes: 44054006 / E11.9 / Diabetes mellitus tipo 2, sin mención de complicación / Diabetes mellitus tipo 2
diabetic-kidney: 127013003 / E11.2 / Diabetes mellitus tipo 2, con complicaciones renales / Enfermedad renal diabética
diabetic-neuropathy: 230572002 / E11.4 / Diabetes mellitus tipo 2, con complicaciones neurológicas / Neuropatía diabética
hypertension: 59621000 / I10 / Hipertensión esencial (primaria) / Hipertensión arterial sistémica
dyslipidaemia: 370992007 / E78.5 / Hiperlipidemia no especificada / Dislipidemia
obesity: 414916001 / E66.9 / Obesidad, no especificada / Obesidad
kidney: 709044004 / N18.9 / Enfermedad renal crónica, no especificada / Enfermedad renal crónica
kidney-2: 431856006 / N18.2 / Enfermedad renal crónica, etapa 2 / Enfermedad renal crónica, estadio 2
kidney-3: 433144002 / N18.3 / Enfermedad renal crónica, etapa 3 / Enfermedad renal crónica, estadio 3
kidney-4: 431857002 / N18.4 / Enfermedad renal crónica, etapa 4 / Enfermedad renal crónica, estadio 4
kidney-5: 433146000 / N18.5 / Enfermedad renal crónica, etapa 5 / Enfermedad renal crónica, estadio 5
heart-failure: 84114007 / I50.9 / Insuficiencia cardíaca, no especificada / Insuficiencia cardiaca
atrial-fibrillation: 49436004 / I48.9 / Fibrilación y aleteo auricular, no especificado / Fibrilación auricular
copd: 13645005 / J44.9 / Enfermedad pulmonar obstructiva crónica, no especificada / Enfermedad pulmonar obstructiva crónica
asthma: 195967001 / J45.9 / Asma, no especificada / Asma
hypothyroidism: 40930008 / E03.9 / Hipotiroidismo, no especificado / Hipotiroidismo primario
depression: 35489007 / F32.9 / Episodio depresivo, no especificado / Trastorno depresivo
anxiety: 21897009 / F41.1 / Trastorno de ansiedad generalizada / Trastorno de ansiedad generalizada
breast-cancer: 254837009 / C50.9 / Tumor maligno de la mama, parte no especificada / Cáncer de mama
hiv: 86406008 / B24 / Enfermedad por virus de la inmunodeficiencia humana [VIH], sin otra especificación / Infección por VIH
epilepsy: 84757009 / G40.9 / Epilepsia, tipo no especificado / Epilepsia
arthritis: 69896004 / M06.9 / Artritis reumatoide, no especificada / Artritis reumatoide
lupus: 55464009 / M32.9 / Lupus eritematoso sistémico, sin otra especificación / Lupus eritematoso sistémico
reflux: 235595009 / K21.9 / Enfermedad del reflujo gastroesofágico sin esofagitis / Enfermedad por reflujo gastroesofágico
migraine: 37796009 / G43.9 / Migraña, no especificada / Migraña
prostate: 266569009 / N40 / Hiperplasia de la próstata / Hiperplasia prostática benigna
osteoporosis: 64859006 / M81.9 / Osteoporosis no especificada, sin fractura patológica / Osteoporosis
cirrhosis: 19943007 / K74.6 / Otras cirrosis del hígado y las no especificadas / Cirrosis hepática
alcoholic-cirrhosis: 420054005 / K70.3 / Cirrosis hepática alcohólica / Cirrosis hepática por alcohol
alcohol: 66590003 / F10.2 / Trastornos mentales y del comportamiento debidos al uso de alcohol, síndrome de dependencia / Dependencia al alcohol
stroke-sequelae: 195239002 / I69.3 / Secuelas de infarto cerebral / Secuelas de infarto cerebral
coronary: 414545008 / I25.9 / Enfermedad isquémica crónica del corazón, no especificada / Cardiopatía isquémica crónica
knee-arthrosis: 239873007 / M17.9 / Gonartrosis, no especificada / Gonartrosis bilateral
insomnia: 193462001 / G47.0 / Trastornos del inicio y del mantenimiento del sueño [insomnios] / Insomnio
memory: 386806002 / F06.7 / Trastorno cognoscitivo leve / Deterioro cognitivo leve
incontinence: 165232002 / R32 / Incontinencia urinaria, no especificada / Incontinencia urinaria
constipation: 14760008 / K59.0 / Constipación / Estreñimiento crónico
hearing-loss: 15188001 / H91.9 / Hipoacusia, no especificada / Hipoacusia
cataract: 193570009 / H26.9 / Catarata, no especificada / Catarata bilateral
anaemia-kidney: 271737000 / D63.8 / Anemia en otras enfermedades crónicas clasificadas en otra parte / Anemia de la enfermedad renal
gout: 90560007 / M10.9 / Gota, no especificada / Gota
rhinitis: 61582004 / J30.4 / Rinitis alérgica, no especificada / Rinitis alérgica
dermatitis: 24079001 / L20.9 / Dermatitis atópica, no especificada / Dermatitis atópica
prediabetes: 714628002 / R73.0 / Anormalidades en la prueba de tolerancia a la glucosa / Prediabetes
`

const passing = `
pregnancy: 77386006 / Z34.9 / Supervisión de embarazo normal no especificado / Embarazo
gestational-diabetes: 11687002 / O24.4 / Diabetes mellitus que se origina con el embarazo / Diabetes gestacional
preeclampsia: 398254007 / O14.9 / Preeclampsia, no especificada / Preeclampsia
anaemia-pregnancy: 271737000 / O99.0 / Anemia que complica el embarazo, el parto y el puerperio / Anemia en el embarazo
iron-deficiency: 87522002 / D50.9 / Anemia por deficiencia de hierro sin otra especificación / Anemia ferropénica
appendicitis: 85189001 / K35.8 / Otras apendicitis agudas y las no especificadas / Apendicitis aguda
gallstones: 235919008 / K80.2 / Cálculo de la vesícula biliar sin colecistitis / Colelitiasis sintomática
wrist-fracture: 263199001 / S52.5 / Fractura de la epífisis inferior del radio / Fractura de radio distal
dengue: 38362002 / A90 / Fiebre del dengue [dengue clásico] / Dengue
pneumonia: 385093006 / J18.9 / Neumonía, no especificada / Neumonía adquirida en la comunidad
cystitis: 38822007 / N30.0 / Cistitis aguda / Cistitis aguda
pyelonephritis: 45816000 / N10 / Nefritis tubulointersticial aguda / Pielonefritis aguda
urinary-infection: 68566005 / N39.0 / Infección de vías urinarias, sitio no especificado / Infección de vías urinarias
gastroenteritis: 25374005 / A09.9 / Gastroenteritis y colitis de origen no especificado / Gastroenteritis aguda
back-pain: 279039007 / M54.5 / Lumbago no especificado / Lumbalgia mecánica
tuberculosis: 154283005 / A15.0 / Tuberculosis del pulmón, confirmada por hallazgo microscópico del bacilo tuberculoso en esputo, con o sin cultivo / Tuberculosis pulmonar
cold: 54150009 / J06.9 / Infección aguda de las vías respiratorias superiores, no especificada / Infección aguda de vías respiratorias superiores
pharyngitis: 43878008 / J02.0 / Faringitis estreptocócica / Faringoamigdalitis estreptocócica
otitis: 3110003 / H66.9 / Otitis media, no especificada / Otitis media aguda
bronchitis: 10509002 / J20.9 / Bronquitis aguda, no especificada / Bronquitis aguda
sprain: 44465007 / S93.4 / Esguinces y torceduras del tobillo / Esguince de tobillo
conjunctivitis: 9826008 / H10.9 / Conjuntivitis, no especificada / Conjuntivitis aguda
gastritis: 4556007 / K29.7 / Gastritis, no especificada / Gastritis
covid: 840539006 / U07.1 / COVID-19, virus identificado / COVID-19 leve
newborn: 442311008 / Z38.0 / Producto único, nacido en hospital / Recién nacido vivo
jaundice: 387712008 / P59.9 / Ictericia neonatal, no especificada / Ictericia neonatal
`

function read(table: string, isLasting: boolean): [string, ProblemTerm][] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [key = '', rest = ''] = line.split(/: (.*)/)
      const [snomed = '', icd = '', icdText = '', text = ''] = rest.split(' / ')
      return [key, { snomed, icd, icdText, text, lasting: isLasting }]
    })
}

export const problems: ReadonlyMap<string, ProblemTerm> = new Map([
  ...read(lasting, true),
  ...read(passing, false),
])

export function problemTerm(key: string): ProblemTerm {
  const term = problems.get(key)
  if (!term) throw new RangeError(`no problem ${key}`)
  return term
}

/** As a sentence says it: `diabetes mellitus tipo 2`; abbreviations and names keep their capitals. */
export function saidProblem(key: string): string {
  const { text } = problemTerm(key)
  return /^(COVID)/.test(text) ? text : text.slice(0, 1).toLowerCase() + text.slice(1)
}
