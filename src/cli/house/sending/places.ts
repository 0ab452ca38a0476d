/** Where checkpoints go is changed while the vault serves, and is in the ledger like any configuration. */
import { certificateOf } from '#kernel/crypto/index.ts'
import { readFile } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { parseNoteKey } from '#kernel/ledger/index.ts'
import type { Home } from '../../home/home.ts'
import { noSends, sendUrl, type Sends } from '../../home/sends.ts'
import { writeHome } from '../settling.ts'
import type { SendKind } from './told.ts'

export type SendChange =
  | { op: 'add'; kind: 'witness'; place: string; keys: string[]; tlsCa?: string }
  | { op: 'add'; kind: 'authority'; place: string; ca?: string; tlsCa?: string }
  | { op: 'add'; kind: 'folder'; place: string }
  | { op: 'remove'; kind: SendKind; place: string }

export type SendChanged =
  | { status: 'ok' }
  | { status: 'bad-url' }
  | { status: 'bad-key'; key: string }
  | { status: 'bad-file'; path: string }
  | { status: 'unknown' }

/** Puts a place in home.json, in the stead of one with the same name, or takes it away. */
export async function changeSends(home: Home, change: SendChange): Promise<SendChanged> {
  if (change.op === 'remove') return remove(home, home.record.sends ?? noSends, change)
  const { place } = change
  if (change.kind === 'folder') {
    if (!isAbsolute(place)) return { status: 'bad-file', path: place }
    const sends = home.record.sends ?? noSends
    write(home, { ...sends, folders: [...sends.folders.filter((each) => each !== place), place] })
    return { status: 'ok' }
  }
  const url = sendUrl(change.kind, place)
  if (url === undefined) return { status: 'bad-url' }
  for (const path of [change.tlsCa, change.kind === 'authority' ? change.ca : undefined]) {
    if (path !== undefined && !(await isCertificates(path))) return { status: 'bad-file', path }
  }
  // As it is now: another change may have been made while these were read.
  const sends = home.record.sends ?? noSends
  const tls = change.tlsCa === undefined ? {} : { tlsCa: change.tlsCa }
  if (change.kind === 'authority') {
    const ca = change.ca === undefined ? {} : { ca: change.ca }
    const others = sends.authorities.filter((each) => each.url !== url)
    write(home, { ...sends, authorities: [...others, { url, ...ca, ...tls }] })
    return { status: 'ok' }
  }
  const bad = change.keys.find((key) => {
    const parsed = parseNoteKey(key)
    return !parsed || parsed.kind === 'ed25519'
  })
  if (bad !== undefined || change.keys.length === 0) return { status: 'bad-key', key: bad ?? '' }
  const others = sends.witnesses.filter((each) => each.url !== url)
  write(home, { ...sends, witnesses: [...others, { url, keys: change.keys, ...tls }] })
  return { status: 'ok' }
}

function remove(
  home: Home,
  sends: Sends,
  { kind, place }: Extract<SendChange, { op: 'remove' }>,
): SendChanged {
  const name = kind === 'folder' ? place : (sendUrl(kind, place) ?? place)
  const left: Sends = {
    witnesses: sends.witnesses.filter(({ url }) => kind !== 'witness' || url !== name),
    authorities: sends.authorities.filter(({ url }) => kind !== 'authority' || url !== name),
    folders: sends.folders.filter((each) => kind !== 'folder' || each !== name),
  }
  const countOf = ({ witnesses, authorities, folders }: Sends) =>
    witnesses.length + authorities.length + folders.length
  if (countOf(left) === countOf(sends)) return { status: 'unknown' }
  write(home, left)
  return { status: 'ok' }
}

function write(home: Home, sends: Sends): void {
  writeHome(home, { ...home.record, sends })
}

async function isCertificates(path: string): Promise<boolean> {
  if (!isAbsolute(path)) return false
  const text = await readFile(path, 'utf8').catch(() => '')
  return certificateOf(text) !== undefined
}
