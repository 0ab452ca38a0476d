import type { CodeFault, CodeKind, KitRefused, Proven, ShareGiven, Unsealed } from '#kernel/keys/index.ts'
import { openerText } from '../house/opener.ts'
import type { Text } from '../text.ts'
import type { SecretRead } from './sent.ts'

/** Why a secret did not do. */
export type SecretRefused =
  | Exclude<Unsealed, { status: 'open' }>
  | Exclude<Proven, { status: 'ok' }>
  | Exclude<ShareGiven, { status: 'collecting' | 'complete' }>
  | Exclude<SecretRead, { status: 'ok' }>
  /** It opened, and what it opened is not what was served last: it is sealed again. */
  | { status: 'not-admitted'; text: Text }
  /** `wrong` counts wrong secrets in a row. */
  | ({ status: 'kit-refused'; wrong: number } & KitRefused)

const codeNames = {
  share: { es: 'esta parte', en: 'this share' },
  kit: { es: 'este kit', en: 'this kit' },
} satisfies Record<CodeKind, Text>

export function secretText(refused: SecretRefused): Text {
  switch (refused.status) {
    case 'code-mistyped':
      return mistypedText(refused)
    case 'code-broken': {
      const name = codeNames[refused.kind]
      return {
        es: `Cada grupo está bien escrito, pero juntos no forman ${name.es}: ¿son de la misma hoja?`,
        en: `Each group is right by itself, but together they do not make ${name.en}: are they of one sheet?`,
      }
    }
    case 'code-of-other-kind':
      return refused.kind === 'kit'
        ? {
            es: 'Esto es un kit de recuperación, no una parte: sigilo keys unseal --kit',
            en: 'This is a recovery kit, not a share: sigilo keys unseal --kit',
          }
        : {
            es: 'Esto es una parte, no un kit de recuperación: sigilo keys unseal',
            en: 'This is a share, not a recovery kit: sigilo keys unseal',
          }
    case 'place-unknown':
      return {
        es: `home.json no dice dónde está el aparato: falta places.${refused.kind}.`,
        en: `home.json does not say where the device is: places.${refused.kind} is missing.`,
      }
    case 'not-admitted':
      return refused.text
    case 'kit-refused':
      return kitText(refused)
    case 'share-refused': {
      const { es, en } = openerText(refused)
      const wrong = 'wrong' in refused ? refused.wrong : 0
      if (wrong === 0) return { es, en }
      return {
        es: `${es} Partes equivocadas seguidas: ${wrong}.`,
        en: `${en} Wrong shares in a row: ${wrong}.`,
      }
    }
    case 'wrong-secret': {
      const { es, en } = openerText(refused)
      return {
        es: `${es} Intentos fallidos seguidos: ${refused.wrong}.`,
        en: `${en} Wrong attempts in a row: ${refused.wrong}.`,
      }
    }
    default:
      return openerText(refused)
  }
}

function mistypedText({ kind, groups, found, of }: Extract<CodeFault, { status: 'code-mistyped' }>): Text {
  const name = codeNames[kind]
  const listed = groups.slice(0, 8).join(', ')
  const first = groups[0]
  if (found !== of) {
    return {
      es: `Hay ${found} grupos y deben ser ${of}.${first === undefined ? '' : ` Mire antes del grupo ${first + 1}.`}`,
      en: `There are ${found} groups and there must be ${of}.${first === undefined ? '' : ` Look before group ${first + 1}.`}`,
    }
  }
  return {
    es: `En ${name.es} está mal escrito ${groups.length === 1 ? 'el grupo' : 'cada uno de los grupos'} ${listed}.`,
    en: `In ${name.en}, ${groups.length === 1 ? 'group' : 'each of the groups'} ${listed} is mistyped.`,
  }
}

function kitText(refused: KitRefused & { wrong: number }): Text {
  const counted = {
    es: ` Intentos fallidos seguidos: ${refused.wrong}.`,
    en: ` Wrong attempts in a row: ${refused.wrong}.`,
  }
  switch (refused.reason) {
    case 'of-another-house':
      return {
        es: `Este kit es de otra bóveda, la ${refused.house}; esta es la ${refused.wanted}.${counted.es}`,
        en: `This kit is of another vault, ${refused.house}; this one is ${refused.wanted}.${counted.en}`,
      }
    case 'replaced':
      return {
        es: `Este kit (${refused.id}) ya no vale: lo sustituyó el ${refused.wanted}. Destrúyalo.${counted.es}`,
        en: `This kit (${refused.id}) is no longer good: ${refused.wanted} took its place. Destroy it.${counted.en}`,
      }
    case 'no-kit':
      return {
        es: `Esta bóveda no tiene kit de recuperación. Haga uno: sigilo keys kit${counted.es}`,
        en: `This vault has no recovery kit. Make one: sigilo keys kit${counted.en}`,
      }
  }
}
