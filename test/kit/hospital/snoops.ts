/**
 * People who look where they have no business, as newspapers, courts and data protection authorities tell of them. Written from their
 * reasons, without regard to what finds them: nothing here is known to the detector, and this file knows nothing of it.
 */
import type { Chance } from './chance.ts'
import type { Look } from './year.ts'
import type { Inhabitant, Town, Worker } from './town.ts'

export interface Snoop {
  story: Story
  actor: string
  looks: Look[]
}

export type Story =
  | 'a relative'
  | 'an ex-partner'
  | 'a neighbour'
  | 'a colleague is ill'
  | 'somebody famous is in'
  | 'somebody in the news'
  | 'a seller of lists'
  | 'a bored night'
  | 'an in-law'

const hour = 3_600_000
const day = 24 * hour

/** How often each happens in a year. */
const yearly: Readonly<Record<Story, number>> = {
  'a relative': 22,
  'an ex-partner': 10,
  'a neighbour': 10,
  'a colleague is ill': 12,
  'somebody famous is in': 4,
  'somebody in the news': 3,
  'a seller of lists': 4,
  'a bored night': 5,
  'an in-law': 5,
}

export function snoopsIn(town: Town, chance: Chance, startMs: number, days: number): Snoop[] {
  const { workers, people, households, famous } = town
  const snoops: Snoop[] = []
  const streets = Map.groupBy(people, ({ street }) => street)
  const names = Map.groupBy(people, ({ families: [family] }) => family)

  const someDay = () => startMs + chance.upTo(days) * day
  /** At work, or on the way out. */
  const atWork = ({ shift }: Worker, dayAt: number) => dayAt + (shift + chance.next() * 9) * hour
  const look = (worker: Worker, whom: Inhabitant, atMs: number): Look => ({
    actor: worker.actor,
    patient: whom.id,
    atMs,
    resources: 1 + chance.upTo(25),
  })
  const add = (story: Story, worker: Worker, looks: Look[]) => {
    const inTime = looks.filter(({ atMs }) => atMs < startMs + days * day)
    if (inTime.length > 0) snoops.push({ story, actor: worker.actor, looks: inTime })
  }
  /** Some days of looking at the same person, as long as it does not leave them in peace. */
  const follow = (worker: Worker, whom: Inhabitant, often: number, within: number) => {
    const first = someDay()
    return Array.from({ length: often }, (_, n) => {
      const later = n === 0 ? 0 : 1 + chance.upTo(within)
      return look(worker, whom, atWork(worker, first + later * day))
    })
  }
  const others = (of: readonly Inhabitant[], { who }: Worker) => of.filter((each) => each !== who)

  const stories: Record<Story, () => void> = {
    'a relative'() {
      const worker = chance.pick(workers)
      const under = others(households[worker.who.household] ?? [], worker)
      // A sister who married into another street, a cousin: of the name, elsewhere.
      const named = others(names.get(worker.who.families[0]) ?? [], worker)
      const from = chance.isOf(0.5) && under.length > 0 ? under : named
      if (from.length > 0)
        add('a relative', worker, follow(worker, chance.pick(from), 1 + chance.upTo(3), 40))
    },
    'an ex-partner'() {
      const worker = chance.pick(workers)
      const partner = chance.pick(people)
      add('an ex-partner', worker, follow(worker, partner, 2 + chance.upTo(6), 90))
    },
    'a neighbour'() {
      const worker = chance.pick(workers)
      const near = others(streets.get(worker.who.street) ?? [], worker)
      if (near.length > 0)
        add('a neighbour', worker, follow(worker, chance.pick(near), 1 + chance.upTo(2), 20))
    },
    'a colleague is ill'() {
      const ill = chance.pick(workers)
      const first = someDay()
      const [role] = ill.roles
      const gossips = workers.filter(
        (each) => each !== ill && (each.roles[0] === role || each.ward === ill.ward),
      )
      for (let n = 1 + chance.upTo(3); n > 0; n--) {
        const worker = chance.pick(gossips)
        const dayAt = first + chance.upTo(10) * day
        add('a colleague is ill', worker, [look(worker, ill.who, atWork(worker, dayAt))])
      }
    },
    'somebody famous is in'() {
      const id = chance.pick([...famous])
      const whom = people.find((each) => each.id === id)!
      const first = someDay()
      for (let n = 4 + chance.upTo(8); n > 0; n--) {
        const worker = chance.pick(workers)
        add('somebody famous is in', worker, [
          look(worker, whom, atWork(worker, first + chance.upTo(5) * day)),
        ])
      }
    },
    // Nobody had labelled them: they were nobody until yesterday.
    'somebody in the news'() {
      const whom = chance.pick(people)
      const first = someDay()
      for (let n = 5 + chance.upTo(10); n > 0; n--) {
        const worker = chance.pick(workers)
        add('somebody in the news', worker, [
          look(worker, whom, atWork(worker, first + chance.upTo(4) * day)),
        ])
      }
    },
    // The mothers of new-born children, the insured of one company: row after row, for some days.
    'a seller of lists'() {
      const worker = chance.pick(
        workers.filter(({ roles: [role] }) => role === 'billing' || role === 'reception'),
      )
      const first = someDay()
      let id = 1 + chance.upTo(people.length - 2000)
      const looks: Look[] = []
      for (let n = 2 + chance.upTo(4); n > 0; n--) {
        let atMs = atWork(worker, first + n * day)
        for (let rows = 12 + chance.upTo(40); rows > 0; rows--) {
          id += 1 + chance.upTo(4)
          atMs += (20 + chance.upTo(60)) * 1000
          looks.push({ actor: worker.actor, patient: id, atMs, resources: 1 })
        }
      }
      add('a seller of lists', worker, looks)
    },
    'a bored night'() {
      const nights = workers.filter(({ shift }) => shift >= 20)
      const worker = chance.pick(nights)
      const first = someDay()
      const looks = Array.from({ length: 4 + chance.upTo(10) }, () =>
        look(worker, chance.pick(people), first + (25 + chance.next() * 4) * hour),
      )
      add('a bored night', worker, looks)
    },
    // Neither name nor home nor telephone tells it.
    'an in-law'() {
      const worker = chance.pick(workers)
      add('an in-law', worker, follow(worker, chance.pick(people), 1 + chance.upTo(2), 30))
    },
  }

  for (const [story, often] of Object.entries(yearly) as [Story, number][])
    for (let n = Math.max(1, Math.round((often * days) / 365)); n > 0; n--) stories[story]()
  return snoops
}
