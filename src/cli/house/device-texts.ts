import type { DeviceFault, DeviceKind, DeviceRefusal } from '#kernel/keys/index.ts'
import { printable } from '../printable.ts'
import type { Text } from '../text.ts'

/** Why a device did not open the vault, and what to do about it. */
export function deviceText(refusal: DeviceRefusal): Text {
  const said = faultText(refusal, refusal.kind)
  // Of a row of the database, or in a server's own words.
  const [es, en] = [printable(said.es), printable(said.en)]
  const { wrong = 0 } = refusal
  if (wrong < 2) return { es, en }
  return {
    es: `${es} Van ${wrong} intentos fallidos seguidos.`,
    en: `${en} That is ${wrong} wrong in a row.`,
  }
}

function faultText(fault: DeviceFault, kind: DeviceKind): Text {
  switch (fault.fault) {
    case 'software-absent':
      return {
        es: 'Falta pkcs11js, que se compila al instalarse. Instálelo (pide python3, make y un compilador de C++): npm install pkcs11js',
        en: 'pkcs11js is missing; it compiles where it is installed. Install it (it needs python3, make and a C++ compiler): npm install pkcs11js',
      }
    case 'module-absent':
      return {
        es: `No existe el módulo PKCS#11 ${fault.path}. Instale el programa del fabricante, o corrija places.pkcs11.module en home.json.`,
        en: `The PKCS#11 module ${fault.path} does not exist. Install the vendor's software, or correct places.pkcs11.module in home.json.`,
      }
    case 'module-unloadable':
      return {
        es: `El módulo PKCS#11 ${fault.path} no se deja cargar: ${fault.reason}. Revise que sea de este tipo de equipo y que su configuración esté donde la busca.`,
        en: `The PKCS#11 module ${fault.path} cannot be loaded: ${fault.reason}. See that it is made for this kind of machine, and that its configuration is where it looks for it.`,
      }
    case 'token-absent': {
      const found = fault.found.map((label) => `«${label}»`).join(', ')
      const foundEn = fault.found.map((label) => `"${label}"`).join(', ')
      return {
        es: `No se encuentra el token «${fault.token}»; ${found ? `hay ${found}` : 'no hay ninguno'}. Conéctelo y repita: sigilo keys unseal`,
        en: `The token "${fault.token}" is not there; ${foundEn ? `there is ${foundEn}` : 'there is none'}. Connect it, and try again: sigilo keys unseal`,
      }
    }
    case 'token-ambiguous':
      return {
        es: `Hay varios tokens «${fault.token}». Ponga en home.json el número de serie de uno: ${fault.serials.join(', ')}`,
        en: `There are several tokens "${fault.token}". Put the serial number of one into home.json: ${fault.serials.join(', ')}`,
      }
    case 'mechanism-absent':
      return {
        es: `El token «${fault.token}» no sabe AES-GCM (CKM_AES_GCM, CKM_AES_KEY_GEN). Use otro, o active ese mecanismo en él.`,
        en: `The token "${fault.token}" does not know AES-GCM (CKM_AES_GCM, CKM_AES_KEY_GEN). Use another, or enable that mechanism in it.`,
      }
    case 'pin-absent':
      return {
        es: 'Falta el PIN. Escríbalo en una terminal: sigilo keys unseal',
        en: 'The PIN is missing. Type it on a terminal: sigilo keys unseal',
      }
    case 'pin-wrong':
      return wrongPin[fault.left]
    case 'pin-locked':
      return {
        es: 'El token bloqueó su PIN. Quien lo administra lo desbloquea con el PIN del oficial de seguridad (SO); mientras, el kit de recuperación abre la bóveda.',
        en: "The token has locked its PIN. Its administrator unlocks it with the security officer's PIN (SO); meanwhile the recovery kit opens the vault.",
      }
    case 'pin-last-try':
      return {
        es: 'Alguien se equivocó de PIN en este token, y un arranque solo no gasta los intentos que quedan. Escríbalo usted: sigilo keys unseal',
        en: 'Somebody got the PIN of this token wrong, and a start by itself does not spend the tries that are left. Type it yourself: sigilo keys unseal',
      }
    case 'pin-refused-before':
      return {
        es: `El PIN de ${fault.path} ya falló una vez, y no se gasta otro intento en él. Corrija ese archivo, y luego: sigilo keys unseal`,
        en: `The PIN in ${fault.path} was wrong before, and no further try is spent on it. Correct that file, then: sigilo keys unseal`,
      }
    case 'file-refused':
      return fileText(fault)
    case 'key-absent':
      return {
        es: `El aparato ya no tiene la llave ${fault.key}, o no la muestra a esta bóveda. Restáurela de la copia del aparato; si se perdió, abra con el kit de recuperación y cambie de medio: sigilo keys opener`,
        en: `The device no longer has the key ${fault.key}, or does not show it to this vault. Restore it from the device's own backup; if it is lost, open with the recovery kit and change the opener: sigilo keys opener`,
      }
    case 'key-unusable':
      return {
        es: `La llave ${fault.key} existe y no se puede usar (${fault.reason}). Actívela, o cancele su eliminación, y repita: sigilo keys unseal`,
        en: `The key ${fault.key} is there and cannot be used (${fault.reason}). Enable it, or cancel its deletion, and try again: sigilo keys unseal`,
      }
    case 'key-extractable':
      return {
        es: 'El token hizo una llave que se puede extraer, así que se borró. Configúrelo para que sus llaves no salgan, o use otro.',
        en: 'The token made a key that can be taken out of it, so it was deleted. Configure it so that its keys stay inside, or use another.',
      }
    case 'unreachable':
      return {
        es: `${fault.where} no contesta (${fault.reason}; se espera ${fault.seconds} s). Revise que esté en marcha y que la red llegue a él. La bóveda sigue sellada.`,
        en: `${fault.where} does not answer (${fault.reason}; the wait is ${fault.seconds} s). See that it runs and that the network reaches it. The vault stays sealed.`,
      }
    case 'certificate-expired':
      return fault.whose === 'ours'
        ? {
            es: `El certificado ${fault.where} con que esta bóveda se presenta caducó, o no vale todavía. Renuévelo en ese archivo y repita: sigilo keys unseal`,
            en: `The certificate ${fault.where} with which this vault presents itself has expired, or is not valid yet. Renew it in that file, and try again: sigilo keys unseal`,
          }
        : {
            es: `El certificado de ${fault.where} caducó, o no vale todavía. Quien administra ese servidor lo renueva; revise también la hora de este equipo.`,
            en: `The certificate of ${fault.where} has expired, or is not valid yet. Whoever runs that server renews it; see that the clock of this machine is right, too.`,
          }
    case 'certificate-untrusted':
      return {
        es: `El certificado de ${fault.where} no lo firmó la autoridad que dice home.json, o es de otro nombre (${fault.reason}). No se le envió nada. Corrija places.${kind}.ca o la dirección.`,
        en: `The certificate of ${fault.where} was not signed by the authority that home.json names, or is for another name (${fault.reason}). Nothing was sent. Correct places.${kind}.ca or the address.`,
      }
    case 'certificate-refused':
      return {
        es: `${fault.where} no acepta el certificado con que esta bóveda se presenta. Haga que lo emita su autoridad, para autenticación de cliente.`,
        en: `${fault.where} does not accept the certificate with which this vault presents itself. Have one issued by its authority, for client authentication.`,
      }
    case 'access-denied':
      return {
        es: `${fault.where} niega el acceso (${fault.reason}). Revise con quien lo administra los permisos de esta bóveda sobre su llave.`,
        en: `${fault.where} denies access (${fault.reason}). See with whoever runs it what this vault may do with its key.`,
      }
    case 'blob-altered':
      return {
        es: 'El aparato no reconoce lo que guarda la base de datos para él: lo alteraron, o es de otra llave. Restaure la tabla «opener», o abra con el kit de recuperación.',
        en: 'The device does not recognise what the database holds for it: it was altered, or is of another key. Restore the table "opener", or open with the recovery kit.',
      }
    case 'other-house':
      return {
        es: 'Lo que guarda la base de datos es de otra bóveda que la de este home.json: ¿es la base de datos correcta?',
        en: 'What the database holds is of another vault than that of this home.json: is it the right database?',
      }
    case 'failed':
      return {
        es: `${fault.where} no pudo abrir la bóveda: ${fault.reason}.`,
        en: `${fault.where} could not open the vault: ${fault.reason}.`,
      }
  }
}

