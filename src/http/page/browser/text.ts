/** What the page says. ui.md's tone: short, you know what to do next. */

export type Language = 'es' | 'en'

const texts = {
  skip: ['Ir al contenido', 'Skip to content'],
  otherLanguage: ['English', 'Español'],
  signIn: ['Entrar', 'Sign in'],
  withPasskey: ['Entrar con llave de acceso', 'Sign in with a passkey'],
  passkeyHint: [
    'Con tu huella, tu rostro, el PIN de este equipo o tu teléfono.',
    'With your fingerprint, your face, this device’s PIN or your phone.',
  ],
  or: ['o', 'or'],
  login: ['Usuario', 'User name'],
  password: ['Contraseña', 'Password'],
  code: ['Código', 'Code'],
  codeHint: [
    'Los 6 números de tu app de códigos, o uno de tus códigos de recuperación.',
    'The 6 digits of your code app, or one of your recovery codes.',
  ],
  goOn: ['Continuar', 'Continue'],
  showPassword: ['Mostrar la contraseña', 'Show the password'],
  cannot: ['No puedo entrar', 'I cannot sign in'],
  cannotHelp: [
    'Pide a un responsable de seguridad que restablezca tu acceso: lo pide uno y lo aprueba otro. Después de una espera de 24 horas o más recibes un enlace nuevo. Si perdiste solo tu app de códigos, usa un código de recuperación en lugar del código.',
    'Ask a security officer to reset your access: one asks and another approves. After a wait of 24 hours or more you get a new link. If you lost only your code app, use a recovery code in place of the code.',
  ],
  noPasskeys: [
    'Este navegador no puede usar llaves de acceso. Entra con usuario, contraseña y código.',
    'This browser cannot use passkeys. Sign in with user name, password and code.',
  ],
  passkeyStopped: [
    'No se usó ninguna llave de acceso. Inténtalo de nuevo, o entra con contraseña y código.',
    'No passkey was used. Try again, or sign in with password and code.',
  ],
  fill: ['Falta: {what}.', 'Missing: {what}.'],
  problem: ['No se pudo', 'It did not work'],
  offline: [
    'Sin conexión con Sigilo. Revisa la red e inténtalo de nuevo.',
    'No connection to Sigilo. Check the network and try again.',
  ],
  lost: [
    'Se perdió la conexión con Sigilo, y no se sabe si se hizo. Con red, mira cómo quedó antes de repetirlo.',
    'The connection to Sigilo was lost, and whether it was done is unknown. Once connected, look at how it stands before you repeat it.',
  ],
  lostEnrolment: [
    'Se perdió la conexión con Sigilo, y puede que ya haya quedado. Inténtalo de nuevo; si el enlace ya no sirve, prueba a entrar.',
    'The connection to Sigilo was lost, and it may have been done. Try again; if the link no longer works, try to sign in.',
  ],
  unexpected: [
    'Algo falló en esta página. Vuelve a cargarla e inténtalo de nuevo.',
    'Something failed in this page. Load it again and try once more.',
  ],
  noStore: [
    'Este navegador no guarda lo que hace falta para entrar. Sal del modo privado o permite los datos de este sitio, y vuelve a cargar la página.',
    'This browser does not keep what signing in needs. Leave private browsing or allow this site’s data, and load the page again.',
  ],
  wait: ['Inténtalo de nuevo en {seconds} s.', 'Try again in {seconds} s.'],
  retry: ['Reintentar', 'Try again'],
  loading: ['Cargando…', 'Loading…'],
  // Enrolling
  welcome: ['Hola, {name}', 'Hello, {name}'],
  enrolIntro: [
    'Te invitaron a Sigilo. Elige cómo vas a entrar; puedes agregar otras formas después.',
    'You are invited to Sigilo. Choose how you will sign in; you can add other ways later.',
  ],
  resetIntro: [
    'Elige de nuevo cómo vas a entrar. Las formas de antes dejan de servir.',
    'Choose anew how you will sign in. What you used before stops working.',
  ],
  yourLogin: ['Tu usuario', 'Your user name'],
  linkUntil: ['Este enlace sirve hasta', 'This link works until'],
  makePasskey: ['Crear llave de acceso', 'Create a passkey'],
  recommended: ['Lo más rápido y lo más seguro.', 'The quickest and the safest.'],
  usePassword: ['Usar contraseña y código', 'Use password and code'],
  choosePassword: ['Elige una contraseña', 'Choose a password'],
  passwordHint: [
    'De 12 caracteres o más. Tres palabras al azar sirven. No se aceptan contraseñas conocidas.',
    '12 characters or more. Three random words will do. Known passwords are refused.',
  ],
  addToApp: ['Agrega Sigilo a tu app de códigos', 'Add Sigilo to your code app'],
  addToAppHint: [
    'Escanea el cuadro con la app, o escribe esta clave en ella.',
    'Scan the square with the app, or type this key into it.',
  ],
  qr: ['Cuadro para escanear con la app de códigos', 'Square to scan with the code app'],
  openApp: ['Abrir la app en este equipo', 'Open the app on this device'],
  key: ['Clave', 'Key'],
  firstCode: ['El código que muestra la app', 'The code that the app shows'],
  sixDigits: ['6 números', '6 digits'],
  finish: ['Terminar', 'Finish'],
  enrolled: ['Listo', 'Done'],
  enrolledText: ['Ya puedes entrar.', 'You can sign in now.'],
  codesTitle: ['Guarda tus códigos de recuperación', 'Keep your recovery codes'],
  codesText: [
    'Se muestran solo ahora. Cada uno sirve una vez, en lugar del código de tu app, junto con tu contraseña. Imprímelos o escríbelos y guárdalos fuera de este equipo.',
    'They are shown only now. Each works once, in place of your app’s code, together with your password. Print or write them down and keep them away from this device.',
  ],
  copy: ['Copiar', 'Copy'],
  copied: ['Copiado', 'Copied'],
  notCopied: ['No se pudo copiar: cópialo a mano.', 'It could not be copied: copy it by hand.'],
  print: ['Imprimir', 'Print'],
  kept: ['Ya los guardé', 'I have kept them'],
  badLink: [
    'El enlace ya no sirve. Pide otro a quien te lo dio.',
    'The link no longer works. Ask whoever gave it to you for another.',
  ],
  notFounded: [
    'Esta bóveda espera a sus dos primeros responsables. Abre el enlace que te dieron.',
    'This vault waits for its first two officers. Open the link that you were given.',
  ],
  // Signed in
  signOut: ['Salir', 'Sign out'],
  signedOut: ['Saliste de Sigilo.', 'You have signed out.'],
  over: ['Tu sesión terminó', 'Your session has ended'],
  overText: [
    'Lo que escribiste sigue aquí. Entra de nuevo para continuar.',
    'What you have typed is still here. Sign in again to go on.',
  ],
  sessionOver: ['Tu sesión terminó. Entra de nuevo.', 'Your session has ended. Sign in again.'],
  account: ['Tu cuenta', 'Your account'],
  back: ['Volver a tu cuenta', 'Back to your account'],
  attention: ['Atención', 'Attention'],
  news: ['Avisos', 'Notices'],
  waysIn: ['Tus formas de entrar', 'Your ways to sign in'],
  passkey: ['Llave de acceso', 'Passkey'],
  suspendedPasskey: ['Suspendida: parece copiada', 'Suspended: it looks copied'],
  passwordAndCode: ['Contraseña y código', 'Password and code'],
  recoveryLeft: ['Códigos de recuperación sin usar: {count}', 'Recovery codes not used: {count}'],
  since: ['desde', 'since'],
  remove: ['Quitar', 'Remove'],
  removePasskey: ['Quitar la llave de acceso de {date}', 'Remove the passkey of {date}'],
  addPasskey: ['Agregar otra llave de acceso', 'Add another passkey'],
  addPassword: ['Agregar contraseña y código', 'Add password and code'],
  changePassword: ['Cambiar contraseña y código', 'Change password and code'],
  newCodes: ['Nuevos códigos de recuperación', 'New recovery codes'],
  purpose: ['Para qué consultas expedientes', 'Why you look at records'],
  purposeHint: [
    'Vale para lo que hagas desde ahora en esta sesión; queda en el registro.',
    'It holds for what you do from now on in this session; it is recorded.',
  ],
  purposeSaid: ['Desde ahora: {purpose}.', 'From now on: {purpose}.'],
  change: ['Cambiar', 'Change'],
  sessions: ['Sesiones abiertas', 'Open sessions'],
  thisOne: ['Esta', 'This one'],
  seenAt: ['vista', 'seen'],
  from: ['desde', 'from'],
  here: ['este equipo', 'this machine'],
  end: ['Cerrar', 'End'],
  endSession: ['Cerrar la sesión {of}', 'End the session {of}'],
  // Confirming that it is you
  stepUp: ['Confirma que eres tú', 'Confirm that it is you'],
  stepUpText: [
    'Es un cambio delicado. Vale para los próximos 5 minutos.',
    'This is a delicate change. It counts for the next 5 minutes.',
  ],
  confirmPasskey: ['Confirmar con llave de acceso', 'Confirm with a passkey'],
  cancel: ['Cancelar', 'Cancel'],
  // Officers
  toApprove: ['Por aprobar', 'To approve'],
  nothingToApprove: [
    'Nada por aprobar. Aquí aparece lo que otro responsable pide.',
    'Nothing to approve. What another officer asks for appears here.',
  ],
  what: ['Qué pasará', 'What will happen'],
  whom: ['A quién afecta', 'Who it affects'],
  askedBy: ['Lo pide', 'Asked by'],
  until: ['Hasta cuándo', 'Until when'],
  opens: ['Enlace desde', 'Link from'],
  approve: ['Aprobar', 'Approve'],
  approvedBy: ['Aprobaron', 'Approved by'],
  refuse: ['Rechazar', 'Refuse'],
  withdraw: ['Retirar', 'Withdraw'],
  giveLink: ['Dar el enlace', 'Give the link'],
  object: ['No lo pedí: detener', 'I did not ask: stop it'],
  yours: ['La pediste tú: debe aprobarla otra persona.', 'You asked: someone else must approve.'],
  link: ['Enlace de un solo uso', 'One-time link'],
  linkText: [
    'Entrégalo a {name} en persona o por un medio seguro. Se muestra solo ahora y sirve hasta {until}.',
    'Hand it to {name} in person or by a safe way. It is shown only now and works until {until}.',
  ],
  invite: ['Invitar a alguien', 'Invite somebody'],
  fullName: ['Nombre como se muestra', 'Name as shown'],
  fullNameHint: ['Por ejemplo: Dra. Ana Ruiz Pérez', 'For example: Dr. Ana Ruiz Pérez'],
  loginHint: ['Minúsculas, sin espacios: ana.ruiz', 'Lower case, no spaces: ana.ruiz'],
  roles: ['Qué es en el hospital', 'What they are at the hospital'],
  patientOf: ['Paciente', 'Patient'],
  patientHint: ['Su id en los expedientes: Patient/…', 'Its id in the records: Patient/…'],
  representsWhom: ['A quién representa', 'Whom they represent'],
  askInvite: ['Pedir la invitación', 'Ask for the invitation'],
  askedFor: ['Está pedido: otra persona debe aprobarlo.', 'It is asked for: another person must approve it.'],
  askedText: ['Otro responsable debe aprobarlo.', 'Another officer must approve it.'],
  done: ['Hecho', 'Done'],
  people: ['Personas', 'People'],
  manage: ['Administrar', 'Manage'],
  practitionerOf: ['Quién es en los expedientes', 'Who that is in the records'],
  practitionerHint: ['De personal clínico: Practitioner/…', 'Of clinical staff: Practitioner/…'],
  accountItself: ['La cuenta', 'The account'],
  askRoles: ['Pedir el cambio de funciones', 'Ask for the change of roles'],
  suspend: ['Suspender la cuenta', 'Suspend the account'],
  reinstate: ['Reactivar la cuenta', 'Reinstate the account'],
  noSessions: ['No tiene sesiones abiertas.', 'No open sessions.'],
  endAll: ['Cerrar todas sus sesiones', 'End all their sessions'],
  programs: ['Programas', 'Programs'],
  noPrograms: [
    'Ningún programa está registrado. Los que leen o escriben expedientes se registran con su llave.',
    'No program is registered. Those that read or write records are registered with their key.',
  ],
  revoke: ['Retirar', 'Take back'],
  revoked: ['Retirado', 'Taken back'],
  registerProgram: ['Registrar un programa', 'Register a program'],
  programName: ['Nombre del programa', 'Name of the program'],
  programId: ['Identificador', 'Identifier'],
  programIdHint: [
    'Minúsculas, números, punto y guion: lab.sync',
    'Lower case, digits, dot, hyphen: lab.sync',
  ],
  programKey: ['Su llave pública', 'Its public key'],
  programKeyHint: [
    'PEM (BEGIN PUBLIC KEY) o JWK. Nunca la privada.',
    'PEM (BEGIN PUBLIC KEY) or a JWK. Never the private one.',
  ],
  programKeyUnfit: [
    'Eso no es una llave pública que se pueda usar: PEM o JWK, de P-256, P-384, Ed25519 o RSA.',
    'That is no public key that can be used: PEM or a JWK, of P-256, P-384, Ed25519 or RSA.',
  ],
  askProgram: ['Pedir el registro', 'Ask for the registration'],
  resetOf: ['Restablecer el acceso', 'Reset the access'],
  suspended: ['Suspendida', 'Suspended'],
  requests: ['Peticiones', 'Requests'],
  beyond: ['Pedir algo más allá del límite del día', 'Ask for something beyond the limit of the day'],
  beyondWhat: ['Qué', 'What'],
  beyondHint: [
    'Como lo dijo la respuesta que lo negó (Sigilo-Act). Otra persona lo aprueba; se hace una sola vez.',
    'As the answer that refused it said it (Sigilo-Act). Somebody else approves it; it is done once.',
  ],
  askBeyond: ['Pedir la aprobación', 'Ask for the approval'],
} as const satisfies Record<string, readonly [es: string, en: string]>

