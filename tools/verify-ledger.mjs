#!/usr/bin/env node
/**
 * Checks a ledger of Sigilo, and needs nothing of Sigilo to do so: no package, no server, no network. Node 24.7 or later runs
 * it; a browser can import it for `verifyFile`. The formats: docs/spec/ledger.md.
 *
 *     node verify-ledger.mjs FOLDER --key KEY … [--earlier CHECKPOINT] … [--witness KEY] …
 *     node verify-ledger.mjs --file PATIENT.json --key KEY … [--show]
 *
 * FOLDER is a copy of what a server gives under /ledger/: `checkpoint` and `tile/…`. KEY is one of the ledger's public keys, as
 * it was handed out (`sigilo/…+0123abcd+A…`), or a file with one a line; both kinds are needed, and of each one must have signed. CHECKPOINT is a file that
 * somebody kept, and what it says must still be true. Exit code 0: all holds. 1: something is wrong, and each line says what.
 *
 * Read it from the top: notes and signatures, the tree, entries, a folder, a patient's file, the command.
 */

// ── Notes (C2SP signed-note): a text, an empty line, lines of `— name base64(key id ‖ signature)` ─────────────────────────────

const ed25519 = 0x01 // signs the text
const ed25519Cosignature = 0x04 // signs a time and the text: tlog-cosignature
const mlDsa44 = 0x06 // signs what a checkpoint says, and a time: tlog-cosignature

const publicKeyBytes = { [ed25519]: 32, [ed25519Cosignature]: 32, [mlDsa44]: 1312 }

/** `name+id+base64(type ‖ public key)`, where the id is the first four bytes of SHA-256(name ‖ newline ‖ type ‖ public key). */
export async function readKey(text) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? []
  const bytes = encoded && fromBase64(encoded)
  if (!bytes || publicKeyBytes[bytes[0]] !== bytes.length - 1) return undefined
  const digest = await sha256(concat(utf8(`${name}\n`), bytes))
  return toHex(digest.subarray(0, 4)) === id
    ? { name, id, type: bytes[0], publicKey: bytes.subarray(1) }
    : undefined
}

/**
 * What a ledger's keys lack, in words; nothing where both kinds are there that sign each checkpoint. Of a kind that is not given, no
 * signature would be asked for.
 */
export async function kindsMissing(keyTexts) {
  const given = (await Promise.all(keyTexts.map(readKey))).map((key) => key?.type)
  const named = [
    ['Ed25519', ed25519],
    ['ML-DSA-44', mlDsa44],
  ]
  return named.filter(([, type]) => !given.includes(type)).map(([name]) => `keys: none of ${name} was given`)
}

/**
 * The text of a note that these keys have signed: of each name and type one of them, since a key may have taken the place of
 * another. Throws with the reason why it is not. Other signatures are ignored.
 */
export async function openNote(note, keyTexts) {
  const end = note.lastIndexOf('\n\n')
  const control = [...note].some((letter) => letter < ' ' && letter !== '\n')
  if (end < 0 || !note.endsWith('\n') || control) throw new Error('it is no signed note')
  const text = note.slice(0, end + 1)
  const lines = note
    .slice(end + 2, -1)
    .split('\n')
    .map((line) => {
      const [, name, encoded] = /^— ([^+\s]+) ([A-Za-z0-9+/=]+)$/.exec(line) ?? []
      const bytes = encoded && fromBase64(encoded)
      if (!bytes || bytes.length < 5) throw new Error('one of its signatures is none')
      return { name, id: toHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) }
    })
  if (lines.length > 100) throw new Error('it has more than 100 signatures')
  if (keyTexts.length === 0) throw new Error('no key was given')
  const keys = await Promise.all(keyTexts.map(readKey))
  for (const [i, key] of keys.entries()) {
    if (!key) throw new Error(`this is no key: ${keyTexts[i]}`)
    if (keys.some((other, j) => j > i && other?.name === key.name && other.id === key.id))
      throw new Error('a key was given twice')
    const mine = lines.find(({ name, id }) => name === key.name && id === key.id)
    if (mine && !(await holds(key, text, mine.signature)))
      throw new Error(`the signature of ${key.name}+${key.id} is forged`)
    key.signed = mine !== undefined
  }
  for (const { name, id, type } of keys) {
    const signed = keys.some((key) => key.signed && key.name === name && key.type === type)
    if (!signed) throw new Error(`${name}+${id} has not signed it`)
  }
  return text
}

