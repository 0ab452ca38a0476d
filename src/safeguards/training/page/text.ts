/** What the courses' screens say. */
import { translator } from '#page/text.ts'

export const d = translator({
  courses: ['Tus cursos', 'Your courses'],
  coursesNeeded: [
    'Faltan cursos por aprobar: hasta entonces no se te abre ningún expediente. Toman unos minutos.',
    'There are courses to pass: until then no record opens to you. They take some minutes.',
  ],
  coursesDone: ['Estás al día.', 'You are up to date.'],
  needed: ['Falta aprobarlo', 'To be passed'],
  passedUntil: ['Aprobado, vale hasta el {day}', 'Passed, good until {day}'],
  lapsed: ['Venció el {day}: hay que aprobarlo otra vez', 'Lapsed on {day}: it is to be passed again'],
  open: ['Abrir', 'Open'],
  openCourse: ['Abrir el curso {title}', 'Open the course {title}'],
  quizRules: [
    'Al final hay un cuestionario de {questions} preguntas. Se aprueba con {right} correctas.',
    'At the end there is a quiz of {questions} questions. {right} right ones pass.',
  ],
  startQuiz: ['Empezar el cuestionario', 'Begin the quiz'],
  quiz: ['Cuestionario', 'Quiz'],
  quizOf: ['Cuestionario: {title}', 'Quiz: {title}'],
  questionOf: ['{n} de {of}', '{n} of {of}'],
  quizHour: [
    'Tienes una hora. Si lo dejas, cuenta como no aprobado.',
    'You have an hour. If you leave it, it counts as not passed.',
  ],
  send: ['Enviar las respuestas', 'Send the answers'],
  unanswered: ['Falta contestar la pregunta {n}.', 'Question {n} is not answered yet.'],
  passed: ['Aprobado', 'Passed'],
  passedText: ['{right} de {of} correctas.', '{right} of {of} right.'],
  recordsOpen: ['Los expedientes ya se te abren.', 'Records open to you now.'],
  otherLeft: ['Te falta otro curso.', 'Another course is left.'],
  failed: ['No aprobado', 'Not passed'],
  failedText: [
    '{right} de {of} correctas. Puedes intentarlo otra vez {when}, con otras preguntas.',
    '{right} of {of} right. You may try again {when}, with other questions.',
  ],
  now: ['ahora', 'now'],
  inMinutes: ['en {minutes} min', 'in {minutes} min'],
  readAgain: ['Leer el curso otra vez', 'Read the course again'],
  yourAnswer: ['Elegiste', 'You chose'],
  rightAnswer: ['Correcta', 'Right'],
  correct: ['Correcta', 'Right'],
  wrong: ['Incorrecta', 'Wrong'],
})
