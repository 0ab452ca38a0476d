import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { parseArguments } from './arguments.ts'
import { readSettings } from './env.ts'
import { exit, type ExitCode } from './exit.ts'
import { help } from './help.ts'

// Kept beside the installed packages, where only who installed them writes; where nobody may write, nothing is kept.
enableCompileCache(fileURLToPath(new URL('../../node_modules/.cache/sigilo', import.meta.url)))

/** A command that is over leaves nothing running; should something hold the process all the same, it ends here. */
const lingerMsMax = 500

// What a command waits for need not hold the process by itself (PostgreSQL's own process does not): this does.
const holding = setInterval(() => {}, 60_000)
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? `sigilo: ${error.stack ?? error.message}` : error)
  process.exitCode = exit.failed
}
clearInterval(holding)
setTimeout(() => process.exit(), lingerMsMax).unref()

async function main(words: string[]): Promise<ExitCode> {
  const read = readSettings()
  const parsed = parseArguments(words)
  const language = read.status === 'ok' ? read.settings.language : read.language
  if (parsed.status === 'help') {
    console.log(help(parsed.topic, language))
    return exit.ok
  }
  if (parsed.status === 'version') {
    const { default: own } = await import('../../package.json', { with: { type: 'json' } })
    console.log(own.version)
    return exit.ok
  }
  if (parsed.status === 'usage') {
    console.error(`${parsed.text[language]}\n\n${help(parsed.topic, language)}`)
    return exit.usage
  }
  if (read.status === 'usage') {
    console.error(read.text[language])
    return exit.usage
  }
  const { run } = await parsed.command.load()
  return run({
    settings: read.settings,
    options: parsed.options,
    words: parsed.words ?? [],
    out: (line) => console.log(line),
    note: (text) => console.error(text[language]),
    now: () => new Date(),
  })
}
