/** Why somebody may do something, or not: asked by whoever types commands. */
import { isRefusal, sentenceOf } from '#kernel/outcome.ts'
import { roleOf, type Accounts, type Principal } from '#people/index.ts'
import type { Acting, Asked, Explanation } from '#records/index.ts'
import type { Text } from '../text.ts'

/** `as`: a role, the login of an account, or the scope of a program. */
export type ExplainRequest = Asked & { as: string }

export type ExplainAnswer =
  | ({ status: 'ok' } & Explanation)
  | { status: 'sealed' }
  | { status: 'nobody' }
  /** In both languages. */
  | { status: 'refused'; text: Text }

export type Explaining = (request: ExplainRequest) => Promise<ExplainAnswer>

export function createExplaining(
  acting: Pick<Acting, 'explain'>,
  accounts: Pick<Accounts, 'findByLogin'>,
  state: () => 'open' | 'sealed',
): Explaining {
  return async ({ as, ...asked }) => {
    if (state() === 'sealed') return { status: 'sealed' }
    const whom = principalOfRole(as) ?? (await principalOfLogin(as))
    if (!whom) return { status: 'nobody' }
    const explained = await acting.explain(whom, asked)
    if (!isRefusal(explained)) return explained
    if (explained.status === 'sealed') return { status: 'sealed' }
    return {
      status: 'refused',
      text: { es: sentenceOf(explained, 'es'), en: sentenceOf(explained, 'en') },
    }
  }

  async function principalOfLogin(login: string): Promise<Principal | undefined> {
    const row = await accounts.findByLogin(login)
    if (!row || row.value.status !== 'active') return undefined
    const { id, person, name, roles, practitioner, patient, represents = [] } = row.value
    return {
      actor: `person/${id}`,
      client: 'explained',
      person: {
        account: id,
        person,
        login: row.value.login,
        name,
        roles,
        represents,
        session: '',
        ...(practitioner === undefined ? {} : { practitioner }),
        ...(patient === undefined ? {} : { patient }),
      },
    }
  }
}

/** Anybody with this role, and nothing else known of them; or any program with this scope. */
function principalOfRole(name: string): Principal | undefined {
  if (name.startsWith('system/')) return { actor: name, client: name, program: { id: name, scope: name } }
  const role = roleOf(name)
  if (role === undefined) return undefined
  const person = { account: '', person: '', login: '', name: '', roles: [role], represents: [], session: '' }
  return { actor: `role/${role}`, client: 'explained', person }
}
