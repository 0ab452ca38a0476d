/** The cookies of a browser: RFC 6265bis. None opens anything alone, see docs/spec/people.md. */

/** `session`: which session it is. `device`: that the browser was here before. */
export type CookieName = 'session' | 'device'

/** RFC 6265bis §4.1.3.2: so called, only this host can have set it. Over http, which is this machine's own, there is no such name. */
const names: Readonly<Record<CookieName, { https: string; http: string }>> = {
  session: { https: '__Host-sigilo', http: 'sigilo' },
  device: { https: '__Host-sigilo-device', http: 'sigilo-device' },
}

const headerBytesMax = 8_192

const isSecure = (origin: string): boolean => origin.startsWith('https:')

const nameOf = (name: CookieName, origin: string): string => names[name][isSecure(origin) ? 'https' : 'http']

/** Undefined where there is none, or where there are two: one of them somebody else has set. */
export function cookieOf(header: string | undefined, name: CookieName, origin: string): string | undefined {
  if (header === undefined || header.length > headerBytesMax) return undefined
  const own = `${nameOf(name, origin)}=`
  const found = header.split(';').flatMap((each) => {
    const pair = each.trim()
    return pair.startsWith(own) ? [pair.slice(own.length)] : []
  })
  return found.length === 1 && found[0] !== '' ? found[0] : undefined
}

/** A value of `Set-Cookie`. `seconds`: how long it is kept, 0 ends it; without, until the browser is closed. */
export function setCookie(name: CookieName, value: string, origin: string, seconds?: number): string {
  const parts = [`${nameOf(name, origin)}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Strict']
  if (isSecure(origin)) parts.push('Secure')
  if (seconds !== undefined) parts.push(`Max-Age=${seconds}`)
  return parts.join('; ')
}
