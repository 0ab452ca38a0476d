/** Ledgers as folders of tiles, made of invented acts by the same functions that a vault uses, and without a database. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { keyOf, sha256, type SealKey } from '#kernel/crypto/index.ts'
import { formatCheckpoint } from '../../src/kernel/ledger/checkpoint.ts'
import { sealDetails, type Details } from '../../src/kernel/ledger/details.ts'
import {
  commitmentHash,
  encodeAct,
  linkEntry,
  noPrevious,
  type Act,
  type Link,
} from '../../src/kernel/ledger/entry.ts'
import { signNote } from '../../src/kernel/ledger/note.ts'
import { formatNoteKey, noteSigner } from '../../src/kernel/ledger/note-keys.ts'
import {
  edgeRoot,
  emptyEdge,
  encodeBundle,
  growTiles,
  partialTiles,
  tilePath,
  tileWidth,
  type Tile,
} from '../../src/kernel/ledger/tiles.ts'
import { hashBytes, leafHash } from '../../src/kernel/ledger/tree.ts'

export const ledgerOrigin = 'sigilo/6f1f4a3e-8f0b-4c53-9d3b-0d6f5f0a7c11'
const signers = (['ed25519', 'ml-dsa-44'] as const).map((kind) =>
  noteSigner(ledgerOrigin, kind, keyOf(sha256(`ledger ${kind}`))),
)
export const ledgerKeys: string[] = signers.map(({ key }) => formatNoteKey(key))

/** 16 bytes that follow from a name. */
export const nameBytes = (name: string): Uint8Array => Uint8Array.from(sha256(name).subarray(0, 16))

export interface LinkedEntry {
  entry: Uint8Array
  leaf: Uint8Array
  stream: string
}

/** Gives acts their places in their streams, as the sequencer does. */
export function createChain(): (staged: Uint8Array) => LinkedEntry {
  const streams = new Map<string, Link>()
  return (staged) => {
    const name = Buffer.from(staged.subarray(35, 51)).toString('hex')
    const link = streams.get(name) ?? { number: 1, previous: noPrevious }
    const entry = linkEntry(staged, link)
    const leaf = leafHash(entry)
    streams.set(name, { number: link.number + 1, previous: leaf })
    return { entry, leaf, stream: name }
  }
}

/** The key of an invented stream's details. */
export const streamKey = (stream: string): SealKey => keyOf(sha256(`${stream} details`))

export function inventedAct(
  i: number,
  o: { stream: string; action?: Act['action']; details?: Details },
): Act {
  const place = { id: nameBytes(`entry ${i}`), act: nameBytes(`act ${i}`), stream: nameBytes(o.stream) }
  const action = o.action ?? (i % 5 === 0 ? 'update' : 'read')
  return {
    ...place,
    recordedAtMs: 1_764_000_000_000 + i,
    action,
    outcome: 'done',
    actor: nameBytes(`actor ${i % 7}`),
    client: nameBytes('client'),
    address: nameBytes(`address ${i % 3}`),
    commitments:
      action === 'update'
        ? [{ kind: 'version', hash: commitmentHash(place.id, Buffer.from(`version ${i}`)) }]
        : [],
    details: o.details
      ? sealDetails(streamKey(o.stream), place, o.details, o.details.resources)
      : sha256(`details ${i}`).subarray(0, 16),
  }
}

export function signedCheckpoint(leaves: readonly Uint8Array[]): string {
  const { edge } = growTiles(emptyEdge, leaves)
  const text = formatCheckpoint({ origin: ledgerOrigin, size: leaves.length, root: edgeRoot(edge) })
  return signNote(text, signers, 1_764_000_100)
}

export function tilesOf(leaves: readonly Uint8Array[]): Tile[] {
  const { edge, full } = growTiles(emptyEdge, leaves)
  return [...full, ...partialTiles(edge)]
}

/** Writes what a server gives under /ledger/. */
export function writeLedger(folder: string, entries: readonly Uint8Array[]): void {
  const write = (path: string, bytes: Uint8Array | string) => {
    const target = join(folder, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, bytes)
  }
  const leaves = entries.map(leafHash)
  for (const { level, index, bytes } of tilesOf(leaves)) {
    write(tilePath({ level, index, width: bytes.length / hashBytes }), bytes)
  }
  for (let first = 0; first < entries.length; first += tileWidth) {
    const bundle = entries.slice(first, first + tileWidth)
    write(
      tilePath({ level: 'entries', index: first / tileWidth, width: bundle.length }),
      encodeBundle(bundle),
    )
  }
  write('checkpoint', signedCheckpoint(leaves))
}

/** Entries of so many streams in turns, now and then of one twice, with so many bytes in place of sealed details. */
export function inventedEntries(count: number, streams: number, detailBytes = 16): Uint8Array[] {
  const details = Buffer.alloc(detailBytes, 'details')
  const link = createChain()
  return Array.from({ length: count }, (_, i) => {
    const stream = `stream ${(i * 7 + (i % 3)) % streams}`
    return link(encodeAct({ ...inventedAct(i, { stream }), details })).entry
  })
}
