/** How a command is given what opens the vault, where nobody types it. */
export const passphraseInput = {
  type: 'boolean',
  text: {
    es: 'lee la frase de la entrada estándar, una línea',
    en: 'read the passphrase from standard input, one line',
  },
} as const

export const secretInput = {
  type: 'boolean',
  text: {
    es: 'lee de la entrada estándar lo que se pide, una línea cada cosa',
    en: 'read what is asked for from standard input, a line each',
  },
} as const

export const provenByKit = {
  type: 'boolean',
  text: {
    es: 'presenta el kit de recuperación en lugar de lo que abre la bóveda a diario',
    en: 'show the recovery kit in place of what opens the vault from day to day',
  },
} as const
