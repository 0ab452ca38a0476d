/** Resources of a patient's record that name somebody who cares for the patient. */

/** By which search parameters they do, and which tells when; none: for as long as it stands. */
export interface Carer {
  by: readonly string[]
  when?: string
}

export const carers: Readonly<Record<string, Carer>> = {
  Encounter: { by: ['participant'], when: 'date' },
  EpisodeOfCare: { by: ['care-manager'], when: 'date' },
  CareTeam: { by: ['participant'], when: 'date' },
  Appointment: { by: ['actor'], when: 'date' },
  ServiceRequest: { by: ['requester', 'performer'], when: 'authored' },
  // An assignment, said in so many words.
  Patient: { by: ['general-practitioner'] },
}
