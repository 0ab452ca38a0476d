/** A real browser, without a window: Chromium, with an authenticator in software. */
import { chromium, type Browser, type BrowserContext, type CDPSession, type Page } from 'playwright-core'
import packed from '@sparticuz/chromium'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { atEnd, type Scope } from './scope.ts'

export type Opened = { status: 'open'; browser: Browser } | { status: 'absent'; why: string }

/** `absent`: the machine lacks what it needs, and says what. */
export async function openBrowser(t: Scope): Promise<Opened> {
  try {
    const executablePath = await packed.executablePath()
    // As root there is no sandbox; the pages are our own.
    const args = ['--no-sandbox', '--headless=shell', '--disable-gpu', '--disable-dev-shm-usage']
    const browser = await chromium.launch({ executablePath, args })
    atEnd(t, () => browser.close())
    return { status: 'open', browser }
  } catch (error) {
    const [line = ''] =
      /error while loading shared libraries: [^\n]+/.exec(String(error)) ?? String(error).split('\n')
    return {
      status: 'absent',
      why: `Chromium does not start here: ${line}. It needs: apt-get install ${libraries.join(' ')}`,
    }
  }
}

/** Of Debian and Ubuntu, what Chromium is linked with and @sparticuz/chromium does not bring. */
const libraries = ['libnss3', 'libnspr4', 'libexpat1', 'libfontconfig1', 'fonts-dejavu-core']

export interface Visitor {
  page: Page
  context: BrowserContext
  /** What the page's own console and policy complained of. */
  complaints: string[]
  /** Faults that axe finds in what is shown now: rule and element. */
  faults(): Promise<string[]>
  /** Another browser of the same person takes its authenticator along. */
  credentials(): Promise<unknown[]>
}

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

export interface VisitOptions {
  language?: string
  width?: number
  colours?: 'light' | 'dark'
}

/** Somebody with a browser of their own, and an authenticator that knows who holds it. */
export async function visit(
  browser: Browser,
  { language = 'es-MX', width = 390, colours = 'light' }: VisitOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({
    locale: language,
    viewport: { width, height: 844 },
    colorScheme: colours,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const complaints: string[] = []
  page.on('console', (message) => {
    // What is refused is told on the page; the browser says so as well.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    page,
    context,
    complaints,
    faults: () => faultsIn(cdp),
    credentials: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  }
}

/** In a world of its own, so that the page's policy need not let it in. */
async function faultsIn(cdp: CDPSession): Promise<string[]> {
  const { frameTree } = await cdp.send('Page.getFrameTree')
  const { executionContextId: contextId } = await cdp.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
  })
  await cdp.send('Runtime.evaluate', { expression: axe, contextId })
  const look = `axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then(({ violations }) => JSON.stringify(
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 120)))))`
  const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', {
    expression: look,
    contextId,
    awaitPromise: true,
    returnByValue: true,
  })
  if (exceptionDetails) throw new Error(exceptionDetails.text)
  return JSON.parse(String(result.value)) as string[]
}
