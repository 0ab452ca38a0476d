/** What the screens of access reviews say. */
import { currentLanguage, translator } from '#page/text.ts'

const texts = {
  reviews: ['Revisión de accesos', 'Access reviews'],
  reviewsText: [
    'Campaña abierta el {opened}. Hasta el {due} se responde; lo que nadie responde se cierra.',
    'Campaign opened on {opened}. Answers are due on {due}; what nobody answers closes.',
  ],
  reviewsOver: [
    'La campaña terminó el {due}. Lo que nadie respondió está cerrado, y se abre al certificarlo.',
    'The campaign ended on {due}. What nobody answered is closed, and opens once it is certified.',
  ],
  noCampaign: ['La próxima campaña se abre el {next}.', 'The next campaign opens on {next}.'],
  nothingToReview: ['No te falta revisar a nadie.', 'There is nobody left for you to review.'],
  ownWaiting: [
    'Tu acceso espera revisión hasta el {due}. La hace: {reviewers}.',
    'Your access waits to be reviewed, until {due}. By: {reviewers}.',
  ],
  ownExpired: [
    'Tu acceso se cerró porque nadie lo revisó a tiempo. Pide que lo revise: {reviewers}.',
    'Your access has closed, since nobody reviewed it in time. Ask to have it reviewed: {reviewers}.',
  ],
  look: ['Revisar', 'Review'],
  lookAt: ['Revisar a {name}', 'Review {name}'],
  seeOf: ['Ver a {name}', 'See {name}'],
  see: ['Ver', 'See'],
  allOfThem: ['Cómo van todas ({done} de {all})', 'How all stand ({done} of {all})'],
  stateOf: ['Estado', 'State'],
  reviewedBy: ['Revisa', 'Reviewed by'],
  officersReview: ['un responsable', 'an officer'],
  rolesHeld: ['Qué tiene', 'What they have'],
  program: ['Programa', 'Program'],
  scope: ['Alcance', 'Scope'],
  alsoHas: ['Además', 'Besides'],
  usedSpan: ['Qué usó, del {from} al {until}', 'What was used, from {from} to {until}'],
  notUsed: ['sin uso', 'not used'],
  nothingUsed: ['Nada.', 'Nothing.'],
  lastSignIn: ['Última entrada', 'Last sign-in'],
  never: ['ninguna', 'none'],
  patients: ['Pacientes distintos', 'Different patients'],
  reads: ['Consultas', 'Reads'],
  writes: ['Cambios en expedientes', 'Changes of records'],
  exports: ['Exportaciones', 'Exports'],
  prints: ['Impresiones', 'Prints'],
  ledger: ['Preguntas al libro', 'Questions to the ledger'],
  approvals: ['Aprobaciones', 'Approvals'],
  changes: ['Cambios de accesos y cursos', 'Changes of access and courses'],
  decision: ['Tu respuesta', 'Your answer'],
  decisionText: [
    'Quitar acceso vale en el acto y cierra sus sesiones. Para darlo de nuevo hacen falta dos personas.',
    'Taking access away counts at once, and ends their sessions. To give it again needs two people.',
  ],
  certify: ['Certificar lo que tiene', 'Certify what they have'],
  keepsLegend: ['Quita la marca de lo que ya no debe tener', 'Clear what they should have no more'],
  revokeSome: ['Quitar lo que no está marcado', 'Take away what is not marked'],
  revokeAll: ['Revocar todo', 'Revoke all'],
  revokeAllAsk: ['¿Revocar todo el acceso de {name}?', 'Revoke all access of {name}?'],
  revokeAllText: [
    'Su cuenta se suspende y sus sesiones se cierran, ahora.',
    'The account is suspended and its sessions end, now.',
  ],
  revokeProgramText: ['El programa deja de entrar, ahora.', 'The program is let in no more, from now on.'],
  note: ['Nota, si hace falta', 'Note, if needed'],
  noneCleared: [
    'Quita primero la marca de lo que ya no debe tener.',
    'First clear what they should have no more.',
  ],
  changesLeft: [
    'Quitaste marcas: usa «Quitar lo que no está marcado», o márcalas de nuevo para certificar.',
    'You have cleared some: use “Take away what is not marked”, or mark them again to certify.',
  ],
  decided: ['Listo', 'Done'],
  decidedBy: ['Lo decidió', 'Decided by'],
  signedBy: ['firmado con su llave de acceso', 'signed with their passkey'],
  attestedBy: ['con sus dos factores, y la bóveda lo atestigua', 'with both factors, attested by the vault'],
  inventedBy: ['inventado para la demostración', 'invented for the demonstration'],
  mutual: ['Cada uno revisó al otro: no había nadie más.', 'Each reviewed the other: there was nobody else.'],
  lostText: ['Se quitó', 'Taken away'],
  whoReviews: ['Quién lo revisa', 'Who reviews them'],
  managerLogin: ['Usuario de quien lo revisa', 'User name of who reviews them'],
  managerHint: ['Vacío: lo revisa un responsable.', 'Empty: an officer does.'],
  saveManager: ['Guardar', 'Save'],
  howOften: ['Cada cuánto se revisa', 'How often it is reviewed'],
  months: ['Meses entre campañas', 'Months between campaigns'],
  monthsHint: ['De 1 a 3', 'From 1 to 3'],
  dueDays: ['Días para responder', 'Days to answer'],
  dueDaysHint: ['De 7 a 21', 'From 7 to 21'],
  saveSchedule: ['Guardar, desde la próxima', 'Save, from the next one on'],
} as const

export type ReviewTextName = keyof typeof texts

export const d = translator(texts)

const states: Record<string, readonly [es: string, en: string]> = {
  waiting: ['Por revisar', 'To be reviewed'],
  expired: ['Vencida: acceso cerrado', 'Overdue: access closed'],
  held: ['Nadie puede revisarla', 'Nobody can review it'],
  certified: ['Certificada', 'Certified'],
  narrowed: ['Reducida', 'Narrowed'],
  revoked: ['Revocada', 'Revoked'],
  new: ['Reciente: en la próxima', 'New: in the next one'],
}

export const reviewStateText = (state: string): string =>
  states[state]?.[currentLanguage() === 'es' ? 0 : 1] ?? state
