/** The ledger asked by whoever types commands. */
import { open, rm } from 'node:fs/promises'
import { isRefusal, sentenceOf, type Refusal } from '#kernel/outcome.ts'
import type { Acting, PlainEntry, PlainRadius, Terms } from '#records/index.ts'
import type { Text } from '../text.ts'

export type Unanswered =
  | { status: 'sealed' | 'not-found' | 'gone' }
  /** In both languages. */
  | { status: 'refused'; text: Text }

export type EntriesAnswer = { status: 'ok'; entries: PlainEntry[]; next?: string } | Unanswered
export type RadiusAnswer = { status: 'ok'; radius: PlainRadius } | Unanswered
export type FileAnswer =
  | { status: 'ok'; bytes: number }
  | { status: 'exists' }
  /** The code of the operating system's refusal. */
  | { status: 'unwritable'; code: string }
  | Unanswered

export interface Auditing {
  entries(terms: Terms): Promise<EntriesAnswer>
  radius(terms: Terms): Promise<RadiusAnswer>
  /** Writes a patient's file to a path where there is none. */
  file(request: { patient: string; out: string }): Promise<FileAnswer>
}

export function createAuditing({ ledger }: Pick<Acting, 'ledger'>): Auditing {
  // The server has read it by now; what else imports this file need not wait for it.
  const forms = import('#records/index.ts')
  return {
    async entries(terms) {
      const page = await ledger.entries(terms)
      if (isRefusal(page)) return unanswered(page)
      const { plainEntry } = await forms
      const { entries, next } = page
      return { status: 'ok', entries: entries.map(plainEntry), ...(next === undefined ? {} : { next }) }
    },

    async radius(terms) {
      const found = await ledger.radius(terms)
      if (isRefusal(found)) return unanswered(found)
      const { plainRadius } = await forms
      return { status: 'ok', radius: plainRadius(found) }
    },

    async file({ patient, out }) {
      let file: Awaited<ReturnType<typeof open>>
      try {
        file = await open(out, 'wx', 0o600)
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException
        return code === 'EEXIST' ? { status: 'exists' } : { status: 'unwritable', code }
      }
      let isWhole = false
      try {
        const handed = await ledger.file(patient)
        if (isRefusal(handed)) return unanswered(handed)
        let bytes = 0
        for await (const chunk of handed.stream as AsyncIterable<Uint8Array>) {
          await file.writeFile(chunk)
          bytes += chunk.length
        }
        await file.sync()
        isWhole = true
        return { status: 'ok', bytes }
      } finally {
        await file.close()
        if (!isWhole) await rm(out, { force: true })
      }
    },
  }
}

function unanswered(refusal: Refusal): Unanswered {
  const { status } = refusal
  if (status === 'sealed' || status === 'not-found' || status === 'gone') return { status }
  return { status: 'refused', text: { es: sentenceOf(refusal, 'es'), en: sentenceOf(refusal, 'en') } }
}
