/** Proof that who sends a token has the key that it is bound to: RFC 9449 §7. */
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify } from 'jose'
import { equalBytes, keyedHash, randomKey, sha256 } from '#kernel/crypto/index.ts'
import { algorithms } from './values.ts'

export interface ProofAsked {
  /** The header `DPoP`. */
  proof: string
  method: string
  /** The address that was asked, without query. */
  url: string
  token: string
  thumbprint: string
}

/** `nonce`: it names none of ours that is still good; with one of these it may be. */
export type ProofJudged = 'good' | 'bad' | 'nonce'

/** A nonce is good for this time, and for the one after. */
const turnMs = 60_000
/** Proofs of a turn remembered; whoever would send more has to wait for the next. */
const proofsMax = 200_000
const proofBytesMax = 4_096
const wordMax = 256

/**
 * Judges proofs, each of which counts once. They must have a nonce of this very process, so that none can be made in advance, sent to
 * another process as well, or sent again after a restart, and what was used need be remembered for two minutes alone.
 */
export class Proofs {
  readonly #key = randomKey()
  readonly #nowMs: () => number
  #turn = -1
  #used = new Set<string>()
  #usedBefore = new Set<string>()

  /** `nowMs`: monotonic. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  nonce(): string {
    return this.#nonceOf(this.#turns())
  }

  async judge({ proof, method, url, token, thumbprint }: ProofAsked): Promise<ProofJudged> {
    if (proof.length > proofBytesMax) return 'bad'
    const read = await readProof(proof)
    if (!read) return 'bad'
    const { jti, htm, htu, ath, nonce } = read.payload
    if (typeof jti !== 'string' || jti === '' || jti.length > wordMax || htm !== method) return 'bad'
    if (typeof htu !== 'string' || addressOf(htu) !== url) return 'bad'
    if (ath !== Buffer.from(sha256(token)).toString('base64url') || read.thumbprint !== thumbprint)
      return 'bad'
    if (typeof nonce !== 'string' || !this.#isOurs(nonce)) return 'nonce'
    if (this.#used.has(jti) || this.#usedBefore.has(jti)) return 'bad'
    if (this.#used.size >= proofsMax) return 'nonce'
    this.#used.add(jti)
    return 'good'
  }

  #isOurs(nonce: string): boolean {
    const turn = this.#turns()
    const given = Buffer.from(nonce)
    return [turn, turn - 1].some((each) => equalBytes(Buffer.from(this.#nonceOf(each)), given))
  }

  #nonceOf(turn: number): string {
    return Buffer.from(keyedHash(this.#key, 'nonce', Math.max(0, turn))).toString('base64url', 0, 16)
  }

  /** Forgets what no nonce that is good could bring again. */
  #turns(): number {
    const turn = Math.floor(this.#nowMs() / turnMs) + 1
    if (turn === this.#turn) return turn
    this.#usedBefore = turn === this.#turn + 1 ? this.#used : new Set()
    this.#used = new Set()
    return (this.#turn = turn)
  }
}

async function readProof(proof: string) {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { algorithms, typ: 'dpop+jwt' })
    if (!protectedHeader.jwk) return undefined
    return { payload, thumbprint: await calculateJwkThumbprint(protectedHeader.jwk) }
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined
    throw error
  }
}

/** RFC 9449 §4.3: query and fragment are not compared. */
function addressOf(text: string): string | undefined {
  const url = URL.parse(text)
  return url ? `${url.origin}${url.pathname}` : undefined
}
