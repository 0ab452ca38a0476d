/** Why records are not merged or parted, a note is not moved: part of the catalogue (src/kernel/outcome.ts). */
export const mergingRefusals = {
  'merge-same': {
    httpStatus: 422,
    issue: 'business-rule',
    text: {
      en: 'Source and target are one record.',
      es: 'El expediente de origen y el de destino son el mismo.',
    },
  },
  'merge-inactive': {
    httpStatus: 422,
    issue: 'business-rule',
    text: {
      en: 'The target is not in use (active: false): merge into a record that is.',
      es: 'El expediente de destino no está en uso (active: false): una el otro a uno que lo esté.',
    },
  },
  'merge-too-many': {
    httpStatus: 422,
    issue: 'business-rule',
    text: {
      en: 'The person would have more than {limit} records.',
      es: 'La persona tendría más de {limit} expedientes.',
    },
  },
  'merged-already': {
    httpStatus: 409,
    issue: 'conflict',
    text: {
      en: 'One of the two was merged into another record already: merge with that one.',
      es: 'Uno de los dos ya fue unido a otro expediente: únalo con ese.',
    },
  },
  'not-merged': {
    httpStatus: 409,
    issue: 'conflict',
    text: {
      en: 'The source was not merged into the target, or is no longer.',
      es: 'El expediente de origen no está unido al de destino, o ya no.',
    },
  },
  'merged-patient': {
    httpStatus: 409,
    issue: 'business-rule',
    text: {
      en: 'The Patient is merged: the links that say so, and active: false of the source, go by unmerging alone.',
      es: 'El paciente está unido a otro expediente: los enlaces que lo dicen, y active: false del de origen, solo se quitan al separarlos.',
    },
  },
  'not-movable': {
    httpStatus: 422,
    issue: 'business-rule',
    text: {
      en: 'It cannot be moved to another patient: its type cannot be entered in error, it is that already, or it is of no patient or of several.',
      es: 'No se puede pasar a otro paciente: su tipo no admite registrarse por error, ya lo está, o no es de ningún paciente o es de varios.',
    },
  },
  'move-same': {
    httpStatus: 422,
    issue: 'business-rule',
    text: { en: 'It is of that patient already.', es: 'Ya es de ese paciente.' },
  },
  'move-entangled': {
    httpStatus: 422,
    issue: 'business-rule',
    text: {
      en: 'It refers to what is of the wrong patient, at {elements}: say with "without" which members are left out.',
      es: 'Se refiere a algo del paciente equivocado, en {elements}: diga con «without» qué miembros se omiten.',
    },
  },
  'move-incomplete': {
    httpStatus: 422,
    issue: 'business-rule',
    text: {
      en: 'Without {element} it would not be what it is, or of nobody: leave out other members.',
      es: 'Sin {element} no sería lo que es, o no sería de nadie: omita otros miembros.',
    },
  },
  'moved-note': {
    httpStatus: 409,
    issue: 'business-rule',
    text: {
      en: 'That a note was moved to another patient is said by moving it alone, and stays.',
      es: 'Que una nota se pasó a otro paciente solo lo dice el pasarla, y se conserva.',
    },
  },
} as const
