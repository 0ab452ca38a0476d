/** Whoever looks into the ledger is in it. */
import { Readable } from 'node:stream'
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Action } from '#kernel/ledger/index.ts'
import { isRefusal, type Refusal } from '#kernel/outcome.ts'
import { questionOf, soughtOf, timeOf } from '../audit/index.ts'
import type { PolicyAction } from '../gate/index.ts'
import type { LedgerAsked } from '../interactions.ts'
import type { Desk } from './desk.ts'
import { sayAct } from '../said.ts'

export function ledgerOf(desk: Desk): LedgerAsked {
  const audit = desk.rooms.audit
  const by = desk.by
  const answer = async <Result extends { status: string }>(
    action: Action,
    query: string | undefined,
    asked: Promise<Result | Refusal>,
  ): Promise<Result | Refusal> => {
    const result = await asked
    if (isRefusal(result)) return desk.refuse(action, result, query === undefined ? {} : { query })
    desk.isRecorded = true
    return result
  }
  /** By the patient whose it is; of nobody's in particular, of everybody's. */
  const unlessBarred = async <Result extends { status: string }>(
    policyAction: PolicyAction,
    patient: string | undefined,
    act: () => Promise<Result | Refusal>,
  ): Promise<Result | Refusal> => {
    const isAllowed = await desk.mayAskLedger(policyAction, patient)
    if (isAllowed === true) return act()
    if (isAllowed) return isAllowed
    const refusal = (await desk.standing()).refusal({ action: policyAction, kind: 'ledger' })
    return desk.refuse(ledgerActionOf[policyAction] ?? 'ledger-query', refusal, {})
  }
  return {
    entries: async (terms) => {
      const question = questionOf(terms, audit.timeZone)
      if ('status' in question) return desk.refuse('ledger-query', question, {})
      return unlessBarred('ledger-query', question.patient, () =>
        answer('ledger-query', question.said, audit.query(by, question)),
      )
    },
    query: (question) =>
      unlessBarred('ledger-query', question.patient, () =>
        answer('ledger-query', question.said, audit.query(by, question)),
      ),
    entry: (id) =>
      unlessBarred('ledger-query', undefined, () =>
        answer('ledger-query', `entry ${id}`, audit.entry(by, id)),
      ),
    radius: async (terms) => {
      const sought = soughtOf('radius', terms, audit.timeZone)
      if ('status' in sought) return desk.refuse('ledger-query', sought, {})
      return unlessBarred('ledger-query', undefined, () =>
        answer('ledger-query', sought.said, audit.radius(by, sought)),
      )
    },
    timeOf: (text) => timeOf(text, audit.timeZone),
    vault: () => audit.vault(),
    file: (patient) =>
      unlessBarred('ledger-file', patient, async () => {
        const act = desk.act ?? randomUuid()
        const asked = { type: 'Patient', id: patient }
        const said = () => sayAct('ledger-file', { asked }, by)
        const given = { action: 'ledger-file', act, places: [], resources: 0, said } as const
        const barred = await desk.restrained(given, false)
        if (barred) return desk.refuse('ledger-file', barred, { asked, act })
        const handed = await audit.file(by, patient, act)
        const over = isRefusal(handed) ? undefined : await desk.restrained(given, true)
        if (over) return desk.refuse('ledger-file', over, { asked, act })
        if (isRefusal(handed)) return desk.refuse('ledger-file', handed, { asked, act })
        desk.isRecorded = true
        desk.last = { act, seen: [] }
        const deed = { action: 'ledger-file', by, act, into: handed.compartment } as const
        return { status: 'ok', stream: desk.counting(Readable.from(handed.pieces), deed, []) }
      }),
    checkpoint: () => unlessBarred('ledger-proof', undefined, () => audit.checkpoint()),
    publicKeys: () => unlessBarred('ledger-proof', undefined, () => audit.publicKeys()),
    tile: (path) =>
      unlessBarred('ledger-proof', undefined, () => answer('ledger-query', path, audit.tile(by, path))),
  }
}

const ledgerActionOf: Partial<Record<PolicyAction, Action>> = { 'ledger-file': 'ledger-file' }
