import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from '#kernel/db/index.ts'
import { houseNameIn, type Keys } from '#kernel/keys/index.ts'
import type { Witnessing } from '#kernel/ledger/index.ts'
import type { People } from '#people/index.ts'
import type { By, Interactions } from '#records/index.ts'
import type { Named } from '../control/protocol.ts'
import type { ControlHandlers } from '../control/server.ts'
import { databaseFacts } from '../doctor/database.ts'
import { dutyFindings, type DutyParts } from './duties.ts'
import type { Home } from '../home/home.ts'
import { operator, type HouseLedger } from './ledger.ts'
import type { Auditing } from './auditing.ts'
import type { Destroying } from './destroying.ts'
import type { Sending } from './sending/sending.ts'
import { sendingAnswers, type Noted } from './sending/answers.ts'
import type { Errand } from './errand.ts'
import type { Explaining } from './explaining.ts'
import type { Exporting } from './exporting.ts'
import type { DirectoryFault, Flushing } from './flushing.ts'
import type { Importing } from './importing.ts'
import type { Reindexing } from './reindexing.ts'
import type { Rotating } from './rotating.ts'
import type { Opening } from './opening.ts'
import { orderSeal } from './ordering-seal.ts'
import { carryDestroying, carryOpeners } from './carrying.ts'
import { carryMerging } from './carrying-merges.ts'
import type { Changing } from './changing.ts'
import { keyCommitments } from './key-rows.ts'
import type { SecretSent } from '../openers/sent.ts'
import { settleHome } from './settling.ts'
import type { Verifying } from './verifying.ts'
import type { Unsealing } from './unsealing.ts'

/** Sealing waits so long to be recorded. */
const sealWaitsMsMax = 1000

