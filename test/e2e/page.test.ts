/** The page in a real browser: enrolled, signed in, stepped up, signed out and in again, in both languages, clean by axe at phone width. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { exportPKCS8, exportSPKI, generateKeyPair } from 'jose'
import type { Browser, Locator } from 'playwright-core'
import type { People } from '#people/index.ts'
import { openBrowser, visit, type Visitor } from '#test/kit/browser.ts'
import { screenshotFolder } from '#test/kit/environment.ts'
import { testPeople } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { passwordPerson, type Clock } from './auth-kit.ts'
import { running, type Running } from './http-kit.ts'

const clock: Clock = { aheadMs: 0 }
const passwordCost = { memoryKiB: 64, passes: 1, lanes: 1 }
const password = 'un cuaderno verde oliva'

let vault: TestVault
let people: People
let it: Running
let browser: Browser | undefined
let links: string[]

const ends: (() => Promise<void> | void)[] = []
const scope = { after: (end: () => Promise<void> | void) => void ends.push(end) }
after(async () => {
  for (const end of ends.toReversed()) await end()
})

const opened = await openBrowser(scope)
const why = opened.status === 'absent' && opened.why

before(async () => {
  if (opened.status === 'absent') return
  browser = opened.browser
  vault = await testVault(scope)
  people = testPeople(vault, {
    isDemo: false,
    waits: true,
    passwordCost,
    now: () => Date.now() + clock.aheadMs,
  })
  it = await running({ people: () => people }, vault)
  const begun = await people.founding.begin(
    [
      { login: 'ana.ruiz', name: 'Mtra. Ana Ruiz Pérez', language: 'es' },
      { login: 'eva.soto', name: 'Mtra. Eva Soto Luna', language: 'en' },
    ],
    { actor: 'tester', client: 'test', address: 'local' },
  )
  assert.ok(begun.status === 'begun')
  links = begun.links.map(({ token }) => `${it.origin}/#invitation=${token}`)
})

let shots = 0

/** Nothing is amiss with what is shown, and it fits; with a folder for them, a picture is left there. */
async function clean({ page, faults, complaints }: Visitor, name: string): Promise<void> {
  assert.deepEqual(await faults(), [], name)
  assert.deepEqual(complaints, [], name)
  const wide = await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
  assert.equal(wide, 0, `${name} is wider than the screen`)
  const folder = screenshotFolder()
  if (folder !== undefined)
    await page.screenshot({
      path: `${folder}/${String(++shots).padStart(2, '0')}-${name}.png`,
      fullPage: true,
    })
}

const button = ({ page }: Visitor, name: string | RegExp) => page.getByRole('button', { name, exact: true })
const heading = async ({ page }: Visitor, name: string): Promise<void> =>
  page.getByRole('heading', { name, level: 1 }).waitFor()

