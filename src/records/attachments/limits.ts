/** Bounds of attachments. */

/** A value of more characters leaves its row: at 64 KiB a row's own seal takes as long as the statement that fetches a piece. */
export const inlineCharsMax = 65_536
/** The same in bytes, in base64: what is sent raw and is no longer stays in the row. */
export const inlineBytesMax = (inlineCharsMax / 4) * 3

export interface AttachmentLimits {
  /** Of one attachment. A CT of a whole body is some 1 GB; what is larger belongs into a PACS. */
  bytesMax: number
  /** How long what arrives is held without a sign of its writer: a killed server's pieces are swept so much later. */
  leaseSeconds: number
  /** Between two looks for what was abandoned. */
  sweepMs: number
  /** What is left to others on the disk: PostgreSQL stops where it is full. */
  freeBytesMin: number
}

export const attachmentLimits: AttachmentLimits = {
  bytesMax: 2_000_000_000,
  leaseSeconds: 60,
  sweepMs: 30_000,
  freeBytesMin: 1024 * 1024 * 1024,
}

/** Sealed bytes in a row: 32 chunks. A statement of twice the size is no faster, and is held in memory several times over. */
export const pieceBytes = 32 * 16_400
/** Pieces of one writer, and of all, on their way to PostgreSQL: it has two cores as a rule, and ten connections. */
export const flights = { each: 2, all: 5 } as const
/** Pieces fetched ahead of one reader. */
export const fetchedAhead = 2
