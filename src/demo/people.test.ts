import assert from 'node:assert/strict'
import { test } from 'node:test'
import { curpCheckDigit, curpStem } from './curp.ts'
import { people, type Resident } from './people.ts'
import { censusOf } from './hospital.ts'

async function collect(patients: number, made = '2026-11-22'): Promise<Resident[]> {
  const found: Resident[] = []
  for await (const person of people(censusOf({ made, timeZone: 'America/Mexico_City', patients }))) {
    found.push(person)
  }
  return found
}

const thousand = await collect(1_000)

test('the same people come again, and a larger hospital has them too', async () => {
  assert.deepEqual(await collect(60), thousand.slice(0, 60))
  const later = await collect(60, '2027-02-28')
  assert.deepEqual(
    later.map(({ text, address, record }) => [text, address, record]),
    thousand.slice(0, 60).map(({ text, address, record }) => [text, address, record]),
    'who they are does not depend on the day, only how old they are does',
  )
})

test('ids, record numbers and CURPs are nobody else’s', () => {
  for (const key of ['id', 'record', 'curp'] as const) {
    assert.equal(new Set(thousand.map((person) => person[key])).size, thousand.length, key)
  }
})

test('a CURP tells its person', () => {
  for (const person of thousand) {
    const { curp, birthplace, text } = person
    const subject = { ...person, given: person.given.join(' '), state: birthplace.code }
    assert.equal(curp.slice(0, 16), curpStem(subject), text)
    assert.equal(/\d/.test(curp[16]!), person.birthDate < '2000', text)
    assert.equal(curp[17], curpCheckDigit(curp), text)
  }
})

test('a child has its mother’s family name, her address, and her as its contact', () => {
  const children = thousand.filter(({ mother }) => mother)
  assert.ok(children.length >= 2)
  for (const { mother, secondFamily, contact, address, birthDate, age } of children) {
    assert.equal(secondFamily, mother!.family)
    assert.deepEqual(address, mother!.address)
    assert.deepEqual([contact.relationship, contact.given], ['mother', mother!.given])
    assert.equal(mother!.sex, 'female')
    assert.ok(mother!.age - age >= 16 && mother!.age - age <= 45)
    assert.ok(mother!.birthDate < birthDate)
  }
})

test('who lives with whom is told alike everywhere', () => {
  for (const { contact, marital, age, secondFamily, family, text } of thousand) {
    if (contact.relationship === 'spouse') assert.equal(marital, 'M', text)
    if (contact.relationship === 'partner') assert.equal(marital, 'T', text)
    if (contact.relationship === 'mother') assert.equal(contact.family, secondFamily, text)
    if (['father', 'sibling'].includes(contact.relationship)) assert.equal(contact.family, family, text)
    assert.equal(marital === undefined, age < 18, text)
  }
})

test('names are Mexico’s: two family names, the common ones common, accents, each generation its own', () => {
  const share = (test: (person: Resident) => boolean, of = thousand) => of.filter(test).length / of.length
  assert.ok(share(({ family }) => family === 'Hernández') > 0.02)
  assert.ok(share(({ text }) => /[áéíóúñ]/i.test(text)) > 0.6)
  assert.ok(new Set(thousand.map(({ family }) => family)).size > 150)
  for (const { text, family, secondFamily } of thousand) {
    assert.ok(family && secondFamily)
    assert.match(text, /^[\p{Lu}\p{Ll} .]+$/u)
    assert.match(text, /^\p{Lu}/u)
  }
  const old = thousand.filter(({ age }) => age >= 65)
  assert.equal(
    share(({ given }) => given.includes('Iker') || given.includes('Ximena'), old),
    0,
  )
})

/** Presidents, a Nobel laureate and others whom everybody knows: nobody's record is invented for them. */
const known = [
  'Claudia Sheinbaum Pardo',
  'Andrés Manuel López Obrador',
  'Enrique Peña Nieto',
  'Felipe Calderón Hinojosa',
  'Vicente Fox Quesada',
  'Carlos Salinas de Gortari',
  'Ernesto Zedillo Ponce de León',
  'Octavio Paz Lozano',
  'Mario Molina Pasquel',
  'Frida Kahlo Calderón',
  'Javier Hernández Balcázar',
  'Guillermo del Toro Gómez',
  'Salma Hayek Jiménez',
]

test('no real person is aimed at: no known name, no number or address that somebody has', () => {
  for (const { text, phone, email, address, contact } of thousand) {
    assert.ok(!known.includes(text), text)
    for (const number of [phone, contact.phone]) assert.match(number, /^\+52 (\d{2} 5550|\d{3} 550) 0\d{3}$/)
    assert.match(email ?? 'no.body1@correo.example', /^[a-z]+\.[a-z]+\d+@correo\.example$/)
    assert.match(address.postalCode, /^\d{2}99\d$/)
  }
})