describe('the page', { skip: why }, () => {
  let ana: Visitor
  let eva: Visitor
  let luz: Visitor
  let app: ReturnType<typeof passwordPerson>
  let evasApp: ReturnType<typeof passwordPerson>

  test('a link enrols with a passkey, in Spanish, and leaves the address bar', async () => {
    ana = await visit(browser!)
    await ana.page.goto(links[0]!)
    await heading(ana, 'Hola, Mtra. Ana Ruiz Pérez')
    assert.equal(ana.page.url(), `${it.origin}/`)
    await clean(ana, 'enrol')
    await button(ana, 'Crear llave de acceso').click()
    await heading(ana, 'Entrar')
    await ana.page.getByText('Ya puedes entrar.').waitFor()
    await clean(ana, 'enrolled')
    // Only what follows # changes: the page loads itself anew.
    await ana.page.goto(links[0]!)
    await ana.page.getByText('El enlace ya no sirve', { exact: false }).waitFor()
    await clean(ana, 'link-used')
  })

  test('another enrols with a password and a code app, in English, in the dark', async () => {
    eva = await visit(browser!, { language: 'en-US', colours: 'dark' })
    await eva.page.goto(links[1]!)
    await heading(eva, 'Hello, Mtra. Eva Soto Luna')
    await eva.page.getByText('Use password and code').click()
    await eva.page.getByRole('img', { name: 'Square to scan with the code app' }).waitFor()
    await clean(eva, 'enrol-password')
    const secret = ((await eva.page.locator('.secret').textContent()) ?? '').replaceAll(' ', '')
    evasApp = passwordPerson(secret, clock)
    await button(eva, 'Finish').click()
    await eva.page.getByRole('alert').getByText('Missing: Choose a password.').waitFor()
    await clean(eva, 'enrol-missing')
    await eva.page.getByLabel('Choose a password').fill('short')
    await eva.page.getByLabel('The code that the app shows').fill(evasApp.code())
    await button(eva, 'Finish').click()
    await eva.page.getByText('it has fewer than 12 characters', { exact: false }).waitFor()
    await eva.page.getByLabel('Choose a password').fill(password)
    await button(eva, 'Finish').click()
    await heading(eva, 'Keep your recovery codes')
    assert.equal(await eva.page.locator('.codes li').count(), 10)
    await clean(eva, 'codes')
    await button(eva, 'I have kept them').click()
    await heading(eva, 'Sign in')
  })

  test('she signs in with the passkey, by the keyboard alone, and sees her account', async () => {
    await ana.page.goto(it.origin)
    await heading(ana, 'Entrar')
    await clean(ana, 'sign-in')
    for (let tries = 0; tries < 6; tries++) {
      await ana.page.keyboard.press('Tab')
      const text = await ana.page.evaluate('document.activeElement?.textContent')
      if (text === 'Entrar con llave de acceso') break
    }
    await ana.page.keyboard.press('Enter')
    await heading(ana, 'Tu cuenta')
    await ana.page.getByText('Sesiones abiertas').waitFor()
    await clean(ana, 'account')
    // The session goes on after a reload, with the key that the browser keeps.
    await ana.page.reload()
    await heading(ana, 'Tu cuenta')
  })

  test('a password and a code are added after she has shown the passkey again', async () => {
    await button(ana, 'Agregar contraseña y código').click()
    await ana.page.getByRole('dialog').waitFor()
    await clean(ana, 'step-up')
    await button(ana, 'Confirmar con llave de acceso').click()
    await ana.page.getByLabel('Elige una contraseña').waitFor()
    await clean(ana, 'add-password')
    app = passwordPerson(((await ana.page.locator('.secret').textContent()) ?? '').replaceAll(' ', ''), clock)
    await ana.page.getByLabel('Elige una contraseña').fill(password)
    await ana.page.getByLabel('El código que muestra la app').fill(app.code())
    await button(ana, 'Terminar').click()
    await heading(ana, 'Guarda tus códigos de recuperación')
    await button(ana, 'Ya los guardé').click()
    await heading(ana, 'Tu cuenta')
    await ana.page.getByText('Códigos de recuperación sin usar: 10', { exact: false }).waitFor()
  })

  test('she signs out, is told when something is wrong, and signs in with those', async () => {
    await button(ana, 'Salir').click()
    await ana.page.getByText('Saliste de Sigilo.').waitFor()
    await ana.page.getByLabel('Usuario').fill('ana.ruiz')
    await ana.page.getByRole('textbox', { name: 'Contraseña' }).fill('otra cosa distinta')
    await ana.page.getByLabel('Código', { exact: true }).fill('000000')
    await button(ana, 'Continuar').click()
    await ana.page.getByRole('alert').getByText('Con eso no se pudo entrar', { exact: false }).waitFor()
    assert.equal(await ana.page.getByLabel('Usuario').inputValue(), 'ana.ruiz', 'what was typed is kept')
    await clean(ana, 'sign-in-failed')
    await ana.page.getByRole('textbox', { name: 'Contraseña' }).fill(password)
    await ana.page.getByLabel('Código', { exact: true }).fill(app.code())
    await button(ana, 'Continuar').click()
    await heading(ana, 'Tu cuenta')
  })

  test('one officer invites, the other approves in English, and hands over the link', async () => {
    await ana.page.getByText('Invitar a alguien').click()
    await ana.page.getByLabel('Nombre como se muestra').fill('Enf. Luz Mora Díaz')
    await ana.page.getByRole('textbox', { name: 'Usuario' }).fill('luz.mora')
    await ana.page.getByLabel('Enfermería').check()
    await clean(ana, 'invite')
    await button(ana, 'Pedir la invitación').click()
    await ana.page.getByRole('dialog').waitFor()
    await button(ana, 'Confirmar con llave de acceso').click()
    await ana.page.getByText('La pediste tú: debe aprobarla otra persona.').waitFor()
    await clean(ana, 'asked')

    await eva.page.getByLabel('User name').fill('eva.soto')
    await eva.page.getByRole('textbox', { name: 'Password' }).fill(password)
    await eva.page.getByLabel('Code', { exact: true }).fill(evasApp.code())
    await button(eva, 'Continue').click()
    await heading(eva, 'Your account')
    await clean(eva, 'to-approve')
    await eva.page.getByRole('button', { name: /^Approve: Invite/ }).click()
    const dialog = eva.page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Password' }).fill(password)
    await dialog.getByLabel('Code', { exact: true }).fill(evasApp.code())
    await dialog.getByRole('button', { name: 'Continue' }).click()
    const link = eva.page.locator('.secret')
    await link.waitFor()
    await clean(eva, 'link')
    luz = await visit(browser!, { width: 320 })
    await luz.page.goto((await link.textContent()) ?? '')
    await heading(luz, 'Hola, Enf. Luz Mora Díaz')
    await luz.page.getByRole('button', { name: 'English' }).click()
    await heading(luz, 'Hello, Enf. Luz Mora Díaz')
    await button(luz, 'Create a passkey').click()
    await button(luz, 'Sign in with a passkey').click()
    await heading(luz, 'Your account')
    await clean(luz, 'nurse')
  })

  /** Waits for what comes of it, and shows both factors again where that is asked for first. */
  const stepped = async (visitor: Visitor, result: Locator): Promise<void> => {
    const dialog = visitor.page.getByRole('dialog')
    await dialog.or(result).first().waitFor()
    if (await dialog.isVisible()) await showAgain(visitor)
    await result.first().waitFor()
  }
  const showAgain = async (visitor: Visitor): Promise<void> => {
    const dialog = visitor.page.getByRole('dialog')
    if (visitor === ana) await button(ana, 'Confirmar con llave de acceso').click()
    else {
      await dialog.getByRole('textbox', { name: 'Password' }).fill(password)
      await dialog.getByLabel('Code', { exact: true }).fill(evasApp.code())
      await dialog.getByRole('button', { name: 'Continue' }).click()
    }
  }
  /** The other officer approves what is asked. */
  const approves = async (deed: RegExp): Promise<void> => {
    await eva.page.reload()
    await heading(eva, 'Your account')
    const approve = eva.page.getByRole('button', { name: deed })
    await approve.click()
    const done = approve.waitFor({ state: 'detached' })
    const dialog = eva.page.getByRole('dialog').waitFor()
    dialog.catch(() => {})
    if (await Promise.race([done.then(() => false), dialog.then(() => true)])) await showAgain(eva)
    await done
  }
  const manage = async (): Promise<Locator> => {
    const row = ana.page.getByRole('listitem').filter({ hasText: 'luz.mora' }).first()
    await row.getByText('Administrar').click()
    await row.getByRole('heading', { name: 'Sesiones abiertas' }).waitFor()
    return row
  }

  test('lost factors: one officer asks, the other approves, and the person is told and objects', async () => {
    await ana.page.reload()
    await heading(ana, 'Tu cuenta')
    const row = await manage()
    await row.getByText(/Chrome|HeadlessChrome|Linux/).waitFor()
    await clean(ana, 'manage')
    await row.getByRole('button', { name: 'Restablecer el acceso: Enf. Luz Mora Díaz' }).click()
    await stepped(ana, ana.page.getByText('La pediste tú: debe aprobarla otra persona.'))
    await approves(/^Approve: .*Luz Mora/)
    await clean(eva, 'reset-waits')
    await luz.page.reload()
    await heading(luz, 'Your account')
    await luz.page.getByText('If you did not ask, stop it under Requests.', { exact: false }).waitFor()
    await clean(luz, 'reset-told')
    const stop = luz.page.getByRole('button', { name: /^I did not ask: stop it/ })
    await stop.click()
    await stop.waitFor({ state: 'detached' })
    await eva.page.reload()
    await eva.page.getByText('Nothing to approve.', { exact: false }).waitFor()
  })

  test('roles are changed and an account suspended by two, and one officer ends sessions', async () => {
    await ana.page.reload()
    let row = await manage()
    await row.getByLabel('Laboratorio').check()
    await row.getByRole('button', { name: 'Pedir el cambio de funciones' }).click()
    await stepped(ana, ana.page.getByText('La pediste tú: debe aprobarla otra persona.'))
    await approves(/^Approve: Change the roles of .*laboratory/)
    await luz.page.reload()
    await heading(luz, 'Sign in')
    await button(luz, 'Sign in with a passkey').click()
    await heading(luz, 'Your account')
    await luz.page.getByText('Nurse, Laboratory', { exact: false }).waitFor()
    await ana.page.reload()
    row = await manage()
    await row.getByRole('button', { name: /^Cerrar todas sus sesiones/ }).click()
    await stepped(ana, row.getByText('No tiene sesiones abiertas.'))
    await luz.page.reload()
    await heading(luz, 'Sign in')
    await row.getByRole('button', { name: /^Suspender la cuenta/ }).click()
    await stepped(ana, ana.page.getByText('La pediste tú: debe aprobarla otra persona.'))
    await approves(/^Approve: Suspend/)
    await button(luz, 'Sign in with a passkey').click()
    await luz.page.getByRole('alert').waitFor()
  })

  test('a program is registered with its public key, and never with a private one', async () => {
    await ana.page.reload()
    await ana.page.getByText('Registrar un programa').click()
    await ana.page.getByLabel('Nombre del programa').fill('Laboratorio')
    await ana.page.getByLabel('Identificador').fill('lab.sync')
    const pair = await generateKeyPair('ES256', { extractable: true })
    await ana.page.getByLabel('Su llave pública').fill(await exportPKCS8(pair.privateKey))
    await button(ana, 'Pedir el registro').click()
    await ana.page.getByText('Eso no es una llave pública', { exact: false }).waitFor()
    await clean(ana, 'program')
    // A part of it was not copied.
    const pem = await exportSPKI(pair.publicKey)
    await ana.page.getByLabel('Su llave pública').fill(pem.replace(/(?<=KEY-----\s+)./, ''))
    const told = ana.page.locator('form .told')
    await told.evaluate((box) => box.remove())
    await button(ana, 'Pedir el registro').click()
    await told.getByText('Eso no es una llave pública', { exact: false }).waitFor()
    await ana.page.getByLabel('Su llave pública').fill(pem)
    await button(ana, 'Pedir el registro').click()
    await stepped(ana, ana.page.getByText('La pediste tú: debe aprobarla otra persona.'))
    await approves(/^Approve: .*lab\.sync/)
    await eva.page.getByRole('button', { name: 'Take back: Laboratorio' }).waitFor()
    await clean(eva, 'programs')
  })

  test('opened by an address it leads to the right name', async () => {
    const lost = await visit(browser!)
    await lost.page.goto(`http://127.0.0.1:${it.port}/`)
    await heading(lost, 'Abre Sigilo por su nombre')
    await clean(lost, 'elsewhere')
    assert.equal(await lost.page.getByRole('link').first().getAttribute('href'), it.origin)
  })

  test('the page has its policy, every other address the strict one, and what a script would bring in is refused', async () => {
    const response = await fetch(`${it.origin}/`)
    assert.match(
      response.headers.get('content-security-policy') ?? '',
      /^default-src 'none'; script-src 'self';.*trusted-types 'none'$/,
    )
    assert.equal((await fetch(`${it.origin}/page/none.ts`)).status, 401)
    assert.equal(
      (await fetch(`${it.origin}/health`)).headers.get('content-security-policy'),
      "default-src 'none'; frame-ancestors 'none'",
    )
    const one = await visit(browser!)
    await one.page.goto(it.origin)
    await heading(one, 'Entrar')
    const refused = await one.page.evaluate(`(() => {
      try {
        document.body.innerHTML = '<img src=x onerror="window.bad = 1">'
        return 'taken'
      } catch (error) {
        return error.name
      }
    })()`)
    assert.equal(refused, 'TypeError', 'Trusted Types')
  })
})
