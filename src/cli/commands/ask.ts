import type { Context } from '../command.ts'
import { askServer, type Asked } from '../control/client.ts'
import type { ControlRequests } from '../control/protocol.ts'
import { exit } from '../exit.ts'
import { findHome, type Home } from '../home/home.ts'
import { controlSocketPath } from '../home/runtime.ts'
import { homeProblem, noHome } from '../house/enter.ts'
import { problem, type Problem } from '../house/problem.ts'

/** Asks the server that runs on this home, where one does: the command may do without. */
export async function askIfRunning<Name extends keyof ControlRequests>(
  { settings }: Pick<Context, 'settings'>,
  name: Name,
  body?: ControlRequests[Name]['body'],
): Promise<Asked<ControlRequests[Name]['answer']> | Problem> {
  const found = findHome(settings.home)
  if (found.status !== 'ok') return { status: 'not-running' }
  return askServer(controlSocketPath(found.home.path), name, body).catch(failed)
}

/** Asks the server that runs on this home; says how to start it when none does. */
export async function ask<Name extends keyof ControlRequests>(
  { settings }: Pick<Context, 'settings'>,
  name: Name,
  body?: ControlRequests[Name]['body'],
): Promise<{ status: 'ok'; home: Home; answer: ControlRequests[Name]['answer'] } | Problem> {
  const found = findHome(settings.home)
  if (found.status !== 'ok') return homeProblem(settings.home, found) ?? noHome(settings.home)
  const { home } = found
  const asked = await askServer(controlSocketPath(home.path), name, body).catch(failed)
  if (asked.status === 'problem') return asked
  if (asked.status === 'answered') return { status: 'ok', home, answer: asked.answer }
  const start = home.record.kind === 'demo' ? 'sigilo demo' : 'sigilo serve'
  return problem(exit.notRunning, {
    es: `Ningún servidor corre en ${settings.home}. Arránquelo en otra terminal: ${start}`,
    en: `No server runs on ${settings.home}. Start it in another terminal: ${start}`,
  })
}

/** It failed, or did not answer in time: PostgreSQL is away, say. */
const failed = ({ message }: Error): Problem =>
  problem(exit.failed, {
    es: `El servidor no pudo contestar (${message}). «sigilo doctor» dice qué está mal.`,
    en: `The server could not answer (${message}). "sigilo doctor" says what is wrong.`,
  })