export type TextName = keyof typeof texts

type Texts<Name extends string> = Readonly<Record<Name, readonly [es: string, en: string]>>

let language: Language = 'es'

export function useLanguage(next: Language): void {
  language = next
  document.documentElement.lang = next
}

export const currentLanguage = (): Language => language

/** Of these texts the one of a name, in the language of now, with its slots filled. */
export const translator =
  <Name extends string>(of: Texts<Name>) =>
  (name: Name, slots: Record<string, string> = {}): string =>
    of[name][language === 'es' ? 0 : 1].replace(/\{(\w+)\}/g, (_, slot: string) => slots[slot] ?? '')

export const t = translator(texts)

const roleNames: Record<string, readonly [es: string, en: string]> = {
  physician: ['Medicina', 'Physician'],
  nurse: ['Enfermería', 'Nurse'],
  reception: ['Recepción', 'Reception'],
  archivist: ['Archivo clínico', 'Archivist'],
  laboratory: ['Laboratorio', 'Laboratory'],
  billing: ['Cobranza', 'Billing'],
  'privacy-officer': ['Responsable de privacidad', 'Privacy officer'],
  'security-officer': ['Responsable de seguridad', 'Security officer'],
  director: ['Dirección', 'Director'],
  auditor: ['Auditoría', 'Auditor'],
  patient: ['Paciente', 'Patient'],
  representative: ['Representante', 'Representative'],
}

