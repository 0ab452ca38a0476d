import type { Sql } from '#kernel/db/index.ts'
import type { Text } from '../text.ts'
import { servingDirectory } from './queries.ts'

/** Of the directory that serves. */
export interface DirectoryFacts {
  /** In which it was built; absent where nothing is in it. */
  directoryTimeZone?: string
  /** It was built by a version that did not list all that this one looks for. */
  isDirectoryDated: boolean
}

export async function directoryFacts(sql: Sql): Promise<DirectoryFacts> {
  const [serving] = await servingDirectory(sql)
  const { timeZone, terms = 0 } = serving ?? {}
  // Where nothing is in it there is nothing that it could lack.
  if (typeof timeZone !== 'string') return { isDirectoryDated: false }
  // Where a server runs it is loaded already, and where none does it takes a moment.
  const { termsEdition } = await import('#records/index.ts')
  return { directoryTimeZone: timeZone, isDirectoryDated: terms < termsEdition }
}

export function otherTimeZone(timeZone: string, built: string): Text {
  return {
    es: `Las listas de trabajo y los valores de búsqueda son de la zona ${built}, y SIGILO_TIME_ZONE dice ${timeZone}: sus días pueden faltar en las búsquedas. Corrija el ajuste, o rehágalos: sigilo reindex`,
    en: `Work lists and search values are of the zone ${built}, and SIGILO_TIME_ZONE says ${timeZone}: searches may miss some of their days. Correct the setting, or rebuild them: sigilo reindex`,
  }
}

export const datedDirectory: Text = {
  es: 'el directorio es de una versión anterior: quien busca sin decir de qué paciente no halla a quienes tiene a su cargo',
  en: 'the directory is of an earlier version: whoever searches without a patient does not find those in their care',
}

export const datedCure: Text = {
  es: 'Rehágalo ahora: sigilo reindex (el servidor lo hace solo en la hora siguiente)',
  en: 'Rebuild it now: sigilo reindex (the server does it by itself within the hour)',
}
