/** What safeguards have to show on the screen of somebody's account, each a module of its own folder (src/kernel/safeguard.ts, `screens`). */
import type { Reply } from './api.ts'

export interface PartAsked {
  me: { login: string; account: string; roles: readonly string[] }
  failed: (reply: Reply<unknown>) => void
  /** To the screen of the account, from one that the part has shown in its place. */
  back: () => Promise<void>
}

/** `first`: it keeps the person from their work. */
export interface Part {
  element: HTMLElement
  place: 'first' | 'above' | 'below'
}

export interface Screen {
  part: (asked: PartAsked) => Promise<Part | undefined>
}

/** Where their modules are: the server says. */
export const screens: readonly string[] = []

export async function partsOf(asked: PartAsked): Promise<Part[]> {
  const parts = await Promise.all(screens.map(async (path) => ((await import(path)) as Screen).part(asked)))
  return parts.filter((part) => part !== undefined)
}
