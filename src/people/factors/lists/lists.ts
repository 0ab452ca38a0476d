/** Passwords and words that many people use: what there is, and where it is from, is in README.md here. */
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { gunzipStream } from '#kernel/crypto/index.ts'

/** `text`: folded. Whether it is one of the passwords that were found in others' leaks, from 12 characters. */
export async function isCommon(text: string): Promise<boolean> {
  return has(await list('passwords'), text)
}

/** `text`: folded. A word, a name, or a short password, of letters alone. */
export async function isWord(text: string): Promise<boolean> {
  return has(await list('words'), text)
}

// As one text each: 1.2 MB, where sets would be ten times that, and a look through takes less than a millisecond.
const lists = new Map<string, Promise<string>>()

function list(name: 'passwords' | 'words'): Promise<string> {
  let found = lists.get(name)
  if (!found) {
    found = read(new URL(`${name}.txt.gz`, import.meta.url))
    found.catch(() => lists.delete(name))
    lists.set(name, found)
  }
  return found
}

const has = (lines: string, text: string): boolean => !text.includes('\n') && lines.includes(`\n${text}\n`)

async function read(file: URL): Promise<string> {
  const pieces: Uint8Array[] = []
  await pipeline(createReadStream(file), gunzipStream(), async (source: AsyncIterable<Uint8Array>) => {
    for await (const piece of source) pieces.push(piece)
  })
  return `\n${Buffer.concat(pieces).toString('latin1')}`
}
