/** home.json follows what the database says of openers. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Keys } from '#kernel/keys/index.ts'
import { homeFiles, homeOpeners, writeHomeRecord, type Home } from '../home/home.ts'
import { isDeviceKind } from '../home/places.ts'

/**
 * Makes home.json say what the database does, where a change was cut off between the two, or made by another server.
 * A key file stays where it is: whoever can write the database must not be able to take away what opens its backups.
 */
export async function settleHome(keys: Keys, home: Home): Promise<void> {
  const openers = await keys.openers()
  const { changing } = home.record
  if (changing && openers.some(({ id }) => id === changing.id)) writeHome(home, placed(home.record))
  const kinds = new Set(openers.map(({ kind }) => kind))
  if (kinds.size === 0 || kinds.has(home.record.opener)) return
  const found = homeOpeners.find((kind) => kinds.has(kind))
  const isPlaced = found && (!isDeviceKind(found) || home.record.places?.[found])
  if (found && isPlaced) writeHome(home, { ...home.record, opener: found })
}

/** The opener that was being made is there, and its device is where it was said to be. */
export function placed({ changing, ...record }: Home['record']): Home['record'] {
  return changing ? { ...record, places: { ...record.places, ...changing.places } } : record
}

/** What was found to be the vault's own while it is open, for the next opening. */
export async function rememberOpeners(keys: Keys, home: Home): Promise<void> {
  const openers = (await keys.ownOpeners()).toSorted()
  if (openers.join() !== home.record.openers?.join()) writeHome(home, { ...home.record, openers })
}

export function writeHome(home: Home, record: Home['record']): void {
  writeHomeRecord(home.path, record)
  home.record = record
}

/** And the drafts that are left where the making of one was cut off: each may be the file itself, under another name. */
export function removeKeyFile({ path }: Pick<Home, 'path'>): void {
  const isDraft = (name: string): boolean => name.startsWith(`${homeFiles.keyFile}.`) && name.endsWith('.new')
  for (const name of [homeFiles.keyFile, ...readdirSync(path).filter(isDraft)])
    rmSync(join(path, name), { force: true })
}
