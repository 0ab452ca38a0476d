/** What an import says while it runs, and at its end. */
import type { Progress } from '#records/import/index.ts'
import type { Text } from '../text.ts'
import type { ImportEnd } from './perform.ts'

export const stopping = {
  es: 'Se detiene al terminar lo que está a medias …',
  en: 'Stopping once what is under way has ended …',
}

/** Between two lines: soon at first, seldom in an import of hours. */
const pauses: readonly [untilSeconds: number, everySeconds: number][] = [
  [60, 3],
  [600, 15],
  [Infinity, 60],
]

/** Gives a line when it is time for one. */
export function createTeller(note: (text: Text) => void): (progress: Progress, seconds: number) => void {
  let told = 0
  return (progress, seconds) => {
    const [, every] = pauses.find(([until]) => seconds < until) as readonly [number, number]
    if (seconds - told < every) return
    told = seconds
    note(progressText(progress, seconds))
  }
}

function progressText(progress: Progress, seconds: number): Text {
  const { files, filesTotal, bytes, bytesTotal, refused } = progress
  const resources = progress.created + progress.updated + progress.unchanged + progress.deleted
  const rate = Math.round(resources / Math.max(seconds, 0.001))
  const share = Math.floor((100 * bytes) / Math.max(bytesTotal, 1))
  const left = span(Math.ceil((seconds * (bytesTotal - bytes)) / Math.max(bytes, 1)))
  // Of the very beginning, nothing can be told yet.
  const [esLeft, enLeft] = share < 1 ? ['', ''] : [`; faltan unos ${left}`, `; some ${left} left`]
  const es = `archivo ${files} de ${filesTotal}, ${share} %: ${resources} recursos, ${rate} por segundo${esLeft}`
  const en = `file ${files} of ${filesTotal}, ${share} %: ${resources} resources, ${rate} a second${enLeft}`
  return refused === 0
    ? { es, en }
    : { es: `${es}; rechazados: ${refused}`, en: `${en}; refused: ${refused}` }
}

function span(seconds: number): string {
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`
}

export function endText(ended: Extract<ImportEnd, { status: 'ok' | 'stopped' }>): Text {
  const { counts, dryRun, duplicates, files, seconds, report, status, unread } = ended
  const { created, updated, unchanged, deleted, before, refused, dangling } = counts
  const unreadable = unread.filter(({ severity }) => severity === 'error').length
  const lines: (Text | undefined)[] = [
    status === 'stopped'
      ? {
          es: `Detenido a los ${seconds} s; lo que entró está entero. El mismo comando sigue donde quedó.`,
          en: `Stopped after ${seconds} s; what went in is whole. The same command goes on where it ended.`,
        }
      : dryRun
        ? {
            es: `Ensayo de ${files} archivos en ${seconds} s; no se escribió nada. Entrarían así:`,
            en: `Dry run of ${files} files in ${seconds} s; nothing was written. They would go in so:`,
          }
        : {
            es: `Importado en ${seconds} s: ${files} archivos.`,
            en: `Imported in ${seconds} s: ${files} files.`,
          },
    {
      es: `  recursos nuevos ${created}, cambiados ${updated}, iguales ${unchanged}${deleted > 0 ? `, borrados ${deleted}` : ''}`,
      en: `  resources created ${created}, updated ${updated}, unchanged ${unchanged}${deleted > 0 ? `, deleted ${deleted}` : ''}`,
    },
    before > 0
      ? {
          es: `  renglones y Bundles que ya se habían importado: ${before}`,
          en: `  lines and Bundles that were imported before: ${before}`,
        }
      : undefined,
    refused > 0 ? { es: `  rechazados: ${refused}`, en: `  refused: ${refused}` } : undefined,
    unreadable > 0
      ? { es: `  archivos que no se leyeron: ${unreadable}`, en: `  files that were not read: ${unreadable}` }
      : undefined,
    dangling > 0
      ? {
          es: `  referencias a lo que no está: ${dangling}`,
          en: `  references to what is not there: ${dangling}`,
        }
      : undefined,
    duplicates > 0
      ? {
          es: `  filas de alguien que quizá ya está en la bóveda: ${duplicates}`,
          en: `  rows about somebody whom the vault may have already: ${duplicates}`,
        }
      : undefined,
    report === undefined
      ? undefined
      : {
          es: `  informe, con archivo, renglón y razón: ${report}`,
          en: `  report, with file, line and reason: ${report}`,
        },
  ]
  const said = lines.filter((line) => line !== undefined)
  return { es: said.map(({ es }) => es).join('\n'), en: said.map(({ en }) => en).join('\n') }
}
