import type { FileHandle } from 'node:fs/promises'

/** Written before the system is told to begin with the disk, which then has less to do at the end. */
const syncedBytes = 16 * 1024 * 1024

/**
 * The bytes of a file from its beginning, in pieces of `pieceBytes`; the next is read while one is worked on. Each is good until the
 * next is asked for. The handle stays open.
 */
export async function* readAhead(file: FileHandle, pieceBytes: number): AsyncGenerator<Uint8Array> {
  const memory = [new Uint8Array(pieceBytes), new Uint8Array(pieceBytes)] as const
  let [turn, at] = [0, 0]
  const read = (): Promise<{ bytesRead: number }> => {
    const reading = file.read(memory[turn % 2] as Uint8Array, 0, pieceBytes, at)
    // Whoever asks for it is told.
    reading.catch(() => {})
    return reading
  }
  let reading = read()
  try {
    for (;;) {
      const { bytesRead } = await reading
      if (bytesRead === 0) return
      const piece = (memory[turn++ % 2] as Uint8Array).subarray(0, bytesRead)
      at += bytesRead
      reading = read()
      yield piece
    }
  } finally {
    // Nothing writes into the memory, or needs the handle, once this has ended.
    await reading.catch(() => {})
    for (const each of memory) each.fill(0)
  }
}

/**
 * Writes all of a source from the file's beginning, and synchronises it to the disk. A piece is written while the source makes the next: the
 * source may use its memory again once two more are asked for, and not before. The handle stays open.
 * @throws what the source throws, and what the system does; then no write is under way.
 */
export async function writeBehind(
  file: FileHandle,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  let writing: Promise<void> = Promise.resolve()
  let syncing: Promise<void> = Promise.resolve()
  let [at, unsynced] = [0, 0]
  try {
    for await (const piece of source) {
      await writing
      writing = writeWhole(file, piece, at)
      writing.catch(() => {})
      at += piece.length
      unsynced += piece.length
      if (unsynced < syncedBytes) continue
      unsynced = 0
      await syncing
      syncing = file.datasync()
      syncing.catch(() => {})
    }
  } finally {
    await Promise.allSettled([writing, syncing])
  }
  await Promise.all([writing, syncing])
  await file.sync()
}

/** A disk that is full may take some of it and refuse the rest only when asked again. */
async function writeWhole(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
  }
}
