/** Lines of a file that comes in pieces; no more of it is held than one line. */

export interface Line {
  /** 1, 2, 3 … */
  number: number
  /** Without the line feed; undefined where the line is longer than `bytesMax`. */
  bytes: Uint8Array | undefined
}

const lineFeed = 10

/** Every line that is not blank. The last one need not end in a line feed. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): AsyncGenerator<Line, void, undefined> {
  let number = 0
  let begun: Uint8Array[] = []
  let begunBytes = 0
  const add = (piece: Uint8Array) => {
    begunBytes += piece.length
    // Of a line that is too long only its length goes on growing.
    if (begunBytes > bytesMax) begun = []
    else begun.push(piece)
  }
  const end = (): Line | undefined => {
    number++
    const bytes =
      begunBytes > bytesMax
        ? undefined
        : begun.length === 1
          ? (begun[0] as Uint8Array)
          : Buffer.concat(begun, begunBytes)
    begun = []
    begunBytes = 0
    return bytes && isBlank(bytes) ? undefined : { number, bytes }
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, from)) {
      add(chunk.subarray(from, at))
      from = at + 1
      const line = end()
      if (line) yield line
    }
    if (from < chunk.length) {
      const rest = chunk.subarray(from)
      // A copy: the end of a large piece must not hold the whole of it.
      const isKept = from > 0 && begunBytes + rest.length <= bytesMax
      add(isKept ? Uint8Array.prototype.slice.call(rest) : rest)
    }
  }
  if (begunBytes === 0) return
  const line = end()
  if (line) yield line
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 32 || byte === 9 || byte === 13)
}

/** The whole of a file; undefined where it is longer than `bytesMax`. */
export async function wholeOf(
  chunks: AsyncIterable<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > bytesMax) return undefined
    pieces.push(chunk)
  }
  return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces, bytes)
}
