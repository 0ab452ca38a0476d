/** What only the keys can tell: whether they are those that were stored, and what is sealed under them is whole and says what it has to. */
import { SealBroken } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import type { CompartmentKeys, Keys } from '#kernel/keys/index.ts'
import type { Ledger } from '#kernel/ledger/index.ts'
import { opensWhole } from '../attachments/index.ts'
import { facilityOf, type CompartmentId } from '../place.ts'
import type { Blocks } from '../tuples/index.ts'
import { digestOf, isAsMade, type Derived } from './derived.ts'
import type { RecordFinding } from './findings.ts'
import * as queries from './queries.ts'
import { rowsAtOnce } from './reckoning.ts'

export interface OpenedParts {
  sql: Sql
  keys: Keys
  ledger: Pick<Ledger, 'streamsTold'>
  blocks: Blocks
  derived: Derived
  /** After some of the current versions. */
  onVersions: (versions: number) => Promise<void>
}

const compartmentsAtOnce = 200
/** Some milliseconds of opening and extracting. */
const versionsBetweenPauses = 16

export async function* checkOpened(parts: OpenedParts): AsyncGenerator<RecordFinding> {
  const { sql, keys, derived, onVersions } = parts
  for (const name of await keys.inspectKeyring()) yield { what: 'altered', of: 'keyring', name }
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const names = (await queries.selectLiving(sql, after, compartmentsAtOnce)).map(
      ({ compartment }) => compartment,
    )
    const held = await keys.inspect(names)
    yield* checkKeys(parts, names, held)
    for (const compartment of names) {
      const theirs = held.get(compartment)
      if (typeof theirs !== 'object') continue
      yield* checkTuples(parts, compartment, theirs)
      yield* derived.pointers(theirs, compartment)
      yield* checkAttachments(sql, compartment, theirs)
      theirs.zero()
    }
    await onVersions(0)
    if (names.length < compartmentsAtOnce) return
    after = names.at(-1) as string
  }
}

/** That a key is the one that was stored shows in the stream of its patient's entries, whose name follows from it. */
async function* checkKeys(
  { sql, keys, ledger }: OpenedParts,
  names: readonly CompartmentId[],
  held: ReadonlyMap<string, CompartmentKeys | 'destroyed' | 'broken'>,
): AsyncGenerator<RecordFinding> {
  const facility = facilityOf(keys.locator)
  const theirs: { compartment: string; keys: CompartmentKeys }[] = []
  for (const compartment of names) {
    const found = held.get(compartment)
    if (found === 'broken') yield { what: 'altered', of: 'wrapped-key', compartment }
    else if (typeof found === 'object' && compartment !== facility) theirs.push({ compartment, keys: found })
  }
  const told = await ledger.streamsTold(
    theirs.map((each) => each.keys),
    sql,
  )
  for (const [n, { compartment }] of theirs.entries()) {
    const { begun, told: isTold } = told[n] ?? {}
    // What is staged only is sequenced in a moment.
    if (begun && !isTold) yield { what: 'missing', of: 'stream', compartment }
  }
}

interface Said {
  version: number
  gone: boolean
  digest: string
}

/** What tuples say of resources, against the resources: each current one is said, at its version and as it is, and no other. */
async function* checkTuples(
  { sql, blocks, derived, onVersions }: OpenedParts,
  compartment: CompartmentId,
  theirs: CompartmentKeys,
): AsyncGenerator<RecordFinding> {
  const said = { record: new Map<string, Said>(), identity: new Map<string, Said>() }
  for await (const rows of queries.selectBlocksOf(sql, compartment).cursor(rowsAtOnce)) {
    for (const row of rows) {
      const part = said[row.identity ? 'identity' : 'record']
      try {
        for (const { resource, version, gone, bytes } of blocks.open(theirs, row)) {
          const known = part.get(resource)
          if (!known || known.version <= version)
            part.set(resource, { version, gone, digest: gone ? '' : digestOf(bytes) })
        }
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error
        yield { what: 'altered', of: 'tuples', compartment }
      }
    }
  }
  for await (const rows of queries.selectHeadsOf(sql, compartment).cursor(rowsAtOnce)) {
    for (const [n, row] of rows.entries()) {
      if (n % versionsBetweenPauses === versionsBetweenPauses - 1) await onVersions(versionsBetweenPauses)
      const { resource, version, deleted } = row
      const made = deleted ? undefined : derived.take(theirs, row)
      for (const part of ['record', 'identity'] as const) {
        const entry = said[part].get(resource)
        said[part].delete(resource)
        const isSaid = entry !== undefined && !entry.gone
        const where = { of: 'tuples', compartment, resource, version } as const
        if (deleted ? isSaid : isSaid && entry.version !== version) yield { what: 'rolled-back', ...where }
        else if (!deleted && !isSaid && (part === 'record' || row.capsule !== null))
          yield { what: 'missing', ...where }
        else if (isSaid && made && derived.isComparable && !isAsMade(made, part, entry.digest))
          yield { what: 'altered', ...where, type: made.type, id: made.id }
      }
    }
    await onVersions(rows.length % versionsBetweenPauses)
  }
  for (const part of Object.values(said)) {
    for (const [resource, { version, gone }] of part)
      if (!gone) yield { what: 'added', of: 'tuples', compartment, resource, version }
  }
}

async function* checkAttachments(
  sql: Sql,
  compartment: CompartmentId,
  theirs: CompartmentKeys,
): AsyncGenerator<RecordFinding> {
  for (const name of await queries.selectAttachmentsOf(sql, compartment)) {
    const pieces = () => piecesOf(sql, name)
    if (!(await opensWhole(theirs, name, pieces)))
      yield { what: 'altered', of: 'attachment', compartment, name: name.attachment }
  }
}

/** Ends early where one is missing: then what is sealed ends early too. */
async function* piecesOf(
  sql: Sql,
  { compartment, attachment }: { compartment: CompartmentId; attachment: string },
): AsyncGenerator<Uint8Array> {
  for (let number = 0; ; number++) {
    const [piece] = await queries.selectPieceOf(sql, compartment, attachment, number)
    if (!piece) return
    yield piece.sealed
    if (!piece.more) return
  }
}
