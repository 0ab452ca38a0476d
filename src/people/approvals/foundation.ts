/** The first two officers of a real home. Until both have enrolled nothing else is served. */
import type { Authority, Row, Who } from '../authority/index.ts'
import type { Given, Invitations } from './invitations.ts'
import { foundationName, type Foundation, type Standing } from './values.ts'

/** One asks, another confirms. */
const officersMin = 2

export interface NewOfficer {
  login: string
  name: string
  language: 'es' | 'en'
}

export type Begun = { status: 'begun'; links: Given[] } | { status: 'founded' | 'raced' }

export interface Founding {
  /** True from then on in this process: nothing undoes it. */
  isFounded(): boolean | Promise<boolean>
  /** New links for all who have not enrolled; those that were given before end. Who they are may be said anew until one has enrolled. */
  begin(officers: readonly NewOfficer[], who: Who): Promise<Begun>
}

interface FoundingOptions {
  authority: Authority
  invitations: Pick<Invitations, 'give'>
  isDemo: boolean
}

export function createFounding({ authority, invitations, isDemo }: FoundingOptions): Founding {
  let isKnown = isDemo

  const find = () => authority.find<Foundation>('request', foundationName)

  const isDone = (row: Row<Foundation> | undefined) => {
    const enrolled = row?.value.officers.filter(({ account }) => account !== undefined) ?? []
    isKnown ||= enrolled.length >= officersMin
    return isKnown
  }

  return {
    isFounded: () => isKnown || find().then(isDone),

    async begin(officers, who) {
      const row = await find()
      if (isDone(row)) return { status: 'founded' }
      const enrolled = row?.value.officers.filter(({ account }) => account !== undefined) ?? []
      const others = officers.filter(({ login }) => !enrolled.some((one) => one.login === login))
      const missing = officersMin - enrolled.length
      if (others.length < missing) throw new Error('two officers found a house')
      const given = others.slice(0, missing).map(({ login, name, language }) => {
        const standing: Standing = { roles: ['security-officer'] }
        const giving = invitations.give({ request: foundationName, login, name, language, standing })
        return { officer: { login, name, language, invitation: giving.value.id }, giving }
      })
      const value: Foundation = { officers: [...enrolled, ...given.map(({ officer }) => officer)] }
      const act = { ...who, action: 'authority', query: 'first officers invited' } as const
      const links = given.map(({ giving }) => giving)
      const isFirst = await authority.putEach(
        [
          { kind: 'request', name: foundationName, value, ...(row ? { after: row } : {}) },
          ...links.map(({ change }) => change),
        ],
        act,
      )
      return isFirst ? { status: 'begun', links: links.map(({ link }) => link) } : { status: 'raced' }
    },
  }
}
