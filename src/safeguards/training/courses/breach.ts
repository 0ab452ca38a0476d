/** Sources: LFPDPPP, 19, and LGPDPPSO, 34 (DOF 20-03-2025). Not legal advice. */
import { say, type Course } from './course.ts'

export const breach: Course = {
  edition: 1,
  title: say('Qué hacer ante una vulneración', 'What to do in a breach'),
  sections: [
    {
      title: say('Qué es una vulneración', 'What a breach is'),
      text: say(
        'Que datos personales se pierdan o destruyan sin autorización; que se roben, extravíen o copien; que alguien los use, los vea o los trate sin deber; que se dañen o alteren. No hace falta un pirata: un resultado enviado a otra persona, un teléfono perdido con la sesión abierta o un expediente leído por curiosidad también lo son. Tampoco hace falta que sean muchos: basta uno.',
        'That personal data are lost or destroyed without authorisation; that they are stolen, mislaid or copied; that somebody uses, sees or processes them who should not; that they are damaged or altered. It takes no hacker: a result sent to somebody else, a lost telephone with an open session or a record read out of curiosity are breaches, too. Nor does it take many: one is enough.',
      ),
    },
    {
      title: say('Los primeros minutos', 'The first minutes'),
      text: say(
        'Avise en el acto a la oficialía de privacidad y a la de seguridad, también si duda y también si fue culpa suya: cada hora cuenta, y quien avisa protege a los pacientes. Diga qué vio, cuándo, qué datos y de quién, y qué ha tocado. No investigue por su cuenta ni espere a estar seguro: decidir si es grave no le toca a usted.',
        'Tell the privacy officer and the security officer at once, also where you doubt it and also where it was your own fault: each hour counts, and whoever tells protects the patients. Say what you saw and when, which data and whose, and what you have touched. Do not investigate by yourself nor wait to be sure: whether it is serious is not yours to decide.',
      ),
    },
    {
      title: say('Contener sin borrar', 'To contain without erasing'),
      text: say(
        'Un equipo que se comporta raro o pide un rescate se desconecta de la red (cable y wifi) y se deja encendido: en su memoria está la evidencia. No se paga, no se limpia, no se reinstala. Un equipo perdido se reporta al momento para terminar sus sesiones. Una contraseña entregada en una página falsa se reporta y se cambia. Nada se borra: ni mensajes, ni archivos, ni registros.',
        'A machine that behaves strangely or asks for a ransom is taken off the network (cable and wifi) and left switched on: the evidence is in its memory. Nothing is paid, cleaned or reinstalled. A lost device is reported at once so that its sessions are ended. A password that was typed into a false page is reported, and changed. Nothing is deleted: no messages, no files, no logs.',
      ),
    },
    {
      title: say('A quién se avisa', 'Who has to be told'),
      text: say(
        'Un prestador privado avisa de inmediato a los pacientes afectados cuando la vulneración afecta de forma significativa sus derechos patrimoniales o morales; esa ley no pide avisar a la autoridad (LFPDPPP, 19). Un hospital público avisa sin dilación a los pacientes y también a la autoridad (LGPDPPSO, 34). Desde marzo de 2025 el INAI ya no existe: la autoridad federal es la Secretaría Anticorrupción y Buen Gobierno. Avisa la institución, no cada quien: a los pacientes, a la prensa y en redes habla quien ella designa.',
        'A private provider tells the affected patients immediately where the breach significantly affects their economic or moral rights; that law asks for no notice to the authority (LFPDPPP, 19). A public hospital tells the patients without delay, and the authority as well (LGPDPPSO, 34). Since March 2025 there is no INAI: the federal authority is the Secretaría Anticorrupción y Buen Gobierno. The institution tells, and not each by themselves: whoever it names speaks to patients, to the press and online.',
      ),
    },
    {
      title: say('Qué dice el aviso', 'What the notice says'),
      text: say(
        'Qué pasó; qué datos quedaron comprometidos; qué puede hacer la persona para protegerse; qué se hizo ya para corregirlo; y dónde puede saber más. Con palabras sencillas, y sin repetir los datos.',
        'What happened; which data were compromised; what the person can do for their protection; what has been done already to correct it; and where they can learn more. In plain words, and without repeating the data.',
      ),
    },
    {
      title: say('Después', 'Afterwards'),
      text: say(
        'El libro de la bóveda dice qué expedientes se vieron, desde qué cuenta y cuándo: con él se sabe a quién avisar. La institución analiza la causa y corrige sus medidas para que no se repita. Lo que usted anotó aquel primer día es parte de la prueba: guárdelo.',
        'The vault’s ledger says which records were seen, from which account and when: by it is known whom to tell. The institution looks into the cause and corrects its measures so that it does not happen again. What you wrote down on the first day is part of the evidence: keep it.',
      ),
    },
  ],
  questions: [
    {
      id: 'br-one-result',
      text: say(
        'Por error envió el resultado de un paciente al correo de otro. ¿Es una vulneración?',
        'By mistake you sent one patient’s result to the mail of another. Is it a breach?',
      ),
      right: say(
        'Sí, aunque sea uno: aviso en el acto a la oficialía de privacidad.',
        'Yes, even though it is one: I tell the privacy officer at once.',
      ),
      wrong: [
        say('No, porque no fue a propósito.', 'No, since it was not on purpose.'),
        say(
          'No, si quien lo recibió contesta que lo borró y promete no contarlo a nadie.',
          'No, if whoever received it answers that it is deleted and promises to tell nobody.',
        ),
        say('Solo si son más de cien pacientes.', 'Only if there are more than a hundred patients.'),
      ],
      why: say(
        'Que alguien vea datos sin deber es una vulneración, sea uno o un millón, con o sin intención. Pedir que lo borren es parte de contenerla, no su final.',
        'That somebody sees data who should not is a breach, of one or a million, meant or not. To ask for their deletion is part of containing it, and not its end.',
      ),
    },
    {
      id: 'br-lost-phone',
      text: say(
        'El viernes por la noche nota que perdió el teléfono con el que entra al sistema.',
        'On a Friday night you notice that you have lost the telephone with which you sign in.',
      ),
      right: say(
        'Lo reporto en ese momento, para que terminen mis sesiones y retiren esa llave.',
        'I report it at that moment, so that my sessions are ended and that key is removed.',
      ),
      wrong: [
        say(
          'Lo busco el fin de semana y lo reporto el lunes.',
          'I look for it over the weekend and report it on Monday.',
        ),
        say('No lo reporto: tiene bloqueo de pantalla.', 'I do not report it: its screen locks.'),
        say(
          'Compro otro y registro una llave nueva; la anterior queda sin uso porque ya no la tengo.',
          'I buy another and register a new key; the old one is of no use, since I no longer have it.',
        ),
      ],
      why: say(
        'Hasta que se retira, la llave perdida sigue sirviendo. Entre perderlo y avisar es cuando se hace el daño.',
        'Until it is removed the lost key is good. The harm is done between losing it and telling.',
      ),
    },
    {
      id: 'br-ransom',
      text: say(
        'Una computadora muestra que los archivos están cifrados y pide un rescate. ¿Qué hace primero?',
        'A computer shows that the files are encrypted and asks for a ransom. What do you do first?',
      ),
      right: say(
        'La desconecto de la red, la dejo encendida y llamo a seguridad.',
        'I take it off the network, leave it switched on and call security.',
      ),
      wrong: [
        say('La apago y la vuelvo a encender.', 'I switch it off and on again.'),
        say('Paso un antivirus y borro lo que encuentre.', 'I run a virus scanner and delete what it finds.'),
        say(
          'Escribo a quienes piden el rescate, para negociar y ganar tiempo.',
          'I write to those who ask for the ransom, to negotiate and gain time.',
        ),
      ],
      why: say(
        'Sin red no se extiende; encendida conserva en memoria lo que se necesita para saber qué pasó, y a veces para recuperar los archivos.',
        'Off the network it does not spread; switched on it keeps in memory what is needed to know what happened, and sometimes to recover the files.',
      ),
    },
    {
      id: 'br-private',
      text: say(
        'Un hospital privado sufre una vulneración que afecta de forma significativa a sus pacientes. ¿A quién pide avisar la LFPDPPP?',
        'A private hospital suffers a breach that significantly affects its patients. Whom does the LFPDPPP have it tell?',
      ),
      right: say('A los pacientes afectados, de inmediato.', 'The affected patients, immediately.'),
      wrong: [
        say('Al INAI, en 72 horas.', 'The INAI, within 72 hours.'),
        say('A los pacientes, en 20 días hábiles.', 'The patients, within 20 business days.'),
        say(
          'A nadie, si el sistema ya se recuperó del todo.',
          'Nobody, if the system has been wholly recovered.',
        ),
      ],
      why: say(
        'LFPDPPP, 19: de inmediato al titular. Esa ley no pide aviso a la autoridad; las 72 horas son del reglamento europeo, y los 20 días de la respuesta ARCO.',
        'LFPDPPP, 19: the data subject, immediately. That law asks for no notice to the authority; the 72 hours are of the European regulation, and the 20 days of the ARCO answer.',
      ),
    },
    {
      id: 'br-public',
      text: say(
        'En un hospital público, ¿a quién se avisa de una vulneración que afecta de forma significativa a los pacientes?',
        'In a public hospital, who has to be told of a breach that significantly affects patients?',
      ),
      right: say(
        'Los pacientes y también la autoridad, sin dilación.',
        'The patients and the authority as well, without delay.',
      ),
      wrong: [
        say('Solo la autoridad.', 'The authority alone.'),
        say(
          'Solo los pacientes que lo pregunten, cuando ellos lo pidan.',
          'Only those patients who ask about it, once they have asked.',
        ),
        say('La prensa, para que llegue a todos.', 'The press, so that it reaches everybody.'),
      ],
      why: say(
        'LGPDPPSO, 34: sin dilación a los titulares y a la autoridad.',
        'LGPDPPSO, 34: the data subjects and the authority, without delay.',
      ),
    },
    {
      id: 'br-notice',
      text: say('¿Qué lleva el aviso al paciente?', 'What does the notice to the patient hold?'),
      right: say(
        'Qué pasó, qué datos, qué puede hacer, qué se hizo y dónde saber más.',
        'What happened, which data, what they can do, what was done and where to learn more.',
      ),
      wrong: [
        say('Solo una disculpa, para no dar pistas.', 'An apology alone, so as to give nothing away.'),
        say('Una copia de los datos que se filtraron.', 'A copy of the data that leaked.'),
        say(
          'El nombre y el puesto de quien cometió el error, y la sanción que se le impuso por ello.',
          'The name and the position of whoever made the mistake, and the penalty that they were given.',
        ),
      ],
      why: say(
        'Sirve para que la persona pueda protegerse: sin saber qué datos ni qué hacer, no puede.',
        'It is there so that people can protect themselves: without knowing which data and what to do they cannot.',
      ),
    },
    {
      id: 'br-insider',
      text: say(
        'Un compañero, con su propia cuenta, lee expedientes de pacientes que no atiende. ¿Es una vulneración?',
        'A colleague reads, with their own account, records of patients for whom they do not care. Is it a breach?',
      ),
      right: say(
        'Sí: es acceso y uso no autorizado, y se reporta.',
        'Yes: it is unauthorised access and use, and is reported.',
      ),
      wrong: [
        say('No: el sistema se lo permitió.', 'No: the system let them.'),
        say(
          'No, mientras no lo publique ni se lo cuente a nadie de fuera.',
          'No, as long as they neither publish it nor tell it to anybody outside.',
        ),
        say('Solo si el paciente se queja.', 'Only if the patient complains.'),
      ],
      why: say(
        'Que técnicamente se pueda no lo autoriza. Es de las vulneraciones más comunes en hospitales.',
        'That it is technically possible does not authorise it. It is among the most common breaches in hospitals.',
      ),
    },
    {
      id: 'br-phishing',
      text: say(
        'Escribió su contraseña y su código en una página que resultó falsa. ¿Qué hace?',
        'You typed your password and code into a page that turned out to be false. What do you do?',
      ),
      right: say(
        'Aviso de inmediato, aunque fue mi error, y cambio la contraseña en el sitio verdadero.',
        'I tell at once, although it was my mistake, and change the password on the true site.',
      ),
      wrong: [
        say('Cambio la contraseña y no digo nada.', 'I change the password and say nothing.'),
        say(
          'Espero unos días a ver si pasa algo raro con mi cuenta, y solo entonces aviso a seguridad.',
          'I wait some days to see whether something strange happens to my account, and tell security only then.',
        ),
        say('Borro el correo que traía el enlace.', 'I delete the mail that had the link.'),
      ],
      why: say(
        'Quien tiene las dos cosas entra en segundos: hay que terminar las sesiones y ver qué se leyó. Y ese correo avisa a los demás: se guarda.',
        'Whoever has both is in within seconds: sessions have to be ended, and what was read looked at. And that mail warns the others: it is kept.',
      ),
    },
    {
      id: 'br-press',
      text: say(
        'Un periodista le llama y pregunta por una filtración de la que usted sabe algo.',
        'A journalist calls and asks about a leak of which you know something.',
      ),
      right: say(
        'No comento nada y le doy el contacto de quien la institución designa; aviso de la llamada.',
        'I comment on nothing and name whoever speaks for the institution; I report the call.',
      ),
      wrong: [
        say(
          'Le cuento lo que sé, sin nombres de pacientes y pidiéndole que no diga de quién lo supo ni cuándo.',
          'I tell what I know, without patients’ names and asking for nothing to be said of where it came from.',
        ),
        say('Lo niego todo, para proteger al hospital.', 'I deny everything, to protect the hospital.'),
        say('Lo aclaro yo en mis redes sociales.', 'I set it right in my own social networks.'),
      ],
      why: say(
        'Una versión a medias confunde a los pacientes y puede revelar datos. El aviso lo da la institución, completo y a quien corresponde.',
        'Half a story confuses the patients and may reveal data. The notice is the institution’s to give, complete and to those concerned.',
      ),
    },
    {
      id: 'br-evidence',
      text: say(
        'Mientras llega seguridad, encuentra los mensajes con los que empezó todo. ¿Qué hace con ellos?',
        'While security is on its way you find the messages with which it all began. What do you do with them?',
      ),
      right: say(
        'Los dejo como están y anoto la hora y lo que vi.',
        'I leave them as they are, and write down the time and what I saw.',
      ),
      wrong: [
        say('Los borro para que nadie más los abra.', 'I delete them so that nobody else opens them.'),
        say(
          'Los reenvío a todo el servicio como advertencia, para que nadie caiga.',
          'I forward them to the whole service as a warning, so that nobody falls for them.',
        ),
        say('Abro los adjuntos para ver qué hacen.', 'I open the attachments to see what they do.'),
      ],
      why: say(
        'Son la evidencia. Borrarlos impide saber el alcance; reenviarlos o abrirlos lo extiende.',
        'They are the evidence. To delete them keeps the extent from being known; to forward or open them makes it larger.',
      ),
    },
    {
      id: 'br-authority',
      text: say(
        '¿Qué autoridad federal vigila hoy la protección de datos personales en México?',
        'Which federal authority watches over data protection in Mexico today?',
      ),
      right: say(
        'La Secretaría Anticorrupción y Buen Gobierno.',
        'The Secretaría Anticorrupción y Buen Gobierno.',
      ),
      wrong: [
        say('El INAI.', 'The INAI.'),
        say(
          'La Comisión Federal para la Protección contra Riesgos Sanitarios.',
          'The Comisión Federal para la Protección contra Riesgos Sanitarios.',
        ),
        say('La CONAMED.', 'The CONAMED.'),
      ],
      why: say(
        'El INAI se extinguió en marzo de 2025 y sus funciones pasaron a la Secretaría. Los textos anteriores todavía lo nombran.',
        'The INAI was dissolved in March 2025, and its duties passed to the Secretariat. Older texts still name it.',
      ),
    },
    {
      id: 'br-who-decides',
      text: say(
        'No está segura de si lo que vio es grave. ¿Quién lo decide?',
        'You are not sure whether what you saw is serious. Who decides?',
      ),
      right: say(
        'La oficialía de privacidad, con la evidencia: yo lo reporto todo.',
        'The privacy officer, by the evidence: I report everything.',
      ),
      wrong: [
        say('Yo: si no es grave, no lo reporto.', 'I do: if it is not serious I do not report it.'),
        say(
          'Mi jefa inmediata, cuando vuelva de vacaciones.',
          'My supervisor, when she is back from her holidays.',
        ),
        say('El paciente, si se entera.', 'The patient, if they hear of it.'),
      ],
      why: say(
        'De la gravedad depende a quién hay que avisar, y eso se responde por la institución. Callar una duda es lo que convierte un error en un escándalo.',
        'On how serious it is depends who must be told, and the institution answers for that. A doubt kept to oneself is what makes a mistake a scandal.',
      ),
    },
  ],
}