export const allRoles = Object.keys(roleNames)

export const roleText = (role: string): string => roleNames[role]?.[language === 'es' ? 0 : 1] ?? role

const purposes: Record<string, readonly [es: string, en: string]> = {
  '': ['Lo habitual de tu puesto', 'What is usual for your role'],
  TREAT: ['Atención de pacientes', 'Treatment'],
  HPAYMT: ['Cobro y seguros', 'Payment'],
  HOPERAT: ['Operación del hospital', 'Operations'],
  PATRQT: ['A petición de la persona paciente', 'Patient request'],
  HLEGAL: ['Asunto legal', 'Legal'],
  HRESCH: ['Investigación', 'Research'],
}

export const allPurposes = Object.keys(purposes)

export const purposeText = (purpose: string): string =>
  purposes[purpose]?.[language === 'es' ? 0 : 1] ?? purpose

const states: Record<string, readonly [es: string, en: string]> = {
  pending: ['Espera aprobación', 'Waits for approval'],
  approved: ['Aprobada', 'Approved'],
  done: ['Hecha', 'Done'],
  refused: ['Rechazada', 'Refused'],
  withdrawn: ['Retirada', 'Withdrawn'],
  objected: ['Detenida por la persona', 'Stopped by the person'],
  expired: ['Vencida', 'Expired'],
}

