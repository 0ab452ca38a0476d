/** Whom there is, as safeguards know them. */
import type { SafeguardPerson, SafeguardProgram, SafeguardWho } from '#kernel/safeguard.ts'
import { withNotice, type Account, type Accounts, type NoticeKind } from './accounts/index.ts'
import type { Programs } from './programs/index.ts'

/** Everybody who has an account that is not suspended. */
export async function* everybody({ list }: Pick<Accounts, 'list'>): AsyncGenerator<SafeguardPerson> {
  for await (const { value } of list()) if (value.status === 'active') yield personSeen(value)
}

export const personSeen = (account: Account): SafeguardPerson => ({
  ...account,
  actor: `person/${account.id}`,
  ...(account.addedAt === undefined ? {} : { sinceMs: account.addedAt * 1000 }),
})

/** Every program that is registered. */
export async function* programsSeen({ list }: Pick<Programs, 'list'>): AsyncGenerator<SafeguardProgram> {
  for await (const { value } of list()) {
    const { id, name, scope, purposes, registeredAt, isRevoked } = value
    if (isRevoked) continue
    yield {
      id,
      name,
      scope,
      ...(purposes === undefined ? {} : { purposes }),
      ...(registeredAt === undefined ? {} : { sinceMs: registeredAt * 1000 }),
    }
  }
}

/** Told when they are next here. */
export async function notify(
  accounts: Pick<Accounts, 'list' | 'change'>,
  { who, nowMs }: { who: SafeguardWho; nowMs: number },
  whom: (each: SafeguardPerson) => boolean,
  { kind, about }: { kind: string; about: string },
): Promise<void> {
  const notice = { kind: kind as NoticeKind, at: Math.floor(nowMs / 1000), about }
  for await (const { value } of accounts.list())
    if (value.status === 'active' && whom(personSeen(value)))
      await accounts.change(value.id, (account) => withNotice(account, notice), who, `told: ${kind}`)
}
