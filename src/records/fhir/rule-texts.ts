/** R4's rules in Spanish, and in English where R4's own sentence is not plain. By key; keys that two types share go by R4's sentence. */
export const ruleTexts: Readonly<Record<string, { es: string; en?: string }>> = {
  'ext-1': {
    es: 'una extensión lleva un valor o extensiones, no ambos ni ninguno',
    en: 'an extension has a value or extensions, not both and not neither',
  },
  'ref-1': {
    es: 'una referencia que empieza con # debe ser el id de un recurso contenido',
    en: 'a reference that begins with # must be the id of a contained resource',
  },
  'dom-3': {
    es: 'a un recurso contenido debe referirse algún elemento del que lo contiene',
    en: 'a contained resource must be referred to from the resource that contains it',
  },
  'txt-1': {
    es: 'el texto solo admite formato básico de HTML, sin guiones ni manejadores de eventos',
    en: 'the narrative may hold basic HTML formatting only, no scripts and no event handlers',
  },
  'txt-2': { es: 'el texto no puede estar en blanco', en: 'the narrative must not be blank' },
}
