import {
  judgeKit,
  judgeShare,
  readDeal,
  readShare,
  ShareCollecting,
  zeroShare,
  type Keys,
  type KitSecret,
  type OpenerKnown,
  type Proven,
  type Secret,
  type SharesCollected,
  type Unsealed,
} from '#kernel/keys/index.ts'
import type { Home, HomeOpener } from '../home/home.ts'
import type { Problem } from './problem.ts'
import { settleHome } from './settling.ts'
import { secretOf, zeroSecret, type SecretSent } from '../openers/sent.ts'
import type { SecretRefused } from '../openers/texts.ts'

export type UnsealAnswer = { status: 'open' } | ({ status: 'collecting' } & SharesCollected) | SecretRefused

/** How far an unsealing is. */
export interface UnsealState {
  vault: 'open' | 'sealed'
  /** What to bring: as the database has it, which another server over it may have changed. */
  opener: HomeOpener
  /** Absent where no share is here. */
  collected?: SharesCollected
  /** Shares that were complete have left the collection, and the vault is being opened with them: that takes as long as it takes. */
  opening: boolean
}

export interface Unsealing {
  /** Opens the vault with a whole secret. */
  unseal(sent: SecretSent): Promise<UnsealAnswer>
  /** Takes one holder's share; the one that completes them opens the vault. */
  share(text: string): Promise<UnsealAnswer>
  state(): Promise<UnsealState>
  /** Zeroes the shares that are here. */
  forget(): void
  /** Whether a secret opens the vault, which stays as it is. */
  prove(sent: SecretSent): Promise<{ status: 'ok' } | SecretRefused>
}

/**
 * The server's part in opening the vault: the only place where the shares of several holders meet. `onOpen`: called with the kind of
 * what opened it, and how many had not before; the problem that it finds, or what it throws, is the answer.
 */
export function createUnsealing(
  keys: Keys,
  home: Home,
  onOpen: (kind: string, refused: number) => Promise<Problem | undefined>,
): Unsealing {
  const collecting = new ShareCollecting()
  /** Secrets that did not open it, since it was open last: nothing can be recorded meanwhile. */
  let refused = 0
  let opening = 0
  /** Orders to seal that there had been when the shares that are here were given. */
  let orders: number | undefined

  /** Half a ceremony of before an order to seal is not to be finished after it, whichever server the order was given to. */
  const forgetOrdered = async (): Promise<void> => {
    const now = await keys.ordersToSeal()
    if (now !== orders) collecting.forget()
    orders = now
  }

  const opened = async <Answer extends { status: string }>(
    kind: string,
    answer: Answer,
  ): Promise<Answer | SecretRefused> => {
    if (answer.status === 'open') {
      collecting.forget()
      const before = refused
      refused = 0
      const found = await onOpen(kind, before)
      if (found) return { status: 'not-admitted', text: found.text }
    } else refused++
    return answer
  }

  /** Runs with the secret that was sent, and zeroes it. */
  const using = async <Answer extends Unsealed | Proven>(
    sent: SecretSent,
    use: (secret: Secret) => Promise<Answer>,
  ): Promise<Answer | SecretRefused> => {
    const read = secretOf(sent, home)
    if (read.status !== 'ok') return read
    const { secret } = read
    try {
      const answer = await use(secret)
      return secret.kind === 'recovery-kit' ? await explained(secret, answer) : answer
    } finally {
      zeroSecret(secret)
    }
  }

  /** A kit that does not open says on its face why: of another vault, or of another time. */
  const explained = async <Answer extends Unsealed | Proven>(
    kit: KitSecret,
    answer: Answer,
  ): Promise<Answer | SecretRefused> => {
    if (answer.status !== 'wrong-secret' && answer.status !== 'no-such-opener') return answer
    const known = await keys.openers()
    const kits = known.filter(({ kind }) => kind === 'recovery-kit').map(({ parameters }) => parameters)
    const why = judgeKit(kit, kits)
    const wrong = 'wrong' in answer ? answer.wrong : 0
    return why ? { status: 'kit-refused', wrong, ...why } : answer
  }

  return {
    unseal: async (sent) => opened(sent.kind, await using(sent, (secret) => keys.unseal(secret))),

    async share(text) {
      if (keys.state() === 'open') return { status: 'open' }
      const read = readShare(text)
      if (read.status !== 'ok') return read
      const { share } = read
      await forgetOrdered()
      const known = await keys.openers()
      const isOurs = ({ id }: OpenerKnown) => home.record.openers?.includes(id) === true
      // Those that are known to be ours come last, and are looked at first.
      const deals = [...known.filter((each) => !isOurs(each)), ...known.filter(isOurs)].flatMap(
        ({ kind, parameters }) => (kind === 'shamir' ? (readDeal(parameters) ?? []) : []),
      )
      // Its own deal, where there are several; somebody may have given theirs its name.
      const deal =
        deals.findLast((each) => judgeShare(share, each) === undefined) ??
        deals.findLast((each) => each.deal === share.deal) ??
        deals.at(-1)
      if (!deal) {
        zeroShare(share)
        const kinds = [...new Set(known.map(({ kind }) => kind))]
        return known.length === 0
          ? { status: 'not-initialised' }
          : { status: 'no-such-opener', kind: 'shamir', kinds }
      }
      const given = collecting.give(share, deal)
      if (given.status !== 'complete') return given
      const secret = { kind: 'shamir', shares: given.shares } as const
      opening++
      try {
        const answer = await opened(secret.kind, await keys.unseal(secret))
        // They were not tried: those of the others stay, and the last one comes again.
        if (answer.status === 'too-many-attempts')
          for (const each of given.shares.slice(0, -1))
            collecting.give({ ...each, point: each.point.slice() }, deal)
        return answer
      } finally {
        opening--
        zeroSecret(secret)
      }
    },

    async state() {
      await settleHome(keys, home)
      await forgetOrdered()
      const collected = collecting.collected()
      return {
        vault: keys.state(),
        opener: home.record.opener,
        opening: opening > 0,
        ...(collected ? { collected } : {}),
      }
    },

    forget: () => collecting.forget(),

    prove: (sent) => using(sent, (secret) => keys.prove(secret)),
  }
}