export const stateText = (state: string): string => states[state]?.[language === 'es' ? 0 : 1] ?? state

const notices: Record<string, readonly [es: string, en: string]> = {
  'new-device': [
    'Entraste desde un equipo nuevo. Si no fuiste tú, cierra esa sesión y avisa a Seguridad.',
    'You signed in from a new device. If it was not you, end that session and tell Security.',
  ],
  'new-factor': [
    'Se agregó una forma de entrar a tu cuenta. Si no fuiste tú, avisa a Seguridad ahora.',
    'A way to sign in was added to your account. If it was not you, tell Security now.',
  ],
  'removed-factor': [
    'Se quitó una forma de entrar de tu cuenta. Si no fuiste tú, avisa a Seguridad ahora.',
    'A way to sign in was removed from your account. If it was not you, tell Security now.',
  ],
  'recovery-used': [
    'Se usó un código de recuperación. Si no fuiste tú, avisa a Seguridad ahora.',
    'A recovery code was used. If it was not you, tell Security now.',
  ],
  'passkey-cloned': [
    'Una llave de acceso parece copiada y se suspendió. Avisa a Seguridad.',
    'A passkey looks copied and was suspended. Tell Security.',
  ],
  'reset-asked': [
    'Se aprobó restablecer tu acceso. Si no lo pediste, detenlo en Peticiones.',
    'Resetting your access was approved. If you did not ask, stop it under Requests.',
  ],
  'reset-done': [
    'Tu acceso se restableció: lo de antes ya no sirve.',
    'Your access was reset: what you used before stopped working.',
  ],
  'roles-changed': ['Tus funciones cambiaron.', 'Your roles have changed.'],
  breakglass: [
    'En una urgencia se abrió un expediente. Se revisa en 72 horas.',
    'A record was opened in an emergency. It is reviewed within 72 hours.',
  ],
  'reviews-wait': [
    'Hay accesos que te toca revisar: están abajo, en Revisión de accesos.',
    'There is access for you to review: see below, under Access reviews.',
  ],
  'review-due': [
    'Nadie ha revisado tu acceso todavía. Si nadie lo hace para esa fecha, se cierra.',
    'Nobody has reviewed your access yet. If nobody does by that day, it closes.',
  ],
  'review-expired': [
    'Tu acceso se cerró: nadie lo revisó a tiempo. Se abre en cuanto alguien lo certifique.',
    'Your access has closed: nobody reviewed it in time. It opens as soon as it is certified.',
  ],
  'review-decided': ['Se revisó tu acceso.', 'Your access was reviewed.'],
  'grant-asked-of-you': [
    'Alguien pide ver tu expediente. Puedes aprobarlo o rechazarlo en Accesos a expedientes.',
    'Somebody asks to see your record. You can approve or refuse it under Access to records.',
  ],
  'grant-asked': [
    'Alguien pide el expediente de un paciente tuyo. Decide en Accesos a expedientes.',
    'Somebody asks for the record of a patient of yours. Decide under Access to records.',
  ],
  granted: ['Se te abrió el expediente que pediste.', 'The record that you asked for was opened to you.'],
  'granted-of-you': [
    'Tu expediente se abrió a alguien. Puedes terminarlo en Accesos a expedientes.',
    'Your record was opened to somebody. You can end it under Access to records.',
  ],
  'grant-ended': ['Se terminó un acceso que tenías.', 'An access that you had was ended.'],
}

