/** The page when something comes between, in a real browser: a session that ends, other tabs, lost answers, a server that is away, hurried hands. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser as Chromium, Route } from 'playwright-core'
import type { People } from '#people/index.ts'
import { roles } from '#people/roles.ts'
import { limitsOf } from '#people/sessions/limits.ts'
import { openBrowser, visit, type Visitor } from '#test/kit/browser.ts'
import { screenshotFolder } from '#test/kit/environment.ts'
import { testPeople } from '#test/kit/people.ts'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'
import { idleSecondsOf } from '../../src/http/page/browser/idle.ts'
import { Browser, foundHouse, invited, type Clock } from './auth-kit.ts'
import { running, type Running } from './http-kit.ts'

const clock: Clock = { aheadMs: 0 }
const passwordCost = { memoryKiB: 64, passes: 1, lanes: 1 }
const tester = { actor: 'tester', client: 'test', address: 'local' }

let vault: TestVault
let people: People
let it: Running
let chromium: Chromium
let officers: [Browser, Browser]

const ends: (() => Promise<void> | void)[] = []
const scope = { after: (end: () => Promise<void> | void) => void ends.push(end) }
after(async () => {
  for (const end of ends.toReversed()) await end()
})

const opened = await openBrowser(scope)
const why = opened.status === 'absent' && opened.why

before(async () => {
  if (opened.status === 'absent') return
  chromium = opened.browser
  const now = () => Date.now() + clock.aheadMs
  vault = await testVault(scope, { now })
  people = testPeople(vault, { isDemo: false, waits: true, passwordCost, now })
  it = await running({ people: () => people }, vault)
  const at = () => new Browser(it.port, it.origin)
  const [ana, eva] = await foundHouse(people, at, clock)
  officers = [at(), at()]
  for (const [n, officer] of [ana, eva].entries()) {
    assert.equal((await officers[n]!.signIn(officer)).status, 201)
    assert.equal((await officers[n]!.stepUp(officer)).status, 200)
  }
  await vault.store.update('Patient', 'p1', bodyOf({ resourceType: 'Patient', id: 'p1' }), {})
})

let shots = 0

/** Nothing is amiss with what is shown, and it fits; with a folder for them, a picture is left there. */
async function clean({ page, faults }: Visitor, name: string): Promise<void> {
  assert.deepEqual(await faults(), [], name)
  const wide = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  assert.equal(wide, 0, `${name} is wider than the screen`)
  const folder = screenshotFolder()
  if (folder !== undefined)
    await page.screenshot({ path: `${folder}/interrupted-${++shots}-${name}.png`, fullPage: true })
}

const button = ({ page }: Pick<Visitor, 'page'>, name: string) =>
  page.getByRole('button', { name, exact: true })
const heading = async ({ page }: Pick<Visitor, 'page'>, name: string): Promise<void> =>
  page.getByRole('heading', { name, level: 1, exact: true }).waitFor()

const link = async (login: string): Promise<string> =>
  `${it.origin}/#invitation=${await invited(officers, { login, roles: ['nurse'], language: 'es' })}`

test('the page knows for how long a session may be unused', () => {
  for (const one of roles)
    for (const other of roles)
      assert.equal(idleSecondsOf([one, other]), limitsOf([one, other]).idleSeconds, `${one} ${other}`)
  assert.equal(idleSecondsOf([]), limitsOf([]).idleSeconds)
})

