import type { Context, Run } from '../command.ts'
import { askServer } from '../control/client.ts'
import { checks, type Finding } from '../doctor/checks.ts'
import { databaseFacts } from '../doctor/database.ts'
import { machineFacts, type Facts } from '../doctor/facts.ts'
import { exit } from '../exit.ts'
import type { Home } from '../home/home.ts'
import { lockHome } from '../home/lock.ts'
import { controlSocketPath } from '../home/runtime.ts'
import { openDatabase } from '../house/database.ts'
import type { DutyFinding } from '../house/duties.ts'
import type { Text } from '../text.ts'

/** Says what is wrong with this home, machine and configuration, and the cure of each. */
export const run: Run = async (context) => {
  const { facts, duties } = await gather(context)
  const found = Object.entries(checks).flatMap(([check, look]) => {
    const finding = look(facts)
    return finding ? [{ check, ...finding }] : []
  })
  const findings = [...found, ...duties]
  const { language } = context.settings
  if (context.options['json']) {
    const plain = findings.map(({ check, status, text, cure }) => ({
      check,
      status,
      text: text[language],
      ...(cure ? { cure: cure[language] } : {}),
    }))
    context.out(JSON.stringify({ healthy: isHealthy(findings), findings: plain }))
  } else {
    for (const finding of findings) context.out(line(finding, context))
  }
  return isHealthy(findings) ? exit.ok : exit.failed
}

const isHealthy = (findings: Finding[]): boolean => findings.every(({ status }) => status !== 'bad')

const marks = {
  ok: { sign: '✓', color: 32 },
  warning: { sign: '!', color: 33 },
  bad: { sign: '✗', color: 31 },
}

function line({ status, text, cure }: Finding, { settings }: Context): string {
  const { sign, color } = marks[status]
  const mark = settings.color && process.stdout.isTTY ? `\u001b[${color}m${sign}\u001b[0m` : sign
  return `${mark} ${text[settings.language]}${cure ? `\n    → ${cure[settings.language]}` : ''}`
}

/** `duties`: what safeguards say, of a vault that is open and served. */
async function gather({ settings }: Context): Promise<{ facts: Facts; duties: readonly DutyFinding[] }> {
  const machine = await machineFacts(settings)
  if (machine.home.status !== 'ok')
    return { facts: { ...machine, server: 'stopped', database: undefined }, duties: [] }
  const { home } = machine.home
  const asked = await askServer(controlSocketPath(home.path), 'GET /database').catch(silent)
  if (asked.status === 'silent') {
    // Whoever listens on the port answers on the socket.
    const port = machine.port.state === 'taken' ? ({ ...machine.port, state: 'ours' } as const) : machine.port
    return {
      facts: { ...machine, port, server: 'running', database: { unreachable: asked.text } },
      duties: [],
    }
  }
  if (asked.status === 'answered') {
    const ours = asked.answer.port === machine.port.number
    const port = ours ? ({ ...machine.port, state: 'ours' } as const) : machine.port
    const facts = { ...machine, port, server: 'running', database: asked.answer.facts } as const
    return { facts, duties: asked.answer.duties }
  }
  return { facts: { ...machine, ...(await lookInside(home, settings)) }, duties: [] }
}

/** It runs, and could not say how its database is: PostgreSQL is away, or hangs. */
function silent(error: Error): { status: 'silent'; text: Text } {
  return {
    status: 'silent',
    text: {
      es: `el servidor corre, y PostgreSQL no le responde: ${error.message}`,
      en: `the server runs, and PostgreSQL does not answer it: ${error.message}`,
    },
  }
}

/** No server runs: its database is started for the look, and stopped again. */
async function lookInside(
  home: Home,
  settings: Context['settings'],
): Promise<Pick<Facts, 'server' | 'database'>> {
  const lock = lockHome(home.path)
  if (!lock) return { server: 'starting', database: undefined }
  try {
    const opened = await openDatabase({ path: home.path, database: home.record.database }, settings)
    if (opened.status === 'problem') return { server: 'stopped', database: { unreachable: opened.text } }
    try {
      return { server: 'stopped', database: await databaseFacts(opened.sql) }
    } finally {
      await opened.close()
    }
  } finally {
    lock.release()
  }
}
