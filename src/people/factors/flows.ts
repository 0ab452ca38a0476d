/**
 * A flow is what is between two requests of one browser: a challenge, and what it is for. It is sealed and given to the browser, so
 * nothing is kept of those who only ask; what was answered is remembered, so that it is answered once.
 */
import { contextOf, deriveKey, open, randomBytes, seal, SealBroken } from '#kernel/crypto/index.ts'
import type { Keys } from '#kernel/keys/index.ts'
import type { Authority } from '../authority/index.ts'

export type Purpose = 'sign-in' | 'step-up' | 'passkey' | 'totp' | 'approval'

/** Whose flow it is. */
export interface FlowBinding {
  purpose: Purpose
  /** The account's id; absent where it is the answer that says so. */
  account?: string
  /** RFC 7638 thumbprint of the browser's key. */
  thumbprint?: string
  /** The approval's id, of what is signed for one. */
  approval?: string
}

export interface Flow extends FlowBinding {
  /** 32 random bytes, base64url; of an approval, what `challengeOf` made of `nonce`. */
  challenge: string
  nonce?: string
  /** Seconds since 1970. */
  endsAt: number
  /** Base64, of what is being set up. */
  secret?: string
}

export interface FlowOf {
  /** Of what is being set up. */
  secret?: Uint8Array
  /** What is to be signed; the nonce makes it different each time. */
  challengeOf?: (nonce: string) => Uint8Array
}

export interface Flows {
  begin(binding: FlowBinding, of?: FlowOf): { flow: string; challenge: string }
  /** Undefined where it is not of ours, of another purpose, account or browser, or too old. */
  read(flow: string, binding: FlowBinding): Flow | undefined
  /** True once. */
  use(flow: Flow): Promise<boolean>
}

/** Somebody looks for their security key; long enough for that and too short to be carried about. */
const flowSeconds = 300
/** What is longer is none of ours. */
const flowTextMax = 1_000

export interface FlowsOptions {
  keys: Keys
  authority: Authority
  /** Seconds since 1970, never back. */
  now: () => number
}

export function createFlows({ keys, authority, now }: FlowsOptions): Flows {
  const withKey = <Result>(use: (key: ReturnType<typeof deriveKey>) => Result): Result => {
    const key = deriveKey(keys.authority, 'flow')
    try {
      return use(key)
    } finally {
      key.zero()
    }
  }

  return {
    begin(binding, { secret, challengeOf } = {}) {
      const random = Buffer.from(randomBytes(32)).toString('base64url')
      const signed = challengeOf && {
        nonce: random,
        challenge: Buffer.from(challengeOf(random)).toString('base64url'),
      }
      const flow: Flow = {
        ...binding,
        challenge: random,
        ...signed,
        endsAt: now() + flowSeconds,
        ...(secret ? { secret: Buffer.from(secret).toString('base64') } : {}),
      }
      const sealed = withKey((key) => seal(key, contextOf('flow'), Buffer.from(JSON.stringify(flow))))
      return { flow: Buffer.from(sealed).toString('base64url'), challenge: flow.challenge }
    },

    read(text, { purpose, account, thumbprint, approval }) {
      const flow = text.length > flowTextMax ? undefined : opened(text)
      if (!flow || flow.endsAt <= now() || flow.purpose !== purpose) return undefined
      const isTheirs = flow.account === account && flow.thumbprint === thumbprint
      return isTheirs && flow.approval === approval ? flow : undefined
    },

    use: ({ challenge, endsAt }) => authority.useOnce('flow', challenge, new Date(endsAt * 1000)),
  }

  function opened(text: string): Flow | undefined {
    try {
      const sealed = Buffer.from(text, 'base64url')
      const bytes = withKey((key) => open(key, contextOf('flow'), sealed))
      return JSON.parse(Buffer.from(bytes).toString()) as Flow
    } catch (error) {
      if (error instanceof SealBroken) return undefined
      throw error
    }
  }
}