const abouts: Record<string, readonly [es: string, en: string]> = {
  password: ['Contraseña y código', 'Password and code'],
  'recovery-codes': ['Códigos de recuperación', 'Recovery codes'],
}

/** What a notice is about, as it is called here; names that somebody gave are theirs. */
export const aboutText = (about: string): string => abouts[about]?.[language === 'es' ? 0 : 1] ?? about

/** This machine's own address has no meaning to whoever sits at it. */
export const addressText = (address: string): string =>
  /^(::1|127\.|::ffff:127\.)/.test(address) ? t('here') : address

export const noticeText = (kind: string): string => notices[kind]?.[language === 'es' ? 0 : 1] ?? kind

const months = {
  es: ['ene', 'feb', 'mar', 'abr', 'may', 'jun', 'jul', 'ago', 'sep', 'oct', 'nov', 'dic'],
  en: ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
}

const two = (value: number): string => String(value).padStart(2, '0')

/** `22-nov-2026 14:05`, in the time of whoever reads, and never broken in two. Browsers differ in what Intl says. */
export function timeText(seconds: number): string {
  const at = new Date(seconds * 1000)
  const month = months[language][at.getMonth()]
  const day = [two(at.getDate()), month, at.getFullYear()].join('-\u2060')
  return `${day}\u00a0${two(at.getHours())}:${two(at.getMinutes())}`
}

/** The day alone, of an ISO time. */
export const dayText = (iso: string): string => timeText(Date.parse(iso) / 1000).split('\u00a0')[0] ?? ''
