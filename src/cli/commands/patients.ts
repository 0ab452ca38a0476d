/** Patients who are in twice. The operations are FHIR's: docs/spec/merging.md. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Context, Run } from '../command.ts'
import { exit, type ExitCode } from '../exit.ts'
import { problem } from '../house/problem.ts'
import type { Answered } from '../people/session.ts'
import { mapped, ok, told } from '../people/telling.ts'
import type { Text } from '../text.ts'
import { report } from './report.ts'

interface Parameter {
  name: string
  part?: Parameter[]
  resource?: { id: string; name?: { text?: string; family?: string; given?: string[] }[]; birthDate?: string }
  valueDecimal?: number
  valueCode?: string
  valueString?: string
  valueInteger?: number
  valueReference?: { reference: string }
  valueCoding?: { code: string; display: string }
}

interface Parameters {
  parameter: Parameter[]
}

const at = '/fhir/R4/Patient'
const sent = (...parameter: object[]) => ({ resourceType: 'Parameters', parameter })
const patient = (name: string, id: string) => ({ name, valueReference: { reference: `Patient/${id}` } })

/** What the server lets through of these pages, once many have been looked at. */
const pageMs = 1_100
const waitsMax = 10

/** Patients looked at without a pair before it is said how far it is. */
const toldEach = 1_000

export const duplicates: Run = (context) => {
  const { page } = context.options
  const { language } = context.settings
  return told(context, false, async (session) => {
    let next = typeof page === 'string' ? page : undefined
    let looked = 0
    let waits = 0
    // Of most pages nobody is proposed: it goes on until somebody is, or nobody is left.
    for (let toldAt = toldEach; ;) {
      const query = next === undefined ? '' : `?_page=${encodeURIComponent(next)}`
      const answer = await session.ask<Parameters>('GET', `${at}/$duplicates${query}`)
      if (answer.status !== 'ok' && answer.httpStatus === 429 && waits++ < waitsMax) {
        await delay(pageMs)
        continue
      }
      if (answer.status !== 'ok') return answer
      waits = 0
      const { parameter } = answer.value
      const pairs = parameter.filter(({ name }) => name === 'pair').map(({ part = [] }) => pairOf(part))
      looked += parameter.find(({ name }) => name === 'looked')?.valueInteger ?? 0
      next = parameter.find(({ name }) => name === 'next')?.valueString
      if (pairs.length === 0 && next !== undefined) {
        if (looked < toldAt) continue
        toldAt += toldEach
        context.note(lookedAt(looked))
        continue
      }
      return ok({
        json: { pairs, looked, ...(next === undefined ? {} : { next }) },
        lines: pairs.flatMap(({ patients, score, grade, reasons }) => [
          `${score.toFixed(2)}  ${gradeText[grade]?.[language] ?? grade}: ${reasons.map(({ text }) => text).join(', ')}`,
          ...patients.map(({ id, name, birthDate }) => `      ${id}  ${name}  ${birthDate}`),
        ]),
        note: next === undefined ? endOf(looked, pairs.length) : moreOf(looked, next),
      })
    }
  })
}

function pairOf(parts: readonly Parameter[]) {
  const valueOf = (name: string) => parts.find((each) => each.name === name)
  return {
    patients: parts.flatMap(({ resource }) => {
      if (!resource) return []
      const [first] = resource.name ?? []
      const name = first?.text ?? [...(first?.given ?? []), first?.family ?? ''].join(' ').trim()
      return [{ id: resource.id, name, birthDate: resource.birthDate ?? '' }]
    }),
    score: valueOf('score')?.valueDecimal ?? 0,
    grade: valueOf('grade')?.valueCode ?? '',
    reasons: parts.flatMap(({ valueCoding }) =>
      valueCoding ? [{ code: valueCoding.code, text: valueCoding.display }] : [],
    ),
  }
}

const gradeText: Readonly<Record<string, Text>> = {
  certain: { es: 'seguro', en: 'certain' },
  probable: { es: 'probable', en: 'probable' },
  possible: { es: 'posible', en: 'possible' },
}

