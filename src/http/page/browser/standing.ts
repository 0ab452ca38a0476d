/** What somebody is at the hospital, and who that is in the records: of an invitation, and of a change. */
import { field, h } from './dom.ts'
import { allRoles, roleText, t } from './text.ts'

export interface Standing {
  roles: string[]
  practitioner?: string
  patient?: string
  represents?: string[]
}

/** `read` gives none where no role is chosen. */
export function standingFields(now: Standing = { roles: [] }): {
  parts: HTMLElement[]
  read: () => Standing | undefined
} {
  const { practitioner = '', patient = '', represents = [] } = now
  const fields = {
    practitioner: field(
      t('practitionerOf'),
      { name: 'practitioner', autocomplete: 'off', value: practitioner },
      t('practitionerHint'),
    ),
    patient: field(
      t('patientOf'),
      { name: 'patient', autocomplete: 'off', value: patient },
      t('patientHint'),
    ),
    represents: field(
      t('representsWhom'),
      { name: 'represents', autocomplete: 'off', value: represents.join(' ') },
      t('patientHint'),
    ),
  }
  const boxes = allRoles.map((role) =>
    h('input', { type: 'checkbox', name: 'role', value: role, checked: now.roles.includes(role) }),
  )
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value)
  const asked = {
    practitioner: h('div', {}, ...fields.practitioner.parts),
    patient: h('div', {}, ...fields.patient.parts),
    represents: h('div', {}, ...fields.represents.parts),
  }
  const isAsked = (roles: string[]) => ({
    practitioner: roles.some((role) => role !== 'patient' && role !== 'representative'),
    patient: roles.includes('patient'),
    represents: roles.includes('representative'),
  })
  const showAsked = () => {
    for (const [name, is] of Object.entries(isAsked(chosen()))) asked[name as keyof typeof asked].hidden = !is
  }
  const choices = boxes.map((box) => h('label', { class: 'choice' }, box, roleText(box.value)))
  const fieldset = h('fieldset', {}, h('legend', {}, t('roles')), h('div', { class: 'choices' }, ...choices))
  fieldset.addEventListener('change', showAsked)
  showAsked()
  return {
    parts: [fieldset, asked.practitioner, asked.patient, asked.represents],
    read() {
      const roles = chosen()
      if (roles.length === 0) return undefined
      const is = isAsked(roles)
      const practises = fields.practitioner.input.value.trim()
      return {
        roles,
        ...(is.practitioner && practises !== '' ? { practitioner: practises } : {}),
        ...(is.patient ? { patient: fields.patient.input.value.trim() } : {}),
        ...(is.represents
          ? { represents: fields.represents.input.value.split(/[\s,]+/).filter(Boolean) }
          : {}),
      }
    },
  }
}
