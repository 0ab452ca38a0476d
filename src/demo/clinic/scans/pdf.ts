import { deflateSync } from 'node:zlib'

/**
 * One A4 page of PDF 1.4 (ISO 32000-1): two of the standard fonts, text in WinAnsiEncoding, lines. All that a form of
 * a hospital needs: pdf-lib would bring four packages, its last release of 2021.
 */
export class Page {
  readonly #operators: string[] = []

  /** Points from the left and from the top; 595 × 842. */
  text(x: number, y: number, size: number, text: string, isBold = false): void {
    this.#operators.push(`BT /${isBold ? 'B' : 'F'} ${size} Tf ${x} ${height - y} Td <${hexOf(text)}> Tj ET`)
  }

  /** Broken into lines of so many characters; returns where the next paragraph begins. */
  paragraph(x: number, y: number, size: number, text: string, columns: number): number {
    let at = y
    for (const line of wrapped(text, columns)) {
      this.text(x, at, size, line)
      at += size * 1.45
    }
    return at
  }

  line(points: readonly (readonly [x: number, y: number])[], width = 0.6, grey = 0): void {
    const path = points.map(
      ([x, y], i) => `${x.toFixed(1)} ${(height - y).toFixed(1)} ${i === 0 ? 'm' : 'l'}`,
    )
    this.#operators.push(`${grey} G ${width} w ${path.join(' ')} S`)
  }

  bytes(): Buffer {
    const content = deflateSync(Buffer.from(this.#operators.join('\n'), 'latin1'), { level: 9 })
    const font = (name: string) => `<</Type/Font/Subtype/Type1/BaseFont/${name}/Encoding/WinAnsiEncoding>>`
    const objects: Buffer[] = [
      '<</Type/Catalog/Pages 2 0 R>>',
      '<</Type/Pages/Kids[3 0 R]/Count 1>>',
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 ${height}]/Resources<</Font<</F 4 0 R/B 5 0 R>>>>/Contents 6 0 R>>`,
      font('Helvetica'),
      font('Helvetica-Bold'),
    ].map((text) => Buffer.from(text, 'latin1'))
    const head = Buffer.from(`<</Length ${content.length}/Filter/FlateDecode>>\nstream\n`)
    objects.push(Buffer.concat([head, content, Buffer.from('\nendstream')]))
    const parts: Buffer[] = [Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')]
    const offsets: number[] = []
    let length = parts[0]!.length
    for (const [i, object] of objects.entries()) {
      offsets.push(length)
      const part = Buffer.concat([Buffer.from(`${i + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')])
      parts.push(part)
      length += part.length
    }
    const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
    const size = objects.length + 1
    parts.push(
      Buffer.from(
        `xref\n0 ${size}\n0000000000 65535 f \n${entries}trailer\n<</Size ${size}/Root 1 0 R>>\nstartxref\n${length}\n%%EOF\n`,
      ),
    )
    return Buffer.concat(parts)
  }
}

const height = 842

/** WinAnsi agrees with Latin-1 where Spanish needs it; what it lacks is written plainly. */
function hexOf(text: string): string {
  return Buffer.from(text.replaceAll('×', 'x').replaceAll('³', '3'), 'latin1').toString('hex')
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + word.length < columns) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