const many = (looked: number): Text => ({
  es: `${looked.toLocaleString('es')} pacientes`,
  en: `${looked.toLocaleString('en')} patients`,
})
const lookedAt = (looked: number): Text => ({
  es: `Van ${many(looked).es} revisados; sigue…`,
  en: `${many(looked).en} looked at so far; going on…`,
})
const endOf = (looked: number, pairs: number): Text => ({
  es: `${pairs === 0 ? 'No hay pares por revisar' : 'No hay más'}: se revisó hasta el último, ${many(looked).es}.`,
  en: `${pairs === 0 ? 'There are no pairs to look at' : 'There are no more'}: looked at to the last, ${many(looked).en}.`,
})
const moreOf = (looked: number, next: string): Text => ({
  es: `Se revisaron ${many(looked).es}, de los cambiados más recientemente en adelante. Para seguir con los demás:\n  sigilo patients duplicates --page ${next}`,
  en: `${many(looked).en} looked at, those changed last. To go on with the others:\n  sigilo patients duplicates --page ${next}`,
})

export const apart: Run = (context) =>
  ofTwo(context, (one, other) =>
    told(context, false, async (session) =>
      mapped(
        named(
          await session.ask<undefined>(
            'POST',
            `${at}/$not-duplicate`,
            sent(patient('patient', one), patient('patient', other)),
          ),
        ),
        () => ({
          json: { apart: [one, other] },
          lines: [
            { es: 'Anotado: son dos personas.', en: 'Noted: they are two people.' }[
              context.settings.language
            ],
          ],
        }),
      ),
    ),
  )

const joining =
  (operation: 'merge' | 'unmerge'): Run =>
  (context) =>
    ofTwo(context, (source, target) => {
      const { reason } = context.options
      const why = typeof reason === 'string' ? [{ name: 'reason', valueString: reason }] : []
      const body = sent(patient('source-patient', source), patient('target-patient', target), ...why)
      return told(
        context,
        true,
        async (session) =>
          mapped(
            named(await session.ask<Parameters>('POST', `${at}/$${operation}`, body)),
            ({ parameter }) => {
              const id = parameter.find(({ name }) => name === 'task')?.resource?.id ?? ''
              return { json: { approval: id }, lines: [id], note: waiting(id) }
            },
          ),
        exit.approvalPending,
      )
    })

export const merge = joining('merge')
export const unmerge = joining('unmerge')

export const move: Run = (context) => {
  const [of, to, more] = context.words
  const { reason, without } = context.options
  if (
    !of ||
    !/^[A-Za-z]+\/[A-Za-z0-9.-]+$/.test(of) ||
    !to ||
    more !== undefined ||
    typeof reason !== 'string'
  )
    return Promise.resolve(report(context, problem(exit.usage, moveUsage)))
  const left = [without ?? []].flat().map((each) => ({ name: 'without', valueString: String(each) }))
  const body = sent(
    patient('patient', to.replace(/^Patient\//, '')),
    { name: 'reason', valueString: reason },
    ...left,
  )
  return told(context, false, async (session) =>
    mapped(named(await session.ask<Parameters>('POST', `/fhir/R4/${of}/$move`, body)), ({ parameter }) => {
      const at = (name: string) =>
        parameter.find((each) => each.name === name)?.valueReference?.reference ?? ''
      const json = { left: at('left'), moved: at('moved') }
      return { json, lines: [`${json.left}  →  ${json.moved}`] }
    }),
  )
}

const moveUsage: Text = {
  es: 'Diga qué y a quién, y por qué: sigilo patients move Observation/ID Patient/ID --reason TEXTO',
  en: 'Say what and to whom, and why: sigilo patients move Observation/ID Patient/ID --reason TEXT',
}

const waiting = (id: string): Text => ({
  es: `Espera que lo apruebe otra persona: sigilo approvals approve ${id}`,
  en: `It waits for another person to approve it: sigilo approvals approve ${id}`,
})

/** The same of what is not there, and of what they may not see. */
function named<Value>(answer: Answered<Value>): Answered<Value> {
  return answer.status === 'problem' && answer.httpStatus === 404 ? problem(answer.code, notThere) : answer
}

const notThere: Text = {
  es: 'Alguno de los que dijo no existe, o esta cuenta no puede verlo. Revise los ids.',
  en: 'One of those that you named does not exist, or this account may not see it. Check the ids.',
}

/** `Patient/ID` or the id alone, twice. */
function ofTwo(context: Context, act: (one: string, other: string) => Promise<ExitCode>): Promise<ExitCode> {
  const [one, other, more] = context.words.map((word) => word.replace(/^Patient\//, ''))
  if (one === undefined || other === undefined || more !== undefined)
    return Promise.resolve(report(context, problem(exit.usage, twoOf)))
  return act(one, other)
}

const twoOf: Text = {
  es: 'Diga dos pacientes por su id; para unir, primero el que se une y después el que queda.',
  en: 'Say two patients by their ids; to merge, first the one that is merged, then the one that goes on.',
}
