/** This house as a witness of others' ledgers. */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sql } from '#kernel/db/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import { commitmentHash, createWitnessing, type Witnessing, type WitnessReply } from '#kernel/ledger/index.ts'
import { contextOf } from '#kernel/crypto/index.ts'
import { writeDurablyBeside } from '../../home/durable.ts'
import { homeFiles } from '../../home/home.ts'
import type { HouseLedger } from '../ledger.ts'

/** What it has cosigned, beside the database. */
const memoryFile = 'cosigned.json'

export function openWitnessing(path: string, o: { sql: Sql; keys: Keys }): Witnessing {
  const folder = join(path, homeFiles.sent)
  const file = join(folder, memoryFile)
  return createWitnessing({
    ...o,
    now: Date.now,
    memory: {
      read: () =>
        readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') return undefined
          throw error
        }),
      async write(text) {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await writeDurablyBeside(file, text)
      },
    },
  })
}

/** The same, with what contradicts itself in this house's own ledger, too. */
export function witnessFor(witnessing: Witnessing, ledger: HouseLedger) {
  return async (body: string, address: string | undefined): Promise<WitnessReply> => {
    const reply = await witnessing.addCheckpoint(body)
    if (reply.status !== 'forked' || !reply.isNew) return reply
    const { status, origin, note } = reply
    await ledger.record([
      {
        action: 'checkpoint',
        outcome: 'refused',
        actor: origin,
        client: 'witness',
        ...(address === undefined ? {} : { address }),
        query: origin,
        reason: status,
        commitments: [
          {
            kind: 'checkpoint',
            hash: commitmentHash(contextOf('foreign checkpoint', origin), Buffer.from(note)),
          },
        ],
      },
    ])
    return reply
  }
}
