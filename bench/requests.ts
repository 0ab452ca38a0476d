/** Requests as bytes, prepared once: making them is not what is measured. */
export interface Target {
  port: number
  token: string
}

/** With headers that say who asks, each with its line's end. */
interface Signed {
  port: number
  headers: string
}

export function getRequest(path: string, target?: Target | Signed): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${headers(target)}\r\n`)
}

export function postRequest(path: string, body: Uint8Array, target: Target): Buffer {
  const head =
    `POST ${path} HTTP/1.1\r\n${headers(target)}` +
    `Content-Type: application/fhir+json\r\nContent-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

function headers(target?: Target | Signed): string {
  const signed =
    target && 'headers' in target ? target.headers : target && `Authorization: Bearer ${target.token}\r\n`
  return `Host: localhost${target ? `:${target.port}` : ''}\r\nAccept: application/fhir+json\r\n${signed ?? ''}`
}
