import type { Sql } from '#kernel/db/index.ts'
import type { Text } from '../text.ts'
import { servingTimeZone } from './queries.ts'

/** In which the directory that serves was built; undefined where nothing is in it. */
export async function directoryTimeZone(sql: Sql): Promise<string | undefined> {
  const [serving] = await servingTimeZone(sql)
  return serving?.timeZone ?? undefined
}

export function otherTimeZone(timeZone: string, built: string): Text {
  return {
    es: `Las listas de trabajo y los valores de búsqueda son de la zona ${built}, y SIGILO_TIME_ZONE dice ${timeZone}: sus días pueden faltar en las búsquedas. Corrija el ajuste, o rehágalos: sigilo reindex`,
    en: `Work lists and search values are of the zone ${built}, and SIGILO_TIME_ZONE says ${timeZone}: searches may miss some of their days. Correct the setting, or rebuild them: sigilo reindex`,
  }
}
