/** Who cares for whom, in the server under test. */
import { randomUuid } from '#kernel/crypto/index.ts'
import type { House } from './house.ts'
import { inventedPatient, randomFrom } from './invented.ts'

/** A team names so many: each is a relationship. */
const teamSize = 100
/** Whom others care for, so that each of them has some two hundred patients. */
const practitioners = 5_000
const patientsAtOnce = 20
const flights = 4
const start = new Date(Date.now() - 30 * 86_400_000).toISOString()

export function carerCommands(house: () => House | undefined) {
  const write = async (entries: readonly object[]): Promise<void> => {
    const { acting } = house() ?? fail('not started')
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: entries }
    const written = await acting.bundle(Buffer.from(JSON.stringify(bundle)), {})
    if (written.status !== 'ok') fail(`a Bundle was refused: ${written.status}`)
  }

  return {
    /** Each of them gets a practitioner of their own, who is told. */
    async careFor(patients: readonly string[]): Promise<string[]> {
      const theirs = patients.map((_, n) => `Practitioner/carer-${n}`)
      await write(patients.map((patient, n) => entryOf(teamOf(patient, [theirs[n] as string]))))
      return theirs
    },

    /** So many relationships more, of people whom nobody asks for. */
    async relate(relations: number): Promise<void> {
      const patients = Math.ceil(relations / teamSize)
      const random = randomFrom(patients)
      let seat = 0
      const work = async () => {
        while (seat < patients) {
          const from = seat
          seat += patientsAtOnce
          const count = Math.min(patientsAtOnce, patients - from)
          const entries = Array.from({ length: count }, (_, n) => {
            const patient = `urn:uuid:${randomUuid()}`
            const first = (from + n) * teamSize
            const members = Array.from(
              { length: teamSize },
              (_, m) => `Practitioner/other-${(first + m) % practitioners}`,
            )
            return [
              entryOf(inventedPatient(2_000_000 + from + n, random), patient),
              entryOf(teamOf(patient, members)),
            ]
          })
          await write(entries.flat())
        }
      }
      await Promise.all(Array.from({ length: flights }, work))
      // As a server does by itself within the hour: the directory takes the measure of what is there now.
      const { acting } = house() ?? fail('not started')
      const reindexed = await acting.reindex({ directoryOnly: true })
      if (reindexed.status !== 'ok') fail(`the directory was not rebuilt: ${reindexed.status}`)
    },
  }
}

const entryOf = (resource: { resourceType: string }, fullUrl = `urn:uuid:${randomUuid()}`) => ({
  fullUrl,
  resource,
  request: { method: 'POST', url: resource.resourceType },
})

const teamOf = (patient: string, members: readonly string[]) => ({
  resourceType: 'CareTeam',
  status: 'active',
  subject: { reference: patient },
  participant: members.map((reference) => ({ member: { reference } })),
  period: { start },
})

function fail(message: string): never {
  throw new Error(message)
}
