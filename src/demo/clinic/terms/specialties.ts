import type { Specialty } from '../../types.ts'

/** As the door of a consulting room says it. */
export const specialtyNames: Readonly<Record<Specialty, string>> = {
  'family-medicine': 'medicina familiar',
  'internal-medicine': 'medicina interna',
  paediatrics: 'pediatría',
  obstetrics: 'ginecología y obstetricia',
  surgery: 'cirugía general',
  emergency: 'urgencias',
  cardiology: 'cardiología',
  endocrinology: 'endocrinología',
  orthopaedics: 'traumatología y ortopedia',
  psychiatry: 'psiquiatría',
  radiology: 'imagenología',
  anaesthesiology: 'anestesiología',
  pathology: 'anatomía patológica',
}
