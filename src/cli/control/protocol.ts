import type { OpenerKind } from '#kernel/keys/index.ts'
import type { NewOfficer, People, ResetByOpener } from '#people/index.ts'
import type { Terms } from '#records/index.ts'
import type { LedgerWitnessed, WitnessChanged } from '#kernel/ledger/index.ts'
import type { DatabaseFacts } from '../doctor/database.ts'
import type { ExportRequest } from '../export/perform.ts'
import type { HomeKind, HomeOpener } from '../home/home.ts'
import type { DutyFinding } from '../house/duties.ts'
import type { BatchState, DestroyAnswer, Destroying, DestroyRequest } from '../house/destroying.ts'
import type { EntriesAnswer, FileAnswer, RadiusAnswer } from '../house/auditing.ts'
import type { ExplainAnswer, ExplainRequest } from '../house/explaining.ts'
import type { ExportState } from '../house/exporting.ts'
import type { ImportState } from '../house/importing.ts'
import type { NotOpenYet } from '../house/opening.ts'
import type { SealTold } from '../house/ordering-seal.ts'
import type { ReindexState } from '../house/reindexing.ts'
import type { KeysTold, RotateAnswer } from '../house/rotating.ts'
import type { HeldOpeners } from '../house/carrying.ts'
import type { ChangeAnswer, ChangeRequest } from '../house/changing.ts'
import type { UnsealAnswer, UnsealState } from '../house/unsealing.ts'
import type { LedgerKeys, LogChange } from '../house/sending/answers.ts'
import type { SendChange, SendChanged } from '../house/sending/places.ts'
import type { Sending } from '../house/sending/sending.ts'
import type { SendTold } from '../house/sending/told.ts'
import type { VerifyState } from '../house/verifying.ts'
import type { ImportRequest } from '../import/perform.ts'
import type { SecretSent } from '../openers/sent.ts'
import type { SecretRefused } from '../openers/texts.ts'

/** What the running server says of itself on its control socket. */
export interface ServerStatus {
  pid: number
  kind: HomeKind
  vault: 'open' | 'sealed'
  /** Whether its first officers have enrolled: from then on what is dangerous needs two people. */
  isFounded: boolean
  /** Where it is reached, and where it listens on this machine. */
  origin: string
  port: number
  /** Why a vault that opens by itself is sealed. */
  why?: NotOpenYet
}

/** What opens the vault. */
export interface OpenersKnown {
  vault: 'open' | 'sealed'
  /** Its name on paper; absent while it is sealed and has neither shares nor a kit. */
  name?: string
  /** What opens it from day to day. */
  opener: HomeOpener
  openers: { kind: OpenerKind; createdAt: string }[]
}

/** What the server does, with the name by which whoever began it asks for it. */
export type Named<State> = State & { run?: string }

type Held = ReturnType<HeldOpeners['hold']>

