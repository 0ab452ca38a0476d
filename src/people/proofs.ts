/** Proof that who sends a token or a cookie has the key that it is bound to: RFC 9449 §7. */
import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify } from 'jose'
import { equalBytes, keyedHash, randomKey, sha256 } from '#kernel/crypto/index.ts'
import { algorithms } from './algorithms.ts'

export interface ProofAsked {
  /** The header `DPoP`. */
  proof: string
  method: string
  /** The address that was asked, without query. */
  url: string
  /** What `ath` is the hash of. */
  bound: string
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
/** Proofs for many reads that are remembered: whose is forgotten is verified again. */
const readingMax = 20_000

/** A proof for many reads that was good. */
interface Reading {
  thumbprint: string
  bound: string
  /** Of its nonce. */
  turn: number
}

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
  #reading = new Map<string, Reading>()

  /** `nowMs`: monotonic. */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs
  }

  nonce(): string {
    return this.#nonceOf(this.#turns())
  }

  /** RFC 9449 §§7.1, 8: what somebody is told whose proof is missing or wrong. */
  challenge(error: string): { challenge: string; nonce: string } {
    const challenge = `DPoP realm="sigilo", error="${error}", algs="${algorithms.join(' ')}"`
    return { challenge, nonce: this.nonce() }
  }

  async judge({ proof, method, url, bound, thumbprint }: ProofAsked): Promise<ProofJudged> {
    const read = await readProof(proof)
    if (read?.htm !== method || read.address !== url) return 'bad'
    if (read.ath !== hashOf(bound) || read.thumbprint !== thumbprint) return 'bad'
    if (this.#turnOf(read.nonce) === undefined) return 'nonce'
    if (this.#used.has(read.jti) || this.#usedBefore.has(read.jti)) return 'bad'
    if (this.#used.size >= proofsMax) return 'nonce'
    this.#used.add(read.jti)
    return 'good'
  }

  /**
   * Of a page in a browser, which reads thirty things to show one: a proof whose `htm` is GET and whose `htu` is the whole origin
   * is good for all reads until its nonce is good no more. RFC 9449 §4.3 would have one proof for each. Any other counts once, as above.
   */
  judgeReading(asked: ProofAsked, origin: string): ProofJudged | Promise<ProofJudged> {
    const { proof, bound, thumbprint } = asked
    const turn = this.#turns()
    const known = this.#reading.get(proof)
    if (!known) return this.#judgeNewReading(asked, origin)
    if (known.turn < turn - 1) return 'nonce'
    return known.bound === bound && known.thumbprint === thumbprint ? 'good' : 'bad'
  }

  async #judgeNewReading(asked: ProofAsked, origin: string): Promise<ProofJudged> {
    const { proof, bound, thumbprint } = asked
    const read = await readProof(proof)
    if (read?.htm !== 'GET' || read.address !== `${origin}/`) return this.judge(asked)
    if (read.ath !== hashOf(bound) || read.thumbprint !== thumbprint) return 'bad'
    const turn = this.#turnOf(read.nonce)
    if (turn === undefined) return 'nonce'
    if (this.#reading.size >= readingMax) this.#reading.clear()
    this.#reading.set(proof, { thumbprint, bound, turn })
    return 'good'
  }

  /** Of a nonce of ours that is still good. */
  #turnOf(nonce: string): number | undefined {
    const turn = this.#turns()
    const given = Buffer.from(nonce)
    return [turn, turn - 1].find((each) => equalBytes(Buffer.from(this.#nonceOf(each)), given))
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
    for (const [proof, reading] of this.#reading) if (reading.turn < turn - 1) this.#reading.delete(proof)
    return (this.#turn = turn)
  }
}

/** What a proof says that is one. */
interface ProofRead {
  thumbprint: string
  jti: string
  htm: string
  /** `htu` without query and fragment, RFC 9449 §4.3. */
  address: string
  ath: string
  nonce: string
}

async function readProof(proof: string): Promise<ProofRead | undefined> {
  if (proof.length > proofBytesMax) return undefined
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { algorithms, typ: 'dpop+jwt' })
    if (!protectedHeader.jwk) return undefined
    const { jti, htm, htu, ath, nonce = '' } = payload
    const url = typeof htu === 'string' ? URL.parse(htu) : null
    if (typeof jti !== 'string' || jti === '' || jti.length > wordMax || !url) return undefined
    if (typeof htm !== 'string' || typeof ath !== 'string' || typeof nonce !== 'string') return undefined
    const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk)
    return { thumbprint, jti, htm, address: `${url.origin}${url.pathname}`, ath, nonce }
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined
    throw error
  }
}

const hashOf = (bound: string): string => Buffer.from(sha256(bound)).toString('base64url')
