/** Acts of safeguards that need a second person: asked for and approved as all are, held to policy, and carried out by the safeguard. */
import type { SafeguardAct, SafeguardApproval, SafeguardApprovals, SafeguardDeed } from '#kernel/safeguard.ts'
import {
  notify,
  type Act,
  type ApprovalSeen,
  type Asking,
  type Approvals,
  type CarriedKind,
  type Carrier,
  type MayDo,
  type People,
} from '#people/index.ts'
import type { HouseSafeguard } from './facts.ts'
import { safeguards as registered } from './all.ts'

type House = Pick<People, 'approvals' | 'accounts' | 'rows' | 'seconds'>

/** Once, when there is a store: until then nobody may ask for anything that needs a second person. */
export function carryActs(
  people: House,
  store: { mayDo: MayDo },
  safeguards: readonly HouseSafeguard[] = registered,
): void {
  const { approvals } = people
  approvals.govern(store.mayDo)
  for (const safeguard of safeguards)
    for (const [kind, act] of Object.entries(safeguard.acts ?? {}))
      approvals.carry(kind as CarriedKind, carrierOf(people, safeguard.name, act))
}

function carrierOf({ accounts, rows, seconds }: House, safeguard: string, act: SafeguardAct): Carrier {
  return {
    words: (given) => act.words(given),
    inWords: (given) => act.inWords(given),
    fault: async (given) => act.fault(given),
    ...(act.patientOf ? { patientOf: (given) => act.patientOf!(given) } : {}),
    run(given, { id, who, asked, approved }) {
      const nowMs = seconds() * 1000
      return act.run(
        given,
        { id, asked, approved },
        {
          who,
          nowMs,
          rows: rows(safeguard),
          notify: (whom, notice) => notify(accounts, { who, nowMs }, whom, notice),
        },
      )
    },
  }
}

/** Of the kinds that the safeguard carries out, and of no other. */
export function approvalsFor(
  approvals: Approvals,
  { acts = {} }: HouseSafeguard,
  asking: Asking,
): SafeguardApprovals {
  const own = (kind: string): CarriedKind => {
    if (!Object.hasOwn(acts, kind)) throw new Error(`${kind} is no act of the safeguard that asks for it`)
    return kind as CarriedKind
  }
  const account = (actor: string): string => actor.replace(/^person\//, '')
  return {
    async ask(act) {
      const asked = await approvals.ask(asking, { ...act, kind: own(act.kind) } as Act)
      return asked.status === 'ok' ? { status: 'ok', approval: seen(asked.approval) } : asked
    },
    list: async (kind) => (await approvals.ofKind(asking, own(kind))).map(seen),
    async may(deed, act, actor) {
      const asked = { ...act, kind: own(act.kind) } as Act
      return !(await approvals.may(deed, asked, account(actor ?? asking.principal.actor)))
    },
  }
}

const seen = (approval: ApprovalSeen): SafeguardApproval => ({
  ...approval,
  act: approval.act as unknown as SafeguardDeed,
})
