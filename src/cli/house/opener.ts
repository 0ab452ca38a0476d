import { join } from 'node:path'
import type { OpenerRefusal, Secret, Unsealed } from '#kernel/keys/index.ts'
import { exit } from '../exit.ts'
import { homeFiles } from '../home/home.ts'
import type { Text } from '../text.ts'
import { deviceText } from './device-texts.ts'
import { problem, type Problem } from './problem.ts'

/** The key file of a home that has one. */
export function keyFileOf(home: string): Extract<Secret, { kind: 'key-file' }> {
  return { kind: 'key-file', path: join(home, homeFiles.keyFile) }
}

type NotOpened = Exclude<Unsealed, { status: 'open' }> | OpenerRefusal

/** Why an opener did not open, as a sentence with its cure. */
export function openerProblem(refusal: NotOpened): Problem {
  return problem(exit.failed, openerText(refusal))
}

export function openerText(refusal: NotOpened): Text {
  switch (refusal.status) {
    case 'wrong-secret':
      return {
        es: 'Con esto no se abre esta bóveda. Si fue un archivo de llave, restaure el que se creó con ella.',
        en: 'This does not open this vault. If it was a key file, restore the one that was made with it.',
      }
    case 'too-many-attempts': {
      const seconds = Math.ceil(refusal.retryAfterMs / 1000)
      return {
        es: `Demasiados intentos: espere ${seconds} s.`,
        en: `Too many attempts: wait ${seconds} s.`,
      }
    }
    case 'not-initialised':
      return {
        es: 'La base de datos no guarda ninguna bóveda: ¿es la que se creó con este directorio?',
        en: 'The database holds no vault: is it the one that was made with this directory?',
      }
    case 'sealed-meanwhile':
      return {
        es: 'Alguien selló la bóveda en este momento: sigue sellada.',
        en: 'Somebody sealed the vault at this moment: it stays sealed.',
      }
    case 'sealed-by-order':
      return {
        es: 'Se ordenó sellar la bóveda, y sigue sellada hasta que alguien la abra: npx sigilo keys unseal',
        en: 'The vault was ordered to be sealed, and stays so until somebody opens it: npx sigilo keys unseal',
      }
    case 'no-such-opener':
      return {
        es: `Esta bóveda no se abre así, sino con: ${refusal.kinds.join(', ')}.`,
        en: `This vault is not opened this way, but with: ${refusal.kinds.join(', ')}.`,
      }
    case 'passphrase-too-short':
      return {
        es: `La frase debe tener al menos ${refusal.charactersMin} caracteres.`,
        en: `The passphrase must have at least ${refusal.charactersMin} characters.`,
      }
    case 'opener-unreadable':
      return {
        es: 'Los datos con que se abre la bóveda están dañados en la base de datos.',
        en: 'What the database holds for opening the vault is damaged.',
      }
    case 'share-refused':
      return shareRefusedText(refusal)
    case 'shares-missing':
      return {
        es: `Hay ${refusal.have} de las ${refusal.need} partes que hacen falta.`,
        en: `There are ${refusal.have} of the ${refusal.need} shares that are needed.`,
      }
    case 'deal-refused':
      return {
        es: `Las partes deben ser de 2 a ${refusal.sharesMax}, y las que abren, de 2 a todas.`,
        en: `There must be 2 to ${refusal.sharesMax} shares, of which 2 to all open the vault.`,
      }
    case 'device-refused':
      return deviceText(refusal)
    case 'key-file-refused':
      return keyFileTexts[refusal.reason](refusal.path)
  }
}

/** Why a share does not do, and what its holder should look for. */
function shareRefusedText(refused: Extract<OpenerRefusal, { status: 'share-refused' }>): Text {
  const { number } = refused
  switch (refused.reason) {
    case 'of-another-house':
      return {
        es: `Esta parte es de otra bóveda, la ${refused.house}; esta es la ${refused.wanted}.`,
        en: `This share is of another vault, ${refused.house}; this one is ${refused.wanted}.`,
      }
    case 'of-another-deal':
      return {
        es: `Esta parte es del reparto ${refused.deal}, que ya no vale: las de ahora son del reparto ${refused.wanted}. Busque la más reciente.`,
        en: `This share is of deal ${refused.deal}, which is no longer good: those of now are of deal ${refused.wanted}. Look for the newest one.`,
      }
    case 'forged':
      return {
        es: `Esta parte dice ser la ${number}, y no es la que se repartió.`,
        en: `This share says it is number ${number}, and it is not the one that was dealt.`,
      }
    case 'given-already':
      return {
        es: `La parte ${number} ya se dio: hace falta la de otra persona.`,
        en: `Share ${number} was given already: another person's is needed.`,
      }
  }
}

/** What is wrong with a key file, and its cure. `doctor` says the same. */
export const keyFileTexts: Record<
  Extract<OpenerRefusal, { status: 'key-file-refused' }>['reason'],
  (path: string) => Text
> = {
  absent: (path) => ({
    es: `Falta el archivo de llave ${path}: sin él no se abre la bóveda. Restáurelo.`,
    en: `The key file ${path} is missing: the vault does not open without it. Restore it.`,
  }),
  unreadable: (path) => ({
    es: `No se puede leer el archivo de llave ${path}.`,
    en: `The key file ${path} cannot be read.`,
  }),
  'not-a-file': (path) => ({
    es: `${path} debe ser un archivo, no un enlace ni un directorio.`,
    en: `${path} must be a file, not a link or a directory.`,
  }),
  'open-to-others': (path) => ({
    es: `Otros usuarios pueden leer el archivo de llave. Cúrelo así: chmod 600 ${path}`,
    en: `Other users can read the key file. Cure it so: chmod 600 ${path}`,
  }),
  'wrong-owner': (path) => ({
    es: `El archivo de llave es de otro usuario. Cúrelo así: chown "$(id -un)" ${path}`,
    en: `The key file belongs to another user. Cure it so: chown "$(id -un)" ${path}`,
  }),
  'wrong-length': (path) => ({
    es: `El archivo de llave ${path} está dañado: debe tener 32 bytes. Restáurelo.`,
    en: `The key file ${path} is damaged: it must have 32 bytes. Restore it.`,
  }),
}