async function holds({ name, type, publicKey }, text, signature) {
  if (type === ed25519) return verify('Ed25519', publicKey, signature, utf8(text))
  if (signature.length < 8) return false
  const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0)
  const rest = signature.subarray(8)
  if (type === ed25519Cosignature) {
    return verify('Ed25519', publicKey, rest, utf8(`cosignature/v1\ntime ${time}\n${text}`))
  }
  const { origin, size, root } = readCheckpoint(text)
  const short = (word) => concat(Uint8Array.of(utf8(word).length), utf8(word))
  const message = [
    utf8('subtree/v1\n\0'),
    short(name),
    uint64(time),
    short(origin),
    uint64(0),
    uint64(size),
    root,
  ]
  return verify('ML-DSA-44', publicKey, rest, concat(...message))
}

/** A checkpoint (C2SP tlog-checkpoint) is a note of three lines: whose ledger, how many entries, the root of their tree. */
export function readCheckpoint(text) {
  const [origin, size, rootText] = text.split('\n')
  const root = rootText && fromBase64(rootText)
  if (
    !origin ||
    !/^(0|[1-9][0-9]*)$/.test(size) ||
    !Number.isSafeInteger(Number(size)) ||
    root?.length !== 32
  ) {
    throw new Error('it is no checkpoint')
  }
  return { origin, size: Number(size), root }
}

// ── The tree (RFC 9162 §2.1): a leaf is SHA-256(0 ‖ entry), a node SHA-256(1 ‖ left ‖ right) ──────────────────────────────────

const leafHash = (entry) => sha256(concat(Uint8Array.of(0), entry))
const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right))

/** RFC 9162 §2.1.3.2: whether the hashes of `proof` lead from the leaf to the root. */
export async function verifyInclusion({ index, size, leaf, root, proof }) {
  if (
    !Number.isSafeInteger(index) ||
    index < 0 ||
    index >= size ||
    [leaf, root, ...proof].some((hash) => hash.length !== 32)
  )
    return false
  let [fn, sn, hash] = [index, size - 1, leaf]
  for (const sibling of proof) {
    if (sn === 0) return false
    if (fn % 2 === 1 || fn === sn) {
      hash = await nodeHash(sibling, hash)
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn / 2, Math.floor(sn / 2)]
    } else {
      hash = await nodeHash(hash, sibling)
    }
    ;[fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)]
  }
  return sn === 0 && toHex(hash) === toHex(root)
}

// ── Entries (docs/spec/ledger.md): what stands in the clear ──────────────────────────────────────────────────────────────────

const at = {
  action: 1,
  outcome: 2,
  id: 3,
  act: 19,
  stream: 35,
  time: 51,
  number: 59,
  previous: 67,
  count: 147,
  commitments: 149,
}
/** What an act can be, and how it can end. */
export const actions = {
  1: 'read',
  2: 'vread',
  3: 'search',
  4: 'history',
  5: 'everything',
  6: 'create',
  7: 'update',
  8: 'delete',
  9: 'import',
  10: 'export',
  11: 'attachment',
  12: 'destroy',
  13: 'print',
  20: 'unseal',
  21: 'seal',
  22: 'opener',
  23: 'key',
  24: 'rewrap',
  30: 'token',
  31: 'sign-in',
  32: 'sign-out',
  33: 'approval',
  34: 'authority',
  35: 'step-up',
  40: 'configuration',
  41: 'maintenance',
  42: 'backup',
  43: 'restore',
  44: 'checkpoint',
  50: 'ledger-query',
  51: 'ledger-file',
  52: 'verify',
  60: 'turned-away',
  255: 'other',
}
export const outcomes = { 1: 'done', 2: 'refused', 3: 'failed', 4: 'begun', 5: 'broken-off' }

/** The greatest number of a kind of commitments. */
const kindMax = 13

/** Whether these bytes can be an entry: nothing in it is unknown, and it has a time. */
function isEntry(bytes, start, end) {
  if (end - start < at.commitments || bytes[start] !== 1) return false
  if (!actions[bytes[start + at.action]] || !outcomes[bytes[start + at.outcome]]) return false
  const details = start + at.commitments + 33 * ((bytes[start + at.count] << 8) | bytes[start + at.count + 1])
  if (details > end) return false
  for (let kind = start + at.commitments; kind < details; kind += 33)
    if (bytes[kind] < 1 || bytes[kind] > kindMax) return false
  // Milliseconds since 1970, below 2^53.
  const time = bytes.subarray(start + at.time, start + at.number)
  return time[0] === 0 && time[1] < 32 && time.some((byte) => byte > 0)
}

