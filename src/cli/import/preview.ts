/** Before a table of patients is imported, a person sees what it becomes. */
import { createInterface } from 'node:readline/promises'
import { previewLines, previewOf, type CsvOptions } from '#records/csv/index.ts'
import type { Context } from '../command.ts'
import { exit } from '../exit.ts'
import { problem, type Problem } from '../house/problem.ts'
import type { Table } from './files.ts'

/** Shows each table; `ok` where it may be imported. The preview goes to the terminal and nowhere else: it shows values. */
export async function previewTables(
  context: Context,
  tables: readonly Table[],
  csv: CsvOptions,
): Promise<{ status: 'ok' } | Problem> {
  const { options, settings, note } = context
  const { language } = settings
  for (const { name, path } of tables) {
    const preview = await previewOf(path, csv)
    note({ es: `\n${name}`, en: `\n${name}` })
    if (preview.status === 'unclear') return problem(exit.failed, preview.problem.text)
    const text = previewLines(preview, language).join('\n')
    note({ es: text, en: text })
    if (preview.questions.length > 0) return problem(exit.failed, unanswered)
  }
  if (options['dry-run'] === true || options['yes'] === true) return { status: 'ok' }
  if (!process.stdin.isTTY) return problem(exit.failed, unconfirmed)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await terminal.question(
      language === 'es' ? '\n¿Importar así? (sí/no) ' : '\nImport it so? (yes/no) ',
    )
    return /^\s*(?:s[ií]?|y(?:es)?)\s*$/i.test(answer) ? { status: 'ok' } : problem(exit.failed, declined)
  } catch {
    // Ctrl-C or Ctrl-D.
    return problem(exit.failed, declined)
  } finally {
    terminal.close()
  }
}

const unanswered = {
  es: 'No se importó nada: falta decir lo de arriba.',
  en: 'Nothing was imported: the above has to be said first.',
}
const unconfirmed = {
  es: '\nNo se importó nada. Si la tabla se entendió bien, repita el comando con --yes.',
  en: '\nNothing was imported. If the table was understood, give the command again with --yes.',
}
const declined = { es: 'No se importó nada.', en: 'Nothing was imported.' }