/** The requests of the control socket: method and path, body, answer. */
export interface ControlRequests {
  'GET /status': { body: undefined; answer: ServerStatus }
  /** For `doctor`, which has no connection of its own while the server runs. */
  'GET /database': {
    body: undefined
    answer: { port: number; facts: DatabaseFacts; duties: readonly DutyFinding[] }
  }
  'POST /unseal': { body: { secret: SecretSent }; answer: UnsealAnswer }
  /** One holder's share; the server keeps it in memory until there are enough, or too much time has passed. */
  'POST /unseal/share': { body: { share: string }; answer: UnsealAnswer }
  /** Whether a secret opens the vault, which stays as it is. */
  'POST /prove': { body: { secret: SecretSent }; answer: { status: 'ok' } | SecretRefused }
  'GET /openers': { body: undefined; answer: OpenersKnown }
  'GET /keys': { body: undefined; answer: KeysTold }
  /** Seals the vault in every process over its database. */
  'POST /seal': { body: undefined; answer: SealTold }
  /** New keys; patient keys move to the new epochs in the server, whether who asked waits or not. */
  'POST /rotate': { body: { rootAlone: boolean }; answer: RotateAnswer }
  /** `held`: it waits to be approved, and can be asked for by that. */
  'POST /opener': { body: ChangeRequest; answer: ChangeAnswer | Held }
  'GET /unseal': { body: undefined; answer: UnsealState }
  /** Forgets the shares that are here. */
  'POST /unseal/forget': { body: undefined; answer: UnsealState }
  /** Begins one, unless it runs already; it goes on when the asker leaves. */
  'POST /reindex': { body: undefined; answer: ReindexState }
  'GET /reindex': { body: undefined; answer: ReindexState }
  /** Begins one, unless it runs already; it goes on when the asker leaves. */
  'POST /verify': { body: { onlyNew: boolean }; answer: VerifyState }
  'GET /verify': { body: undefined; answer: VerifyState }
  /** Begins one, unless one runs (`busy`); the paths are read by the server, which is the same user. It goes on when the asker leaves. */
  'POST /import': { body: ImportRequest; answer: Named<ImportState> }
  /** The newest, whoever began it. */
  'GET /import': { body: undefined; answer: Named<ImportState> }
  /** The one of that name: by the time somebody asks, another may have begun. */
  'POST /import/state': { body: { run: string }; answer: Named<ImportState> }
  /** Ends it after what is under way; whichever is the newest where none is named. */
  'POST /import/stop': { body: { run?: string }; answer: Named<ImportState> }
  /** Begins one into a folder, unless one runs (`busy`); the server, which is the same user, writes it. */
  'POST /export': { body: ExportRequest; answer: Named<ExportState> }
  /** The one of that name. */
  'POST /export/state': { body: { run: string }; answer: Named<ExportState> }
  /** Ends it, and removes what it wrote. */
  'POST /export/stop': { body: { run: string }; answer: Named<ExportState> }
  /** What would be destroyed with the keys of a patient. */
  'POST /destroy/look': { body: { patient: string }; answer: Awaited<ReturnType<Destroying['look']>> }
  /** Destroys them, where there is nobody yet who could approve it, or they are destroyed already; nothing brings them back. */
  'POST /destroy': { body: DestroyRequest; answer: DestroyAnswer | { status: 'approval-needed' } }
  'GET /destroy': {
    body: undefined
    answer: { batch: BatchState; list: Awaited<ReturnType<Destroying['list']>> }
  }
  /** The ledger; whoever asks is in it. */
  'POST /ledger/entries': { body: { terms: Terms }; answer: EntriesAnswer }
  'POST /ledger/radius': { body: { terms: Terms }; answer: RadiusAnswer }
  /** Why somebody may do something, or not; the question is in the ledger. */
  'POST /policy/explain': { body: ExplainRequest; answer: ExplainAnswer }
  /** Writes a patient's file to a path where there is none; the server, which is the same user, writes it. */
  'POST /ledger/file': { body: { patient: string; out: string }; answer: FileAnswer }
  /** Public keys, to be handed to auditors, witnesses and those whose witness this is. */
  'GET /ledger/keys': { body: undefined; answer: LedgerKeys }
  /** Where checkpoints go, and what came of it. */
  'GET /ledger/sends': { body: undefined; answer: { sends: SendTold[] } }
  'POST /ledger/sends': { body: SendChange; answer: SendChanged }
  /** Sends to all of them now. */
  'POST /ledger/send': { body: undefined; answer: { sends: SendTold[] } }
  'POST /ledger/publish': { body: { folder: string }; answer: Awaited<ReturnType<Sending['publish']>> }
  /** The ledgers that this house is a witness of. */
  'GET /ledger/logs': { body: undefined; answer: { logs: LedgerWitnessed[] } }
  /** One-time links for the first two officers of a real home, until both have enrolled. */
  'POST /people/begin': {
    body: { officers: NewOfficer[] }
    answer: Awaited<ReturnType<People['founding']['begin']>>
  }
  /** Lost factors where there are no two others: by who opens the vault. Asked again it says from when, and then gives the link. */
  'POST /people/reset': {
    body: { login: string; secret: SecretSent }
    answer: ResetByOpener | { status: 'sealed' } | { status: 'not-proven'; why: SecretRefused }
  }
  'POST /ledger/logs': { body: LogChange; answer: WitnessChanged }
}
