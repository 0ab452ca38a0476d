/** From the ledger and the records of a vault to what is unusual in a week. */
import type { SafeguardPerson } from '#kernel/safeguard.ts'
import type { Principal, Role } from '#people/index.ts'
import type { CompartmentId, LookSeen, Watched } from '#records/index.ts'
import { isBusiness } from './reason.ts'
import { unusual } from './scoring.ts'
import { colleagueOf, knownOf, namesakesOf } from './traits.ts'
import type { Colleague, Known, Reason, Unusual, Visit } from './types.ts'

export interface Finding {
  watched: Watched
  people: AsyncIterable<SafeguardPerson>
  fromMs: number
  toMs: number
  threshold?: number
}

/** Somebody with an account of staff. */
interface Member {
  person: SafeguardPerson
  principal: Principal
}

const weekMs = 7 * 86_400_000
/** Habits and repetitions are known by so much before. */
const habitMs = 4 * weekMs
/** Whoever searches meanwhile waits for no more than these. */
const judgedAtOnce = 16
/** Patients by whom it is told how common a name is. */
const namesMax = 3_000

export interface Found {
  visits: number
  unusual: Unusual[]
  /** Of those who are named in it. */
  ids: Map<string, string>
  people: Map<string, SafeguardPerson>
}

export async function find({ watched, people, fromMs, toMs, threshold }: Finding): Promise<Found> {
  const { staff, patients: own } = await rollOf(people, watched)
  const days = await daysOf(watched, staff, { fromMs: fromMs - habitMs, toMs })
  const judged = days.filter(({ dayMs }) => dayMs >= fromMs)
  await judge(watched, staff, judged)
  const odd = judged.filter(({ reason }) => reason === 'none')
  // Whether they had looked before without reason matters of those alone.
  const pairs = new Set(odd.map(({ actor, patient }) => `${actor} ${patient}`))
  const before = days.filter(
    ({ dayMs, actor, patient }) => dayMs < fromMs && pairs.has(`${actor} ${patient}`),
  )
  await judge(watched, staff, before)

  const wanted = new Set([...odd, ...judged.slice(0, namesMax)].map(({ patient }) => patient))
  const seen = await watched.patients([...wanted] as CompartmentId[])
  const colleagues = new Map<string, Colleague>()
  const namesakes: [name: string, actor: string][] = []
  for (const { person, principal } of staff.values()) {
    const { actor } = principal
    const { practitioner } = person
    const who = practitioner === undefined ? undefined : await watched.practitioner(practitioner)
    const themselves = own.get(person.person)
    const asPatient = themselves === undefined ? undefined : seen.get(themselves)?.patient
    colleagues.set(actor, colleagueOf(actor, [...(who ? [who] : []), ...(asPatient ? [asPatient] : [])]))
    for (const name of who ? namesakesOf(who) : []) namesakes.push([name, actor])
  }
  const actorOf = new Map<string, string>(namesakes)
  for (const { person, principal } of staff.values()) {
    const themselves = own.get(person.person)
    if (themselves !== undefined) actorOf.set(themselves, principal.actor)
  }
  const patients = new Map<string, Known>()
  for (const [compartment, { patient }] of seen) {
    const names = [compartment as string, ...namesakesOf(patient)]
    const colleague = names.flatMap((name) => actorOf.get(name) ?? [])[0]
    patients.set(compartment, knownOf(patient, colleague))
  }
  const found = unusual({
    visits: days,
    fromMs,
    staff: colleagues,
    patients,
    hourOf: (atMs) => Math.floor((atMs - watched.dayOf(atMs).fromMs) / 3_600_000) % 24,
    ...(threshold === undefined ? {} : { threshold }),
  })
  return {
    visits: judged.length,
    unusual: found,
    ids: new Map([...seen].map(([compartment, { id }]) => [compartment, id])),
    people: new Map([...staff].map(([actor, { person }]) => [actor, person])),
  }
}

const isStaff = (role: string): boolean => role !== 'patient' && role !== 'representative'

/** Who works here, by actor; and, by the human, whose own record is whose. */
async function rollOf(
  people: AsyncIterable<SafeguardPerson>,
  watched: Watched,
): Promise<{ staff: Map<string, Member>; patients: Map<string, CompartmentId> }> {
  const staff = new Map<string, Member>()
  const patients = new Map<string, CompartmentId>()
  for await (const person of people) {
    const { actor, roles, patient, practitioner, login, name } = person
    if (patient !== undefined) patients.set(person.person, watched.compartmentOf(patient))
    if (actor === undefined || !roles.some(isStaff)) continue
    const asking = {
      account: actor.replace(/^person\//, ''),
      person: person.person,
      login,
      name,
      roles: roles as readonly Role[],
      represents: [],
      session: '',
      ...(practitioner === undefined ? {} : { practitioner }),
    }
    staff.set(actor, { person, principal: { actor, client: 'watched', person: asking } })
  }
  return { staff, patients }
}

/** One for each person, patient and day; what only went by in a list is none. The reason is not known yet. */
async function daysOf(
  watched: Watched,
  staff: ReadonlyMap<string, Member>,
  span: { fromMs: number; toMs: number },
): Promise<Visit[]> {
  const days = new Map<string, Visit>()
  let day = watched.dayOf(span.fromMs)
  const add = ({ actor, patient, atMs, isListed, isChange, resources }: LookSeen) => {
    if (isListed || !staff.has(actor)) return
    if (atMs < day.fromMs || atMs >= day.toMs) day = watched.dayOf(atMs)
    const name = `${actor} ${patient} ${day.fromMs}`
    const reason: Reason = isChange ? 'wrote' : 'own'
    const known = days.get(name)
    if (!known) days.set(name, { actor, patient, dayMs: day.fromMs, atMs, reason, resources })
    else {
      known.resources += resources
      if (isChange) known.reason = 'wrote'
    }
  }
  for await (const looks of watched.looks(span)) for (const look of looks) add(look)
  return [...days.values()]
}

/** Some at once, of which the records come by the same statements: one patient's follow each other. */
async function judge(
  watched: Watched,
  staff: ReadonlyMap<string, Member>,
  visits: readonly Visit[],
): Promise<void> {
  const ofPatients = [...Map.groupBy(visits, ({ patient }) => patient).values()].flat()
  for (let at = 0; at < ofPatients.length; at += judgedAtOnce)
    await Promise.all(
      ofPatients.slice(at, at + judgedAtOnce).map(async (visit) => {
        visit.reason = await reasonOf(watched, staff, visit)
      }),
    )
}

async function reasonOf(
  watched: Watched,
  staff: ReadonlyMap<string, Member>,
  { actor, patient, atMs, reason }: Visit,
): Promise<Reason> {
  if (reason === 'wrote') return 'wrote'
  const { principal } = staff.get(actor) as Member
  const of = patient as CompartmentId
  const facts = await watched.factsThen(principal, of, atMs)
  const relation = facts.get('access.relation')
  if (relation === 'care' || relation === 'own' || relation === 'represented')
    return relation === 'care' ? 'care' : 'own'
  if (facts.get('grants.grant') === 'reads' || facts.get('grants.grant') === 'writes') return 'grant'
  const roles = principal.person?.roles ?? []
  return isBusiness(roles, await watched.happenings(of), atMs) ? 'desk' : 'none'
}
