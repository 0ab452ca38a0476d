/** Addresses in a Bundle, read as the router of the interface reads those of requests. */

/**
 * A path without its percent-escapes, but for those of what would part it: `%2F` is no slash, nor `%3F` the beginning of a query; its
 * segments have them until each is read (`segmentOf`). Undefined where it cannot be decoded.
 */
export function decodedPath(path: string): string | undefined {
  if (!path.includes('%')) return path
  try {
    // Nothing is decoded twice.
    return decodeURI(path.replaceAll('%25', '%2525'))
  } catch {
    return undefined
  }
}

/** A segment of what `decodedPath` gave. */
export function segmentOf(text: string): string {
  return text.includes('%') ? decodeURIComponent(text) : text
}