/** Undefined where the bytes are no entry. */
function readEntry(bytes) {
  if (!isEntry(bytes, 0, bytes.length)) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const details = at.commitments + 33 * view.getUint16(at.count)
  return {
    action: actions[bytes[at.action]],
    outcome: outcomes[bytes[at.outcome]],
    id: bytes.subarray(at.id, at.id + 16),
    act: bytes.subarray(at.act, at.act + 16),
    stream: bytes.subarray(at.stream, at.stream + 16),
    time: new Date(Number(view.getBigUint64(at.time))),
    number: Number(view.getBigUint64(at.number)),
    previous: bytes.subarray(at.previous, at.previous + 32),
    details: bytes.subarray(details),
  }
}

// ── A folder of tiles (C2SP tlog-tiles) ──────────────────────────────────────────────────────────────────────────────────────

/**
 * Reads every entry once and gives what is wrong, in words; nothing where all holds. Hashes are strings of 32 letters here, one
 * a byte, which Node makes in half the time and which compare and look up as they are.
 */
export async function verifyFolder(folder, { keys, earlier = [], witnesses = [], progress = () => {} }) {
  const { hash } = await import('node:crypto')
  const { readFileSync } = await import('node:fs')
  const { join } = await import('node:path')
  const findings = await kindsMissing(keys)
  const read = (path) => {
    try {
      return readFileSync(join(folder, path))
    } catch {
      return undefined
    }
  }

  // The checkpoint, signed by all the keys; what earlier ones said must be true of this ledger too.
  const open = async (note, what) => {
    try {
      return readCheckpoint(await openNote(note, keys))
    } catch (error) {
      findings.push(`${what}: ${error.message}`)
      return undefined
    }
  }
  const note = read('checkpoint')?.toString()
  if (note === undefined) return { findings: [...findings, 'checkpoint: there is none'], size: 0 }
  const checkpoint = await open(note, 'checkpoint')
  for (const witness of witnesses) {
    await openNote(note, [witness]).catch((error) => findings.push(`witness: ${error.message}`))
  }
  if (!checkpoint) return { findings, size: 0 }
  const { origin, size } = checkpoint
  const keyName = keys[0]?.split('+')[0]
  if (origin !== keyName) findings.push(`checkpoint: it is of ${origin}, and the keys are of ${keyName}`)
  const said = new Map([[size, [{ what: 'checkpoint', root: toLatin1(checkpoint.root) }]]])
  for (const { what, note } of earlier) {
    const old = await open(note, what)
    if (old && old.origin !== origin) findings.push(`${what}: it is of another ledger, ${old.origin}`)
    else if (old && old.size > size)
      findings.push(`${what}: the ledger had ${old.size} entries and now has ${size}: its tail was cut off`)
    else if (old) said.set(old.size, [...(said.get(old.size) ?? []), { what, root: toLatin1(old.root) }])
  }

  const scratch = Buffer.alloc(65, 1)
  const nodeHash = (left, right) => {
    scratch.latin1Write(left, 1)
    scratch.latin1Write(right, 33)
    return hash('sha256', scratch, 'latin1')
  }
  /** For each size that a checkpoint speaks of: is its root the one of the entries read so far? */
  const compare = (frontier, count) => {
    const root =
      count === 0
        ? hash('sha256', '', 'latin1')
        : frontier.reduceRight((right, left) => nodeHash(left, right))
    for (const { what, root: claimed } of said.get(count) ?? []) {
      if (claimed !== root) findings.push(`${what}: its root is not that of the first ${count} entries`)
    }
  }
  /** A tile's or a bundle's bytes: as wide as this tree needs it, or the full one that came later. */
  const tile = (level, index, width) => {
    const path = `tile/${level}/${pathOf(index)}`
    return (width < 256 && read(`${path}.p/${width}`)) || read(path)
  }

  /** The hashes of the perfect subtrees so far, the largest first: all that the root needs. */
  const frontier = []
  /** Of each level above the leaves, the hashes of its tile that is not full yet. */
  const above = []
  /** Of each stream: the number and the leaf hash of its newest entry. */
  const streams = new Map()
  compare(frontier, 0)

  for (let first = 0; first < size; first += 256) {
    const width = Math.min(256, size - first)
    const bundle = tile('entries', first / 256, width)
    const leaves = []
    let [start, count] = [0, 0]
    for (; bundle && count < width && start + 2 <= bundle.length; count++) {
      const end = start + 2 + bundle.readUInt16BE(start)
      if (end > bundle.length) break
      const index = first + count
      // The byte before the entry is done with: it serves as the prefix of the leaf, and nothing is copied.
      bundle[start + 1] = 0
      const leaf = hash('sha256', bundle.subarray(start + 1, end), 'latin1')

      // The stream: numbers without a gap, and each entry names the one before.
      const entry = start + 2
      if (!isEntry(bundle, entry, end)) {
        findings.push(`entry ${index}: it is no entry of a ledger`)
      } else {
        const name = bundle.latin1Slice(entry + at.stream, entry + at.stream + 16)
        const number =
          bundle.readUInt32BE(entry + at.number) * 2 ** 32 + bundle.readUInt32BE(entry + at.number + 4)
        const previous = bundle.latin1Slice(entry + at.previous, entry + at.previous + 32)
        const last = streams.get(name)
        if (number !== (last?.number ?? 0) + 1) {
          findings.push(
            `entry ${index}: it is number ${number} of stream ${toHex(fromLatin1(name))}, after number ${last?.number ?? 0}`,
          )
        } else if (previous !== (last?.leaf ?? '\0'.repeat(32))) {
          findings.push(
            `entry ${index}: it does not name the entry before it in stream ${toHex(fromLatin1(name))}`,
          )
        }
        if (last) [last.number, last.leaf] = [number, leaf]
        else streams.set(name, { number, leaf })
      }

      // The tree: each perfect subtree that ends here, and of those of 256, 65,536 … leaves, the hash for the tile above.
      leaves.push(leaf)
      let node = leaf
      for (let n = index, height = 1; n % 2 === 1; n = (n - 1) / 2, height++) {
        node = nodeHash(frontier.pop(), node)
        if (height % 8 === 0) (above[height / 8] ??= []).push(node)
      }
      frontier.push(node)
      if (said.has(index + 1)) compare(frontier, index + 1)
      start = end
    }

    // The tiles that end here must hold the hashes that were worked out from the entries.
    const tiles = [leaves, ...above.slice(1)]
    for (const [level, hashes] of tiles.entries()) {
      if (hashes.length === 0 || (level > 0 && hashes.length < 256 && first + width < size)) continue
      const index = Math.floor((first + width - 1) / 256 ** (level + 1))
      const stored = tile(level, index, level === 0 ? width : hashes.length)
      if (hashes.length === 256 && level > 0) above[level] = []
      if (!stored) findings.push(`tile ${level}/${index}: it is missing`)
      else if (level === 0)
        findings.push(...runsOf(hashes, stored).map(([from, to]) => entriesDiffer(first + from, first + to)))
      else
        findings.push(
          ...runsOf(hashes, stored).map(
            ([from]) => `tile ${level}/${index}: hash ${from} is not that of the level below`,
          ),
        )
    }
    if (count === 256 && start < bundle.length)
      findings.push(`entries ${first} to ${first + 255}: more follows in their bundle`)
    if (count < width) {
      findings.push(`entries from ${first + count} on are missing, of ${size}`)
      break
    }
    progress(first + width, size)
  }
  return { findings, size, origin, streams: streams.size }
}

