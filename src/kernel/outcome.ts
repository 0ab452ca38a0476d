/**
 * Results as values: what can be refused, and how a refusal reads on the wire.
 *
 * A room that cannot do what was asked returns a `Refusal`; it throws only when an invariant of its own is
 * broken. `catalogue` is the one list of refusals; docs/spec/errors.md is its document, proved equal by test.
 * Texts never hold a value of a patient: slots take names, limits and positions only.
 */

import { mergingRefusals } from './refusals/merging.ts'

export type Language = 'es' | 'en'

/** The codes of FHIR R4's value set issue-type (https://hl7.org/fhir/R4/valueset-issue-type.html) in use here. */
export type IssueCode =
  | 'invalid'
  | 'structure'
  | 'required'
  | 'value'
  | 'invariant'
  | 'security'
  | 'login'
  | 'forbidden'
  | 'processing'
  | 'not-supported'
  | 'duplicate'
  | 'multiple-matches'
  | 'not-found'
  | 'deleted'
  | 'too-long'
  | 'code-invalid'
  | 'extension'
  | 'too-costly'
  | 'business-rule'
  | 'expired'
  | 'conflict'
  | 'transient'
  | 'exception'
  | 'timeout'
  | 'throttled'
  | 'informational'
  | 'no-store'

/** One fault found in a resource. `expression` is a FHIRPath such as `Patient.name[0].given`. */
export interface Issue {
  severity: 'fatal' | 'error' | 'warning' | 'information'
  code: string
  expression: string
  text: { es: string; en: string }
}

interface CatalogueRow {
  /** Status of the HTTP answer, RFC 9110 §15 and FHIR R4 http.html. */
  httpStatus: number
  issue: IssueCode
  text: { es: string; en: string }
}

function row(httpStatus: number, issue: IssueCode, en: string, es: string): CatalogueRow {
  return { httpStatus, issue, text: { en, es } }
}

