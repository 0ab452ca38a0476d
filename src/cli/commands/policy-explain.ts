import type { Context, Run } from '../command.ts'
import { exit } from '../exit.ts'
import type { ExplainRequest } from '../house/explaining.ts'
import { problem, type Problem } from '../house/problem.ts'
import { policyActions } from '../policy-commands.ts'
import { explanationLines } from '../policy-texts.ts'
import { ask } from './ask.ts'
import { report } from './report.ts'

/** Says why somebody may do something, or may not. */
export const run: Run = async (context) => {
  const request = requestOf(context)
  if ('status' in request) return report(context, request)
  const asked = await ask(context, 'POST /policy/explain', request)
  if (asked.status === 'problem') return report(context, asked)
  const { answer } = asked
  switch (answer.status) {
    case 'sealed':
      return report(context, sealed)
    case 'nobody':
      return report(context, nobody(request.as))
    case 'refused':
      return report(context, problem(exit.failed, answer.text))
    case 'ok': {
      const { out, options, settings } = context
      const { status: _, ...explanation } = answer
      if (options['json']) out(JSON.stringify(explanation))
      else for (const line of explanationLines(explanation, settings.language)) out(line)
      return exit.ok
    }
  }
}

function requestOf({ options }: Context): ExplainRequest | Problem {
  const { as, on, for: purpose } = options
  const action = policyActions.find((each) => each === options['action'])
  if (typeof as !== 'string' || action === undefined) return lacking
  if (on === undefined) return { as, action, ...(typeof purpose === 'string' ? { purpose } : {}) }
  const [, type, id] = /^([A-Z][A-Za-z]+)(?:\/([A-Za-z0-9\-.]{1,64}))?$/.exec(String(on)) ?? []
  if (type === undefined) return lacking
  return {
    as,
    action,
    type,
    ...(id === undefined ? {} : { id }),
    ...(typeof purpose === 'string' ? { purpose } : {}),
  }
}

const lacking = problem(exit.usage, {
  es: 'Falta quién, qué y a qué: sigilo policy explain --as physician --action read --on Observation/ID',
  en: 'It lacks who, what and to what: sigilo policy explain --as physician --action read --on Observation/ID',
})

const sealed = problem(exit.sealed, {
  es: 'La bóveda está sellada. Ábrala primero: sigilo keys unseal',
  en: 'The vault is sealed. Open it first: sigilo keys unseal',
})

const nobody = (as: string) =>
  problem(exit.failed, {
    es: `No hay ni rol, ni cuenta activa, ni alcance que se llame ${as}.`,
    en: `There is no role, no active account and no scope called ${as}.`,
  })
