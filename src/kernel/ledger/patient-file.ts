import { toBase64 } from './base64.ts'

/**
 * A patient's file: all the entries of their stream, from the first to the one that says that this file was asked for, each with
 * its proof. `tools/verify-ledger.mjs` and a browser check it alone: docs/spec/ledger.md, "A patient's file".
 */
export const patientFileFormat = 'sigilo/ledger-file@v1'

export interface ProvenEntry {
  /** Of its leaf in the tree. */
  index: number
  /** Its final bytes. */
  entry: Uint8Array
  /** The hashes from it to the root of the checkpoint. */
  proof: readonly Uint8Array[]
}

/** The file, piece by piece. `keys`: those that open the details, of the patient's stream; each is 32 bytes. */
export async function* patientFile(o: {
  /** The signed note. */
  checkpoint: string
  keys: readonly Uint8Array[]
  entries: Iterable<ProvenEntry> | AsyncIterable<ProvenEntry>
}): AsyncGenerator<string> {
  const { checkpoint, keys } = o
  yield `{"format":${JSON.stringify(patientFileFormat)},\n"checkpoint":${JSON.stringify(checkpoint)},\n`
  yield `"keys":${JSON.stringify(keys.map(toBase64))},\n"entries":[`
  let separator = '\n'
  for await (const { index, entry, proof } of o.entries) {
    yield separator + JSON.stringify({ index, entry: toBase64(entry), proof: proof.map(toBase64) })
    separator = ',\n'
  }
  yield '\n]}\n'
}
