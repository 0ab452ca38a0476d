/** Screens about records, in a real browser: a grant is asked for, approved, seen and ended; a record is opened in an emergency and reviewed. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser as Chromium } from 'playwright-core'
import { openBrowser, visit, type Visitor, type VisitOptions } from '#test/kit/browser.ts'
import { screenshotFolder } from '#test/kit/environment.ts'
import { testPeople } from '#test/kit/people.ts'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'
import { Browser, foundHouse, invited, type Clock } from './auth-kit.ts'
import { running, type Running } from './http-kit.ts'

const clock: Clock = { aheadMs: 0 }
const passwordCost = { memoryKiB: 64, passes: 1, lanes: 1 }
const hour = 3_600_000

let vault: TestVault
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
  const people = testPeople(vault, { isDemo: false, waits: true, passwordCost, now })
  it = await running({ people: () => people }, vault)
  const at = () => new Browser(it.port, it.origin)
  const [ana, eva] = await foundHouse(people, at, clock)
  officers = [at(), at()]
  for (const [n, officer] of [ana, eva].entries()) {
    assert.equal((await officers[n]!.signIn(officer)).status, 201)
    assert.equal((await officers[n]!.stepUp(officer)).status, 200)
  }
  for (const id of ['p1', 'p2'])
    await vault.store.update('Patient', id, bodyOf({ resourceType: 'Patient', id }), {})
  const visited = {
    resourceType: 'Encounter',
    id: 'e1',
    status: 'in-progress',
    class: { code: 'AMB' },
    subject: { reference: 'Patient/p1' },
    participant: [{ individual: { reference: 'Practitioner/caro' } }],
    period: { start: new Date(Date.now() - hour).toISOString() },
  }
  assert.equal((await vault.store.update('Encounter', 'e1', bodyOf(visited), {})).status, 'ok')
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
      path: `${folder}/records-${String(++shots).padStart(2, '0')}-${name}.png`,
      fullPage: true,
    })
}

const button = ({ page }: Visitor, name: string | RegExp) => page.getByRole('button', { name, exact: true })

/** Enrolled with a passkey. */
async function enrolled(wanted: Parameters<typeof invited>[1], options: VisitOptions = {}): Promise<Visitor> {
  const token = await invited(officers, wanted)
  const visitor = await visit(chromium, options)
  const isSpanish = !options.language?.startsWith('en')
  await visitor.page.goto(`${it.origin}/#invitation=${token}`)
  await button(visitor, isSpanish ? 'Crear llave de acceso' : 'Create a passkey').click()
  await button(visitor, isSpanish ? 'Entrar con llave de acceso' : 'Sign in with a passkey').waitFor()
  return visitor
}

/** And signed in. */
async function here(...given: Parameters<typeof enrolled>): Promise<Visitor> {
  return signedIn(await enrolled(...given))
}

async function signedIn(visitor: Visitor): Promise<Visitor> {
  await visitor.page.getByRole('button', { name: /^(Entrar con llave|Sign in with a)/ }).click()
  await visitor.page.getByRole('heading', { name: /^(Tu cuenta|Your account)$/, level: 1 }).waitFor()
  return visitor
}

/** Both factors are shown again where that is asked for, until it is done. */
async function stepped({ page }: Visitor, done: ReturnType<Visitor['page']['getByText']>): Promise<void> {
  const confirm = page
    .getByRole('dialog')
    .getByRole('button', { name: /Confirmar con llave|Confirm with a passkey/ })
  await confirm.or(done).first().waitFor()
  if (await confirm.isVisible()) await confirm.click()
  await done.first().waitFor()
}

describe('the page', { skip: why }, () => {
  let bea: Visitor
  let caro: Visitor
  let patient: Visitor

  test('a physician asks for a patient whom she does not care for', async () => {
    const physician = { roles: ['physician'], language: 'es' }
    bea = await here({ login: 'bea', practitioner: 'Practitioner/bea', ...physician }, { width: 320 })
    await bea.page.getByText('Ningún acceso pedido ni otorgado', { exact: false }).waitFor()
    await bea.page.getByText('Pedir el expediente de un paciente').click()
    const form = bea.page.locator('form').filter({ hasText: 'Por cuántas horas' })
    await form.getByLabel('Paciente').fill('p1')
    await form.getByLabel('Para qué').fill('corto')
    await button(bea, 'Pedir el acceso').click()
    await form.getByRole('alert').getByText('Explica para qué').waitFor()
    await clean(bea, 'ask')
    await form.getByLabel('Para qué').fill('Segunda opinión sobre la tos')
    await form.getByLabel('Solo estos tipos de datos').fill('Encounter Observation')
    await button(bea, 'Pedir el acceso').click()
    await stepped(bea, bea.page.getByText('Espera a quien atiende a este paciente'))
    await clean(bea, 'asked')
  })

  test('who cares for the patient is told, and approves it with her passkey, in English', async () => {
    caro = await here(
      { login: 'caro', roles: ['physician'], practitioner: 'Practitioner/caro', language: 'en' },
      { language: 'en-US', width: 320, colours: 'dark' },
    )
    await clean(caro, 'to-approve')
    await button(caro, 'Approve: Patient/p1, Sra. bea').click()
    await stepped(caro, caro.page.getByText('Open until'))
    await clean(caro, 'approved')
    await bea.page.reload()
    await bea.page.getByText('Se te abrió el expediente que pediste.').waitFor()
    await bea.page.getByText('Abierto hasta').waitFor()
    await clean(bea, 'granted')
  })

  test('the patient sees to whom it stands open, and ends it', async () => {
    patient = await here({ login: 'pat', roles: ['patient'], patient: 'Patient/p1' })
    await patient.page.getByText('Sra. bea', { exact: false }).first().waitFor()
    await clean(patient, 'patient')
    await button(patient, 'Terminar el acceso: Patient/p1, Sra. bea').click()
    await patient.page.getByText('Terminado por').waitFor()
    await bea.page.reload()
    await bea.page.getByText('Se terminó un acceso que tenías.').waitFor()
  })

  test('in an emergency she opens it, and a privacy officer reviews that once it is overdue', async () => {
    const paz = await enrolled({ login: 'paz', roles: ['privacy-officer'] }, { width: 320 })
    await bea.page.getByText('Abrir un expediente en una urgencia').click()
    const form = bea.page.locator('form').filter({ hasText: 'Qué urgencia es' })
    await form.getByLabel('Paciente').fill('Patient/p2')
    await form.getByLabel('Qué urgencia es').fill('Inconsciente en urgencias')
    await clean(bea, 'emergency')
    await button(bea, 'Abrir ahora').click()
    await bea.page.getByText('Lo revisa otra persona.').waitFor()
    await clean(bea, 'opened')
    clock.aheadMs += 73 * hour
    await signedIn(paz)
    await paz.page.getByText('Revisiones vencidas: 1.', { exact: false }).waitFor()
    await clean(paz, 'overdue')
    await paz.page.getByLabel('Qué se vio').fill('Estuvo de guardia')
    await button(paz, 'Justificado: Patient/p2, Sra. bea').click()
    await paz.page.getByText('Estuvo de guardia', { exact: false }).waitFor()
    await clean(paz, 'reviewed')
  })
})
