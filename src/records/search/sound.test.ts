import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soundOf } from './sound.ts'

const alike = [
  ['González', 'Gonzales', 'GONSALES', 'gonsalez', 'Gonzáles'],
  ['Jiménez', 'Jimenes', 'Yimenez', 'Ximénez', 'Giménez', 'Jimenez'],
  ['Ximena', 'Jimena', 'Gimena', 'Yimena'],
  ['Hernández', 'Ernandes', 'HERNANDEZ'],
  ['Vázquez', 'Básques', 'Vasques', 'Bazquez', 'Váskez'],
  ['Güemes', 'Huemes', 'Wemes', 'GUEMES', 'Gu\u0308emes'],
  ['Yáñez', 'Llanez', 'Yanes', 'Ian\u0303ez'],
  ['Cevallos', 'Zeballos', 'Ceballos', 'Sevayos'],
  ['Xóchitl', 'Sochitl', 'Xochil', 'Zóchitl'],
  ['Quetzalli', 'Ketzali', 'Quetsaly'],
  ['Citlalli', 'Sitlaly', 'Citlali', 'Zitlalli'],
  ['Guadalupe', 'Huadalupe', 'Wadalupe'],
  ['Chihuahua', 'Chiguagua', 'Chiwawa'],
  ['Guerrero', 'Güerrero', 'Guerero'],
  ['Guillermo', 'Guiyermo'],
  ['Gutiérrez', 'Gutieres', 'GUTIERREZ'],
  ['Núñez', 'Nunes', 'Nun\u0303ez'],
  ['Rodríguez', 'Rodrigues', 'Rodríguezz'],
  ['Chávez', 'Chabes', 'CHAVES'],
  ['Velázquez', 'Belasques', 'Velásquez'],
  ['Zaragoza', 'Saragosa', 'Zaragosa'],
  ['Reyes', 'Relles', 'Reies'],
  ['Castillo', 'Castiyo'],
  ['Ibarra', 'Ybarra', 'Ivara'],
  ['Yesenia', 'Jesenia', 'Llesenia', 'Gesenia', 'Yecenia'],
  ['Jazmín', 'Yasmin', 'Jasmín', 'Yazmin'],
  ['Giovanni', 'Jovani', 'Geovanny', 'Yovanni', 'Giobani'],
  ['Sofía', 'Sophia', 'Zofia'],
  ['Ruth', 'Rut'],
  ['Esther', 'Ester'],
  ['Isaac', 'Isac', 'Izaak'],
  ['Alexis', 'Alecsis', 'Aleksis'],
  ['Daniel', 'Danyel', 'Danniel'],
  ['Karla', 'Carla', 'Qarla'],
  ['Erick', 'Eric', 'Herik'],
  ['Héctor', 'Ector', 'Hektor'],
  ['Enbarcadero', 'Embarcadero'],
  ['Inmaculada', 'Immaculada', 'Imaculada'],
  ['Enriqueta', 'Henriketa'],
  ['Zúñiga', 'Suniga', 'ZUÑIGA'],
  ['Xavier', 'Javier', 'Jabier'],
  ['Muñoz', 'Munos', 'MUÑOZ'],
  ["O'Farrill", 'Ofarril', 'O’Farrill'],
]

for (const words of alike) {
  test(`${words[0]} sounds like ${words.slice(1).join(', ')}`, () => {
    const want = soundOf(words[0] as string)
    assert.notEqual(want, '')
    for (const word of words) assert.equal(soundOf(word), want, word)
  })
}

const apart = [
  ['Pérez', 'Páez'],
  ['Ramos', 'Romo'],
  ['López', 'Lobos'],
  ['López', 'Lope'],
  ['Garza', 'García'],
  ['Soto', 'Sotelo'],
  ['Castillo', 'Castro'],
  ['Rosas', 'Rojas'],
  ['Casas', 'Cajas'],
  ['Mora', 'Moya'],
  ['Vega', 'Vela'],
  ['Luna', 'Lina'],
  ['Mario', 'María'],
  ['Juan', 'Iván'],
  ['Peña', 'Pina'],
  ['Cano', 'Chano'],
  ['Gala', 'Guala'],
  ['Guerra', 'Gerra'],
  ['Quero', 'Cuero'],
  ['Martín', 'Martínez'],
  ['Campos', 'Capos'],
  ['Medina', 'Molina'],
  ['Mejía', 'Mesa'],
]

for (const [one, other] of apart as [string, string][]) {
  test(`${one} does not sound like ${other}`, () => {
    assert.notEqual(soundOf(one), soundOf(other))
  })
}

test('a word without letters has no sound', () => {
  for (const word of ['', '12', '---', '\u0301']) assert.equal(soundOf(word), '')
})

test('other scripts keep their letters', () => {
  assert.notEqual(soundOf('Иванов'), '')
  assert.notEqual(soundOf('王'), soundOf('李'))
})
