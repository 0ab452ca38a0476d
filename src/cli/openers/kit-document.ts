import { codeLines } from './code-lines.ts'

/** The recovery kit as it is printed: for whoever opens the safe in ten years, in both languages. */

export interface KitPrinted {
  /** Name of the vault. */
  house: string
  id: string
  /** The code: groups with a space between. */
  code: string
  /** age's identity, `AGE-SECRET-KEY-PQ-1…`: for whoever has the data and no Sigilo. */
  identity: string
  /** Day on which it was made, `YYYY-MM-DD`. */
  made: string
  /** Where the vault was then: machine and directory. */
  place: string
}

interface Section {
  title: string
  paragraphs: string[]
}

/** For a terminal, or a printer that knows nothing else. */
export function kitAsText(kit: KitPrinted): string {
  const sections = sectionsOf(kit).flatMap(({ title, paragraphs }) => [
    title.toUpperCase(),
    ...paragraphs.flatMap((text) => wrapped(text)),
    '',
  ])
  return [
    ...headings(kit),
    '',
    ...codeLines(kit.code).map((line) => `    ${line}`),
    '',
    ...wrapped(kit.identity, 64).map((line) => `    ${line}`),
    '',
    ...sections,
    ...controls.map((line) => `${line} ${'_'.repeat(20)}`),
    '',
  ].join('\n')
}

/** One page that a browser prints; it asks for nothing from anywhere. */
export function kitAsHtml(kit: KitPrinted): string {
  const [title, ...rest] = headings(kit)
  const sections = sectionsOf(kit)
    .map(({ title: name, paragraphs }) => `<h2>${escaped(name)}</h2>${paragraphs.map(paragraph).join('')}`)
    .join('\n')
  return `<!doctype html>
<html lang="es">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(title ?? '')}</title>
<style>
  @page { margin: 15mm }
  body { font: 10pt/1.35 serif; max-width: 180mm; margin: auto; color: #000 }
  h1 { font-size: 15pt; margin: 0 }
  h2 { font-size: 11pt; margin: 8pt 0 2pt }
  p { margin: 2pt 0 }
  pre { font: bold 14pt/1.5 monospace; border: 1pt solid; padding: 6pt 10pt; margin: 8pt 0 }
  pre.identity { font: 9pt/1.4 monospace; white-space: pre-wrap; word-break: break-all }
</style>
<h1>${escaped(title ?? '')}</h1>
${rest.map(paragraph).join('')}
<pre>${codeLines(kit.code).map(escaped).join('\n')}</pre>
<pre class="identity">${escaped(kit.identity)}</pre>
${sections}
${controls.map((line) => paragraph(`${line} ${'_'.repeat(24)}`)).join('')}
</html>
`
}

const headings = ({ house, id, made, place }: KitPrinted): string[] => [
  `SIGILO · Kit de recuperación / Recovery kit · ${house}`,
  `Bóveda / Vault: ${house}   Kit: ${id}   ${made}`,
  place,
]

const controls = ['Comprobado el / Checked on:', 'Comprobado el / Checked on:', 'Comprobado el / Checked on:']

const sectionsOf = ({ house }: KitPrinted): Section[] => [
  {
    title: 'Qué es esta hoja',
    paragraphs: [
      `Abre la bóveda ${house}, con todos sus expedientes, aunque se hayan perdido la frase, las partes o el aparato con que se abre a diario. Quien tenga esta hoja y una copia de la base de datos los lee todos: guárdela impresa, en una caja fuerte, lejos del equipo, y borre el archivo del que se imprimió. No la fotografíe ni la envíe.`,
    ],
  },
  {
    title: 'Cómo se usa',
    paragraphs: [
      '1. Arranque la bóveda (o restaure antes su base de datos y su directorio): sigilo serve',
      '2. En otra terminal, escriba: sigilo keys unseal --kit   y teclee los 32 grupos. No se distinguen mayúsculas; la letra O vale por el cero, y la I y la L por el uno. Cada grupo se comprueba solo.',
      '3. Ponga un medio nuevo de abrirla a diario: sigilo keys opener --to passphrase (o shamir, …), y haga otro kit: sigilo keys kit. Este deja entonces de valer.',
    ],
  },
  {
    title: 'Una vez al año',
    paragraphs: [
      'Compruebe que esta hoja todavía abre la bóveda, sin abrirla: sigilo keys check-kit. Anote la fecha abajo.',
    ],
  },
  {
    title: 'Si Sigilo ya no existiera',
    paragraphs: [
      "Restaure la base de datos en cualquier PostgreSQL. Saque la llave raíz, cifrada: psql -Atc \"select encode(root, 'base64') from opener where kind = 'recovery-kit'\" | base64 -d > raiz.age",
      'Escriba la línea AGE-SECRET-KEY-PQ-1… en un archivo, y ábrala con el programa age (age-encryption.org, de la versión 1.3 en adelante): age -d -i archivo raiz.age > raiz. Son 32 bytes.',
      'Con ella, quien sepa programar lee todo lo demás: los formatos están publicados en docs/spec/keys.md y docs/spec/seal.md de Sigilo, con ejemplos.',
    ],
  },
  {
    title: 'What this sheet is',
    paragraphs: [
      `It opens the vault ${house}, with every record in it, even where the passphrase, the shares or the device that opens it from day to day are lost. Whoever has this sheet and a copy of the database reads all of them: keep it printed, in a safe, away from the machine, and delete the file it was printed from. Take no photograph of it, and do not send it.`,
    ],
  },
  {
    title: 'How to use it',
    paragraphs: [
      '1. Start the vault (or restore its database and directory first): sigilo serve',
      '2. In another terminal: sigilo keys unseal --kit   and type the 32 groups. Capitals do not matter; the letter O is taken for nought, I and L for one. Each group is checked by itself.',
      '3. Give the vault a new way to be opened from day to day: sigilo keys opener --to passphrase (or shamir, …), and make another kit: sigilo keys kit. This one is then no longer good.',
    ],
  },
  {
    title: 'Once a year',
    paragraphs: [
      'See that this sheet still opens the vault, without opening it: sigilo keys check-kit. Note the date below.',
    ],
  },
  {
    title: 'Should Sigilo be no more',
    paragraphs: [
      "Restore the database into any PostgreSQL. Take the root key out, encrypted: psql -Atc \"select encode(root, 'base64') from opener where kind = 'recovery-kit'\" | base64 -d > root.age",
      'Write the line AGE-SECRET-KEY-PQ-1… into a file, and open it with the program age (age-encryption.org, 1.3 or later): age -d -i file root.age > root. That is 32 bytes.',
      'With it, who can program reads all the rest: the formats are published in docs/spec/keys.md and docs/spec/seal.md of Sigilo, with examples.',
    ],
  },
]

function wrapped(text: string, width = 78): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text
    .split(' ')
    .flatMap((each) => each.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? [''])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

const paragraph = (text: string): string => `<p>${escaped(text)}</p>`

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string): string => text.replace(/[&<>"]/g, (found) => entities[found] ?? found)
