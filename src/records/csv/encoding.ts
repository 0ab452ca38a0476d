/** Which encoding bytes are in. A wrong guess spoils names for ever, so where the bytes do not tell, nobody guesses. */
import type { Encoding, Remark } from './types.ts'

export type Found =
  | { status: 'ok'; encoding: Encoding; remarks: Remark[] }
  | { status: 'unclear'; problem: Remark }

/** Reads all bytes once, in bounded memory. */
export async function encodingOf(bytes: AsyncIterable<Uint8Array>): Promise<Found> {
  let first: Uint8Array | undefined
  const evidence = new Evidence()
  for await (const chunk of bytes) {
    if (first === undefined || first.length < 4) first = joined(first, chunk)
    evidence.take(chunk)
  }
  const head = first ?? new Uint8Array(0)
  const marked = boms.find(({ mark }) => mark.every((byte, at) => head[at] === byte))
  if (marked)
    return {
      status: 'ok',
      encoding: marked.encoding,
      remarks: marked.encoding === 'utf-8' ? evidence.spoilt() : [],
    }
  const workbook = signatures.find(({ mark }) => mark.every((byte, at) => head[at] === byte))
  if (workbook) return { status: 'unclear', problem: isWorkbook }
  return evidence.verdict()
}

const boms: { mark: number[]; encoding: Encoding }[] = [
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
]
const signatures = [
  { mark: [0x50, 0x4b, 0x03, 0x04] },
  { mark: [0xd0, 0xcf, 0x11, 0xe0] },
  { mark: [0x25, 0x50, 0x44, 0x46] },
]

/**
 * A byte above 127 is a Spanish letter in at most one of Windows-1252 and Mac Roman: their sets are disjoint. Code page
 * 850, of DOS programs that still export, overlaps both, and is told from them so that it is refused by name.
 */
const pages = {
  'windows-1252': spanish(
    'áéíóúüñ',
    [0xe1, 0xe9, 0xed, 0xf3, 0xfa, 0xfc, 0xf1],
    'ÁÉÍÓÚÜÑ',
    [0xc1, 0xc9, 0xcd, 0xd3, 0xda, 0xdc, 0xd1],
  ),
  macintosh: spanish(
    'áéíóúüñ',
    [0x87, 0x8e, 0x92, 0x97, 0x9c, 0x9f, 0x96],
    'ÁÉÍÓÚÜÑ',
    [0xe7, 0x83, 0xea, 0xee, 0xf2, 0x86, 0x84],
  ),
  'code page 850': spanish(
    'áéíóúüñ',
    [0xa0, 0x82, 0xa1, 0xa2, 0xa3, 0x81, 0xa4],
    'ÁÉÍÓÚÜÑ',
    [0xb5, 0x90, 0xd6, 0xe0, 0xe9, 0x9a, 0xa5],
  ),
} as const
type Page = keyof typeof pages

function spanish(small: string, smallBytes: number[], capital: string, capitalBytes: number[]) {
  const cases = new Map<number, 'small' | 'capital'>()
  for (const at of [...small].keys()) cases.set(smallBytes[at]!, 'small')
  for (const at of [...capital].keys()) cases.set(capitalBytes[at]!, 'capital')
  return cases
}

/** The winner must have this many times the letters of the next. */
const margin = 4

/** What the bytes so far say, whatever the chunks they came in. */
class Evidence {
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #isUtf8 = true
  /** A letter that may be half of two. */
  #last = ''
  #nul = 0
  /** `Ã±` for `ñ`: UTF-8 that was read as Windows-1252 once and saved again. */
  #twice = 0
  #replaced = 0
  readonly #letters: Record<Page, number> = { 'windows-1252': 0, macintosh: 0, 'code page 850': 0 }
  /** The last two bytes: a letter is judged by those beside it. */
  #window: [number, number] = [0x20, 0x20]

  take(chunk: Uint8Array): void {
    if (this.#isUtf8) {
      try {
        const text = this.#last + this.#utf8.decode(chunk, { stream: true })
        this.#last = text.endsWith('Ã') ? 'Ã' : ''
        this.#twice += count(text, /Ã[\u0080-\u00bf‘’“”•–—˜™š›œžŸƒˆ‰‹ŠŒŽ…†‡€„‚]/g)
        this.#replaced += count(text, /\ufffd/g)
      } catch {
        this.#isUtf8 = false
      }
    }
    for (const byte of chunk) {
      if (byte === 0) this.#nul += 1
      this.#judge(byte)
    }
  }

