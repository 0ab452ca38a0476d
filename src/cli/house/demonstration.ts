import type { HospitalPlan, Writing } from '#demo/index.ts'
import type { Interactions } from '#records/index.ts'
import type { Context } from '../command.ts'
import type { Settings } from '../env.ts'
import { exit } from '../exit.ts'
import { writeHomeRecord, type DemoRecord, type Home } from '../home/home.ts'
import type { ServerLog } from '../log.ts'
import { problem, type Problem } from './problem.ts'

/** `--patients`, where it is given. Asked before anything is touched. */
export async function patientsAsked({
  options,
}: Pick<Context, 'options'>): Promise<{ status: 'ok'; patients?: number } | Problem> {
  const asked = options['patients']
  if (asked === undefined) return { status: 'ok' }
  const { patientsMax } = await import('#demo/index.ts')
  const patients = /^\d{1,6}$/.test(String(asked)) ? Number(asked) : 0
  if (patients >= 1 && patients <= patientsMax) return { status: 'ok', patients }
  return problem(exit.usage, {
    es: `--patients debe ser un número de 1 a ${patientsMax}.`,
    en: `--patients must be a number from 1 to ${patientsMax}.`,
  })
}

/** Which hospital a home is to have: that of its record, where it has been begun. */
export async function demoRecordOf(
  { settings, now }: Pick<Context, 'settings' | 'now'>,
  home: Home | undefined,
  patients: number | undefined,
): Promise<{ status: 'ok'; demo: DemoRecord } | Problem> {
  const { createCalendar, patientsDefault } = await import('#demo/index.ts')
  const begun = home?.record.demo
  if (begun && patients !== undefined && begun.patients !== patients) {
    return problem(exit.wrongHome, {
      es: `El hospital de ${settings.home} tiene ${begun.patients} pacientes, y así se queda. Para otro, elija otro directorio con SIGILO_HOME.`,
      en: `The hospital in ${settings.home} has ${begun.patients} patients, and keeps them. For another, choose another directory with SIGILO_HOME.`,
    })
  }
  const made = createCalendar(settings.timeZone).dayOf(now().getTime())
  return { status: 'ok', demo: begun ?? { made, patients: patients ?? patientsDefault } }
}

export const planOf = (
  { made, patients }: DemoRecord,
  { timeZone }: Pick<Settings, 'timeZone'>,
): HospitalPlan => ({
  made,
  timeZone,
  patients,
})

/** Progress is said at most so often. */
const progressMs = 2_000

/** Writes the hospital, or what is missing of it, and the agenda of its first day. */
export async function writeDemonstration(
  store: Interactions,
  demo: DemoRecord,
  { settings, note }: Pick<Context, 'settings' | 'note'>,
): Promise<void> {
  const { renewAgenda, writeHospital } = await import('#demo/index.ts')
  const plan = planOf(demo, settings)
  const began = performance.now()
  let said = began
  await writeHospital(store, plan, (writing) => {
    const at = performance.now()
    const isLast = writing.done === writing.total
    if (at - said < progressMs && !isLast) return
    said = at
    note(progressText(writing, (at - began) / 1000))
  })
  await renewAgenda(store, { plan, today: demo.made })
}

function progressText({ done, total, found }: Writing, seconds: number) {
  const rate = (done - found) / seconds
  const left = rate > 0 ? Math.ceil((total - done) / rate) : 0
  const speed = rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)
  const rest = done < total && rate > 0
  const count = (language: string) =>
    [done, total].map((number) => number.toLocaleString(language)) as [string, string]
  const [doneEs, totalEs] = count('es-MX')
  const [doneEn, totalEn] = count('en')
  return {
    es: `  ${doneEs} de ${totalEs} pacientes · ${speed} por segundo${rest ? ` · faltan ${duration(left)}` : ''}`,
    en: `  ${doneEn} of ${totalEn} patients · ${speed} a second${rest ? ` · ${duration(left)} left` : ''}`,
  }
}

function duration(seconds: number): string {
  return seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}

/** How often it is asked whether a new day has begun: a machine that slept is late by no more. */
const dawnMs = 60_000

export interface Agenda {
  /** Gives up what it is at; the next start goes on. */
  stop(): Promise<void>
}

/**
 * Keeps the agenda of a running demonstration on the day of today: at the start, and when the facility's midnight has
 * passed. It writes as any client does; while the vault is sealed it waits.
 */
export function keepAgenda(
  store: Interactions,
  home: Home,
  { settings, now }: Pick<Context, 'settings' | 'now'>,
  { logger }: Pick<ServerLog, 'logger'>,
  everyMs: number = dawnMs,
): Agenda {
  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let busy = false

  async function renew(): Promise<void> {
    const { demo } = home.record
    if (!demo) return
    const { createCalendar, renewAgenda } = await import('#demo/index.ts')
    const today = createCalendar(settings.timeZone).dayOf(now().getTime())
    if (today === demo.renewed) return
    const { renewed } = demo
    const plan = planOf(demo, settings)
    const done = await renewAgenda(store, { plan, today, renewed, signal: stopping.signal })
    if (done.status !== 'ok') return
    // As it is now: the vault may be opened by something else since.
    home.record = { ...home.record, demo: { ...demo, renewed: today } }
    writeHomeRecord(home.path, home.record)
    logger.info(done, 'agenda')
  }

  const look = () => {
    if (busy) return
    busy = true
    running = renew()
      // PostgreSQL is away, say: the next minute does it.
      .catch((error: unknown) => logger.warn({ name: (error as Error).name }, 'agenda'))
      .finally(() => (busy = false))
  }
  look()
  const looking = setInterval(look, everyMs)
  return {
    async stop() {
      clearInterval(looking)
      stopping.abort()
      await running
    },
  }
}
