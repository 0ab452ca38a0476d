/** Courses and access reviews on the page, in a real browser: in both languages, at 320 pixels, by the keyboard, clean by axe. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { checkApproval, type People } from '#people/index.ts'
import { courses } from '#safeguards/training/courses/index.ts'
import { begunNow } from '#safeguards/reviews/campaign.ts'
import { openBrowser, visit, type Visitor } from '#test/kit/browser.ts'
import { screenshotFolder } from '#test/kit/environment.ts'
import { testAccount, testPeople } from '#test/kit/people.ts'
import { testVault, type TestVault } from '#test/kit/vault.ts'
import { safeguards } from '#safeguards/all.ts'
import { passwordPerson, type Clock } from './auth-kit.ts'
import { running, type Running } from './http-kit.ts'

const clock: Clock = { aheadMs: 0 }
const passwordCost = { memoryKiB: 64, passes: 1, lanes: 1 }
const password = 'un cuaderno verde oliva'
const tester = { actor: 'tester', client: 'test', address: 'local' }
const now = () => Date.now() + clock.aheadMs

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
  vault = await testVault(scope, { safeguards, now })
  assert.deepEqual(await vault.ledger.start(), { status: 'ok' })
  people = testPeople(vault, { isDemo: false, waits: true, passwordCost, now })
  it = await running({ people: () => people }, vault)
  const begun = await people.founding.begin(
    [
      { login: 'ana.ruiz', name: 'Mtra. Ana Ruiz Pérez', language: 'es' },
      { login: 'eva.soto', name: 'Mtra. Eva Soto Luna', language: 'en' },
    ],
    tester,
  )
  assert.ok(begun.status === 'begun')
  links = begun.links.map(({ token }) => `${it.origin}/#invitation=${token}`)
  const addedAt = Math.floor(now() / 1000) - 86_400
  for (const [login, name, roles] of [
    ['luz.mora', 'Enf. Luz Mora Díaz', ['nurse', 'auditor']],
    ['hugo.paz', 'Dr. Hugo Paz Ibarra', ['physician']],
  ] as const) {
    const account = testAccount(login, { name, roles, addedAt })
    assert.equal(await people.accounts.add(account, tester), 'added')
  }
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
      path: `${folder}/d${String(++shots).padStart(2, '0')}-${name}.png`,
      fullPage: true,
    })
}

const button = ({ page }: Visitor, name: string | RegExp) => page.getByRole('button', { name, exact: true })
const heading = async ({ page }: Visitor, name: string): Promise<void> =>
  page.getByRole('heading', { name, level: 1 }).waitFor()

/** Chooses what is right of what is asked now, and of the first so many something else. */
async function answerQuiz({ page }: Visitor, mistakes: number): Promise<void> {
  const questions = page.getByRole('group')
  const known = Object.values(courses).flatMap((course) => course.questions)
  const count = await questions.count()
  for (let n = 0; n < count; n++) {
    const group = questions.nth(n)
    const asked = (await group.locator('legend > span').last().textContent()) ?? ''
    const question = known.find(({ text }) => text.es === asked || text.en === asked)
    assert.ok(question, asked)
    const language = question.text.es === asked ? 'es' : 'en'
    const wanted = n < mistakes ? question.wrong[0][language] : question.right[language]
    await group.getByLabel(wanted, { exact: true }).check()
  }
}

