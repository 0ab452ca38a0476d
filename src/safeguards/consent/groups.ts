/**
 * Whether somebody is of a group that a Consent names: by the very resource, by who holds which post, and by which organization is part
 * of which. Undefined where nobody can tell: a member who is told in words alone, or was one and may be none any more.
 */
import type { Sources } from '#records/index.ts'
import { boundsOf, overlaps } from './times.ts'

type Fields = Readonly<Record<string, unknown>>
type Fit = boolean | undefined

/** Whoever asks. */
export interface Member {
  /** `Practitioner/…`. */
  practitioner: string
  /** Milliseconds since 1970. */
  now: number
}

/** Groups in groups, and organizations within organizations. */
const depthMax = 8
/** Of one record's Consents, all that are looked at: they are read for each act. */
const documentsMax = 200

const groups: ReadonlySet<string> = new Set(['CareTeam', 'Group', 'Organization', 'PractitionerRole'])
const name = /^([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}$/

const typeOf = (reference: string): string => name.exec(reference)?.[1] ?? ''

export const isGroup = (reference: string): boolean => groups.has(typeOf(reference))

/** Of each of these groups, and of those in them. `records`: the patient's, since another's says nothing of whom this one means. */
export async function membershipsOf(
  references: Iterable<string>,
  member: Member,
  sources: Pick<Sources, 'documentOf' | 'postsOf'>,
  records: Parameters<Sources['documentOf']>[1],
): Promise<ReadonlyMap<string, Fit>> {
  const found = new Map<string, Fit>()
  /** By how deep it stands: groups that list one another a hundred times would be looked through a hundred times at each depth. */
  const fits = new Map<string, Promise<Fit>>()
  let theirs: ReturnType<Sources['postsOf']> | undefined
  const documents = new Map<string, Promise<Fields | undefined>>()
  const documentOf = async (name: string): Promise<Fields | undefined> => {
    let document = documents.get(name)
    if (!document) {
      if (documents.size === documentsMax) return undefined
      documents.set(name, (document = sources.documentOf(name, records)))
    }
    return document
  }
  for (const each of new Set(references)) found.set(each, await fitOf(each, 0))
  return found

  function fitOf(reference: string | undefined, depth: number): Promise<Fit> {
    const name = `${depth} ${reference}`
    let fit = fits.get(name)
    if (!fit) fits.set(name, (fit = lookedUp(reference, depth)))
    return fit
  }

  async function lookedUp(reference: string | undefined, depth: number): Promise<Fit> {
    if (reference === undefined || depth > depthMax) return undefined
    const fit = await fitIn(reference, depth)
    // One that stands deeper is looked at no further than one that is named.
    if (isGroup(reference) && !found.has(reference)) found.set(reference, fit)
    return fit
  }

  async function fitIn(reference: string, depth: number): Promise<Fit> {
    const type = typeOf(reference)
    switch (type) {
      case 'Practitioner':
        return reference === member.practitioner
      case 'Patient':
      case 'RelatedPerson':
        return false
      case 'PractitionerRole':
        return ofPost(await documentOf(reference))
      case 'Organization':
        return ofOrganization(reference)
      case 'CareTeam':
      case 'Group':
        return ofMembers(await documentOf(reference), depth)
      default:
        return undefined
    }
  }

  function ofPost(post: Fields | undefined): Fit {
    const who = post && referenceIn(post['practitioner'])
    if (!post || who === undefined || typeOf(who) !== 'Practitioner') return undefined
    if (who !== member.practitioner) return false
    return isHeld(post) ? true : undefined
  }

  /** Who holds no post that is known may work anywhere. */
  async function ofOrganization(reference: string): Promise<Fit> {
    const posts = await (theirs ??= sources.postsOf(member.practitioner))
    if (posts.length === 0) return undefined
    return either(
      await Promise.all(
        posts.map(async (post) => {
          const isIn = await isWithin(referenceIn(post['organization']), reference)
          return isIn === true && !isHeld(post) ? undefined : isIn
        }),
      ),
    )
  }

  async function isWithin(organization: string | undefined, whole: string): Promise<Fit> {
    for (let at = organization, depth = 0; depth <= depthMax; depth++) {
      if (at === undefined || typeOf(at) !== 'Organization') return undefined
      if (at === whole) return true
      const document = await documentOf(at)
      if (!document) return undefined
      if (document['partOf'] === undefined) return false
      at = referenceIn(document['partOf'])
    }
    return undefined
  }

  async function ofMembers(group: Fields | undefined, depth: number): Promise<Fit> {
    const [list, reference] =
      group?.['resourceType'] === 'Group' ? ['member', 'entity'] : ['participant', 'member']
    const members = group?.[list]
    // Described, and not listed; or there is nobody in it whom one could know.
    if (!group || !Array.isArray(members) || members.length === 0 || group['actual'] === false)
      return undefined
    const fits: Fit[] = []
    for (const each of members as unknown[]) {
      const fit = await fitOf(referenceIn(asFields(each)[reference]), depth + 1)
      const isNow = asFields(each)['inactive'] !== true && isHeld(asFields(each))
      fits.push(fit === true && !isNow ? undefined : fit)
    }
    const fit = either(fits)
    return fit === true && (over.has(group['status']) || !isHeld(group)) ? undefined : fit
  }

  /** It holds, as far as it says. */
  function isHeld({ active, period }: Fields): boolean {
    if (active === false) return false
    if (period === undefined) return true
    const bounds = boundsOf(period)
    return bounds !== undefined && overlaps(bounds, { low: member.now, high: member.now }) === true
  }
}

/** Of a CareTeam. */
const over: ReadonlySet<unknown> = new Set(['proposed', 'suspended', 'inactive', 'entered-in-error'])

function either(fits: readonly Fit[]): Fit {
  return fits.includes(true) ? true : fits.includes(undefined) ? undefined : false
}

function referenceIn(value: unknown): string | undefined {
  const { reference } = asFields(value)
  return typeof reference === 'string' ? reference : undefined
}

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}
}
