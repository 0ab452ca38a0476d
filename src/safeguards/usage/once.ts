/** Beyond the limit of a day, once: what one asked for and somebody else approved, by the account that asked, to the letter. */
import { sha256 } from '#kernel/crypto/index.ts'
import { refuse } from '#kernel/outcome.ts'
import type { SafeguardAct, SafeguardRows } from '#kernel/safeguard.ts'
import type { By } from '#records/index.ts'

/** Row `once/ACCOUNT/HASH`. */
interface Permit {
  approval: string
  account: string
  /** The act, as the refusal said it. */
  what: string
  /** Milliseconds since 1970. */
  endsAt: number
  /** The act of the ledger by which it was used. */
  usedBy?: string
}

/** It has to be done in so long. */
const permitMs = 24 * 3_600_000
const hours = permitMs / 3_600_000

const nameOf = (account: string, what: string): string =>
  `once/${account}/${Buffer.from(sha256(what)).toString('base64url')}`

const isGood = (permit: Permit | undefined, now: number): permit is Permit =>
  permit !== undefined && permit.usedBy === undefined && permit.endsAt > now

export interface Once {
  account: string
  what: string
  now: number
}

/** Whether somebody else approved it, and it was not done since. */
export async function isPermitted(rows: SafeguardRows, { account, what, now }: Once): Promise<boolean> {
  return isGood(await rows.find<Permit>(nameOf(account, what)), now)
}

/** Of all who come with it at once, here and in other processes, one is let through. */
export function usePermit(
  rows: SafeguardRows,
  { account, what, now }: Once,
  { actor, client, address }: By,
  act: string,
): Promise<boolean> {
  return rows.change<Permit, boolean>(nameOf(account, what), { actor, client, address }, (permit) =>
    isGood(permit, now)
      ? {
          write: { value: { ...permit, usedBy: act }, what: `done once, by approval ${permit.approval}` },
          result: true,
        }
      : { result: false },
  )
}

const textOf = (act: Readonly<Record<string, unknown>>, name: string): string => {
  const text = act[name]
  return typeof text === 'string' ? text : ''
}

/** `export`: `account`, who asks for it, and `what`, as the refusal said it. */
export const carrier: SafeguardAct = {
  words(act) {
    const what = textOf(act, 'what')
    return {
      es: `Una sola vez, en las ${hours} horas siguientes, más allá del límite del día: ${what}`,
      en: `Once, within the next ${hours} hours, beyond the limit of the day: ${what}`,
    }
  },
  // The facility's entries have no criteria that name a patient.
  inWords: (act) => `beyond the limit of a day, once: ${textOf(act, 'what').split(' ', 1)[0]}`,
  fault: (act) =>
    textOf(act, 'account') === '' || textOf(act, 'what') === '' ? refuse('unusable-act') : undefined,
  async run(act, { id }, { who, nowMs, rows }) {
    const [account, what] = [textOf(act, 'account'), textOf(act, 'what')]
    const endsAt = nowMs + permitMs
    const permit: Permit = { approval: id, account, what, endsAt }
    const until = await rows.change<Permit, number>(nameOf(account, what), who, (known) =>
      // Finished after a fault: what was used meanwhile is used.
      known?.approval === id
        ? { result: known.endsAt }
        : { write: { value: permit, what: `once more for ${account}` }, result: endsAt },
    )
    return { status: 'ok', result: { until: Math.floor(until / 1000) } }
  },
}
