/** Invented lives as a hospital writes them down: who the cast are, and the chart of each. */
import type { Resource, Scene } from '../types.ts'
import { liveWith } from './chronic.ts'
import { addDays } from './days.ts'
import { Life } from './life.ts'
import { parts } from './parts.ts'
import type { PartName } from './parts.ts'
import { tell } from './stories/stories.ts'
import { followBooklet, rememberVaccines } from './vaccination.ts'
import { inSnomed } from './coding.ts'

export { cast, drawSeat } from './cast.ts'
export type { Seat } from './cast.ts'

/** All of one person's chart but the Patient itself and appointments. The same scene gives the same chart. */
export function chartOf(scene: Scene): Resource[] {
  const part = parts[scene.person.part as PartName]
  if (!part) throw new RangeError(`no part ${scene.person.part}`)
  const life = new Life(scene, Math.min(scene.years, part.years))
  rememberAllergies(life)
  rememberVaccines(life)
  const isChild = part.stories.includes('newborn')
  if (part.ill.length > 0 || !isChild) liveWith(life, part.ill)
  tell(life, part.stories)
  followBooklet(life)
  return life.run()
}

const allergens = [
  {
    families: ['penicillin'],
    said: 'penicilina',
    snomed: '91936005',
    text: 'Alergia a la penicilina',
    reaction: 'Urticaria',
    severe: true,
  },
  {
    families: ['sulfonamide'],
    said: 'sulfonamidas',
    snomed: '91939003',
    text: 'Alergia a sulfonamidas',
    reaction: 'Exantema',
    severe: false,
  },
  {
    families: ['nsaid', 'aspirin', 'pyrazolone'],
    said: 'antiinflamatorios no esteroideos',
    snomed: '',
    text: 'Alergia a antiinflamatorios no esteroideos',
    reaction: 'Angioedema',
    severe: true,
  },
  {
    families: [],
    said: 'mariscos',
    snomed: '300913006',
    text: 'Alergia a mariscos',
    reaction: 'Ronchas y comezón',
    severe: false,
  },
]

function rememberAllergies(life: Life): void {
  const chance = life.random.fork('allergy')
  const on = addDays(life.start, 1)
  if (on >= life.today) return
  if (chance.chance(0.22)) {
    life.allergy({ ...chance.pick(allergens), since: on })
    return
  }
  life.add({
    resourceType: 'AllergyIntolerance',
    id: life.id('alergia'),
    clinicalStatus: {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' },
      ],
    },
    verificationStatus: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification',
          code: 'confirmed',
        },
      ],
    },
    code: inSnomed('716186003', 'Sin alergias conocidas'),
    patient: life.subjectReference,
    recordedDate: on,
  })
}