/** Where hashes and a tile differ: from, to. */
function runsOf(hashes, stored) {
  const runs = []
  for (const [i, hash] of hashes.entries()) {
    if (hash === stored.latin1Slice(i * 32, i * 32 + 32)) continue
    if (runs.at(-1)?.[1] === i - 1) runs.at(-1)[1] = i
    else runs.push([i, i])
  }
  return runs
}

const entriesDiffer = (from, to) =>
  from === to
    ? `entry ${from}: it is not the one whose hash the tree has`
    : `entries ${from} to ${to}: they are not those whose hashes the tree has`

/** 1234067 is `x001/x234/067`. */
function pathOf(index) {
  const digits = String(index)
  const parts = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g)
  return parts.map((part, i) => (i < parts.length - 1 ? `x${part}` : part)).join('/')
}

// ── A patient's file ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * All the entries of one patient: each in the tree of the signed checkpoint, numbered from 1 without a gap, each naming the one
 * before. The last says that the file was asked for, so whatever was recorded before that is in it.
 */
export async function verifyFile(text, { keys }) {
  const findings = []
  let file
  let checkpoint
  try {
    file = JSON.parse(text)
    if (file.format !== 'sigilo/ledger-file@v1' || !Array.isArray(file.entries))
      throw new Error('it is no ledger file')
    checkpoint = readCheckpoint(await openNote(String(file.checkpoint), keys))
    if (checkpoint.origin !== keys[0]?.split('+')[0]) throw new Error(`it is of ${checkpoint.origin}`)
  } catch (error) {
    return { findings: [`file: ${error.message}`], entries: [] }
  }
  const openers = (Array.isArray(file.keys) ? file.keys : []).map((key) => fromBase64(String(key)))
  const entries = []
  let [stream, previous, lastIndex] = [undefined, new Uint8Array(32), -1]
  for (const [i, given] of file.entries.entries()) {
    const { index, entry: encoded, proof } = given ?? {}
    const bytes = fromBase64(String(encoded))
    const hashes = Array.isArray(proof) ? proof.map((hash) => fromBase64(String(hash))) : [undefined]
    const entry = bytes && readEntry(bytes)
    if (!entry || hashes.includes(undefined)) {
      findings.push(`entry ${i + 1}: it is no entry of a ledger`)
      break
    }
    const leaf = await leafHash(bytes)
    stream ??= toHex(entry.stream)
    if (
      !(await verifyInclusion({ index, size: checkpoint.size, leaf, root: checkpoint.root, proof: hashes }))
    ) {
      findings.push(`entry ${i + 1}: the ledger does not have it at ${index}`)
    }
    if (toHex(entry.stream) !== stream) findings.push(`entry ${i + 1}: it is of another stream`)
    if (entry.number !== i + 1) findings.push(`entry ${i + 1}: it is number ${entry.number}`)
    if (toHex(entry.previous) !== toHex(previous))
      findings.push(`entry ${i + 1}: the one before it is another`)
    if (index <= lastIndex) findings.push(`entry ${i + 1}: it stands before the one that it follows`)
    let details
    for (const key of openers) details ??= await openDetails(key, entry)
    if (openers.length > 0 && !details) findings.push(`entry ${i + 1}: no key of the file opens its details`)
    entries.push({ ...entry, index, details })
    previous = leaf
    lastIndex = index
  }
  const last = entries.at(-1)
  if (last?.action !== 'ledger-file')
    findings.push('the end: the last entry is not the handing out of this file, so some may be missing')
  return { findings, entries, checkpoint, until: last?.time }
}

