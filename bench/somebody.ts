/** Whose reach is asked for. */
export const somebody = 'Practitioner/somebody'
