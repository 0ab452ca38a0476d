import { resolve } from 'node:path'
import type { ScannerPlace } from '#records/index.ts'
import { languageOfLocale, type Language, type Text } from './text.ts'

/** All that the environment decides. Nothing else in the product reads `process.env`. */
export interface Settings {
  /** Absolute path of the directory that holds all state. */
  home: string
  /** 0 lets the operating system choose. */
  port: number
  /** Origin of the links in what is served; absent, it is `http://localhost:` and the port listened on. */
  origin: string | undefined
  /** Absent, the home's own PostgreSQL is used. */
  databaseUrl: string | undefined
  /** The facility's IANA time zone, in which its days begin and end. */
  timeZone: string
  /** How many days copies of the database may be kept anywhere; undefined: nobody said. */
  copiesDays: number | undefined
  /** Where ClamAV's daemon listens; absent, nothing is scanned. */
  scanner: ScannerPlace | undefined
  /** Between the approval of a reset of lost factors and its link: 24 at least. */
  resetWaitHours: number
  language: Language
  color: boolean
  /** Started by npx, whose shell does not pass a SIGTERM on (see `stop.ts`). */
  underNpx: boolean
}

export type SettingsRead =
  | { status: 'ok'; settings: Settings }
  | { status: 'usage'; language: Language; text: Text }

const portMax = 65_535
/** A day for the person to be told; in more than a month nobody waits for it. */
const resetWaitHours = { min: 24, max: 720 } as const

/**
 * Reads the settings, each checked: a wrong one is said in a sentence and stops the command.
 * An empty variable counts as absent, as a compose file or a unit file leaves it.
 */
export function readSettings(env: NodeJS.ProcessEnv = process.env): SettingsRead {
  const language = languageOfLocale(env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || '')
  const wrong = (text: Text): SettingsRead => ({ status: 'usage', language, text })

  const portText = env['SIGILO_PORT'] || '8080'
  const port = /^\d{1,5}$/.test(portText) ? Number(portText) : Number.NaN
  if (!(port <= portMax)) {
    return wrong({
      es: `SIGILO_PORT es «${portText}»: debe ser un puerto de 0 a ${portMax} (0 elige uno libre).`,
      en: `SIGILO_PORT is "${portText}": it must be a port from 0 to ${portMax} (0 picks a free one).`,
    })
  }

  const originText = env['SIGILO_URL'] || undefined
  const origin = originText === undefined ? undefined : originOf(originText)
  if (originText !== undefined && origin === undefined) {
    return wrong({
      es: `SIGILO_URL es «${originText}»: debe ser un origen http o https sin ruta, como https://sigilo.example`,
      en: `SIGILO_URL is "${originText}": it must be an http or https origin without a path, such as https://sigilo.example`,
    })
  }

  // The value is not repeated in the message: it usually holds a password.
  const databaseUrl = env['DATABASE_URL'] || undefined
  if (databaseUrl !== undefined && !isPostgresUrl(databaseUrl)) {
    return wrong({
      es: 'DATABASE_URL no es una dirección de PostgreSQL: debe ser como postgres://usuario:clave@servidor:5432/base',
      en: 'DATABASE_URL is not a PostgreSQL address: it must look like postgres://user:password@host:5432/database',
    })
  }

  const timeZone = env['SIGILO_TIME_ZONE'] || 'America/Mexico_City'
  if (!isTimeZone(timeZone)) {
    return wrong({
      es: `SIGILO_TIME_ZONE es «${timeZone}»: debe ser una zona horaria IANA, como America/Mexico_City`,
      en: `SIGILO_TIME_ZONE is "${timeZone}": it must be an IANA time zone, such as America/Mexico_City`,
    })
  }

  const copiesText = env['SIGILO_COPIES_DAYS'] || undefined
  if (copiesText !== undefined && !/^\d{1,5}$/.test(copiesText)) {
    return wrong({
      es: `SIGILO_COPIES_DAYS es «${copiesText}»: debe ser un número de días, como 30: cuánto se guardan respaldos, archivos del WAL y réplicas.`,
      en: `SIGILO_COPIES_DAYS is "${copiesText}": it must be a number of days, such as 30: how long backups, archives of the WAL and replicas are kept.`,
    })
  }

  const scannerText = env['SIGILO_CLAMAV'] || undefined
  const scanner = scannerText === undefined ? undefined : scannerOf(scannerText)
  if (scannerText !== undefined && scanner === undefined) {
    return wrong({
      es: `SIGILO_CLAMAV es «${scannerText}»: debe decir dónde escucha clamd, como unix:/run/clamav/clamd.ctl o tcp://localhost:3310`,
      en: `SIGILO_CLAMAV is "${scannerText}": it must say where clamd listens, such as unix:/run/clamav/clamd.ctl or tcp://localhost:3310`,
    })
  }

  const waitText = env['SIGILO_RESET_WAIT_HOURS'] || String(resetWaitHours.min)
  const waitHours = /^\d{1,3}$/.test(waitText) ? Number(waitText) : Number.NaN
  if (!(waitHours >= resetWaitHours.min && waitHours <= resetWaitHours.max)) {
    return wrong({
      es: `SIGILO_RESET_WAIT_HOURS es «${waitText}»: debe ser un número de horas de ${resetWaitHours.min} a ${resetWaitHours.max}: lo que espera un restablecimiento de acceso, y la persona puede oponerse.`,
      en: `SIGILO_RESET_WAIT_HOURS is "${waitText}": it must be a number of hours from ${resetWaitHours.min} to ${resetWaitHours.max}: how long a reset of lost factors waits, and the person may object.`,
    })
  }

  const settings = {
    home: resolve(env['SIGILO_HOME'] || '.sigilo'),
    port,
    origin,
    databaseUrl,
    timeZone,
    scanner,
    resetWaitHours: waitHours,
    copiesDays: copiesText === undefined ? undefined : Number(copiesText),
    language,
    color: !env['NO_COLOR'],
    underNpx: env['npm_lifecycle_event'] === 'npx',
  }
  return { status: 'ok', settings }
}

function scannerOf(text: string): ScannerPlace | undefined {
  const path = /^unix:(\/\S+)$/.exec(text)?.[1]
  if (path !== undefined) return { path }
  const tcp = /^tcp:\/\/(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})$/i.exec(text)
  const port = Number(tcp?.[2])
  return tcp && port <= portMax ? { host: (tcp[1] as string).replace(/^\[|\]$/g, ''), port } : undefined
}

function originOf(text: string): string | undefined {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) return undefined
  const bare = url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password
  return bare ? url.origin : undefined
}

/** No more than the scheme is looked at: libpq allows forms that URL does not, such as an empty host. */
function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\/[^\s]+$/.test(text)
}

/** By Temporal, which has its zones at hand; Intl would read all of ICU for it, 25 ms of each command. */
function isTimeZone(name: string): boolean {
  // Offsets such as "-06:00" are taken as well; those have no rules of summer time, so they are no facility's zone.
  if (/^[+-]/.test(name)) return false
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId !== ''
  } catch {
    return false
  }
}
