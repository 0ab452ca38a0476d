/** What the commands of reviews do, by its own routes. */
import type { Terminal, TerminalSaid, Words } from '#kernel/safeguard.ts'
import type { State } from './review.ts'
import type { Looked, ShownItem } from './schemas.ts'
import { roleWords, stateWords, usedWords } from './words.ts'

type Brief = Looked['items'][number]

export async function list({ language, ask }: Terminal): Promise<TerminalSaid> {
  const told = await ask<Looked>('GET', '')
  if (told.status !== 'ok') return told
  const { campaign, next, items, own } = told.value
  if (next === undefined) return { status: 'ok', value: { json: told.value, lines: [] } }
  const head: Words = campaign
    ? {
        es: `Campaña del ${dayOf(campaign.opened)}, hasta el ${dayOf(campaign.due)}${campaign.isOver ? ' (terminó: lo que falta está cerrado)' : ''}. La próxima: ${dayOf(next)}.`,
        en: `Campaign of ${dayOf(campaign.opened)}, until ${dayOf(campaign.due)}${campaign.isOver ? ' (over: what was not answered is closed)' : ''}. The next: ${dayOf(next)}.`,
      }
    : {
        es: `La primera campaña se abre el ${dayOf(next)}.`,
        en: `The first campaign opens on ${dayOf(next)}.`,
      }
  const mine = own && {
    es: `Su propio acceso: ${stateWords[own.state].es}${byText(own, 'es')}.`,
    en: `Your own access: ${stateWords[own.state].en}${byText(own, 'en')}.`,
  }
  const sorted = items.toSorted((a, b) => rankOf(a) - rankOf(b))
  return {
    status: 'ok',
    value: {
      json: told.value,
      lines: [
        head[language],
        ...(mine ? [mine[language]] : []),
        ...(items.length > 0 ? [''] : []),
        ...sorted.map((each) => lineOf(each, language)),
      ],
    },
  }
}

const byText = ({ reviewers, state }: NonNullable<Looked['own']>, language: 'es' | 'en'): string => {
  if (!isOpen(state) || reviewers.length === 0) return ''
  return `; ${{ es: 'lo revisa', en: 'reviewed by' }[language]} ${reviewers.join(', ')}`
}

const isOpen = (state: State): boolean => state === 'waiting' || state === 'expired' || state === 'held'
const rankOf = ({ isYours, state }: Brief): number => (isOpen(state) ? 0 : 2) + (isYours ? 0 : 1)

function lineOf(
  { id, logins, name, roles, scope, state, isYours, decision, reviewers }: Brief,
  language: 'es' | 'en',
): string {
  const mark = isYours && isOpen(state) ? '→' : ' '
  const what = scope ?? roles.map((role) => roleWords(role)[language]).join(', ')
  const who = isOpen(state) ? reviewers.join(', ') : (decision?.by ?? '')
  const called = logins[0] ?? id.replace(/^program:/, '')
  return `${mark} ${stateWords[state][language].padEnd(14)} ${called.padEnd(22)} ${name}  [${what}]  ${who}`.trimEnd()
}

/** By its login, or the id of a program. */
async function find(
  { ask, words }: Terminal,
  wanted = words,
): Promise<{ status: 'ok'; value: ShownItem } | { status: 'problem' } | { status: 'usage'; text: Words }> {
  const [name, more] = wanted
  if (name === undefined || more !== undefined) return { status: 'usage', text: whomUsage }
  const told = await ask<Looked>('GET', '')
  if (told.status !== 'ok') return told
  const login = name.toLowerCase()
  const one = told.value.items.find(({ id, logins }) => logins.includes(login) || id === `program:${login}`)
  if (!one) return { status: 'usage', text: unknown(name) }
  return ask<ShownItem>('GET', `/${encodeURIComponent(one.id)}`)
}

export async function show(terminal: Terminal): Promise<TerminalSaid> {
  const found = await find(terminal)
  if (found.status !== 'ok') return found
  return { status: 'ok', value: { json: found.value, lines: linesOf(found.value, terminal.language) } }
}

export function linesOf(item: ShownItem, language: 'es' | 'en'): string[] {
  const { name, state, accounts, program, holds, from, until, manager, decision } = item
  const unused = { es: 'sin uso', en: 'not used' }[language]
  const span = {
    es: `Usado del ${dayOf(from)} al ${dayOf(until)}:`,
    en: `Used from ${dayOf(from)} to ${dayOf(until)}:`,
  }[language]
  return [
    `${name}: ${stateWords[state][language]}`,
    ...(manager === undefined ? [] : [`${{ es: 'Lo revisa', en: 'Reviewed by' }[language]} ${manager}`]),
    ...accounts.flatMap(({ login, roles, used }) => [
      '',
      `${login}`,
      ...roles.map(({ role, isUsed }) => `  ${roleWords(role)[language]}${isUsed ? '' : ` △ ${unused}`}`),
      `  ${span}`,
      ...usedWords(used, language).map((line) => `    ${line}`),
    ]),
    ...(program
      ? [
          '',
          program.id,
          `  ${program.scope}`,
          `  ${span}`,
          ...usedWords(program.used, language).map((line) => `    ${line}`),
        ]
      : []),
    ...holds.map((each) => `  ${each[language]}`),
    ...(decision
      ? [
          '',
          `${stateWords[decision.result][language]}: ${decision.by}, ${dayOf(decision.at)} ${decision.note}`.trimEnd(),
        ]
      : []),
  ]
}