describe('the page when something comes between', { skip: why }, () => {
  let bea: Visitor

  test('a link that cannot be looked at now is not said to be spent; it works when tried again, or opened where the page is', async () => {
    bea = await visit(chromium, { width: 360 })
    await bea.page.goto(it.origin)
    await heading(bea, 'Entrar')
    const away = (route: Route): Promise<void> => route.abort()
    await bea.page.route('**/auth/invitations', away)
    // Only what follows # changes: the page is there already.
    await bea.page.goto(await link('bea'))
    await heading(bea, 'No se pudo')
    await bea.page.getByText('Sin conexión con Sigilo.', { exact: false }).waitFor()
    assert.equal(await bea.page.getByText('El enlace ya no sirve', { exact: false }).count(), 0)
    assert.equal(bea.page.url(), `${it.origin}/`)
    await clean(bea, 'link-later')
    await bea.page.unroute('**/auth/invitations', away)
    await button(bea, 'Reintentar').click()
    await heading(bea, 'Hola, Sra. bea')
  })

  test('the key that somebody has scanned stays good when the language is changed, with all that was typed', async () => {
    await bea.page.getByText('Usar contraseña y código').click()
    const secret = await bea.page.locator('.secret').textContent()
    await bea.page.getByLabel('Elige una contraseña').fill('un cuaderno verde oliva')
    await button(bea, 'English').click()
    await heading(bea, 'Hello, Sra. bea')
    assert.equal(await bea.page.locator('.secret').textContent(), secret)
    assert.equal(await bea.page.getByLabel('Choose a password').inputValue(), 'un cuaderno verde oliva')
    assert.equal(
      await bea.page.evaluate('document.activeElement?.textContent'),
      'Español',
      'who tabs goes on here',
    )
    await button(bea, 'Español').click()
    await button(bea, 'Crear llave de acceso').click()
    await heading(bea, 'Entrar')
  })

  test('until the next screen is there a second click signs nobody in again', async () => {
    let sent = 0
    let goOn = (): void => {}
    const later = new Promise<void>((resolve) => (goOn = resolve))
    bea.page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/auth/session')) sent++
    })
    const slow = async (route: Route): Promise<void> => {
      await later
      await route.continue()
    }
    await bea.page.route('**/auth/factors', slow)
    const asked = bea.page.waitForRequest('**/auth/factors')
    await button(bea, 'Entrar con llave de acceso').click()
    await asked
    // As fast fingers do, who wait for nothing.
    await button(bea, 'Entrar con llave de acceso').dispatchEvent('click')
    await bea.page.getByLabel('Usuario').fill('bea')
    await bea.page.getByRole('textbox', { name: 'Contraseña' }).fill('un cuaderno verde oliva')
    await bea.page.getByLabel('Código', { exact: true }).fill('000000')
    await button(bea, 'Continuar').dispatchEvent('click')
    goOn()
    await heading(bea, 'Tu cuenta')
    await bea.page.unroute('**/auth/factors', slow)
    await bea.page.reload()
    await heading(bea, 'Tu cuenta')
    assert.equal(sent, 1)
  })

  const form = () => bea.page.locator('form').filter({ hasText: 'Qué urgencia es' })

  test('what is typed is kept when the language is changed, where it was', async () => {
    await bea.page.getByText('Abrir un expediente en una urgencia').click()
    await form().getByLabel('Paciente').fill('p1')
    await form().getByLabel('Qué urgencia es').fill('Inconsciente en urgencias')
    await button(bea, 'English').click()
    await heading(bea, 'Your account')
    const typed = bea.page.getByLabel('What the emergency is')
    await typed.waitFor()
    assert.equal(await typed.inputValue(), 'Inconsciente en urgencias')
    await button(bea, 'Español').click()
    await heading(bea, 'Tu cuenta')
  })

  test('a session that ends meanwhile is gone on with: whoever signs in again sends what they typed', async () => {
    const account = (await people.accounts.findByLogin('bea'))!.value.id
    for (const { id } of await people.sessions.list(account)) await people.sessions.end(account, id, tester)
    await button(bea, 'Abrir ahora').click()
    const dialog = bea.page.getByRole('dialog', { name: 'Tu sesión terminó' })
    await dialog.waitFor()
    await clean(bea, 'over')
    await dialog.getByRole('button', { name: 'Entrar con llave de acceso' }).click()
    await bea.page.getByText('Lo revisa otra persona.').waitFor()
    assert.equal(await form().getByLabel('Qué urgencia es').inputValue(), '')
    // Nothing typed: nothing to wait for.
    for (const { id } of await people.sessions.list(account)) await people.sessions.end(account, id, tester)
    await button(bea, 'Cambiar').click()
    await bea.page.getByText('Tu sesión terminó. Entra de nuevo.').waitFor()
    await button(bea, 'Entrar con llave de acceso').click()
    await heading(bea, 'Tu cuenta')
  })

  test('both factors shown again in one tab, another goes on; signed out in one, nothing is left in the other', async () => {
    const other = { page: await bea.context.newPage() }
    await other.page.goto(it.origin)
    await heading(other, 'Tu cuenta')
    await button(bea, 'Agregar contraseña y código').click()
    await button(bea, 'Confirmar con llave de acceso').click()
    await bea.page.getByLabel('Elige una contraseña').waitFor()
    await button(other, 'Cambiar').click()
    await other.page.getByText('Desde ahora: Lo habitual de tu puesto.').waitFor()
    await button(other, 'Salir').click()
    await heading(other, 'Entrar')
    await heading(bea, 'Entrar')
    // Whoever signs in again here is not put out by the other.
    await button(bea, 'Entrar con llave de acceso').click()
    await heading(bea, 'Tu cuenta')
    await bea.page.reload()
    await heading(bea, 'Tu cuenta')
    await other.page.close()
  })

  test('of an answer that is lost nobody is told to do it once more, and what was typed stays', async () => {
    await bea.page.getByText('Abrir un expediente en una urgencia').click()
    await form().getByLabel('Paciente').fill('p1')
    await form().getByLabel('Qué urgencia es').fill('Sigue inconsciente')
    const lost = async (route: Route): Promise<void> => {
      if (route.request().method() === 'POST') await route.fetch()
      await route.abort()
    }
    await bea.page.route('**/duties/breakglass', lost)
    await button(bea, 'Abrir ahora').click()
    await form().getByRole('alert').getByText('no se sabe si se hizo', { exact: false }).waitFor()
    assert.equal(await form().getByLabel('Qué urgencia es').inputValue(), 'Sigue inconsciente')
    await clean(bea, 'lost')
    await bea.page.unroute('**/duties/breakglass', lost)
  })

  test('a server that cannot say who it is signs nobody out', async () => {
    const sealed = (route: Route): Promise<void> =>
      route.fulfill({
        status: 503,
        json: { error: 'sealed', message: { es: 'La bóveda está sellada.', en: 'The vault is sealed.' } },
      })
    await bea.page.route('**/auth/session', sealed)
    await bea.page.reload()
    await heading(bea, 'No se pudo')
    await bea.page.getByText('La bóveda está sellada.').waitFor()
    await clean(bea, 'sealed')
    await bea.page.unroute('**/auth/session', sealed)
    await button(bea, 'Reintentar').click()
    await heading(bea, 'Tu cuenta')
  })

  test('a part of the page that does not come is said so, and fetched once more when asked', async () => {
    const away = (route: Route): Promise<void> => route.abort()
    await bea.page.route('**/page/grants/part.ts', away)
    await bea.page.reload()
    await heading(bea, 'No se pudo')
    await clean(bea, 'part')
    await bea.page.unroute('**/page/grants/part.ts', away)
    await button(bea, 'Reintentar').click()
    await heading(bea, 'Tu cuenta')
  })

  test('unused for as long as its session lasts, the page leaves nothing on the screen; what is typed waits behind the dialog', async () => {
    await bea.page.clock.install()
    await bea.page.reload()
    await heading(bea, 'Tu cuenta')
    await bea.page.clock.fastForward('29:00')
    await button(bea, 'Cambiar').click()
    await bea.page.getByText('Desde ahora: Lo habitual de tu puesto.').waitFor()
    await bea.page.clock.fastForward('29:00')
    await bea.page.getByText('Abrir un expediente en una urgencia').click()
    await form().getByLabel('Qué urgencia es').fill('Sigue inconsciente')
    await bea.page.clock.fastForward('01:00')
    const dialog = bea.page.getByRole('dialog', { name: 'Tu sesión terminó' })
    await dialog.waitFor()
    await clean(bea, 'idle')
    await dialog.getByRole('button', { name: 'Entrar con llave de acceso' }).click()
    await dialog.waitFor({ state: 'detached' })
    assert.equal(await form().getByLabel('Qué urgencia es').inputValue(), 'Sigue inconsciente')
    // A screen that is on its way by then comes below the dialog, and not in its place.
    let goOn = (): void => {}
    const later = new Promise<void>((resolve) => (goOn = resolve))
    const slow = async (route: Route): Promise<void> => {
      await later
      await route.continue()
    }
    await bea.page.route('**/auth/factors', slow)
    const asked = bea.page.waitForRequest('**/auth/factors')
    await button(bea, 'English').click()
    await asked
    await bea.page.clock.fastForward('30:00')
    const again = bea.page.getByRole('dialog', { name: 'Your session has ended' })
    await again.waitFor()
    goOn()
    await bea.page.locator('h1').getByText('Your account').waitFor()
    await bea.page.unroute('**/auth/factors', slow)
    await again.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await again.waitFor({ state: 'detached' })
    await button(bea, 'Español').click()
    await heading(bea, 'Tu cuenta')
    assert.equal(await form().getByLabel('Qué urgencia es').inputValue(), 'Sigue inconsciente')
    await form().getByLabel('Qué urgencia es').fill('')
    await button(bea, 'English').click()
    await heading(bea, 'Your account')
    // The clock of the machine is set back meanwhile: what was to look comes too soon, and looks once more.
    const now = Number(await bea.page.evaluate('Date.now()'))
    await bea.page.clock.setSystemTime(now - 600_000)
    await bea.page.clock.fastForward('30:00')
    assert.equal(await bea.page.getByRole('heading', { name: 'Your account', level: 1 }).count(), 1)
    await bea.page.clock.fastForward('11:00')
    await bea.page.getByText('Your session has ended. Sign in again.').waitFor()
    await heading(bea, 'Sign in')
  })

  test('the longest name there can be fits a phone', async () => {
    const long = await visit(chromium, { width: 360 })
    await long.page.goto(await link('a'.repeat(60)))
    await heading(long, `Hola, Sra. ${'a'.repeat(60)}`)
    await clean(long, 'long')
    await button(long, 'Crear llave de acceso').click()
    await button(long, 'Entrar con llave de acceso').click()
    await heading(long, 'Tu cuenta')
    await clean(long, 'long-account')
  })

  test('a browser that keeps nothing is told so', async () => {
    const { page } = await visit(chromium)
    await page.addInitScript('delete IDBFactory.prototype.open')
    await page.goto(it.origin)
    await page.getByText('Este navegador no guarda lo que hace falta', { exact: false }).waitFor()
  })
})
