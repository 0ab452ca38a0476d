import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { curpCheckDigit, curpStem, inventedCurp, type CurpSubject } from './curp.ts'

const somebody: CurpSubject = {
  given: 'Carlos',
  family: 'Salinas',
  secondFamily: 'Ugarte',
  birthDate: '1980-01-02',
  sex: 'male',
  state: 'YN',
}
const stem = (subject: Partial<CurpSubject>) => curpStem({ ...somebody, ...subject })

test('the check digit agrees with the CURPs that the authority publishes as examples', () => {
  const good = ['BOXW310820HNERXN09', 'HEGG560427MVZRRL04', 'XEXX010101HNEXXXA4']
  for (const curp of good) assert.equal(curpCheckDigit(curp), curp[17], curp)
  assert.notEqual(curpCheckDigit('BOXW310820HNERXN08'), '8')
})

/** Instructivo normativo, Annex: the cases that it names. */
const cases: readonly [what: string, subject: Partial<CurpSubject>, want: string][] = [
  ['Ñ is X', { given: 'Íñigo', family: 'Ñíguez', secondFamily: 'Ku' }, 'XIKI800102HYNGXX'],
  ['particles do not count', { family: 'de la Cruz', secondFamily: 'de los Ríos' }, 'CURC800102HYNRSR'],
  ['but where there is nothing else', { family: 'de la O' }, 'OXUC800102HYNXGR'],
  ['María gives way to the next name', { given: 'María Luisa', sex: 'female' }, 'SAUL800102MYNLGS'],
  ['past its particles', { given: 'María de los Ángeles', sex: 'female' }, 'SAUA800102MYNLGN'],
  ['María alone counts', { given: 'María', sex: 'female' }, 'SAUM800102MYNLGR'],
  ['José gives way too', { given: 'José Ángel' }, 'SAUA800102HYNLGN'],
  ['José in a family name does not', { family: 'José', secondFamily: 'López' }, 'JOLC800102HYNSPR'],
  ['no second family name is X', { secondFamily: '' }, 'SAXC800102HYNLXR'],
  ['no inner vowel is X', { family: 'Ng' }, 'NXUC800102HYNGGR'],
  ['an accent is none', { given: 'Óscar', family: 'Ávila' }, 'AIUO800102HYNVGS'],
  [
    'an unseemly word is broken',
    { given: 'Oscar', family: 'Pulido', secondFamily: 'Torres' },
    'PXTO800102HYNLRS',
  ],
  ['an apostrophe is X, where it would be taken', { family: "D'Amico" }, 'DAUC800102HYNXGR'],
]

for (const [what, subject, want] of cases) test(what, () => assert.equal(stem(subject), want))

test('homonyms are counted with digits before 2000, with letters after', () => {
  assert.equal(inventedCurp(somebody, 0)[16], '0')
  assert.equal(inventedCurp(somebody, 3)[16], '3')
  assert.equal(inventedCurp({ ...somebody, birthDate: '2000-01-01' }, 0)[16], 'A')
  assert.equal(inventedCurp({ ...somebody, birthDate: '2000-01-01' }, 2)[16], 'C')
})

const form =
  /^[A-Z][AEIOUX][A-Z]{2}\d{2}(0[1-9]|1[0-2])([0-2]\d|3[01])[HM](AS|B[CS]|C[CLMSH]|D[FG]|G[TR]|HG|JC|M[CNS]|N[TLE]|OC|PL|Q[TR]|S[PLR]|T[CSL]|VZ|YN|ZS)[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]\d$/

test('whatever the names, a CURP has its form, and a changed symbol is noticed', () => {
  const name = fc
    .array(fc.constantFrom(..."AÁBCDEÉFGHIÍJKLMNÑOÓPQRSTUÚÜVWXYZaábcdeéfghiíjklmnñoópqrstuúüvwxyz '-"), {
      minLength: 1,
      maxLength: 24,
    })
    .map((letters) => letters.join(''))
  const subject = fc.record({
    given: name,
    family: name,
    secondFamily: name,
    birthDate: fc
      .date({ min: new Date('1920-01-01'), max: new Date('2026-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
    sex: fc.constantFrom('female' as const, 'male' as const),
    state: fc.constantFrom('AS', 'DF', 'MC', 'NE', 'ZS'),
  })
  fc.assert(
    fc.property(subject, fc.nat(9), fc.nat(16), (person, homonym, position) => {
      const curp = inventedCurp(person, homonym)
      assert.match(curp, form)
      const digit = Number(curp[position])
      if (Number.isNaN(digit)) return
      // Weights of 18 to 2: one digit in place of another shows unless their difference times the weight is full tens.
      const other = (digit + 1) % 10
      const changed = `${curp.slice(0, position)}${other}${curp.slice(position + 1)}`
      if (((18 - position) * (other - digit)) % 10 !== 0) assert.notEqual(curpCheckDigit(changed), curp[17])
    }),
  )
})
