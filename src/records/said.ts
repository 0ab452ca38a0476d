/** An act in words that are the same whenever the very same is asked for: by them somebody else approves it. */
import { sha256 } from '#kernel/crypto/index.ts'
import type { By } from './by.ts'

interface Said {
  query?: string | undefined
  asked?: { type: string; id: string; version?: number } | undefined
  count?: number | undefined
  page?: string | undefined
}

/** What is longer is cut, and told by its hash. */
const charsMax = 400

/** `search Observation?code=x, TREAT`. A page of it that is none of the first is named by the hash of its token. */
export function sayAct(action: string, { query, asked, count, page }: Said, { purpose }: By): string {
  const place = asked ? [`${asked.type}/${asked.id}`] : []
  if (asked?.version !== undefined) place.push(`_history/${asked.version}`)
  const what = [place.join('/'), query].filter((each) => each !== undefined && each !== '').join(' ')
  const of = [
    ...(count === undefined ? [] : [`${count} a page`]),
    ...(page === undefined ? [] : [`page ${hashOf(page)}`]),
    ...(purpose === undefined ? [] : [purpose]),
  ]
  const text = [`${action} ${what}`, ...of].join(', ')
  return text.length <= charsMax ? text : `${text.slice(0, charsMax)}… ${hashOf(text)}`
}

/** Half of SHA-256, in hex. */
const hashOf = (text: string): string => Buffer.from(sha256(text)).toString('hex').slice(0, 32)