/**
 * docs/spec/seal.md: version ‖ algorithm ‖ salt (24) ‖ commitment (32) ‖ chunks of 16 KiB, AES-256-GCM. The key of the file, the
 * salt and the entry's place give the chunks' key and the commitment.
 */
async function openDetails(key, { id, act, stream, details }) {
  const field = (tag, bytes) => concat(Uint8Array.of(tag, 0, 0, 0, bytes.length), bytes)
  const context = concat(field(2, utf8('ledger details')), field(1, id), field(1, act), field(1, stream))
  const head = concat(
    utf8('sigilo/seal@v1+AEAD_AES_256_GCM'),
    Uint8Array.of(0),
    details.subarray(0, 26),
    context,
    Uint8Array.of(1),
  )
  const { subtle } = globalThis.crypto
  try {
    const hmac = await subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-512' }, false, ['sign'])
    const derived = new Uint8Array(await subtle.sign('HMAC', hmac, head))
    if (toHex(derived.subarray(32)) !== toHex(details.subarray(26, 58))) return undefined
    const aes = await subtle.importKey('raw', derived.subarray(0, 32), 'AES-GCM', false, ['decrypt'])
    const chunks = []
    for (let start = 58, n = 0; start < details.length; start += 16400, n++) {
      const iv = concat(new Uint8Array(4), uint64(n))
      chunks.push(
        new Uint8Array(
          await subtle.decrypt({ name: 'AES-GCM', iv }, aes, details.subarray(start, start + 16400)),
        ),
      )
    }
    // A frame: version, method (0 stored, 1 deflated), dictionary (2), lengths of body and message (4 each), body, padding.
    const frame = concat(...chunks)
    const body = frame.subarray(12, 12 + new DataView(frame.buffer).getUint32(4))
    return JSON.parse(new TextDecoder().decode(frame[1] === 0 ? body : await inflate(body)))
  } catch {
    return undefined
  }
}

