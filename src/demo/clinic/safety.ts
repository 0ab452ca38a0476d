import type { Day } from '../types.ts'
import type { Life } from './life.ts'
import { drugTerm } from './terms/drugs.ts'

interface Caution {
  /** Families or keys of medicines. */
  of: readonly string[]
  when: (life: Life, day: Day) => boolean
  /** As `Se evita … por …` goes on. */
  why: string
}

const has =
  (...keys: string[]) =>
  (life: Life) =>
    keys.some((key) => life.has(key))
const takes = (family: string) => (life: Life) => life.takes(family)
const filtersBelow = (limit: number) => (life: Life) => (life.known.get('egfr')?.value ?? 90) < limit
const above = (test: string, limit: number) => (life: Life) => (life.known.get(test)?.value ?? 0) > limit
const pregnant = (life: Life) => life.isPregnant
const fertile = (life: Life, day: Day) =>
  life.person.sex === 'female' && life.years(day) >= 14 && life.years(day) <= 46
const olderThan = (years: number) => (life: Life, day: Day) => life.years(day) >= years

/** What a physician would not prescribe to whom: the first that applies is said. */
const cautions: readonly Caution[] = [
  { of: ['biguanide'], when: filtersBelow(30), why: 'filtrado glomerular menor de 30 mL/min' },
  { of: ['biguanide'], when: has('cirrhosis', 'alcoholic-cirrhosis'), why: 'hepatopatía avanzada' },
  { of: ['sulfonylurea'], when: filtersBelow(45), why: 'riesgo de hipoglucemia con función renal reducida' },
  { of: ['sulfonylurea'], when: olderThan(72), why: 'riesgo de hipoglucemia por la edad' },
  { of: ['sglt2'], when: filtersBelow(25), why: 'filtrado glomerular muy reducido' },
  { of: ['nsaid'], when: takes('anticoagulant'), why: 'uso de anticoagulante' },
  { of: ['nsaid'], when: takes('antiplatelet'), why: 'uso de antiagregante' },
  { of: ['nsaid'], when: filtersBelow(60), why: 'enfermedad renal' },
  { of: ['nsaid'], when: has('kidney'), why: 'enfermedad renal' },
  { of: ['nsaid'], when: has('heart-failure'), why: 'insuficiencia cardiaca' },
  { of: ['nsaid'], when: has('cirrhosis', 'alcoholic-cirrhosis'), why: 'cirrosis' },
  { of: ['nsaid'], when: has('reflux', 'gastritis'), why: 'enfermedad acidopéptica' },
  { of: ['nsaid'], when: takes('methotrexate'), why: 'uso de metotrexato' },
  { of: ['nsaid'], when: takes('raas'), why: 'uso de bloqueador del sistema renina-angiotensina' },
  { of: ['nsaid'], when: olderThan(70), why: 'la edad' },
  { of: ['nsaid', 'aspirin', 'ketorolac'], when: has('dengue'), why: 'riesgo de hemorragia por dengue' },
  { of: ['nsaid', 'raas', 'statin', 'anticoagulant', 'methotrexate'], when: pregnant, why: 'el embarazo' },
  { of: ['raas'], when: above('potassium', 5.6), why: 'hiperpotasemia' },
  { of: ['valproate'], when: fertile, why: 'edad fértil (teratogenicidad)' },
  { of: ['beta-blocker'], when: has('asthma'), why: 'asma' },
  { of: ['propranolol'], when: has('copd'), why: 'enfermedad pulmonar obstructiva' },
  { of: ['thiazide'], when: filtersBelow(30), why: 'filtrado glomerular reducido' },
  { of: ['thiazide'], when: has('gout'), why: 'gota' },
  { of: ['mra'], when: above('potassium', 5.2), why: 'potasio sérico elevado' },
  { of: ['mra'], when: filtersBelow(30), why: 'filtrado glomerular reducido' },
  { of: ['clarithromycin'], when: takes('statin'), why: 'interacción con la estatina' },
  { of: ['ace'], when: takes('arb'), why: 'uso de otro bloqueador del sistema renina-angiotensina' },
  { of: ['arb'], when: takes('ace'), why: 'uso de otro bloqueador del sistema renina-angiotensina' },
  { of: ['metoprolol', 'propranolol'], when: takes('bisoprolol'), why: 'uso de otro betabloqueador' },
  { of: ['bisoprolol', 'propranolol'], when: takes('metoprolol'), why: 'uso de otro betabloqueador' },
  { of: ['metoprolol', 'bisoprolol'], when: takes('propranolol'), why: 'uso de otro betabloqueador' },
  { of: ['lamotrigine'], when: takes('valproate'), why: 'exantema grave al combinarse con valproato' },
  { of: ['topiramate'], when: pregnant, why: 'el embarazo' },
  { of: ['sglt2'], when: has('incontinence'), why: 'incontinencia urinaria' },
  { of: ['aspirin'], when: takes('anticoagulant'), why: 'uso de anticoagulante' },
  { of: ['fluoxetine'], when: takes('tamoxifen'), why: 'interacción con tamoxifeno' },
  { of: ['tamoxifen'], when: takes('anticoagulant'), why: 'interacción con el anticoagulante' },
  { of: ['opioid'], when: takes('ssri'), why: 'riesgo de síndrome serotoninérgico' },
  { of: ['tramadol', 'quinolone', 'tricyclic'], when: has('epilepsy'), why: 'epilepsia' },
  { of: ['tricyclic'], when: takes('ssri'), why: 'interacción con el antidepresivo' },
  { of: ['opioid'], when: olderThan(78), why: 'riesgo de caídas' },
  { of: ['anticholinergic'], when: olderThan(65), why: 'efecto anticolinérgico en persona mayor' },
  { of: ['anticholinergic'], when: has('prostate'), why: 'riesgo de retención urinaria' },
  {
    of: ['macrolide', 'quinolone', 'sulfatrim', 'metronidazole'],
    when: takes('warfarin'),
    why: 'interacción con warfarina',
  },
  { of: ['sulfatrim'], when: takes('raas'), why: 'riesgo de hiperpotasemia' },
  { of: ['quinolone', 'sulfatrim'], when: pregnant, why: 'el embarazo' },
  { of: ['nitrofuran'], when: filtersBelow(45), why: 'función renal reducida' },
  { of: ['triptan'], when: has('coronary', 'stroke-sequelae'), why: 'enfermedad vascular' },
  { of: ['methotrexate'], when: has('alcohol', 'cirrhosis'), why: 'hepatopatía' },
  { of: ['naltrexone'], when: has('cirrhosis', 'alcoholic-cirrhosis'), why: 'hepatopatía' },
  { of: ['calcium-blocker'], when: has('heart-failure'), why: 'insuficiencia cardiaca' },
  { of: ['bezafibrate'], when: takes('statin'), why: 'riesgo de miopatía al combinarse con estatina' },
]

/** Why this medicine is not for this person today; undefined where nothing objects. */
export function objection(key: string, life: Life, day: Day): string | undefined {
  const allergy = life.allergies.find(({ families }) => families.some((family) => isOf(key, family)))
  if (allergy) return `alergia referida a ${allergy.said}`
  return cautions.find(({ of, when }) => of.some((family) => isOf(key, family)) && when(life, day))?.why
}

/** A medicine, or one of such a family. */
export const isOf = (key: string, family: string): boolean =>
  key === family || drugTerm(key).families.includes(family)

/** Two of these are never taken together: the later replaces the earlier. */
const single = ['ics', 'ssri', 'statin', 'ppi', 'insulin', 'dpp4', 'anticoagulant', 'triptan']

export const isOutdone = (earlier: string, later: string): boolean =>
  single.some((family) => isOf(earlier, family) && isOf(later, family))
