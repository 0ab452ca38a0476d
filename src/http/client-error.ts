import { STATUS_CODES } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { httpStatusOf, operationOutcome, refuse } from '#kernel/outcome.ts'
import type { Refusal } from '#kernel/outcome.ts'
import type { AwaitingRequest } from './body.ts'
import { fhirJson } from './edge.ts'
import type { Edge } from './edge.ts'

/** A socket with the newest answer owed on it, as server.ts notes it. */
export interface OwingSocket extends Socket {
  owes?: ServerResponse
}

/**
 * What the HTTP parser refuses (bad framing, too large headers, too slow senders) never becomes a request; the
 * answer is written to the socket by hand, and the connection ends. A sender of both Transfer-Encoding and
 * Content-Length ends here (RFC 9112 §6.3).
 */
export function answerClientError(edge: Edge, error: NodeJS.ErrnoException, socket: OwingSocket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const refusal = refusalFor(edge, error.code)
  edge.strangers.count(socket.remoteAddress, refusal.status)
  edge.log.info({ status: httpStatusOf(refusal), code: error.code }, 'connection refused')
  const owed = socket.owes
  if (owed === undefined || owed.writableFinished) return endWith(edge, socket, refusal)
  if ((owed.req as AwaitingRequest).complete) {
    // An earlier request of the pipeline is whole and being worked on; its answer goes first:
    //   client: PUT (whole), garbage   server: parses garbage -> 400 | PUT commits -> 200
    // Written at once, the 400 would be read as the answer to the PUT, which was committed.
    owed.once('finish', () => endWith(edge, socket, refusal))
    return
  }
  if (owed.headersSent) {
    socket.destroy()
    return
  }
  endWith(edge, socket, refusal)
}

function refusalFor(edge: Edge, code: string | undefined): Refusal {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refuse('timeout')
  if (code === 'HPE_HEADER_OVERFLOW')
    return refuse('headers-too-large', { limit: edge.limits.headerBytesMax })
  return refuse('bad-request')
}

function endWith(edge: Edge, socket: Socket, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const status = httpStatusOf(refusal)
  const text = operationOutcome(refusal, 'en')
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, `Content-Type: ${fhirJson}`]
  for (let index = 0; index < edge.headers.length; index += 2) {
    lines.push(`${edge.headers[index]}: ${edge.headers[index + 1]}`)
  }
  lines.push(`Content-Length: ${Buffer.byteLength(text)}`, 'Connection: close', '', text)
  socket.end(lines.join('\r\n'))
  // What the sender still sends is dropped for a moment, so that it gets to read the answer.
  setTimeout(() => socket.destroy(), edge.limits.lingerMs).unref()
}
