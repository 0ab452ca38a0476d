import type { Sql } from '#kernel/db/index.ts'
import { ageOf } from '../age.ts'
import type { Text } from '../text.ts'
import type { Finding } from './checks.ts'
import type { DatabaseFacts } from './database.ts'
import { directoryPending, servingDirectory } from './queries.ts'

/** Of the directory that serves. */
export interface DirectoryFacts {
  /** In which it was built; absent where nothing is in it. */
  directoryTimeZone?: string
  /** It was built by a version that did not list all that this one looks for. */
  isDirectoryDated: boolean
  /** Writes whose part of it is not in its rows yet: fewer are no mixture, and wait for more. */
  directoryWrites: number
}

export async function directoryFacts(sql: Sql): Promise<DirectoryFacts> {
  const [serving] = await servingDirectory(sql)
  const { timeZone, terms = 0 } = serving ?? {}
  const [pending] = await directoryPending(sql)
  const directoryWrites = pending?.writes ?? 0
  // Where nothing is in it there is nothing that it could lack.
  if (typeof timeZone !== 'string') return { isDirectoryDated: false, directoryWrites }
  // Where a server runs it is loaded already, and where none does it takes a moment.
  const { termsEdition } = await import('#records/index.ts')
  return { directoryTimeZone: timeZone, isDirectoryDated: terms < termsEdition, directoryWrites }
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

/** No mixture, or what is moved at once, has more: src/records/directory/flush.ts. */
const directoryWritesMax = 12_000

/** What was written and is in no row of the directory yet. Searches find it all the same: each has to look through all of it. */
export function pendingFinding(
  { directoryWrites, directoryFault }: Pick<DatabaseFacts, 'directoryWrites' | 'directoryFault'>,
  nowMs: number,
): Finding {
  const waiting = {
    es: `${directoryWrites} escrituras esperan a pasar al directorio`,
    en: `${directoryWrites} writes wait to be moved into the directory`,
  }
  if (directoryFault) {
    const { since, reason } = directoryFault
    const age = ageOf(since, new Date(nowMs))
    return {
      status: 'warning',
      text: {
        es: `${waiting.es}, y desde hace ${age} no pasan: ${reason}`,
        en: `${waiting.en}, and have not been for ${age}: ${reason}`,
      },
      cure: {
        es: 'Las búsquedas las hallan, cada vez más despacio. Revise el disco y PostgreSQL (server.log lo dice en «fault of the directory»); el servidor lo intenta de nuevo cada hora y con lo que se escribe.',
        en: 'Searches find them, ever more slowly. Look into the disk and PostgreSQL (server.log has it as "fault of the directory"); the server tries again every hour and with what is written.',
      },
    }
  }
  if (directoryWrites <= directoryWritesMax) return { status: 'ok', text: waiting }
  return {
    status: 'warning',
    text: waiting,
    cure: {
      es: 'Las búsquedas las hallan, cada vez más despacio. Pasan solas con la bóveda servida y abierta; si siguen ahí en una hora, revise server.log.',
      en: 'Searches find them, ever more slowly. They are moved while the vault is served and open; where they are still there in an hour, look into server.log.',
    },
  }
}
