/** Seconds since 1970. A clock that is set back stands still until it has caught up, so that nothing that has ended begins again. */
export function steadySeconds(nowMs: () => number): () => number {
  let latest = 0
  return () => (latest = Math.max(latest, Math.floor(nowMs() / 1000)))
}
