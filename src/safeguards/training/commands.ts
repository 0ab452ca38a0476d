/** `sigilo training …`: the courses at a terminal. */
import type { SafeguardCommand } from '#kernel/safeguard.ts'

const load = (name: 'show' | 'read' | 'take' | 'answer' | 'people'): SafeguardCommand['load'] => {
  return async () => ({ run: (await import('./terminal.ts'))[name] })
}

export const commands: Readonly<Record<string, SafeguardCommand>> = {
  'training show': {
    summary: {
      es: 'dice qué cursos pide su puesto, y hasta cuándo valen los aprobados',
      en: 'say which courses your role asks for, and until when those passed are good',
    },
    tried: { words: ['training', 'show'], role: 'nurse', leaves: ['other', /^training show$/] },
    load: load('show'),
  },
  'training read': {
    summary: { es: 'muestra lo que enseña un curso', en: 'show what a course teaches' },
    words: 'COURSE',
    tried: { words: ['training', 'read', 'breach'], role: 'nurse', leaves: ['other', /^training read$/] },
    load: load('read'),
  },
  'training take': {
    summary: {
      es: 'empieza el cuestionario de un curso, con preguntas al azar, o muestra el que empezó',
      en: 'begin the quiz of a course, of questions that are drawn, or show the one that was begun',
    },
    words: 'COURSE',
    tried: {
      words: ['training', 'take', 'breach'],
      role: 'nurse',
      leaves: ['authority', /^training: \S+ begins breach$/],
    },
    load: load('take'),
  },
  'training answer': {
    summary: {
      es: 'contesta el cuestionario: las letras de las opciones, en su orden (bacdab)',
      en: 'answer the quiz: the letters of the options, in their order (bacdab)',
    },
    words: 'COURSE LETTERS',
    tried: {
      words: ['training', 'answer', 'breach', 'aaaaaa'],
      role: 'nurse',
      leaves: ['authority', /^training: \S+ (passed|did not pass) breach, \d of 6/],
    },
    load: load('answer'),
  },
  'training people': {
    summary: {
      es: 'dice quién está capacitado y hasta cuándo, y qué preguntas se fallan más',
      en: 'say who is trained and until when, and which questions are answered wrong most',
    },
    tried: { words: ['training', 'people'], role: 'director', leaves: ['other', /^training people$/] },
    load: load('people'),
  },
}
