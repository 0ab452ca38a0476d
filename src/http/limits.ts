/** So many at once, and from then on one in each so many milliseconds. */
export interface Pace {
  atOnce: number
  everyMs: number
}

/** What the edge bears. Times can be set lower, so that tests need not wait. */
export interface Limits {
  /** JSON of a request; an inline scan of 35 MB in base64 fits. */
  bodyBytesMax: number
  /** Content of a Binary sent as bytes: what the store takes. */
  uploadBytesMax: number
  /** Of one client, and of all, at once. Each that waits for its sender holds half a megabyte. */
  uploadsEachMax: number
  uploadsMax: number
  /** How long the sender of such a body may say nothing. */
  uploadIdleMs: number
  /** Until such a body is whole: 2 GB at 1.1 Mbit/s. */
  uploadTimeoutMs: number
  /** Of all requests being read or worked on: four of the largest. */
  bodiesBytesMax: number
  /** Line and headers of a request together; Node's own default. */
  headerBytesMax: number
  /** Page tokens and long criteria fit; proxies in the field cut at 8 KiB too. */
  urlBytesMax: number
  connectionsMax: number
  /** Until the headers are whole. A stranger can hold a connection no longer than this. */
  headersTimeoutMs: number
  /** Until the body is whole: 50 MB at 1.4 Mbit/s. */
  requestTimeoutMs: number
  keepAliveTimeoutMs: number
  /** How long the rest of a refused body is read and dropped, so that the sender gets to read the refusal. */
  lingerMs: number
  /** How often headersTimeoutMs and requestTimeoutMs are looked at. */
  timeoutCheckMs: number
  /** How long a close waits for what was accepted. `sigilo` promises to stop within 5 s. */
  closeMs: number
  /** At whose end somebody is told that something is not there. */
  slotMs: number
  /** What one person changes, as fast as somebody types, clicks and reads. */
  paces: { records: Pace; duties: Pace; looks: Pace }
}

export const defaultLimits: Limits = {
  bodyBytesMax: 50_000_000,
  uploadBytesMax: 2_000_000_000,
  uploadsEachMax: 8,
  uploadsMax: 32,
  uploadIdleMs: 60_000,
  uploadTimeoutMs: 14_400_000,
  bodiesBytesMax: 200_000_000,
  headerBytesMax: 16_384,
  urlBytesMax: 8_192,
  connectionsMax: 4_000,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 300_000,
  keepAliveTimeoutMs: 60_000,
  lingerMs: 2_000,
  timeoutCheckMs: 2_000,
  closeMs: 4_000,
  // Several times what it takes to find out that something is hidden; nobody waits for it in earnest.
  slotMs: 50,
  paces: {
    // A screen that saves a whole ward round at its end; and an hour of a desk that never rests.
    records: { atOnce: 240, everyMs: 1_000 },
    // Whoever invites a whole ward in the morning; nobody reads an approval in less than two seconds.
    duties: { atOnce: 60, everyMs: 2_000 },
    // A page that shows several lists, opened again and again.
    looks: { atOnce: 120, everyMs: 500 },
  },
}

/** FHIR R4 datatypes.html#id. */
export const idPattern = /^[A-Za-z0-9\-.]{1,64}$/

/** Entries of a page: what is given when nothing is asked, and what is given at most. */
export const pageCount = { default: 50, max: 1_000 }
