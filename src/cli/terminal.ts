import { createInterface } from 'node:readline'
import { groupIsRight, groupLength, groupsOf, type CodeKind } from '#kernel/keys/index.ts'

/** What was typed; undefined: Ctrl-C or Ctrl-D. */
type Typed = Promise<string | undefined>

/** Whether there is somebody to ask. Questions go to standard error, so that results stay apart. */
export function isTerminal(): boolean {
  return process.stdin.isTTY === true
}

/** Reads a line in raw mode: nothing of it is shown. */
export function readHidden(prompt: string): Typed {
  return readTyped(prompt, false)
}

/** Reads a line that is no secret: it is shown as it is typed. */
export function readShown(prompt: string): Typed {
  return readTyped(prompt, true)
}

function readTyped(prompt: string, shown: boolean): Typed {
  let typed = ''
  return readKeys(prompt, (character) => {
    if (isEnter(character)) return { typed }
    const before = [...typed].length
    if (character === eraseAll) typed = ''
    else if (isErase(character)) typed = [...typed].slice(0, -1).join('')
    else typed += character
    if (!shown) return undefined
    const after = [...typed].length
    process.stderr.write(after > before ? character : '\b \b'.repeat(before - after))
    return undefined
  })
}

/**
 * Reads a share or a kit group by group, showing none of it: for each group its number and whether it is right.
 * One with a slip in it is dropped, to be typed again. The whole is read without Enter after its last group.
 */
export function readCodeTyped(prompt: string, kind: CodeKind): Typed {
  const groups: string[] = []
  let typed = ''
  const say = (text: string) => void process.stderr.write(text)
  return readKeys(prompt, (character) => {
    if (character === eraseAll) {
      groups.length = 0
      typed = ''
      say(`\n${prompt}`)
    } else if (isErase(character)) {
      if (typed === '' && groups.pop() !== undefined) say(`← ${groups.length + 1} `)
      else typed = typed.slice(0, -1)
    } else if (/[\p{L}\p{N}]/u.test(character)) typed += character
    if (typed.length < groupLength) return undefined
    const at = groups.length
    const right = groupIsRight(typed, at)
    say(`${at + 1}${right ? '✓' : '✗'} `)
    if (right) groups.push(typed)
    typed = ''
    return groups.length === groupsOf(kind) ? { typed: groups.join(' ') } : undefined
  })
}

/** Waits for Enter; false: Ctrl-C or Ctrl-D. */
export async function pressEnter(prompt: string): Promise<boolean> {
  return (await readHidden(prompt)) !== undefined
}

/** What is shown here goes when `leave` is called, and is not in the terminal's history (xterm's alternate screen). */
export function secretScreen(text: string): { leave: () => void } {
  process.stderr.write(`\u001b[?1049h\u001b[2J\u001b[H${text}\n`)
  return { leave: () => void process.stderr.write('\u001b[2J\u001b[?1049l') }
}

const eraseAll = '\u0015'
const isEnter = (character: string) => character === '\r' || character === '\n'
const isErase = (character: string) => character === '\u007f' || character === '\b'
const isEnd = (character: string) => character === '\u0003' || character === '\u0004'

/** Keys one by one, none of them echoed, until one of them ends it. */
function readKeys(prompt: string, onKey: (character: string) => { typed: string } | undefined): Typed {
  const { stdin } = process
  // Silent before it asks: what a fast typist, or a program, writes at once is not shown either.
  stdin.setRawMode(true)
  process.stderr.write(prompt)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((resolve) => {
    const finish = (typed: string | undefined, rest = ''): void => {
      stdin.off('data', onData)
      stdin.setRawMode(false)
      stdin.pause()
      // What was typed ahead is for the next question.
      if (rest !== '') stdin.unshift(rest)
      process.stderr.write('\n')
      resolve(typed?.normalize('NFC'))
    }
    const onData = (chunk: string): void => {
      const characters = [...chunk]
      for (const [at, character] of characters.entries()) {
        if (isEnd(character)) return finish(undefined)
        const end = onKey(character)
        if (end) return finish(end.typed, characters.slice(at + 1).join(''))
      }
    }
    stdin.on('data', onData)
  })
}

/** Gives the lines of standard input one by one, as they come: for programs, each line a secret. */
export function lineReader(): () => Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  const each = lines[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await each.next()
    return done === true ? undefined : String(value).normalize('NFC')
  }
}