const wrongPin: Record<Extract<DeviceFault, { fault: 'pin-wrong' }>['left'], Text> = {
  unknown: {
    es: 'El PIN no es ese. Tras unos pocos fallos el token lo bloquea (este no dice cuántos quedan).',
    en: 'That is not the PIN. After a few wrong ones the token locks it (this one does not tell how many are left).',
  },
  few: {
    es: 'El PIN no es ese. El token avisa que quedan pocos intentos antes de bloquearlo.',
    en: 'That is not the PIN. The token warns that few tries are left before it locks it.',
  },
  one: {
    es: 'El PIN no es ese. Queda un solo intento: si falla, el token lo bloquea.',
    en: 'That is not the PIN. One try is left: if it is wrong, the token locks it.',
  },
}

function fileText({ path, reason }: Extract<DeviceFault, { fault: 'file-refused' }>): Text {
  switch (reason) {
    case 'absent':
      return {
        es: `Falta el archivo ${path}, que nombra home.json. Restáurelo.`,
        en: `The file ${path}, which home.json names, is missing. Restore it.`,
      }
    case 'unreadable':
      return {
        es: `No se puede leer ${path}, que nombra home.json. Cúrelo así: chown "$(id -un)" ${path}`,
        en: `${path}, which home.json names, cannot be read. Cure it so: chown "$(id -un)" ${path}`,
      }
    case 'not-a-file':
      return {
        es: `${path} debe ser un archivo, no un enlace ni un directorio.`,
        en: `${path} must be a file, not a link or a directory.`,
      }
    case 'open-to-others':
      return {
        es: `Otros usuarios pueden leer ${path}. Cúrelo así: chmod 600 ${path}`,
        en: `Other users can read ${path}. Cure it so: chmod 600 ${path}`,
      }
    case 'wrong-owner':
      return {
        es: `${path} es de otro usuario. Cúrelo así: chown "$(id -un)" ${path}`,
        en: `${path} belongs to another user. Cure it so: chown "$(id -un)" ${path}`,
      }
    case 'wrong-length':
    case 'not-understood':
      return {
        es: `${path} no guarda lo que debe. Restáurelo.`,
        en: `${path} does not hold what it should. Restore it.`,
      }
  }
}
