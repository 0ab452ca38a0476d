/** ClamAV's daemon, asked by INSTREAM (clamd(8)): over TCP, or a Unix socket. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'

export type ScannerPlace = { host: string; port: number } | { path: string }

export type Verdict =
  | { status: 'clean' }
  | { status: 'infected'; signature: string }
  /** Its StreamMaxLength is smaller than the file. */
  | { status: 'too-long' }
  /** It cannot be reached, or does not answer as it should. */
  | { status: 'away' }

export interface Scanner {
  scan(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Verdict>
}

const connectMsMax = 5_000
/** It unpacks archives before it answers. */
const answerMsMax = 120_000
/** Bytes in one piece of the stream; clamd takes up to StreamMaxLength. */
const pieceBytesMax = 256 * 1024
const answerBytesMax = 4_096

export function createScanner(place: ScannerPlace): Scanner {
  return {
    async scan(content) {
      const socket = connect(place)
      const answer = answerOf(socket)
      // Whoever does not wait for it any more is not told.
      answer.catch(() => {})
      /** Something was sent: whoever hangs up before is away. */
      let hasBegun = false
      try {
        await once(socket, 'connect', { signal: AbortSignal.timeout(connectMsMax) })
        socket.write('zINSTREAM\0')
        for await (const chunk of content) {
          hasBegun = true
          for (let at = 0; at < chunk.length && !isOver(socket); at += pieceBytesMax)
            await send(socket, chunk.subarray(at, at + pieceBytesMax))
          if (isOver(socket)) break
        }
        if (!isOver(socket)) socket.write(Buffer.alloc(4))
      } catch (error) {
        if (!isOfSocket(error)) throw error
      }
      try {
        return verdictOf(await answer)
      } catch {
        // Who closes on what it has not read resets the connection, and what it said may be lost with it. A daemon that hangs up in
        // the middle and is there has said that it is too much.
        return { status: hasBegun && (await isThere(place)) ? 'too-long' : 'away' }
      } finally {
        socket.destroy()
      }
    },
  }
}

async function isThere(place: ScannerPlace): Promise<boolean> {
  const socket = connect(place)
  const answer = answerOf(socket)
  try {
    socket.write('zPING\0')
    return (await answer).startsWith('PONG')
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

async function send(socket: Socket, piece: Uint8Array): Promise<void> {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(piece.length)
  socket.write(length)
  if (!socket.write(piece)) {
    // Whatever comes first, the socket is left with no listener of the others: a large file waits a thousand times.
    const over = new AbortController()
    const late = setTimeout(() => over.abort(), answerMsMax)
    try {
      const { signal } = over
      await Promise.race(['drain', 'end', 'close'].map((event) => once(socket, event, { signal })))
    } finally {
      clearTimeout(late)
      over.abort()
    }
  }
  // What it says in the middle is heard before more is sent: after that it hangs up, and an answer unread is lost.
  await setImmediate()
}

/** It has answered before the end: that the file is too long, or that it stops. */
function isOver(socket: Socket): boolean {
  return socket.bytesRead > 0 || socket.readableEnded || socket.destroyed
}

/** What it says, whole. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setTimeout(answerMsMax, () => socket.destroy(new Error('no answer')))
    socket.setEncoding('latin1')
    socket.on('data', (piece: string) => {
      text += piece
      if (text.includes('\0') || text.length > answerBytesMax) resolve(text)
    })
    socket.on('error', (error) => (text === '' ? reject(error) : resolve(text)))
    socket.on('close', () => (text === '' ? reject(new Error('no answer')) : resolve(text)))
  })
}

/** `stream: OK`, `stream: Eicar-Test-Signature FOUND`, `INSTREAM size limit exceeded. ERROR`. */
function verdictOf(answer: string): Verdict {
  const text = answer.replace(/[\0\n]+$/, '')
  if (text === 'stream: OK') return { status: 'clean' }
  const signature = /^stream: (.+) FOUND$/.exec(text)?.[1]
  // The name goes to whoever sent the file: nothing of it but what names of signatures are made of.
  if (signature !== undefined)
    return { status: 'infected', signature: signature.replace(/[^\w.\-:()/]/g, '').slice(0, 100) }
  return text.includes('size limit exceeded') ? { status: 'too-long' } : { status: 'away' }
}

function isOfSocket(error: unknown): boolean {
  const { code, name, syscall } = error as NodeJS.ErrnoException
  return (
    syscall !== undefined ||
    name === 'TimeoutError' ||
    name === 'AbortError' ||
    /^E(?:PIPE|CONN|NOENT|RR_STREAM)/.test(code ?? '')
  )
}
