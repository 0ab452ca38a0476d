/** Sources: LFPDPPP and LGPDPPSO (DOF 20-03-2025), NOM-004-SSA3-2012, NOM-024-SSA3-2012. Not legal advice. */
import { say, type Course } from './course.ts'

export const dataProtection: Course = {
  edition: 1,
  title: say('Protección de datos: lo básico', 'Data protection: the basics'),
  sections: [
    {
      title: say('De quién son los datos', 'Whose the data are'),
      text: say(
        'El expediente clínico es de la institución que lo hace; los datos que contiene son del paciente (NOM-004, 5.4). Los datos de salud son datos personales sensibles: un mal uso puede dañar o discriminar a alguien, y por eso la ley los protege más que a otros. El deber de confidencialidad no termina cuando usted deja de trabajar aquí.',
        'The clinical record belongs to the institution that makes it; the data in it belong to the patient (NOM-004, 5.4). Health data are sensitive personal data: their misuse can harm somebody or have them discriminated against, so the law protects them more than others. The duty of confidentiality does not end when you no longer work here.',
      ),
    },
    {
      title: say('Solo lo necesario, y para lo que es', 'Only what is needed, and for what it is for'),
      text: say(
        'Se abre un expediente para atender, cobrar o cumplir una tarea que a uno le toca, y de él solo lo que hace falta. La curiosidad por un familiar, un vecino o alguien famoso es un uso indebido, aunque no se cuente a nadie. Cada consulta queda en un libro que no se puede corregir, y el paciente puede saber quién lo miró.',
        'A record is opened to give care, to bill or to do a task that is yours, and of it only what is needed. Curiosity about a relative, a neighbour or somebody famous is misuse, even where nobody is told. Each look is in a ledger that cannot be corrected, and the patient may know who looked.',
      ),
    },
    {
      title: say('Consentimiento y aviso de privacidad', 'Consent and the privacy notice'),
      text: say(
        'Los datos sensibles piden consentimiento expreso y por escrito: con firma, firma electrónica u otro mecanismo de autenticación (LFPDPPP, 8). No hace falta en una urgencia, ni cuando la atención no puede esperar y el paciente no está en condiciones de darlo (9). El aviso de privacidad dice quién responde, para qué se usan los datos y cómo ejercer los derechos (15). Enviar datos a otra institución para que siga la atención no requiere otro consentimiento (36); venderlos o darlos para otra cosa, sí.',
        'Sensitive data need express consent in writing: by signature, electronic signature or another mechanism of authentication (LFPDPPP, 8). It is not needed in an emergency, nor where care cannot wait and the patient is in no condition to give it (9). The privacy notice says who answers for the data, what they are used for and how to exercise the rights (15). To send data to another institution so that care goes on needs no further consent (36); to sell them or to give them away for something else does.',
      ),
    },
    {
      title: say('Derechos ARCO', 'ARCO rights'),
      text: say(
        'Cada paciente puede pedir Acceso a sus datos, su Rectificación o Cancelación, u Oponerse a un uso. Quien recibe la petición no la resuelve ni la rechaza: la entrega el mismo día a la oficialía de privacidad, porque el plazo de 20 días hábiles para contestar ya corre; lo que se concede se cumple en los 15 siguientes (LFPDPPP, 31). Rectificar no es borrar: una nota no se borra ni se sobrescribe (NOM-004, 5.11), se corrige con otra. Y no se cancela lo que una ley obliga a conservar: el expediente, al menos 5 años desde el último acto médico.',
        'Each patient may ask for Access to their data, for their Rectification or Cancellation, or Oppose a use. Whoever is handed the request neither decides nor refuses it: it goes to the privacy office the same day, since the 20 business days for the answer are running; what is granted is done within the 15 that follow (LFPDPPP, 31). To rectify is not to erase: a note is neither erased nor overwritten (NOM-004, 5.11), it is corrected by another. And what a law has us keep is not cancelled: the record, for at least 5 years from the last medical act.',
      ),
    },
    {
      title: say('Su cuenta y su pantalla', 'Your account and your screen'),
      text: say(
        'La cuenta es de una persona. Nadie presta su contraseña, su código ni una sesión abierta: lo que se haga con ella será suyo. Se bloquea la pantalla al levantarse. Nada de un paciente va por mensajería, correo personal, memoria USB o fotografía.',
        'An account is one person’s. Nobody lends a password, a code or an open session: whatever is done with it will be theirs. The screen is locked on leaving it. Nothing of a patient goes by messenger, personal mail, memory stick or photograph.',
      ),
    },
    {
      title: say('La identidad va aparte', 'Identity is kept apart'),
      text: say(
        'CURP, domicilio, teléfono y correo se escriben en su lugar, la ficha de identidad, que se guarda aparte y con otra llave; nunca dentro de una nota. La CURP se valida, no se inventa (NOM-024, 6.5.1): si no se sabe quién es, se registra como desconocido.',
        'CURP, address, telephone and mail are written where they belong, in the identity form, which is kept apart under another key; never within a note. A CURP is validated and never made up (NOM-024, 6.5.1): where it is not known who somebody is, they are recorded as unknown.',
      ),
    },
  ],
  questions: [
    {
      id: 'dp-owner',
      text: say('¿De quién es el expediente clínico?', 'Whose is the clinical record?'),
      right: say(
        'El expediente, de la institución; los datos que contiene, del paciente.',
        'The record is the institution’s; the data in it are the patient’s.',
      ),
      wrong: [
        say('De quien escribió las notas.', 'Of whoever wrote the notes.'),
        say(
          'De la institución, con todos los datos que contiene.',
          'The institution’s, with all the data in it.',
        ),
        say(
          'Todo del paciente: puede llevarse el original y pedir que aquí no quede ninguna copia.',
          'All of it is the patient’s: they may take the original away and have no copy stay here.',
        ),
      ],
      why: say(
        'NOM-004-SSA3-2012, 5.4: el expediente es propiedad de la institución; el titular de los datos es el paciente.',
        'NOM-004-SSA3-2012, 5.4: the record is the property of the institution; the patient is the owner of the data.',
      ),
    },
    {
      id: 'dp-curiosity',
      text: say(
        'Su vecina está internada en otro servicio y usted quiere saber cómo sigue. ¿Qué hace?',
        'Your neighbour is an inpatient of another service and you want to know how she is. What do you do?',
      ),
      right: say(
        'No abro su expediente: no la atiendo. Le pregunto a ella o a su familia.',
        'I do not open her record: I do not care for her. I ask her, or her family.',
      ),
      wrong: [
        say('Lo abro, sin comentarlo con nadie.', 'I open it, and talk about it with nobody.'),
        say(
          'Pido a quien la atiende que me lo muestre en su pantalla.',
          'I ask whoever cares for her to show it to me on their screen.',
        ),
        say(
          'Leo solo las notas de enfermería, que no son un diagnóstico, y cierro la pantalla al terminar.',
          'I read the nursing notes alone, which are no diagnosis, and close the screen when I am done.',
        ),
      ],
      why: say(
        'Leer sin atender es un uso no autorizado, aunque no se cuente. La consulta queda en el libro y ella puede saberlo.',
        'To read without caring for somebody is an unauthorised use, even where nobody is told. The look is in the ledger, and she may know of it.',
      ),
    },
    {
      id: 'dp-lend',
      text: say(
        'A una compañera no le abre el sistema y un paciente espera. Le pide entrar con la sesión de usted.',
        'The system does not let a colleague in and a patient is waiting. She asks to use your session.',
      ),
      right: say(
        'No la presto: veo lo urgente yo, y ella pide que le restablezcan el acceso.',
        'I do not lend it: what is urgent I look up myself, and she asks for her access to be restored.',
      ),
      wrong: [
        say('Se la presto si me quedo a su lado.', 'I lend it if I stay beside her.'),
        say(
          'Se la presto y lo anoto en la bitácora, con la hora y la firma de las dos, para que conste.',
          'I lend it, and write it down in the log, with the time and the signatures of both of us, so that it is known.',
        ),
        say('Le doy mi contraseña, pero no el código.', 'I give her my password, but not the code.'),
      ],
      why: say(
        'Lo que se haga en su sesión queda a su nombre: la trazabilidad (NOM-024, 6.6.1) pide que cada acto sea de quien lo hizo.',
        'What is done in your session stands in your name: traceability (NOM-024, 6.6.1) asks for each act to be of whoever did it.',
      ),
    },
    {
      id: 'dp-arco-desk',
      text: say(
        'Un paciente le entrega por escrito una petición de acceso a sus datos. ¿Qué hace?',
        'A patient hands you a written request for access to their data. What do you do?',
      ),
      right: say(
        'La recibo y la entrego el mismo día a la oficialía de privacidad: el plazo ya corre.',
        'I take it and hand it to the privacy office the same day: its clock is running.',
      ),
      wrong: [
        say('Le digo que vuelva con un abogado.', 'I tell them to come back with a lawyer.'),
        say(
          'La guardo hasta que el médico tratante diga por escrito si la autoriza o si la rechaza.',
          'I keep it until the treating physician says in writing whether it is authorised or refused.',
        ),
        say('Le imprimo yo el expediente en ese momento.', 'I print the record for them myself at once.'),
      ],
      why: say(
        'La respuesta se da en 20 días hábiles desde que se recibe (LFPDPPP, 31; en hospitales públicos, LGPDPPSO, 45), y antes se acredita la identidad.',
        'The answer is due 20 business days from its receipt (LFPDPPP, 31; in public hospitals LGPDPPSO, 45), and identity is proven first.',
      ),
    },
    {
      id: 'dp-correct',
      text: say(
        'Descubre que ayer escribió una dosis equivocada en una nota. ¿Cómo la corrige?',
        'You find that you wrote a wrong dose in a note yesterday. How do you correct it?',
      ),
      right: say(
        'Con una versión nueva que la corrige; la anterior sigue ahí, marcada.',
        'By a new version that corrects it; the one before stays, marked.',
      ),
      wrong: [
        say('La borro y la escribo de nuevo.', 'I delete it and write it again.'),
        say(
          'Pido a sistemas que cambie la cifra en la base de datos, sin dejar otra versión.',
          'I ask the IT department to change the figure in the database, leaving no other version.',
        ),
        say('La dejo: lo escrito no se puede corregir.', 'I leave it: what is written cannot be corrected.'),
      ],
      why: say(
        'NOM-004, 5.11: nada se borra ni se sobrescribe. Y rectificar es un derecho: se corrige sin ocultar lo que había.',
        'NOM-004, 5.11: nothing is erased or overwritten. And to have data rectified is a right: they are corrected without hiding what was there.',
      ),
    },
    {
      id: 'dp-consent',
      text: say(
        'Fuera de las excepciones de la ley, ¿qué consentimiento piden los datos de salud?',
        'Outside the exceptions of the law, which consent do health data need?',
      ),
      right: say(
        'Expreso y por escrito: firma, firma electrónica u otro mecanismo de autenticación.',
        'Express and in writing: signature, electronic signature or another mechanism of authentication.',
      ),
      wrong: [
        say(
          'Tácito: basta con que el paciente no se oponga.',
          'Tacit: it is enough that the patient does not object.',
        ),
        say('Verbal, ante un testigo.', 'Verbal, before a witness.'),
        say(
          'Ninguno: quien llega a consulta ya consintió todo lo que la institución quiera hacer con ellos.',
          'None: whoever comes to the consultation has consented to everything that the institution does with them.',
        ),
      ],
      why: say(
        'LFPDPPP, 8: los datos sensibles requieren consentimiento expreso y por escrito.',
        'LFPDPPP, 8: sensitive data require express consent in writing.',
      ),
    },
    {
      id: 'dp-emergency',
      text: say(
        'Llega a urgencias alguien inconsciente, sin familiares. ¿Se pueden tratar sus datos?',
        'Somebody unconscious is brought to the emergency room, without relatives. May their data be processed?',
      ),
      right: say(
        'Sí, lo necesario para atenderle: en una urgencia no hace falta consentimiento.',
        'Yes, what is needed for their care: in an emergency no consent is needed.',
      ),
      wrong: [
        say('No, hasta que despierte y firme.', 'No, not until they wake up and sign.'),
        say(
          'Sí, y una vez abierto su expediente también para la docencia y para la investigación.',
          'Yes, and once their record is open for teaching and for research as well.',
        ),
        say('No, salvo que un juez lo autorice.', 'No, unless a judge authorises it.'),
      ],
      why: say(
        'LFPDPPP, 9: se exceptúan la emergencia y la atención indispensable mientras el paciente no está en condiciones de consentir; solo para eso.',
        'LFPDPPP, 9: emergencies are excepted, and care that cannot be left out while the patient is in no condition to consent; for that alone.',
      ),
    },
    {
      id: 'dp-messenger',
      text: say(
        'Un colega le pide por mensajería la foto de un resultado de laboratorio.',
        'A colleague asks you by messenger for a photograph of a laboratory result.',
      ),
      right: say(
        'No la envío: que lo consulte en el expediente, o pida ahí el acceso.',
        'I do not send it: they look it up in the record, or ask for access there.',
      ),
      wrong: [
        say('La envío tapando el nombre con el dedo.', 'I send it with my finger over the name.'),
        say('La envío y borro el mensaje después.', 'I send it and delete the message afterwards.'),
        say('La envío si la mensajería está cifrada.', 'I send it if the messenger is encrypted.'),
      ],
      why: say(
        'Fuera de la bóveda nadie sabe quién la tiene ni la puede borrar: es una copia sin control.',
        'Outside the vault nobody knows who has it, nor can delete it: a copy that nobody controls.',
      ),
    },
    {
      id: 'dp-free-text',
      text: say(
        '¿Dónde se anotan la CURP, el domicilio y el teléfono de un paciente?',
        'Where are a patient’s CURP, address and telephone written?',
      ),
      right: say(
        'En su ficha de identidad, que se guarda aparte.',
        'In their identity form, which is kept apart.',
      ),
      wrong: [
        say(
          'Al principio de cada nota, para no confundirlo.',
          'At the beginning of each note, so as not to mix them up.',
        ),
        say(
          'En el motivo de la consulta, para tenerlos a mano.',
          'In the reason for the visit, to have them at hand.',
        ),
        say('En una hoja de cálculo del servicio.', 'In a spreadsheet of the service.'),
      ],
      why: say(
        'En una nota los leería quien no los necesita. La identidad tiene su propia llave y se une al expediente solo cuando hace falta.',
        'In a note they would be read by whoever does not need them. Identity has a key of its own, and is joined to the record only when it is needed.',
      ),
    },
    {
      id: 'dp-cancel',
      text: say(
        'Una persona atendida el mes pasado pide que se borre todo su expediente.',
        'Somebody who was treated last month asks for their whole record to be erased.',
      ),
      right: say(
        'Se le contesta con la razón: debe conservarse al menos 5 años desde el último acto médico.',
        'They are answered with the reason: it must be kept for at least 5 years from the last medical act.',
      ),
      wrong: [
        say('Se borra en 15 días hábiles.', 'It is erased within 15 business days.'),
        say('No se contesta: el derecho no existe.', 'It is not answered: there is no such right.'),
        say(
          'Se borra de la bóveda, y se conserva una copia impresa en el archivo por si la pide un juez o la familia.',
          'It is erased from the vault, and a printed copy is kept in the archive in case that a judge or the family asks for it.',
        ),
      ],
      why: say(
        'LFPDPPP, 25, y NOM-004: no procede cancelar lo que una ley obliga a conservar. La negativa también se contesta, con su motivo.',
        'LFPDPPP, 25, and NOM-004: what a law has us keep is not cancelled. A refusal is answered, too, with its reason.',
      ),
    },
    {
      id: 'dp-caller',
      text: say(
        'Llama alguien que dice ser hermano de un paciente y pregunta su diagnóstico.',
        'Somebody calls who says that he is a patient’s brother, and asks for the diagnosis.',
      ),
      right: say(
        'No digo nada, ni que está aquí, hasta saber quién es y que el paciente lo autoriza.',
        'I say nothing, not even that he is here, until I know who it is and that the patient authorises it.',
      ),
      wrong: [
        say('Se lo digo si sabe la fecha de nacimiento.', 'I tell him, if he knows the date of birth.'),
        say(
          'Le digo que está internado y en qué servicio, para que pueda visitarlo, pero no de qué padece.',
          'I tell him that he is an inpatient and of which service, so that he can visit, but not what he suffers from.',
        ),
        say('Se lo digo: es familia directa.', 'I tell him: he is close family.'),
      ],
      why: say(
        'Que alguien esté internado ya es un dato de salud. El parentesco no autoriza por sí mismo: autoriza el paciente, o quien lo representa.',
        'That somebody is an inpatient is a health datum already. Kinship does not authorise by itself: the patient does, or whoever represents them.',
      ),
    },
    {
      id: 'dp-transfer',
      text: say(
        'Otro hospital recibe a su paciente y pide lo necesario para seguir el tratamiento.',
        'Another hospital receives your patient and asks for what it needs to go on with the treatment.',
      ),
      right: say(
        'Se envía lo necesario, por el medio de la institución: para la atención no hace falta otro consentimiento.',
        'What is needed is sent, by the institution’s own means: for care no further consent is needed.',
      ),
      wrong: [
        say(
          'No se envía nada sin un consentimiento nuevo por escrito.',
          'Nothing is sent without a new consent in writing.',
        ),
        say('Se envía el expediente completo, por si acaso.', 'The whole record is sent, just in case.'),
        say(
          'Se envía desde mi correo personal, que es más rápido.',
          'It is sent from my personal mail, which is faster.',
        ),
      ],
      why: say(
        'LFPDPPP, 36: la transferencia necesaria para la atención no requiere consentimiento; la proporcionalidad sigue valiendo.',
        'LFPDPPP, 36: a transfer that care needs requires no consent; proportionality still holds.',
      ),
    },
  ],
}