/** Every refusal. `{slot}` in a text is filled from `Refusal.slots`. */
export const catalogue = {
  malformed: row(
    400,
    'structure',
    'The body is not well-formed JSON: {reason} (line {line}, column {column}).',
    'El cuerpo no es JSON bien formado: {reason} (línea {line}, columna {column}).',
  ),
  'too-deep': row(
    400,
    'too-costly',
    'The JSON is nested deeper than {limit} levels.',
    'El JSON está anidado a más de {limit} niveles.',
  ),
  'bad-request': row(
    400,
    'invalid',
    'The request is not valid HTTP or its address is not well-formed.',
    'La petición no es HTTP válido o su dirección está mal formada.',
  ),
  'invalid-header': row(
    400,
    'value',
    'The header {header} is not well-formed; expected {expected}.',
    'La cabecera {header} está mal formada; se espera {expected}.',
  ),
  'invalid-id': row(
    400,
    'value',
    'The id is not a FHIR id: 1 to 64 letters, digits, "-" or ".".',
    'El id no es un id de FHIR: de 1 a 64 letras, dígitos, "-" o ".".',
  ),
  'invalid-member': row(
    400,
    'structure',
    'The body is not what this address takes, at {member}.',
    'El cuerpo no es lo que esta dirección admite, en {member}.',
  ),
  'id-mismatch': row(
    400,
    'value',
    'The id or type in the body is not the one in the address.',
    'El id o el tipo del cuerpo no es el de la dirección.',
  ),
  'unsupported-parameter': row(
    400,
    'not-supported',
    'The parameter {parameter} is not supported here; nothing was searched.',
    'El parámetro {parameter} no se admite aquí; no se buscó nada.',
  ),
  'invalid-parameter': row(
    400,
    'value',
    'The parameter {parameter} has a value that cannot be used; expected {expected}.',
    'El parámetro {parameter} tiene un valor que no se puede usar; se espera {expected}.',
  ),
  'invalid-search-value': row(
    400,
    'value',
    'The search parameter {parameter} has a value that cannot be used, from character {at} on; expected {expected}.',
    'El parámetro de búsqueda {parameter} tiene un valor que no se puede usar, desde el carácter {at}; se espera {expected}.',
  ),
  'unknown-value-set': row(
    400,
    'not-supported',
    'The parameter {parameter} names the value set {url}, whose codes FHIR R4 does not list.',
    'El parámetro {parameter} nombra el conjunto de valores {url}, cuyos códigos FHIR R4 no enumera.',
  ),
  'search-too-costly': row(
    400,
    'too-costly',
    'By {parameter} the search leads to more than {limit} resources; narrow it.',
    'Por {parameter} la búsqueda lleva a más de {limit} recursos; acótela.',
  ),
  'included-too-large': row(
    400,
    'too-costly',
    'What {parameter} adds to one page is more than {limit} MB; ask for fewer matches on a page (_count), or add less.',
    'Lo que {parameter} añade a una página pasa de {limit} MB; pida menos resultados por página (_count) o añada menos.',
  ),
  'too-many-scans': row(
    400,
    'too-costly',
    'More than {limit} searches of the transaction look through all records; let their criteria name an identifier, an id or a patient.',
    'Más de {limit} búsquedas de la transacción recorren todos los registros; que sus criterios nombren un identificador, un id o un paciente.',
  ),
  'criteria-missing': row(
    400,
    'required',
    'Updating or deleting without an id needs search criteria in the address.',
    'Para actualizar o borrar sin un id hacen falta criterios de búsqueda en la dirección.',
  ),
  'duplicate-in-bundle': row(
    400,
    'duplicate',
    'Entry {entry} of the transaction acts on the same resource as another entry.',
    'La entrada {entry} de la transacción actúa sobre el mismo recurso que otra entrada.',
  ),
  'transaction-failed': row(
    400,
    'processing',
    'Nothing of the transaction was kept, because entry {entry} was refused.',
    'No se guardó nada de la transacción, porque se rechazó la entrada {entry}.',
  ),
  'patch-malformed': row(
    400,
    'invalid',
    'Operation {operation} of the patch (counted from 0) is not well-formed: {reason}.',
    'La operación {operation} del parche (contada desde 0) está mal formada: {reason}.',
  ),
  unauthorized: row(
    401,
    'login',
    'A valid bearer token is required.',
    'Se requiere un token de acceso válido.',
  ),
  'sign-in-failed': row(
    401,
    'login',
    'That did not sign anybody in. Check all of it and try again.',
    'Con eso no se pudo entrar. Hay que revisar todos los datos e intentar de nuevo.',
  ),
  forbidden: row(403, 'forbidden', 'This is not allowed to you.', 'No tiene permiso para esto.'),
  'too-wide': row(
    403,
    'forbidden',
    'This would look through the records of all patients, which is not allowed to you; name a patient, an identifier, a name or a day.',
    'Esto recorrería los expedientes de todos los pacientes, para lo que no tiene permiso; nombre un paciente, un identificador, un nombre o un día.',
  ),
  safeguard: row(403, 'business-rule', '{reason}', '{reason}'),
  'not-founded': row(
    403,
    'business-rule',
    'The vault waits for its first two officers: until both have enrolled, nothing is served.',
    'La bóveda espera a sus dos primeros responsables: hasta que ambos se enrolen, no se sirve nada.',
  ),
  'step-up-needed': row(
    403,
    'security',
    'Both factors have to be shown again for this; that counts for five minutes.',
    'Para esto hay que mostrar de nuevo ambos factores; vale por cinco minutos.',
  ),
  'signature-needed': row(
    403,
    'security',
    'This is approved by signing it with your passkey.',
    'Esto se aprueba firmándolo con su llave de acceso.',
  ),
  'signature-unfit': row(
    403,
    'security',
    'That is no signature of this act by a passkey of yours, or it was used or is too old. Begin again.',
    'Esa no es una firma de este acto con una llave de acceso suya, o ya se usó o venció. Empiece de nuevo.',
  ),
  'own-request': row(
    403,
    'business-rule',
    'Nobody decides what they asked for themselves, or what is about them: somebody else must.',
    'Nadie decide lo que pidió o lo que le concierne: debe hacerlo otra persona.',
  ),
  'cross-site': row(
    403,
    'security',
    'The request comes from another site, or does not say where it comes from.',
    'La petición viene de otro sitio, o no dice de dónde viene.',
  ),
  'link-invalid': row(
    403,
    'expired',
    'The link does not work: it was used, has expired, or was replaced. Ask for another.',
    'El enlace no sirve: ya se usó, caducó o fue reemplazado. Hay que pedir otro.',
  ),
  'page-of-another': row(
    403,
    'forbidden',
    'The page link was given to somebody else; ask for the first page yourself.',
    'El enlace de página se dio a otra persona; pida usted la primera página.',
  ),
  'usage-limit': row(
    403,
    'business-rule',
    'That would be more than {limit} {what} in one day, the limit of the role: it waits for an approval. What to ask for stands in the header Sigilo-Act.',
    'Con esto pasaría de {limit} {what} en un día, el límite del puesto: queda en espera de una aprobación. Lo que hay que pedir está en el encabezado Sigilo-Act.',
  ),
  'not-found': row(404, 'not-found', 'There is nothing at this address.', 'No hay nada en esta dirección.'),
  'unknown-type': row(
    404,
    'not-supported',
    'There is no such resource type in FHIR R4.',
    'No existe ese tipo de recurso en FHIR R4.',
  ),
  'method-not-allowed': row(
    405,
    'not-supported',
    'This address does not take that method; it takes {allow}.',
    'Esta dirección no admite ese método; admite {allow}.',
  ),
  'audit-computed': row(
    405,
    'not-supported',
    'An AuditEvent is computed from the ledger when it is read: nobody writes, changes or deletes one.',
    'Un AuditEvent se calcula del libro cuando se lee: nadie lo escribe, lo cambia ni lo borra.',
  ),
  'not-acceptable': row(
    406,
    'not-supported',
    'Answers are given as application/fhir+json only.',
    'Las respuestas se dan solo como application/fhir+json.',
  ),
  timeout: row(
    408,
    'timeout',
    'The request did not arrive whole in time.',
    'La petición no llegó completa a tiempo.',
  ),
  'version-conflict': row(
    409,
    'conflict',
    'Somebody else changed the resource at the same moment; read it and try again.',
    'Alguien más cambió el recurso en el mismo momento; léalo e intente de nuevo.',
  ),
  'request-over': row(
    409,
    'conflict',
    'The request is not open any more, or cannot be carried out.',
    'La petición ya no está abierta, o no se puede llevar a cabo.',
  ),
  'last-officers': row(
    409,
    'conflict',
    'Fewer than two security officers would be left, and nobody could approve what another asks. Appoint another first.',
    'Quedarían menos de dos responsables de seguridad, y nadie podría aprobar lo que otro pide. Nombre antes a otro.',
  ),
  'approved-already': row(
    409,
    'conflict',
    'You have approved it already: somebody else has to as well.',
    'Usted ya lo aprobó: falta otra persona.',
  ),
  'no-passkey': row(
    409,
    'business-rule',
    'There is no passkey to sign with here: both factors are shown again in its place.',
    'Aquí no hay llave de acceso con que firmar: en su lugar se muestran de nuevo ambos factores.',
  ),
  'quorum-lower': row(
    409,
    'business-rule',
    'As many approve already, and fewer never will.',
    'Ya aprueban tantas personas, y nunca serán menos.',
  ),
  'quorum-unmet': row(
    409,
    'business-rule',
    'There are not so many security officers besides who asks.',
    'No hay tantos oficiales de seguridad además de quien lo pide.',
  ),
  'unusable-act': row(
    422,
    'business-rule',
    'This cannot be asked for here, or not so.',
    'Esto no se puede pedir aquí, o no así.',
  ),
  'not-yet': row(
    409,
    'business-rule',
    'The link is given when the wait is over, so that the person can object.',
    'El enlace se da cuando termina la espera, para que la persona pueda oponerse.',
  ),
  'login-taken': row(
    409,
    'duplicate',
    'Somebody has this user name already.',
    'Alguien ya tiene ese nombre de usuario.',
  ),
  'program-taken': row(
    409,
    'duplicate',
    'A program is registered under this id already.',
    'Ya hay un programa registrado con ese id.',
  ),
  'too-many-factors': row(
    409,
    'business-rule',
    'There are as many passkeys as one person may have; remove one first.',
    'Ya hay tantas llaves de acceso como puede tener una persona; primero hay que quitar una.',
  ),
  'last-way-in': row(
    409,
    'business-rule',
    'Without it there would be no complete way left to sign in: add another first.',
    'Sin ella no quedaría ninguna forma completa de entrar: primero hay que agregar otra.',
  ),
  gone: row(410, 'deleted', 'The resource was deleted.', 'El recurso fue borrado.'),
  'patient-destroyed': row(
    422,
    'business-rule',
    'It is about a patient whose data were destroyed: nothing new can be written about that patient.',
    'Es sobre un paciente cuyos datos fueron destruidos: ya no se puede escribir nada nuevo sobre esa persona.',
  ),
  'page-expired': row(
    410,
    'processing',
    'The page link is no longer valid; ask for the first page again.',
    'El enlace de página ya no es válido; pida de nuevo la primera página.',
  ),
  'precondition-failed': row(
    412,
    'conflict',
    'The resource is not at the version named in If-Match.',
    'El recurso no está en la versión que nombra If-Match.',
  ),
  'already-exists': row(
    412,
    'conflict',
    'The resource already exists, and If-None-Match asked that it should not.',
    'El recurso ya existe, y If-None-Match pedía que no existiera.',
  ),
  'no-match': row(
    412,
    'not-found',
    'A reference by search criteria matches no resource; nothing was done.',
    'Una referencia por criterios de búsqueda no encuentra ningún recurso; no se hizo nada.',
  ),
  'multiple-matches': row(
    412,
    'multiple-matches',
    'More than one resource matches the criteria; nothing was done.',
    'Más de un recurso cumple los criterios; no se hizo nada.',
  ),
  'too-large': row(
    413,
    'too-long',
    'The body is larger than {limit} bytes.',
    'El cuerpo pasa de {limit} bytes.',
  ),
  'scanner-limit': row(
    413,
    'too-long',
    'The content is larger than the virus scanner takes (StreamMaxLength of clamd); nothing was kept.',
    'El contenido es mayor que lo que admite el antivirus (StreamMaxLength de clamd); no se guardó nada.',
  ),
  'uri-too-long': row(
    414,
    'too-long',
    'The address is longer than {limit} bytes.',
    'La dirección pasa de {limit} bytes.',
  ),
  'unsupported-media': row(
    415,
    'not-supported',
    'The body must be {expected}, in UTF-8, not compressed.',
    'El cuerpo debe ser {expected}, en UTF-8, sin comprimir.',
  ),
  'range-unsatisfiable': row(
    416,
    'value',
    'The range lies outside of the content, which has {bytes} bytes.',
    'El intervalo queda fuera del contenido, que tiene {bytes} bytes.',
  ),
  'wrong-host': row(
    421,
    'security',
    'This server does not answer under the name that the request gives.',
    'Este servidor no responde con el nombre que da la petición.',
  ),
  'export-elsewhere': row(
    421,
    'processing',
    'The file lies on the disk of another server of this vault; ask that one.',
    'El archivo está en el disco de otro servidor de esta bóveda; pídalo a ese.',
  ),
  invalid: row(422, 'invalid', 'The resource is not valid FHIR R4.', 'El recurso no es FHIR R4 válido.'),
  'unusable-login': row(
    422,
    'value',
    'A user name has 2 to 64 letters of the Latin script, digits, ".", "_", "-", "@" or "+", and begins with a letter or digit.',
    'Un nombre de usuario tiene de 2 a 64 letras latinas, cifras, ".", "_", "-", "@" o "+", y empieza con letra o cifra.',
  ),
  'standing-unfit': row(
    422,
    'business-rule',
    'The roles do not fit the rest: a patient needs the Patient they are, a representative the Patients they stand for, and nobody else has either.',
    'Las funciones no concuerdan con lo demás: un paciente necesita el Patient que es, un representante los Patient que representa, y nadie más los lleva.',
  ),
  'unusable-program': row(
    422,
    'value',
    'The keys or the scope of the program cannot be used.',
    'Las llaves o el alcance del programa no se pueden usar.',
  ),
  'unusable-factor': row(
    422,
    'value',
    'The passkey or the code could not be verified; begin again.',
    'No se pudo verificar la llave de acceso o el código; hay que empezar de nuevo.',
  ),
  'weak-password': row(
    422,
    'value',
    'The password cannot be used: {reason}.',
    'La contraseña no se puede usar: {reason}.',
  ),
  'patch-failed': row(
    422,
    'processing',
    'Operation {operation} of the patch (counted from 0) cannot be carried out: {reason}. Nothing was changed.',
    'La operación {operation} del parche (contada desde 0) no se puede llevar a cabo: {reason}. No se cambió nada.',
  ),
  'patch-test-failed': row(
    422,
    'processing',
    'The test in operation {operation} of the patch (counted from 0) does not hold; nothing was changed.',
    'La prueba de la operación {operation} del parche (contada desde 0) no se cumple; no se cambió nada.',
  ),
  'patch-identity': row(
    422,
    'business-rule',
    'A patch cannot change the id or the type of a resource; nothing was changed.',
    'Un parche no puede cambiar el id ni el tipo de un recurso; no se cambió nada.',
  ),
  'patch-too-costly': row(
    422,
    'too-costly',
    'The patch asks for more than is done at once: {reason}. Nothing was changed.',
    'El parche pide más de lo que se hace de una vez: {reason}. No se cambió nada.',
  ),
  'attachment-differs': row(
    422,
    'value',
    'The attachment at {expression} says another {what} than its content has; nothing was kept.',
    'El adjunto en {expression} dice otro {what} que el de su contenido; no se guardó nada.',
  ),
  'dangerous-content': row(
    422,
    'business-rule',
    'The content is said to be {claimed} and is {found}, which can run; nothing was kept.',
    'El contenido dice ser {claimed} y es {found}, que puede ejecutarse; no se guardó nada.',
  ),
  infected: row(
    422,
    'business-rule',
    'The virus scanner found {signature} in the content; nothing was kept.',
    'El antivirus encontró {signature} en el contenido; no se guardó nada.',
  ),
  'polled-too-often': row(
    429,
    'throttled',
    'How far the export is was asked a moment ago; ask again in {seconds} s.',
    'Hace un momento se preguntó cuánto lleva la exportación; pregunte de nuevo en {seconds} s.',
  ),
  'too-many-tries': row(
    429,
    'throttled',
    'There were too many tries; wait a moment and try again.',
    'Hubo demasiados intentos; hay que esperar un momento e intentar de nuevo.',
  ),
  'too-fast': row(
    429,
    'throttled',
    'So much in so short a time is not done by one person; wait a moment and try again.',
    'Una persona no hace tanto en tan poco tiempo; hay que esperar un momento e intentar de nuevo.',
  ),
  'too-many-exports': row(
    429,
    'throttled',
    'There are {limit} exports of yours already, or too many of all; delete one, or wait until one expires.',
    'Ya hay {limit} exportaciones suyas, o demasiadas entre todas; borre una, o espere a que una caduque.',
  ),
  'too-many-uploads': row(
    429,
    'throttled',
    'There are {limit} uploads of yours under way already, or too many of all; wait until one has ended.',
    'Ya hay {limit} cargas suyas en curso, o demasiadas entre todas; espere a que termine una.',
  ),
  'headers-too-large': row(
    431,
    'too-long',
    'The headers are too large.',
    'Las cabeceras son demasiado grandes.',
  ),
  internal: row(
    500,
    'exception',
    'The server failed; nothing about the fault is shown here. Incident {incident}.',
    'El servidor falló; aquí no se muestra nada de la falla. Incidente {incident}.',
  ),
  'export-failed': row(500, 'processing', 'The export failed: {reason}.', 'La exportación falló: {reason}.'),
  'not-implemented': row(501, 'not-supported', 'The server does not do this.', 'El servidor no hace esto.'),
  sealed: row(
    503,
    'transient',
    'The vault is sealed; an officer has to unseal it.',
    'La bóveda está sellada; un responsable debe abrirla.',
  ),
  'database-away': row(
    503,
    'transient',
    'The database cannot be reached; nothing was changed. Try again in a moment.',
    'No se puede llegar a la base de datos; no se cambió nada. Intente de nuevo en un momento.',
  ),
  'not-recorded': row(
    503,
    'transient',
    'It could not be recorded in the ledger, so nothing is shown and nothing was changed. Try again in a moment.',
    'No se pudo registrar en el libro, así que no se muestra ni se cambió nada. Intente de nuevo en un momento.',
  ),
  'outcome-unknown': row(
    503,
    'transient',
    'The database was lost while it wrote: read before you send the change again.',
    'Se perdió la base de datos mientras escribía: lea antes de enviar el cambio otra vez.',
  ),
  busy: row(
    503,
    'throttled',
    'The server is busy; try again in a moment.',
    'El servidor está ocupado; intente de nuevo en un momento.',
  ),
  'scanner-away': row(
    503,
    'transient',
    'The virus scanner does not answer, and nothing is taken in unseen; nothing was kept. Try again in a moment.',
    'El antivirus no responde, y no se admite nada sin revisar; no se guardó nada. Intente de nuevo en un momento.',
  ),
  'disk-full': row(
    507,
    'no-store',
    'The server has no room left for content of this size; nothing was kept.',
    'El servidor ya no tiene lugar para un contenido de este tamaño; no se guardó nada.',
  ),
  ...mergingRefusals,
} as const satisfies Record<string, CatalogueRow>