export const certify = (terminal: Terminal): Promise<TerminalSaid> => decide(terminal, { takes: 'nothing' })

export async function revoke(terminal: Terminal): Promise<TerminalSaid> {
  const asked = terminal.options['role']
  if (typeof asked !== 'string') return decide(terminal, { takes: 'all' })
  return decide(terminal, { takes: 'roles', roles: asked.split(',').map((role) => role.trim()) })
}

interface DecidedTold {
  result: 'certified' | 'narrowed' | 'revoked'
  lost: string[]
}

async function decide(
  terminal: Terminal,
  { takes, roles }: { takes: 'nothing' | 'roles' | 'all'; roles?: string[] },
): Promise<TerminalSaid> {
  const found = await find(terminal)
  if (found.status !== 'ok') return found
  const { id, name, until, hash, accounts } = found.value
  const { language, options, ask } = terminal
  const taken = accounts.flatMap((each) =>
    each.roles.flatMap(({ role }) => (roles?.includes(role) ? [{ account: each.account, role }] : [])),
  )
  if (roles && !roles.every((role) => taken.some((each) => each.role === role)))
    return { status: 'usage', text: unknownRole(name) }
  const note = options['note']
  const done = await ask<DecidedTold>('POST', `/${encodeURIComponent(id)}/decision`, {
    until,
    hash,
    takes,
    ...(roles ? { roles: taken } : {}),
    ...(typeof note === 'string' ? { note } : {}),
  })
  if (done.status !== 'ok') return done
  const { result, lost } = done.value
  const line = [`${name}: ${stateWords[result][language]}`, ...lost].join(' · ')
  return { status: 'ok', value: { json: done.value, lines: [line] } }
}

export async function manager(terminal: Terminal): Promise<TerminalSaid> {
  const found = await find(terminal)
  if (found.status !== 'ok') return found
  const { by } = terminal.options
  const { id, name } = found.value
  const path = `/${encodeURIComponent(id)}/manager`
  const done = await terminal.ask<ShownItem>('POST', path, typeof by === 'string' ? { login: by } : {})
  if (done.status !== 'ok') return done
  const named = done.value.manager
  const line: Words = named
    ? { es: `A ${name} lo revisa desde ahora ${named}.`, en: `${name} is reviewed by ${named} from now on.` }
    : { es: `A ${name} lo revisa un responsable.`, en: `${name} is reviewed by an officer.` }
  return { status: 'ok', value: { json: done.value, lines: [line[terminal.language]] } }
}

export async function schedule({ options, ask, language }: Terminal): Promise<TerminalSaid> {
  const now = await ask<Looked>('GET', '')
  if (now.status !== 'ok') return now
  const numberOf = (name: string, otherwise: number) => {
    const given = options[name]
    if (given === undefined) return otherwise
    return /^[0-9]{1,2}$/.test(String(given)) ? Number(given) : 0
  }
  const months = numberOf('months', now.value.months)
  const dueDays = numberOf('due-days', now.value.dueDays)
  const isWithin = months >= 1 && months <= 3 && dueDays >= 7 && dueDays <= 21
  if (!isWithin) return { status: 'usage', text: scheduleUsage }
  const done = await ask<{ next: string }>('POST', '/schedule', { months, dueDays })
  if (done.status !== 'ok') return done
  const next = dayOf(done.value.next)
  const line: Words = {
    es: `Desde la próxima, el ${next}: cada ${months} meses, con ${dueDays} días para responder.`,
    en: `From the next on, ${next}: every ${months} months, with ${dueDays} days to answer.`,
  }
  return { status: 'ok', value: { json: done.value, lines: [line[language]] } }
}

const dayOf = (iso: string): string => iso.slice(0, 10)

const whomUsage: Words = {
  es: 'Diga de quién: el usuario, o el identificador de un programa.',
  en: 'Say of whom: the login, or the id of a program.',
}
const scheduleUsage: Words = {
  es: 'De 1 a 3 meses, y de 7 a 21 días: más no se puede.',
  en: 'From 1 to 3 months, and from 7 to 21 days: no more.',
}
const unknown = (name: string): Words => ({
  es: `«${name}» no está entre lo que le toca revisar: sigilo reviews list`,
  en: `"${name}" is not among what you are to review: sigilo reviews list`,
})
const unknownRole = (name: string): Words => ({
  es: `${name} no tiene esa función: sigilo reviews show`,
  en: `${name} has no such role: sigilo reviews show`,
})
