/** Several illnesses are examined in one body: what two of them say of the same part is said once, the worse of it. */

/** A part of the body: how a clause names it, and how it says that nothing is wrong there. */
interface Organ {
  named: RegExp
  well: RegExp
}

const organs: readonly Organ[] = [
  { named: /edema(?! palpebral)/i, well: /sin edema/i },
  {
    named:
      /campos pulmonares|estertores|bases ventiladas|tórax limpio|murmullo|sibilancias|roncus|entrada de aire|espiración prolongada/i,
    well: /limpios?|^sin |sin estertores|ventiladas|murmullo vesicular normal|buena entrada/i,
  },
  {
    named: /ruidos|ritmo regular|rítmicos|pulso (irregular|arrítmico)|área cardiaca|galope|tercer ruido/i,
    well: /(?<!r)rítmicos|ritmo regular|sin agregados|sin galope|ausente/i,
  },
  { named: /soplos?(?! carot| tub| anf)(?! mitral)|soplo mitral/i, well: /sin soplos/i },
  {
    named: /abdomen|ascitis|flancos|marco cólico|epigastrio/i,
    well: /abdomen (blando|sin soplos)|sin ascitis|no doloroso/i,
  },
  { named: /hidrat|piel seca/i, well: /hidratad|hidratación/i },
  { named: /acantosis/i, well: /sin acantosis/i },
  { named: /asterixis/i, well: /sin asterixis/i },
  { named: /pulsos? (pedios?|distales|simétricos|periféricos)/i, well: /presentes|palpables|simétricos/i },
  { named: /adenomegalias|ganglios|adenopatías/i, well: /sin |no palpables/i },
  { named: /ideación suicida|ideas de muerte/i, well: /sin |niega/i },
]

interface Clause {
  text: string
  /** What stood before it in its sentence: `, ` or `; `. */
  before: string
  gone: boolean
}

/** Each finding a sentence of clauses; those that another contradicts or repeats are left out. */
export function examined(findings: readonly string[]): string[] {
  const sentences = findings.map(clausesOf)
  for (const { named, well } of organs) {
    const about = sentences
      .flatMap((clauses) => clauses)
      .filter(({ text, gone }) => !gone && !isReport(text) && named.test(text))
    const kept = about.find(({ text }) => !well.test(text)) ?? about[0]
    // Two troubles of one part are two findings, each worth its words.
    for (const clause of about) if (clause !== kept && well.test(clause.text)) clause.gone = true
  }
  return sentences.map(rejoined).filter((text) => text !== '')
}

/** What a study found is quoted whole. */
const isReport = (text: string): boolean => /: |\d/.test(text)

function clausesOf(finding: string): Clause[] {
  if (isReport(finding)) return [{ text: finding, before: '', gone: false }]
  const [first = '', ...rest] = finding.split(/(, |; )/)
  const clauses: Clause[] = [{ text: first, before: '', gone: false }]
  for (let i = 0; i < rest.length; i += 2)
    clauses.push({ text: rest[i + 1] ?? '', before: rest[i] ?? '', gone: false })
  return clauses
}

function rejoined(clauses: readonly Clause[]): string {
  let text = ''
  let isOrphan = false
  for (const clause of clauses) {
    // `Abdomen blando, sin dolor`: what is said of a clause goes with it.
    if (clause.gone) {
      isOrphan = true
      continue
    }
    if (isOrphan && clause.text === 'sin dolor') continue
    isOrphan = false
    text += text === '' ? clause.text : clause.before + clause.text
  }
  return text
}

/** What of the talk is about the same thing: of each only the first to be asked is told. */
const matters: readonly RegExp[] = [
  /duerme|insomnio|despierta|desvelo|sueño/i,
  /cefalea|dolor (hemicraneal|pulsátil)|dolor de cabeza/i,
  /edema|hinch/i,
  /palpitaciones/i,
  /camina|ejercicio|sube un piso|cuadras/i,
  /fatiga|cansancio|energía/i,
  /estreñimiento|evacúa/i,
  /caída de cabello/i,
  /tos\b/i,
]

/** Whether something said already is about what this is about. */
export function isTold(text: string, told: readonly string[]): boolean {
  return matters.some((matter) => matter.test(text) && told.some((other) => matter.test(other)))
}
