/** The newest checkpoint, kept outside the database: whoever puts the database back is behind it. */
import { equalBytes } from '#kernel/crypto/index.ts'
import type { Sql } from '#kernel/db/index.ts'
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts'
import { openCheckpoint } from './signed-checkpoint.ts'
import { selectHead } from './queries.ts'
import type { Signers } from './signing.ts'
import { edgeAt } from './stored-tree.ts'
import { edgeRoot } from './tiles.ts'

/** A place outside the database for one note. Durable when `write` returns: after a crash, the old note or the new. */
export interface Keeper {
  /** Undefined where none was ever kept. */
  read(): Promise<string | undefined> | string | undefined
  write(note: string): Promise<void> | void
}

export type Judged =
  | { status: 'ok' }
  /** The database has fewer entries than the checkpoint: an earlier copy was put back, or its newest commits are lost. */
  | { status: 'database-behind'; size: number; kept: number }
  /** It has as many, and others. */
  | { status: 'forked'; size: number; kept: number }
  /** Entries or tiles are gone. */
  | { status: 'incomplete'; size: number; kept: number }

/** Whether the database's tree begins with that of the checkpoint. */
export async function judge(sql: Sql, checkpoint: Pick<Checkpoint, 'size' | 'root'>): Promise<Judged> {
  const [head] = await selectHead(sql)
  const size = head?.size ?? 0
  const kept = checkpoint.size
  if (size < kept) return { status: 'database-behind', size, kept }
  const edge = await edgeAt(sql, kept)
  if (!edge) return { status: 'incomplete', size, kept }
  return equalBytes(edgeRoot(edge), checkpoint.root) ? { status: 'ok' } : { status: 'forked', size, kept }
}

export type KeptRead =
  | { status: 'none' }
  | { status: 'ok'; checkpoint: Checkpoint; note: string }
  /** The vault has no keys that signed anything: taken at its word, it still tells a database that is behind. */
  | { status: 'unproven'; checkpoint: Checkpoint }
  | { status: 'kept-unreadable'; reason: string }

export async function readKept(
  keeper: Pick<Keeper, 'read'>,
  signers: Signers | undefined,
): Promise<KeptRead> {
  const note = await keeper.read()
  if (note === undefined) return { status: 'none' }
  if (!signers) {
    const checkpoint = parseCheckpoint(note.slice(0, note.indexOf('\n\n') + 1))
    if (checkpoint) return { status: 'unproven', checkpoint }
    return { status: 'kept-unreadable', reason: 'it is no checkpoint' }
  }
  const opened = openCheckpoint(note, { origin: signers.origin, keys: signers.keys, need: 'all' })
  if (opened.status === 'ok') return { status: 'ok', checkpoint: opened.checkpoint, note }
  return { status: 'kept-unreadable', reason: opened.status === 'malformed' ? opened.reason : opened.status }
}

/** What a start found that must not go on. */
export type StartRefusal =
  | Exclude<Judged, { status: 'ok' }>
  | Extract<KeptRead, { status: 'kept-unreadable' }>
  /** The keys that signed are gone, or their rows were changed: new ones would not be known to anybody. */
  | { status: 'signers-altered'; reason: string }

/** What happened and what to do, for whoever starts the vault. `place`: where the checkpoint is kept. */
export function refusalText(refusal: StartRefusal, place: string): { es: string; en: string } {
  switch (refusal.status) {
    case 'database-behind':
      return {
        es: `La base de datos tiene ${refusal.size} asientos en el libro, y ya había ${refusal.kept} según ${place}: es una copia anterior, o perdió sus últimos cambios. No se abre, para que no se escriba sobre lo perdido. Restaure un respaldo posterior; si esta copia es lo único que queda: «sigilo ledger restored», que lo deja asentado.`,
        en: `The database has ${refusal.size} entries in its ledger, and there had been ${refusal.kept} by ${place}: it is an earlier copy, or has lost its last changes. It is not opened, so that nothing is written over what is lost. Restore a later backup; if this copy is all that is left: "sigilo ledger restored", which puts that on record.`,
      }
    case 'forked':
      return {
        es: `Los primeros ${refusal.kept} asientos del libro en la base de datos no son los que ${place} firmó: alguien los cambió, o es otra base de datos. No se abre. Conserve una copia de ambos y revísela con «sigilo verify».`,
        en: `The first ${refusal.kept} entries of the ledger in the database are not those that ${place} has signed: somebody changed them, or it is another database. It is not opened. Keep a copy of both, and look into it with "sigilo verify".`,
      }
    case 'incomplete':
      return {
        es: `Faltan asientos entre los primeros ${refusal.kept} del libro en la base de datos. No se abre. Conserve una copia y revísela con «sigilo verify».`,
        en: `Entries are missing among the first ${refusal.kept} of the ledger in the database. It is not opened. Keep a copy, and look into it with "sigilo verify".`,
      }
    case 'kept-unreadable':
      return {
        es: `No se entiende ${place} (${refusal.reason}): está dañado, o es de otra bóveda. Compárelo con otra copia del último punto de control; después quítelo de ahí y vuelva a iniciar.`,
        en: `${place} cannot be understood (${refusal.reason}): it is damaged, or of another vault. Compare it with another copy of the newest checkpoint; then take it away from there, and start again.`,
      }
    case 'signers-altered':
      return {
        es: `Las claves que firman los puntos de control no son las que había (${refusal.reason}): alguien cambió la base de datos. No se abre. Conserve una copia, y restaure las tablas «keyring» y «ledger_signer» de un respaldo.`,
        en: `The keys that sign checkpoints are not those that there were (${refusal.reason}): somebody changed the database. It is not opened. Keep a copy, and restore the tables "keyring" and "ledger_signer" from a backup.`,
      }
  }
}
