import type { DeviceFault } from '../device.ts'

/** What the process that loads the module is asked, and what it answers: once each. */
export type TokenRequest = { module: string; seconds: number } & (
  | { act: 'look' }
  | {
      act: 'seal'
      token: string
      pin: string
      attended: boolean
      keyId: Uint8Array
      nonce: Uint8Array
      place: Uint8Array
      plaintext: Uint8Array
    }
  | {
      act: 'open'
      token: string
      pin: string
      attended: boolean
      keyId: Uint8Array
      nonce: Uint8Array
      place: Uint8Array
      blob: Uint8Array
    }
)

export interface TokenSeen {
  label: string
  serial: string
  /** As the token tells it. */
  pin: 'fine' | 'few-left' | 'one-left' | 'locked' | 'unset'
}

export type TokenAnswer =
  | { status: 'seen'; tokens: TokenSeen[] }
  | { status: 'done'; bytes: Uint8Array }
  | ({ status: 'refused' } & DeviceFault)
