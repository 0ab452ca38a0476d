import { parseArgs } from 'node:util'
import type { Command, Context, Option } from './command.ts'
import { commands } from './commands.ts'
import type { Text } from './text.ts'

export type Parsed =
  | { status: 'run'; name: string; command: Command; options: Context['options']; words?: readonly string[] }
  | { status: 'help'; topic: string }
  | { status: 'version' }
  | { status: 'usage'; text: Text; topic: string }

/** Turns the words after `sigilo` into the command to run, or says in a sentence what is wrong with them. */
export function parseArguments(line: string[]): Parsed {
  const names = line.filter((word) => !word.startsWith('-'))
  const wantsHelp = line.some((word) => word === '--help' || word === '-h') || names[0] === 'help'
  const topicWords = names[0] === 'help' ? names.slice(1) : names
  const topic = [topicWords.slice(0, 2).join(' '), topicWords[0] ?? ''].find(isTopic) ?? ''
  if (wantsHelp) return { status: 'help', topic }
  if (line.length === 1 && (line[0] === '--version' || line[0] === '-v')) return { status: 'version' }

  const command = commands[topic]
  if (!command) return { status: 'usage', topic, text: noSuchCommand(topic, line) }

  const { tokens } = parseArgs({
    args: line,
    strict: false,
    tokens: true,
    options: Object.fromEntries(Object.entries(command.options).map(([name, o]) => [name, { type: o.type }])),
  })
  const options: Record<string, string | boolean | string[]> = {}
  const following: string[] = []
  let expected = topic.split(' ')
  for (const token of tokens) {
    if (token.kind === 'positional' && token.value === expected[0]) {
      expected = expected.slice(1)
    } else if (token.kind === 'positional' && command.words !== undefined) {
      following.push(token.value)
    } else if (token.kind === 'positional') {
      return { status: 'usage', topic, text: unexpectedWord(token.value) }
    } else if (token.kind === 'option') {
      const option = Object.hasOwn(command.options, token.name) ? command.options[token.name] : undefined
      // What looks like the next option is no value, or `--report --dry-run` would be no dry run. `--name=-x` says it all the same.
      const isNext = token.inlineValue === false && /^-./.test(token.value)
      const fault = faultOf(token.rawName, option, isNext ? undefined : token.value)
      if (fault) return { status: 'usage', topic, text: fault }
      if (option?.repeats) {
        const before = options[token.name]
        options[token.name] = [...(Array.isArray(before) ? before : []), token.value ?? '']
      } else options[token.name] = token.value ?? true
    }
  }
  const words = command.words === undefined ? {} : { words: following }
  return { status: 'run', name: topic, command, options, ...words }
}

const isTopic = (name: string): boolean =>
  name !== '' && Object.keys(commands).some((key) => key === name || key.startsWith(`${name} `))

function faultOf(name: string, option: Option | undefined, value: string | undefined): Text | undefined {
  if (!option) return { es: `No existe la opción ${name}.`, en: `There is no option ${name}.` }
  if (option.type === 'boolean') {
    return value === undefined
      ? undefined
      : { es: `La opción ${name} no lleva valor.`, en: `The option ${name} takes no value.` }
  }
  if (option.choices === undefined) {
    if (value !== undefined && value !== '') return undefined
    const shown = option.value ?? 'VALUE'
    return {
      es: `A la opción ${name} le falta su valor: ${name} ${shown}.`,
      en: `The option ${name} lacks its value: ${name} ${shown}.`,
    }
  }
  const choices = option.choices.join(', ')
  if (value === undefined || !option.choices.includes(value)) {
    return {
      es: `La opción ${name} debe llevar uno de estos valores: ${choices}.`,
      en: `The option ${name} must have one of these values: ${choices}.`,
    }
  }
  return undefined
}

function noSuchCommand(topic: string, words: string[]): Text {
  const given = words.find((word) => !word.startsWith('-')) ?? words[0]
  if (topic) return { es: `Falta decir qué hacer con «${topic}».`, en: `Say what to do with "${topic}".` }
  if (given === undefined) return { es: 'Falta decir qué hacer.', en: 'Say what to do.' }
  return { es: `No existe el comando «${given}».`, en: `There is no command "${given}".` }
}

// A passphrase typed as an argument would stand in the process list and in the shell's history: it is not repeated here.
const unexpectedWord = (word: string): Text => ({
  es: `Sobra una palabra de ${word.length} letras: este comando no lleva argumentos sin nombre, y las frases nunca se escriben aquí.`,
  en: `There is a word of ${word.length} letters too many: this command takes no unnamed arguments, and passphrases are never written here.`,
})
