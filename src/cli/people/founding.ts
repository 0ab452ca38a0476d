/** The first two officers of a real home: whom `init` and `people begin` give a one-time link. */
import type { Given, NewOfficer } from '#people/index.ts'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'
import type { Language, Text } from '../text.ts'
import { timeOf } from './told.ts'

/** Those of `--officer LOGIN=NAME`, twice; where nothing is said two of whom only the link says who they are. */
export function officersAsked({
  options,
  settings: { language },
}: Pick<Context, 'options' | 'settings'>): { status: 'ok'; officers: NewOfficer[] } | Problem {
  const said = options['officer']
  if (!Array.isArray(said)) return { status: 'ok', officers: [1, 2].map((n) => nameless(n, language)) }
  const officers = said.map((each: string) => {
    const [, login = '', name = ''] = /^([^=]+)=(.+)$/.exec(each) ?? []
    return { login: login.trim().normalize('NFKC').toLowerCase(), name: name.trim(), language }
  })
  const isWhole = officers.every(({ login, name }) => loginForm.test(login) && name !== '')
  if (officers.length === 2 && isWhole && officers[0]?.login !== officers[1]?.login)
    return { status: 'ok', officers }
  return problem(exit.usage, {
    es: 'Diga dos oficiales de seguridad, cada uno así: --officer usuario="Su nombre". El usuario: de 2 a 64 letras, cifras, puntos o guiones.',
    en: 'Say two security officers, each so: --officer login="Their name". The login: 2 to 64 letters, digits, dots or hyphens.',
  })
}

const loginForm = /^[\p{Script=Latin}0-9][\p{Script=Latin}0-9._@+-]{1,63}$/u

const nameless = (n: number, language: Language): NewOfficer => ({
  login: { es: `oficial-${n}`, en: `officer-${n}` }[language],
  name: { es: `Oficial de seguridad ${n}`, en: `Security officer ${n}` }[language],
  language,
})

/** One a line, on standard output; whom each is for beside it. */
export function tellLinks({ out, note, options }: Context, origin: string, links: readonly Given[]): void {
  const told = links.map(({ token, ...rest }) => ({ ...rest, url: `${origin}/#invitation=${token}` }))
  if (options['json'] === true) out(JSON.stringify({ links: told }))
  else for (const { url } of told) out(url)
  const [one] = told
  if (one) note(beforeAll(told.map(({ name, login }) => `${name} (${login})`).join(', '), timeOf(one.endsAt)))
}

const beforeAll = (who: string, until: string): Text => ({
  es: `Un enlace de un solo uso para cada oficial de seguridad, en este orden: ${who}. Entréguelos en persona, cada uno a quien es: quien lo abra primero se da de alta con él. Sirven hasta ${until} UTC; si vencen o se pierden: sigilo people begin. Hasta que ambos entren, la bóveda no atiende a nadie más.`,
  en: `A one-time link for each security officer, in this order: ${who}. Hand each to whom it is for, in person: whoever opens it first enrols with it. They are good until ${until} UTC; where they end or are lost: sigilo people begin. Until both have enrolled the vault serves nobody else.`,
})