async function inflate(bytes) {
  const inflating = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
  const reader = inflating.getReader()
  const parts = []
  for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value)
  return concat(...parts)
}

// ── Bytes ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

const utf8 = (text) => new TextEncoder().encode(text)
const toHex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const toLatin1 = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
const fromLatin1 = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

/** Undefined for any text but the one that encoding the bytes again gives. */
function fromBase64(text) {
  try {
    const letters = atob(text)
    return btoa(letters) === text ? fromLatin1(letters) : undefined
  } catch {
    return undefined
  }
}

function uint64(value) {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

function concat(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let start = 0
  for (const part of parts) {
    all.set(part, start)
    start += part.length
  }
  return all
}

async function sha256(bytes) {
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes))
}

/** What stands before a public key in the form that all programs read, SubjectPublicKeyInfo (RFC 8410, RFC 9881). */
const prefixes = {
  Ed25519: '302a300506032b6570032100',
  'ML-DSA-44': '30820532300b06096086480165030403110382052100',
}

async function verify(algorithm, publicKey, signature, message) {
  const { subtle } = globalThis.crypto
  const prefix = prefixes[algorithm].match(/../g).map((pair) => parseInt(pair, 16))
  let key
  try {
    key = await subtle.importKey('spki', concat(prefix, publicKey), algorithm, false, ['verify'])
  } catch (error) {
    if (error.name !== 'NotSupportedError') return false
    throw new Error(`this program cannot check signatures of ${algorithm}: take a newer one`, {
      cause: error,
    })
  }
  return subtle.verify(algorithm, key, signature, message)
}

// ── The command ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function main() {
  const { readFileSync, existsSync } = await import('node:fs')
  const { parseArgs } = await import('node:util')
  process.removeAllListeners('warning') // that ML-DSA is new in Node
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      key: { type: 'string', multiple: true, default: [] },
      witness: { type: 'string', multiple: true, default: [] },
      earlier: { type: 'string', multiple: true, default: [] },
      file: { type: 'string' },
      show: { type: 'boolean', default: false },
    },
  })
  const keysOf = (given) =>
    given.flatMap((key) =>
      existsSync(key)
        ? readFileSync(key, 'utf8')
            .split('\n')
            .filter((line) => line.trim() !== '')
        : [key],
    )
  const keys = keysOf(values.key)
  if (keys.length === 0 || positionals.length + (values.file === undefined ? 0 : 1) !== 1) {
    console.error('usage: verify-ledger.mjs FOLDER --key KEY … [--earlier CHECKPOINT] … [--witness KEY] …')
    console.error('       verify-ledger.mjs --file PATIENT.json --key KEY … [--show]')
    return 2
  }
  if (values.file !== undefined) {
    const { findings, entries, checkpoint, until } = await verifyFile(readFileSync(values.file, 'utf8'), {
      keys,
    })
    findings.unshift(...(await kindsMissing(keys)))
    if (values.show) {
      for (const { number, time, action, outcome, details } of entries) {
        const line = [number, time.toJSON(), action, outcome, JSON.stringify(details ?? {})]
        console.log(line.map((part) => printable(String(part))).join('\t'))
      }
    }
    return report(
      findings,
      () =>
        `${entries.length} entries, all there up to ${until.toJSON()}, in ${checkpoint.origin} of ${checkpoint.size}`,
    )
  }
  const beganMs = performance.now()
  const { findings, size, origin, streams } = await verifyFolder(positionals[0], {
    keys,
    witnesses: keysOf(values.witness),
    earlier: values.earlier.map((path) => ({ what: path, note: readFileSync(path, 'utf8') })),
    progress: (done, all) => {
      if (process.stderr.isTTY && done % 65536 === 0)
        process.stderr.write(`\r${Math.floor((done / all) * 100)} %`)
    },
  })
  if (process.stderr.isTTY) process.stderr.write('\r')
  const seconds = (performance.now() - beganMs) / 1000
  return report(
    findings,
    () =>
      `${origin}: ${size} entries in ${streams} streams, all there and unaltered (${seconds.toFixed(1)} s)`,
  )
}

/** What others wrote, without what would move a terminal's cursor or turn a line round. */
const printable = (text) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')

function report(findings, summary) {
  for (const finding of findings) console.error(printable(finding))
  console.log(findings.length === 0 ? printable(summary()) : `${findings.length} found wrong`)
  return findings.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = await main()
