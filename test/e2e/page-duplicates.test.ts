/** Duplicates in a real browser: seen, asked to be merged, approved by somebody else, and told apart; at phone width, by the keyboard, in both languages. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser as Chromium } from 'playwright-core'
import type { People } from '#people/index.ts'
import { carryMerging } from '../../src/cli/house/carrying-merges.ts'
import { openBrowser, visit, type Visitor } from '#test/kit/browser.ts'
import { screenshotFolder } from '#test/kit/environment.ts'
import { testPeople } from '#test/kit/people.ts'
import { bodyOf, testVault, type TestVault } from '#test/kit/vault.ts'
import {
  Browser,
  enrolPassword,
  foundHouse,
  invited,
  password,
  type Clock,
  type PasswordPerson,
} from './auth-kit.ts'
import { running, type Running } from './http-kit.ts'

const clock: Clock = { aheadMs: 0 }
const ends: (() => Promise<void> | void)[] = []
const scope = { after: (end: () => Promise<void> | void) => void ends.push(end) }
after(async () => {
  for (const end of ends.toReversed()) await end()
})

const opened = await openBrowser(scope)
const why = opened.status === 'absent' && opened.why

let chromium: Chromium
let vault: TestVault
let people: People
let it: Running
let [arturo, alma]: PasswordPerson[] = []

before(async () => {
  if (opened.status === 'absent') return
  chromium = opened.browser
  vault = await testVault(scope)
  people = testPeople(vault, {
    isDemo: false,
    waits: true,
    passwordCost: { memoryKiB: 64, passes: 1, lanes: 1 },
    now: () => Date.now() + clock.aheadMs,
  })
  for (const joining of ['merge', 'unmerge'] as const)
    people.approvals.carry(
      joining,
      carryMerging(joining, (by) => vault.store.as(by)),
    )
  it = await running({ people: () => people }, vault)
  const of = () => new Browser(it.port, it.origin)
  const [ana, eva] = await foundHouse(people, of, clock)
  const officers = [of(), of()] as const
  for (const [n, officer] of [ana, eva].entries()) {
    assert.equal((await officers[n]!.signIn(officer)).status, 201)
    assert.ok((await officers[n]!.stepUp(officer)).status < 300)
  }
  const enrolled: PasswordPerson[] = []
  for (const [login, language] of [
    ['arturo.gil', 'es'],
    ['alma.rey', 'en'],
  ] as const)
    enrolled.push(
      await enrolPassword(of(), await invited(officers, { login, language, roles: ['archivist'] }), clock),
    )
  ;[arturo, alma] = enrolled
  const pairs = [
    ['a1', 'Núñez Báez', 'Elena', '1980-01-02'],
    ['a2', 'Nuñes Vaez', 'Elena', '1980-01-02'],
    ['b1', 'Gil Paz', 'Hugo', '1991-05-06'],
    ['b2', 'Gil Paz', 'Hugo', '1991-05-06'],
  ]
  for (const [id, family, given, birthDate] of pairs) {
    const patient = {
      resourceType: 'Patient',
      id,
      name: [{ family, given: [given] }],
      birthDate,
      gender: 'female',
    }
    assert.equal((await vault.store.update('Patient', id!, bodyOf(patient), {})).status, 'ok')
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
  if (folder === undefined) return
  await page.screenshot({ path: `${folder}/duplicates-${++shots}-${name}.png`, fullPage: true })
}

async function signIn(
  { page }: Visitor,
  person: PasswordPerson,
  words: readonly [string, string, string, string],
) {
  const [login, secret, code, goOn] = words
  await page.goto(it.origin)
  await page.getByLabel(login).fill(person.login)
  await page.getByRole('textbox', { name: secret }).fill(password)
  await page.getByLabel(code, { exact: true }).fill(person.code())
  await page.getByRole('button', { name: goOn, exact: true }).click()
}

describe('duplicates on the page', { skip: why }, () => {
  let first: Visitor
  let second: Visitor

  test('they are shown with their reasons, and one is asked for by the keyboard', async () => {
    first = await visit(chromium, { width: 320 })
    const { page } = first
    await signIn(first, arturo!, ['Usuario', 'Contraseña', 'Código', 'Continuar'])
    await page.getByRole('heading', { name: 'Posibles duplicados' }).waitFor()
    await page.getByText('Por: un nombre que suena igual, la misma fecha de nacimiento').waitFor()
    await clean(first, 'list')
    const chosen = page.getByLabel('Expediente que queda').first()
    const stays = await chosen.inputValue()
    await chosen.selectOption({ index: 1 })
    const other = await chosen.inputValue()
    assert.notEqual(other, stays)
    await page.getByRole('button', { name: 'English', exact: true }).click()
    await page.getByRole('heading', { name: 'Your account', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Español', exact: true }).click()
    await page.getByRole('heading', { name: 'Tu cuenta', level: 1 }).waitFor()
    assert.equal(await chosen.inputValue(), other, 'what was chosen is kept while the language is changed')
    await chosen.selectOption(stays)
    await chosen.focus()
    await page.keyboard.press('Tab')
    assert.match(String(await page.evaluate('document.activeElement?.textContent')), /^Pedir que se unan$/)
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Contraseña' }).fill(password)
    await dialog.getByLabel('Código', { exact: true }).fill(arturo!.code())
    await page.keyboard.press('Enter')
    await page.getByText('La pediste tú: debe aprobarla otra persona.').waitFor()
    assert.equal(await page.getByRole('button', { name: /^Aprobar/ }).count(), 0)
    // It is not asked for twice; the other pair may be.
    await page.getByText('Ya se pidió que se unan: espera en «Peticiones»').waitFor()
    assert.equal(await page.getByRole('button', { name: /^Pedir que se unan/ }).count(), 1)
    await clean(first, 'asked')
  })

  test('somebody else approves it, in English; the other two are told apart', async () => {
    second = await visit(chromium, { language: 'en-US', colours: 'dark' })
    const { page } = second
    await signIn(second, alma!, ['User name', 'Password', 'Code', 'Continue'])
    const approve = page.getByRole('button', { name: /^Approve: Merge the record/ })
    await approve.waitFor()
    await page.getByText('Because of: the same name, the same birth date').waitFor()
    await clean(second, 'to-approve')
    await approve.click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: 'Password' }).fill(password)
    await dialog.getByLabel('Code', { exact: true }).fill(alma!.code())
    await dialog.getByRole('button', { name: 'Continue' }).click()
    await approve.waitFor({ state: 'detached' })
    const apart = page.getByRole('button', { name: /^They are two people/ })
    await apart.first().waitFor()
    assert.equal(await apart.count(), 1, 'those who were merged are proposed no more')
    await apart.click()
    await page.getByText('Noted: they are two people.').waitFor()
    await clean(second, 'apart')
    await page.reload()
    await page.getByText('There are no pairs to look at.').waitFor()
    await page.getByRole('button', { name: 'Ask to unmerge them' }).click()
    await page.getByRole('alert').getByText('Missing: The one that was merged.').waitFor()
    await clean(second, 'missing')
  })
})
