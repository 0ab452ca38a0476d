import { commands } from './commands.ts'
import type { Language, Text } from './text.ts'

const titles = {
  usage: { es: 'Uso', en: 'Usage' },
  commands: { es: 'Comandos', en: 'Commands' },
  options: { es: 'Opciones', en: 'Options' },
  environment: { es: 'Variables de entorno', en: 'Environment' },
  help: { es: 'muestra esta ayuda', en: 'show this help' },
} satisfies Record<string, Text>

const environment: [string, Text][] = [
  ['SIGILO_HOME', { es: 'directorio de la bóveda (.sigilo)', en: "the vault's directory (.sigilo)" }],
  ['SIGILO_PORT', { es: 'puerto (8080; 0 elige uno libre)', en: 'port (8080; 0 picks a free one)' }],
  [
    'SIGILO_URL',
    {
      es: 'origen público de los enlaces (http://localhost:PUERTO)',
      en: 'public origin of links (http://localhost:PORT)',
    },
  ],
  [
    'SIGILO_TIME_ZONE',
    {
      es: 'zona horaria del establecimiento (America/Mexico_City)',
      en: "the facility's time zone (America/Mexico_City)",
    },
  ],
  [
    'SIGILO_CLAMAV',
    {
      es: 'dónde escucha el antivirus clamd, como unix:/run/clamav/clamd.ctl',
      en: 'where the virus scanner clamd listens, such as unix:/run/clamav/clamd.ctl',
    },
  ],
  [
    'DATABASE_URL',
    {
      es: 'otro PostgreSQL, 15 o posterior, en vez del propio',
      en: 'another PostgreSQL, 15 or later, instead of its own',
    },
  ],
  ['LANG, LC_ALL', { es: 'idioma: es o en', en: 'language: es or en' }],
]

/** The help of one command, of a family of them (`keys`), or of all (an empty topic). */
export function help(topic: string, language: Language): string {
  const command = commands[topic]
  if (command) {
    const options = Object.entries(command.options).map(([name, option]): [string, Text] => [
      `--${name}${option.type === 'string' ? ` ${option.choices?.join('|') ?? option.value ?? 'VALUE'}` : ''}`,
      option.text,
    ])
    return [
      `${titles.usage[language]}: sigilo ${topic}${options.length > 0 ? ' [--…]' : ''}${command.words === undefined ? '' : ` ${command.words}`}`,
      `\n  ${command.summary[language]}`,
      table(titles.options[language], [...options, ['--help', titles.help]], language),
    ].join('\n')
  }
  const family = Object.entries(commands).filter(([name]) => topic === '' || name.startsWith(`${topic} `))
  return [
    `${titles.usage[language]}: sigilo ${topic || '<command>'} [--help]`,
    table(
      titles.commands[language],
      family.map(([name, { summary }]) => [name, summary]),
      language,
    ),
    ...(topic === '' ? [table(titles.environment[language], environment, language)] : []),
  ].join('\n')
}

function table(title: string, rows: [string, Text][], language: Language): string {
  const width = Math.max(...rows.map(([name]) => name.length))
  return [`\n${title}:`, ...rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text[language]}`)].join(
    '\n',
  )
}