export type RefusalCode = keyof typeof catalogue

/** What fills a text: names, limits and positions; never a value of a patient. */
export type Slots = Readonly<Record<string, string | number | { es: string; en: string }>>

/**
 * An expected refusal. `issues` are the faults of an invalid resource; `cause` is the refusal of the entry that
 * made a transaction fail, and gives the answer its HTTP status.
 */
export interface Refusal<Code extends RefusalCode = RefusalCode> {
  status: Code
  slots?: Slots | undefined
  issues?: readonly Issue[] | undefined
  cause?: Refusal | undefined
  retryAfterSeconds?: number | undefined
  /** The precise reason where the wire is not told: for the ledger. */
  inside?: string | undefined
  /** What was asked for, to the letter, where somebody else may approve it: told to whoever asked, and in no text. */
  act?: string | undefined
}

export function refuse<Code extends RefusalCode>(
  status: Code,
  slots?: Slots,
  more?: Pick<Refusal, 'issues' | 'cause' | 'retryAfterSeconds' | 'inside' | 'act'>,
): Refusal<Code> {
  return { status, slots, ...more }
}

/** Of a safeguard: with a code and words of its own. */
export function refuseAs(code: string, reason: { es: string; en: string }): Refusal<'safeguard'> {
  return { status: 'safeguard', slots: { code, reason }, inside: code }
}