describe('courses and access reviews', { skip: why }, () => {
  let ana: Visitor
  let eva: Visitor
  let app: ReturnType<typeof passwordPerson>

  test('two officers enrol, and a campaign opens', async () => {
    ana = await visit(browser!, { width: 320 })
    await ana.page.goto(links[0]!)
    await button(ana, 'Crear llave de acceso').click()
    await heading(ana, 'Entrar')
    eva = await visit(browser!, { language: 'en-US', colours: 'dark' })
    await eva.page.goto(links[1]!)
    await eva.page.getByText('Use password and code').click()
    const secret = ((await eva.page.locator('.secret').textContent()) ?? '').replaceAll(' ', '')
    app = passwordPerson(secret, clock)
    await eva.page.getByLabel('Choose a password').fill(password)
    await eva.page.getByLabel('The code that the app shows').fill(app.code())
    await button(eva, 'Finish').click()
    await button(eva, 'I have kept them').click()
    clock.aheadMs += 60_000
    const made = await people.rows('reviews').change('schedule', tester, () => ({
      write: { value: begunNow(now()), what: 'campaigns begin' },
      result: true,
    }))
    assert.equal(made, true)
    clock.aheadMs += 60_000
  })

  test('her courses come first while one is to be passed; she reads one, takes its quiz, fails and is told why', async () => {
    await button(ana, 'Entrar con llave de acceso').click()
    await heading(ana, 'Tu cuenta')
    await ana.page.getByText('Faltan cursos por aprobar', { exact: false }).waitFor()
    const first = await ana.page.locator('main h2').first().textContent()
    assert.equal(first, 'Tus cursos')
    await clean(ana, 'courses-needed')
    await button(ana, /^Abrir el curso Qué hacer/).click()
    await heading(ana, courses.breach.title.es)
    await clean(ana, 'course')
    // By the keyboard alone.
    await button(ana, 'Empezar el cuestionario').focus()
    await ana.page.keyboard.press('Enter')
    await heading(ana, `Cuestionario: ${courses.breach.title.es}`)
    assert.equal(await ana.page.getByRole('group').count(), 6)
    await ana.page.getByRole('radio').first().focus()
    await ana.page.keyboard.press('ArrowDown')
    assert.equal(await ana.page.getByRole('radio').nth(1).isChecked(), true)
    await clean(ana, 'quiz')
    await button(ana, 'Enviar las respuestas').click()
    await ana.page.getByRole('alert').getByText('Falta contestar la pregunta 2.').waitFor()
    await clean(ana, 'quiz-unanswered')
    // What was chosen stays in the other language.
    await button(ana, 'English').click()
    await heading(ana, `Quiz: ${courses.breach.title.en}`)
    assert.equal(await ana.page.getByRole('radio').nth(1).isChecked(), true)
    await button(ana, 'Español').click()
    await heading(ana, `Cuestionario: ${courses.breach.title.es}`)
    await answerQuiz(ana, 3)
    await button(ana, 'Enviar las respuestas').click()
    await heading(ana, 'No aprobado')
    await ana.page
      .getByText('3 de 6 correctas. Puedes intentarlo otra vez en 1 min', { exact: false })
      .waitFor()
    await clean(ana, 'quiz-failed')
    await button(ana, 'Leer el curso otra vez').click()
    await heading(ana, courses.breach.title.es)
    await button(ana, 'Empezar el cuestionario').click()
    await ana.page.getByRole('alert').or(ana.page.getByRole('status')).first().waitFor()
    await clean(ana, 'quiz-too-soon')
  })

  test('having passed both, in English and in Spanish, records are open and the courses stand below', async () => {
    clock.aheadMs += 61_000
    await button(ana, 'Empezar el cuestionario').click()
    await heading(ana, `Cuestionario: ${courses.breach.title.es}`)
    await answerQuiz(ana, 1)
    await button(ana, 'Enviar las respuestas').click()
    await heading(ana, 'Aprobado')
    await ana.page.getByText('5 de 6 correctas. Te falta otro curso.').waitFor()
    await clean(ana, 'quiz-passed')
    await button(ana, 'Volver a tu cuenta').click()
    await heading(ana, 'Tu cuenta')
    await button(ana, 'English').click()
    await heading(ana, 'Your account')
    await button(ana, `Open the course ${courses['data-protection'].title.en}`).click()
    await button(ana, 'Begin the quiz').click()
    await heading(ana, `Quiz: ${courses['data-protection'].title.en}`)
    await answerQuiz(ana, 0)
    await button(ana, 'Send the answers').click()
    await ana.page.getByText('6 of 6 right. Records open to you now.').waitFor()
    await clean(ana, 'quiz-passed-en')
    await button(ana, 'Back to your account').click()
    await ana.page.getByText('You are up to date.').waitFor()
    await button(ana, 'Español').click()
    await heading(ana, 'Tu cuenta')
  })

  test('she sees whom she is to review, what they have and used, and takes away a role with her passkey', async () => {
    await ana.page.getByRole('heading', { name: 'Revisión de accesos', level: 2 }).waitFor()
    await ana.page.getByText('Tu acceso espera revisión hasta el', { exact: false }).waitFor()
    await clean(ana, 'reviews')
    await button(ana, 'Revisar a Enf. Luz Mora Díaz').click()
    await heading(ana, 'Enf. Luz Mora Díaz')
    await clean(ana, 'review')
    await button(ana, 'Quitar lo que no está marcado').click()
    await ana.page.getByText('Quita primero la marca', { exact: false }).waitFor()
    await ana.page.getByLabel(/^Auditoría/).uncheck()
    await button(ana, 'Certificar lo que tiene').click()
    await ana.page.getByText('Quitaste marcas', { exact: false }).waitFor()
    await clean(ana, 'review-cleared')
    await ana.page.getByLabel('Nota, si hace falta').fill('Ya no audita')
    await button(ana, 'Quitar lo que no está marcado').click()
    await heading(ana, 'Tu cuenta')
    const luz = (await people.accounts.findByLogin('luz.mora'))?.value
    assert.deepEqual(
      [luz?.roles, luz?.notices.map(({ kind }) => kind)],
      [['nurse'], ['roles-changed', 'review-decided']],
    )
    const signed = async () => {
      const { entries } = await vault.ledger.query({ limit: 50, newestFirst: true, actions: ['approval'] })
      return entries.find(({ details }) => details?.query?.startsWith('reviews: '))?.details?.proof
    }
    while ((await signed()) === undefined) await new Promise((resume) => setTimeout(resume, 50))
    const checked = await checkApproval(await signed())
    assert.ok(checked.status === 'ok' && checked.newest === 'signed', JSON.stringify(checked))
    await ana.page.getByText(/^Cómo van todas \(1 de 4\)$/).click()
    await ana.page.getByText('Reducida', { exact: false }).waitFor()
    await clean(ana, 'reviews-all')
    await button(ana, 'Ver a Enf. Luz Mora Díaz').click()
    await ana.page.getByText('firmado con su llave de acceso', { exact: false }).waitFor()
    await clean(ana, 'review-decided')
    await button(ana, 'Volver a tu cuenta').click()
  })

  test('another revokes in English, having been asked once more, and certifies the first with both factors', async () => {
    await eva.page.getByLabel('User name').fill('eva.soto')
    await eva.page.getByRole('textbox', { name: 'Password' }).fill(password)
    await eva.page.getByLabel('Code', { exact: true }).fill(app.code())
    await button(eva, 'Continue').click()
    await heading(eva, 'Your account')
    await clean(eva, 'reviews-en')
    await button(eva, 'Review Dr. Hugo Paz Ibarra').click()
    await heading(eva, 'Dr. Hugo Paz Ibarra')
    await button(eva, 'Revoke all').click()
    const dialog = eva.page.getByRole('dialog')
    await dialog.getByText('Revoke all access of Dr. Hugo Paz Ibarra?').waitFor()
    await clean(eva, 'revoke-sure')
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await button(eva, 'Revoke all').click()
    await dialog.getByRole('button', { name: 'Revoke all' }).click()
    await eva.page.getByRole('heading', { name: 'Confirm that it is you' }).waitFor()
    await dialog.getByRole('textbox', { name: 'Password' }).fill(password)
    await dialog.getByLabel('Code', { exact: true }).fill(app.code())
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await heading(eva, 'Your account')
    assert.equal((await people.accounts.findByLogin('hugo.paz'))?.value.status, 'suspended')
    await button(eva, 'Review Mtra. Ana Ruiz Pérez').click()
    await heading(eva, 'Mtra. Ana Ruiz Pérez')
    await clean(eva, 'review-officer-en')
    await button(eva, 'Certify what they have').click()
    await heading(eva, 'Your account')
    await eva.page.getByText('There is nobody left for you to review.').waitFor()
    await eva.page.getByText('How often it is reviewed').click()
    await eva.page.getByLabel('Days to answer').fill('30')
    await button(eva, 'Save, from the next one on').click()
    await eva.page.getByRole('alert').waitFor()
    await clean(eva, 'schedule')
  })
})
