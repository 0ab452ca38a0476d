/** What the running server answers of checkpoints that go out and come in. */
import type { Action, Witnessing } from '#kernel/ledger/index.ts'
import type { ControlHandlers } from '../../control/server.ts'
import type { Home } from '../../home/home.ts'
import type { HouseLedger } from '../ledger.ts'
import { changeSends } from './places.ts'
import type { Sending } from './sending.ts'

export interface LedgerKeys {
  /** C2SP signed-note, "Verifier keys". */
  ledger: string[]
  witness: string[]
}

/** Becomes the witness of the ledger of these keys; or of that one no longer. */
export type LogChange = { keys: string[] } | { remove: string }

/** Records an act before it begins, and how it ended. */
export type Noted = <Answer extends { status: string }>(
  action: Action,
  query: string,
  act: () => Promise<Answer>,
) => Promise<Answer>

export function sendingAnswers(o: {
  home: Home
  ledger: HouseLedger
  sending: Sending
  witnessing: Witnessing
  noted: Noted
}): Pick<
  ControlHandlers,
  | 'GET /ledger/keys'
  | 'GET /ledger/sends'
  | 'POST /ledger/sends'
  | 'POST /ledger/send'
  | 'POST /ledger/publish'
  | 'GET /ledger/logs'
  | 'POST /ledger/logs'
> {
  const { home, ledger, sending, witnessing, noted } = o
  return {
    'GET /ledger/keys': async () => ({
      ledger: await ledger.publicKeys(),
      witness: witnessing.publicKeys(),
    }),
    'GET /ledger/sends': async () => ({ sends: sending.told() }),
    'POST /ledger/sends': (change) =>
      noted('configuration', `${change.op} ${change.kind} ${change.place}`, () => changeSends(home, change)),
    'POST /ledger/send': async () => ({ sends: await sending.sendNow() }),
    'POST /ledger/publish': ({ folder }) =>
      noted('checkpoint', `folder ${folder}`, () => sending.publish(folder)),
    'GET /ledger/logs': async () => ({ logs: await witnessing.list() }),
    'POST /ledger/logs': (change) =>
      'remove' in change
        ? noted('configuration', `no witness of ${change.remove}`, () => witnessing.remove(change.remove))
        : noted('configuration', `witness of ${change.keys[0]?.split('+')[0] ?? ''}`, () =>
            witnessing.add(change.keys),
          ),
  }
}
