/** The only file of the tests that reads or sets the environment. */
import { fileURLToPath } from 'node:url'

export interface TestServer {
  /** A role that may create databases and roles, on the maintenance database. */
  superuserUrl: string
  /** The application's role, no superuser, on the maintenance database. */
  applicationUrl: string
  /** Name of the application's role. */
  role: string
  /** Name of the migrated database that tests clone. */
  template: string
  /** A folder of this run, for what its files share. */
  shared: string
  /** Why there is no template: the migrations failed. */
  templateFault?: string
}

const SERVER = 'SIGILO_TEST_SERVER'
const LONG = 'SIGILO_TEST_LONG'
/** Each file is a process of its own, and most load the same modules: compiled once, they are read from here. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/sigilo-test', import.meta.url))

/** The server that `test/run.ts` started for this run, if it did. */
export function inheritedServer(): TestServer | undefined {
  const text = process.env[SERVER]
  return text ? (JSON.parse(text) as TestServer) : undefined
}

/** A PostgreSQL to test against instead of the embedded one: a superuser's URL. */
export const givenDatabase = (): string | undefined => process.env['SIGILO_TEST_DATABASE_URL']

/** Whether this is the run that may take long. */
export const isLong = (): boolean => process.env[LONG] !== undefined

export const childEnvironment = (server: TestServer, long = false): NodeJS.ProcessEnv => ({
  NODE_COMPILE_CACHE: compiled,
  ...process.env,
  [SERVER]: JSON.stringify(server),
  ...(long ? { [LONG]: '1' } : {}),
})

/** For a command run as a user would: our own settings alone, none of the machine's. */
export const commandEnvironment = (settings: Record<string, string>): NodeJS.ProcessEnv => {
  const { PATH, HOME, LANG } = process.env
  return { PATH, HOME, LANG, ...settings }
}

/** For what a library reads from the environment of the test itself, such as where SoftHSM's tokens are. */
export const setVariables = (variables: Record<string, string>): void => {
  Object.assign(process.env, variables)
}

/** Where tests of pages leave pictures of what they see, for whoever wants to look. */
export const screenshotFolder = (): string | undefined => process.env['SIGILO_TEST_SCREENSHOTS']