/** The code on the wire. */
export function codeOf({ status, slots }: Refusal): string {
  return status === 'safeguard' ? String(slots?.['code'] ?? status) : status
}

/** Whether a result that may be a success of some other `status` is a refusal. */
export function isRefusal(result: { status: string }): result is Refusal {
  return Object.hasOwn(catalogue, result.status)
}

/** The HTTP status: the cause's where there is one. */
export function httpStatusOf(refusal: Refusal): number {
  return refusal.cause ? httpStatusOf(refusal.cause) : catalogue[refusal.status].httpStatus
}

/** The sentence of a refusal, without its issues. A slot that was not filled reads `?`. */
export function sentenceOf(refusal: Refusal, language: Language): string {
  const text: string = catalogue[refusal.status].text[language]
  return text.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const value = refusal.slots?.[slot] ?? '?'
    return typeof value === 'object' ? value[language] : String(value)
  })
}

/** System of `OperationOutcome.issue.details.coding`, so that programs need not read sentences. */
export const refusalSystem = 'urn:x-sigilo:refusal'

/** The refusal as the text of a FHIR R4 OperationOutcome. */
export function operationOutcome(refusal: Refusal, language: Language): string {
  return JSON.stringify({ resourceType: 'OperationOutcome', issue: issuesOf(refusal, language) })
}

