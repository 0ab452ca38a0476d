/** Whoever asks, as the edge would tell the store. */
import type { PersonAsking } from '#people/index.ts'
import type { By } from '#records/index.ts'

/** Somebody with these roles. */
export function personAsking(
  name: string,
  more: Partial<PersonAsking> & Pick<PersonAsking, 'roles'>,
): By & Required<Pick<By, 'principal'>> {
  const actor = `person/${name}`
  const person = { account: name, person: name, login: name, name, represents: [], session: 's', ...more }
  return { actor, client: 'web', address: '192.0.2.7', principal: { actor, client: 'web', person } }
}

export function programAsking(scope: string): By & Required<Pick<By, 'principal'>> {
  return {
    actor: 'p',
    client: 'p',
    address: '192.0.2.8',
    principal: { actor: 'p', client: 'p', program: { id: 'p', scope } },
  }
}
