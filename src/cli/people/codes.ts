/** Codes of a demonstration's people: each step is used once, by whichever command comes first. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sha256 } from '#kernel/crypto/index.ts'
import { controlSocketPath } from '../home/runtime.ts'

/** RFC 6238 as this vault takes it: 30 s, one step before and after. */
const periodSeconds = 30
const window = 1

export interface CodeOf {
  /** Of the home. */
  home: string
  login: string
  /** Base32. */
  secret: string
}

/**
 * The code of a step that no command of this home has used: one of those that count now, or, once these are used, of the next, as soon as
 * it counts. The steps are kept as files beside the control socket, made by whoever is first.
 */
export async function unusedCode({ home, login, secret }: CodeOf, now: () => Date): Promise<string> {
  const { TOTP } = await import('otpauth')
  const own = new TOTP({ secret, algorithm: 'SHA1', digits: 6, period: periodSeconds })
  const folder = runtimeOf(home)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const name = `code-${nameOf(login)}-`
  for (;;) {
    const nowMs = now().getTime()
    const current = Math.floor(nowMs / 1000 / periodSeconds)
    sweep(folder, name, current - window)
    for (let step = current - window; step <= current + window; step++) {
      // The first of them may be over before it is judged.
      if (step < current && nowMs % (periodSeconds * 1000) > overSoonMs) continue
      if (isTaken(join(folder, name + step))) continue
      return own.generate({ timestamp: step * periodSeconds * 1000 })
    }
    const nextMs = (current + 1) * periodSeconds * 1000 - nowMs
    await delay(nextMs + 50)
  }
}

/** Beside the control socket. */
export const runtimeOf = (home: string): string => dirname(controlSocketPath(home))
/** Of a file that is about somebody. */
export const nameOf = (login: string): string => Buffer.from(sha256(Buffer.from(login))).toString('hex', 0, 8)

const overSoonMs = 20_000

/** True where somebody was first. */
function isTaken(path: string): boolean {
  try {
    writeFileSync(path, '', { flag: 'wx', mode: 0o600 })
    return false
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return true
    throw error
  }
}

function sweep(folder: string, name: string, before: number): void {
  for (const file of readdirSync(folder))
    if (file.startsWith(name) && Number(file.slice(name.length)) < before)
      rmSync(join(folder, file), { force: true })
}