  /** `before`, the byte at issue, and `after`. */
  #judge(after: number): void {
    const [before, byte] = this.#window
    this.#window = [byte, after]
    if (byte < 0x80) return
    for (const page of Object.keys(pages) as Page[]) {
      const own = pages[page].get(byte)
      if (own !== undefined && fits(own, before, after)) this.#letters[page] += 1
    }
  }

  verdict(): Found {
    this.#judge(0x20)
    if (this.#isUtf8) {
      try {
        this.#utf8.decode()
      } catch {
        this.#isUtf8 = false
      }
    }
    if (this.#nul > 0) return { status: 'unclear', problem: notText }
    if (this.#isUtf8) return { status: 'ok', encoding: 'utf-8', remarks: this.spoilt() }
    const ranked = (Object.entries(this.#letters) as [Page, number][]).sort(([, a], [, b]) => b - a)
    const [[page, most], [, next]] = ranked as [[Page, number], [Page, number]]
    if (most === 0 || most < margin * next) return { status: 'unclear', problem: undecided }
    if (page === 'code page 850') return { status: 'unclear', problem: ofDos }
    return { status: 'ok', encoding: page, remarks: [] }
  }

  spoilt(): Remark[] {
    return [...(this.#twice > 0 ? [savedTwice] : []), ...(this.#replaced > 0 ? [lettersLost] : [])]
  }
}

/** Case tells: no small letter stands before a capital, and no capital after a small letter. */
function fits(own: 'small' | 'capital', before: number, after: number): boolean {
  const [left, right] = [kindOf(before), kindOf(after)]
  if (left === 'none' && right === 'none') return false
  return own === 'small' ? right !== 'capital' : left !== 'small'
}

function kindOf(byte: number): 'none' | 'small' | 'capital' | 'high' {
  if (byte >= 0x61 && byte <= 0x7a) return 'small'
  if (byte >= 0x41 && byte <= 0x5a) return 'capital'
  return byte >= 0x80 ? 'high' : 'none'
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

function joined(one: Uint8Array | undefined, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(Math.min(4, (one?.length ?? 0) + other.length))
  both.set((one ?? both).subarray(0, 4))
  both.set(other.subarray(0, both.length - (one?.length ?? 0)), one?.length ?? 0)
  return both
}

const save = {
  es: 'En Excel: Archivo, Guardar como, «CSV UTF-8 (delimitado por comas)».',
  en: 'In Excel: File, Save As, "CSV UTF-8 (Comma delimited)".',
}
const isWorkbook: Remark = {
  code: 'workbook',
  text: {
    es: `Es un libro o documento, no un texto. ${save.es}`,
    en: `This is a workbook or document, not text. ${save.en}`,
  },
}
const notText: Remark = {
  code: 'not-text',
  text: {
    es: `El archivo tiene bytes nulos: no es texto, o es UTF-16 sin su marca. ${save.es}`,
    en: `The file has null bytes: it is no text, or UTF-16 without its mark. ${save.en}`,
  },
}
const ofDos: Remark = {
  code: 'code-page-850',
  text: {
    es: 'Los acentos están como en los programas de MS-DOS (página 850), que no se lee aquí: guarde el archivo como UTF-8.',
    en: 'Accents are as MS-DOS programs write them (code page 850), which is not read here: save the file as UTF-8.',
  },
}
const undecided: Remark = {
  code: 'encoding-undecided',
  text: {
    es: `No se sabe con certeza cómo están escritos los acentos. Diga --encoding windows-1252 o --encoding macintosh y revise los nombres, o guárdelo de nuevo. ${save.es}`,
    en: `How accents are written cannot be told for certain. Say --encoding windows-1252 or --encoding macintosh and look at the names, or save it again. ${save.en}`,
  },
}
const savedTwice: Remark = {
  code: 'saved-twice',
  text: {
    es: 'Hay letras como «Ã±»: alguien guardó el archivo con otra codificación. Los nombres entrarían dañados; expórtelo de nuevo desde su origen.',
    en: 'There are letters such as "Ã±": somebody saved the file in another encoding. Names would come in damaged; export it again from where it came.',
  },
}
const lettersLost: Remark = {
  code: 'letters-lost',
  text: {
    es: 'Hay signos «\ufffd» donde antes hubo letras: ya se perdieron en este archivo. Expórtelo de nuevo desde su origen.',
    en: 'There are "\ufffd" signs where letters once were: they are lost in this file. Export it again from where it came.',
  },
}
