import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCommon, isWord } from './lists/lists.ts'
import { weaknessOf, type Weakness } from './weakness.ts'

const owner = {
  login: 'ana.ruiz@sanrafael.example',
  name: 'Dra. Ana Ruiz Pérez',
  words: ['Hospital San Rafael', 'Tlaquepaque'],
}

async function areAll(want: Weakness | undefined, passwords: readonly string[]): Promise<void> {
  for (const password of passwords) assert.equal(await weaknessOf(password, owner), want, password)
}

test('taken: whatever it is made of, with spaces and accents, of 64 characters and more', () =>
  areAll(undefined, [
    'un cuaderno verde oliva',
    'correcto caballo bateria',
    'mi perro come croquetas',
    'x7#kQ9!mLp2$',
    'la casa de la esquina',
    'ñandú en la azotea',
    'ключ под ковриком',
    '        e s p a c i o s ü',
    'Ana prefiere el té de jamaica',
    // 64 characters and more.
    'a la orilla del río pasan los lunes unos barcos de papel que nadie ha contado',
    `${'uno dos tres cuatro '.repeat(12)}y cinco`.slice(0, 256),
  ]))

test('too short: fewer than 12 characters, however many bytes they have', () =>
  areAll('short', [
    '',
    'x7#kQ9!mLp2',
    'ñandú verde',
    '🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎',
    'n\u0303n\u0303n\u0303n\u0303n\u0303n\u0303n\u0303n\u0303',
  ]))

test('too long: more than 256 characters', () =>
  areAll('long', ['k'.repeat(257), 'un cuaderno verde '.repeat(20)]))

test('refused: what others were found to use, and one word with what is put around it', () =>
  areAll('common', [
    '1qaz2wsx3edc',
    'QWERTY123456',
    'Password2026!',
    'P@ssw0rd2026!',
    'contraseña1234',
    'Contraseña2026',
    '¡Contraseña!¡Contraseña!',
    'Hospital202612',
    'guadalajara2026!!',
    'América2026!!',
    'teamo teamo teamo',
    'Fernandez1984!',
    'passwordpassword',
    '***estrella***',
    'administrator',
  ]))

test('refused: what a keyboard, the alphabet or repeating gives', () =>
  areAll('pattern', [
    'abcabcabcabc!',
    '6yhn7ujm8ik9ol',
    '098765oiuytrfghjk',
    'aaaabbbbcccc',
    '🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎🐎',
    '2026-2026-2026-2026-',
  ]))

test('refused: what names somebody, their facility or this product, with little else', () =>
  areAll('personal', [
    'AnaRuiz123456',
    'anaruizperez',
    'ana.ruiz@sanrafael.example',
    'ruiz sigilo hospital',
    'Ana 12/03/1985',
    'Tlaquepaque-45380',
    'ana 5512345678 ruiz',
  ]))

test('somebody else’s name may be in it', async () => {
  assert.equal(await weaknessOf('ana.ruiz@sanrafael.example', { login: 'eva', name: 'Eva Mora' }), undefined)
})

// ASVS 5.0 6.2.4 asks for 3,000 that the other rules would let through.
test('the lists are there, whole, and their lines are lines', async () => {
  for (const each of ['qazwsxedcrfv', '123456789987654321', 'leavemealone'])
    assert.equal(await isCommon(each), true)
  for (const each of ['contrasena', 'garcia', 'password', 'enfermera']) assert.equal(await isWord(each), true)
  for (const each of ['', '\n', 'qazwsxedcrf', 'azwsxedcrfv', 'qazwsxedcrfv\n1', 'leavemealone\r'])
    assert.equal(await isCommon(each), false)
})