function issuesOf(refusal: Refusal, language: Language): object[] {
  const found = (refusal.issues ?? []).map(({ severity, code, expression, text }) => ({
    severity,
    code,
    details: { coding: [{ system: refusalSystem, code: codeOf(refusal) }], text: text[language] },
    ...(expression === '' ? {} : { expression: [expression] }),
  }))
  const own = {
    severity: 'error',
    code: catalogue[refusal.status].issue,
    details: {
      coding: [{ system: refusalSystem, code: codeOf(refusal) }],
      text: sentenceOf(refusal, language),
    },
  }
  const causes = refusal.cause ? issuesOf(refusal.cause, language) : []
  return found.length > 0 ? [...found, ...causes] : [own, ...causes]
}

/** The language of an answer: whichever of Spanish and English Accept-Language prefers; English otherwise. */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (acceptLanguage === undefined || acceptLanguage.length > acceptLanguageBytesMax) return 'en'
  let best: Language = 'en'
  let bestQuality = 0
  // RFC 9110 §12.5.4: language ranges with weights; the first of equals wins.
  for (const part of acceptLanguage.split(',')) {
    const [range = '', ...parameters] = part.trim().toLowerCase().split(';')
    const language = range.trim().split('-')[0]
    if (language !== 'es' && language !== 'en') continue
    const weight = parameters.map((each) => each.trim()).find((each) => each.startsWith('q='))
    const quality = weight === undefined ? 1 : Number(weight.slice(2))
    if (quality > bestQuality) {
      best = language
      bestQuality = quality
    }
  }
  return best
}

/** Longer lists of languages are not read; no browser sends them. */
const acceptLanguageBytesMax = 512