/** What the running server answers on its control socket. */
export function controlAnswers(running: {
  home: Home
  sql: Sql
  keys: Keys
  listened: { origin: string; port: number }
  reindexing: Reindexing
  verifying: Verifying
  rotating: Rotating
  importing: Importing
  exporting: Exporting
  flushing: Pick<Flushing, 'fault'>
  destroying: Destroying
  as: (by: By) => Pick<Interactions, 'merging'>
  auditing: Auditing
  explaining: Explaining
  ledger: HouseLedger
  sending: Sending
  witnessing: Witnessing
  people: Pick<People, 'founding' | 'approvals' | 'isFounded' | 'resetByOpener'> & DutyParts
  now: () => Date
  unsealing: Unsealing
  changing: Changing
  /** Of a vault that opens by itself. */
  opening: Opening | undefined
}): ControlHandlers {
  const {
    home,
    sql,
    keys,
    listened,
    reindexing,
    verifying,
    rotating,
    importing,
    exporting,
    flushing,
    destroying,
    as,
    auditing,
    explaining,
    ledger,
    sending,
    witnessing,
    people,
    people: { founding, approvals, isFounded, resetByOpener },
    now,
    unsealing,
    changing,
    opening,
  } = running
  const { kind } = home.record
  const reached = { origin: listened.origin, port: listened.port }
  /** What changes keys is in the ledger before it begins, and when it has ended. */
  const noted: Noted = async (action, query, act) => {
    if (keys.state() === 'sealed') return act()
    await ledger.operator({ action, outcome: 'begun', query })
    const answer = await act()
    const outcome = answer.status === 'ok' ? 'done' : 'refused'
    if (keys.state() === 'open') {
      const commitments = await keyCommitments(sql)
      await ledger.operator({ action, outcome, query, reason: answer.status, commitments })
    }
    return answer
  }
  const openers = carryOpeners(
    (request, id) => noted('opener', request.to.kind, () => changing.change(request, id)),
    async (id) => (await keys.ownOpeners()).includes(id),
    async () => (await rotating.told()).purging,
    now,
  )
  approvals.carry('destroy-keys', carryDestroying(destroying))
  approvals.carry('opener', openers.carrier)
  for (const joining of ['merge', 'unmerge'] as const) approvals.carry(joining, carryMerging(joining, as))
  const proven = async (secret: SecretSent) => {
    const answer = await unsealing.prove(secret)
    const outcome = answer.status === 'ok' ? 'done' : 'refused'
    // While the vault is sealed nothing can be recorded.
    if (keys.state() === 'open')
      await ledger.operator({
        action: 'unseal',
        outcome,
        query: `tried: ${secret.kind}`,
        reason: answer.status,
      })
    return answer
  }
  return {
    'GET /status': async () => {
      const why = opening?.why()
      const status = { pid: process.pid, kind, vault: keys.state(), isFounded: await isFounded(), ...reached }
      return why ? { ...status, why } : status
    },
    'GET /database': async () => ({
      port: listened.port,
      facts: { ...(await databaseFacts(sql)), ...told(flushing.fault()) },
      duties: keys.state() === 'open' ? await dutyFindings(people) : [],
    }),
    'POST /unseal': ({ secret }) => unsealing.unseal(secret),
    'POST /unseal/share': ({ share }) => unsealing.share(share),
    'POST /prove': ({ secret }) => proven(secret),
    'GET /openers': async () => {
      await settleHome(keys, home)
      const known = await keys.openers()
      const openers = known.map(({ kind: each, createdAt }) => ({
        kind: each,
        createdAt: createdAt.toISOString(),
      }))
      const vault = keys.state()
      const stored = known.map(({ parameters }) => parameters)
      const name = vault === 'open' ? keys.name : houseNameIn(stored)
      return { vault, opener: home.record.opener, openers, ...(name === undefined ? {} : { name }) }
    },
    'GET /keys': () => rotating.told(),
    'POST /seal': async () => {
      // Sealing does not wait for the database: what is wrong may be the database.
      const told = ledger.operator({ action: 'seal', outcome: 'begun' }).catch(() => {})
      await Promise.race([told, delay(sealWaitsMsMax, undefined, { ref: false })])
      // Half a ceremony of before is not to be finished by one more share.
      unsealing.forget()
      return orderSeal(keys)
    },
    'POST /rotate': ({ rootAlone }) =>
      noted('key', rootAlone ? 'rotate the root' : 'rotate', () => rotating.rotate(rootAlone)),
    // Before there are people nobody can approve it.
    'POST /opener': async (request) => {
      if (keys.state() === 'sealed') return { status: 'sealed' }
      if (!(await isFounded())) return noted('opener', request.to.kind, () => changing.change(request))
      const proven = await unsealing.prove(request.proof)
      return proven.status === 'ok' ? openers.hold(request) : { status: 'not-proven', why: proven }
    },
    'GET /unseal': () => unsealing.state(),
    'POST /unseal/forget': async () => {
      unsealing.forget()
      return unsealing.state()
    },
    // Whoever asks while one runs, waits for that.
    'POST /reindex': async () => reindexing.start() ?? reindexing.state(),
    'GET /reindex': async () => reindexing.state(),
    'POST /verify': async (request) => verifying.start(request) ?? verifying.state(),
    'GET /verify': async () => verifying.state(),
    'POST /import': async (request) => begun(importing, request) ?? { status: 'busy' },
    'GET /import': async () => ofRun(importing),
    'POST /import/state': async ({ run }) => ofRun(importing, run),
    'POST /import/stop': ({ run }) => stopped(importing, run),
    'POST /export': async (request) => begun(exporting, request) ?? { status: 'busy' },
    'POST /export/state': async ({ run }) => ofRun(exporting, run),
    'POST /export/stop': ({ run }) => stopped(exporting, run),
    'POST /destroy/look': ({ patient }) => destroying.look(patient),
    // Before there are people nobody can approve it.
    'POST /destroy': async (request) =>
      (await isFounded()) ? destroying.destroyAgain(request) : destroying.destroy(request),
    'GET /destroy': async () => ({ batch: destroying.batch(), list: await destroying.list() }),
    'POST /ledger/entries': ({ terms }) => auditing.entries(terms),
    'POST /ledger/radius': ({ terms }) => auditing.radius(terms),
    'POST /policy/explain': (request) => explaining(request),
    'POST /ledger/file': (request) => auditing.file(request),
    'POST /people/reset': async ({ login, secret }) => {
      if (keys.state() === 'sealed') return { status: 'sealed' }
      const why = await proven(secret)
      return why.status === 'ok' ? resetByOpener(login, operator) : { status: 'not-proven', why }
    },
    'POST /people/begin': ({ officers }) => founding.begin(officers, operator),
    ...sendingAnswers({ home, ledger, sending, witnessing, noted }),
  }
}

/** One of its kind, with its name; the newest where none is said. */
function ofRun<Request, State>(errand: Errand<Request, State>, run = errand.run()): Named<State> {
  return { ...errand.state(run), ...(run === undefined ? {} : { run }) }
}

function begun<Request, State>(errand: Errand<Request, State>, request: Request): Named<State> | undefined {
  return errand.start(request) && ofRun(errand)
}

async function stopped<Request, State>(
  errand: Errand<Request, State>,
  run = errand.run(),
): Promise<Named<State>> {
  await errand.stop(run)
  return ofRun(errand, run)
}

const told = (directoryFault: DirectoryFault | undefined) => (directoryFault ? { directoryFault } : {})
