import type { Language } from '#kernel/outcome.ts'

export type { Language }

/** A sentence in each language that the product speaks. */
export type Text = Record<Language, string>

/** The language of a POSIX locale: Spanish for `es…`, English for the rest. */
export function languageOfLocale(locale: string): Language {
  return /^es([_.@-]|$)/i.test(locale) ? 'es' : 'en'
}
