/**
 * How a name sounds in the Spanish of Mexico, so that who only heard it finds it however it is written. It is no
 * pronunciation: what people take for one another is one, and where letters have two readings the commoner among
 * names wins.
 */

/** Equal for words that sound alike; empty for a word without letters. */
export function soundOf(word: string): string {
  let sound = word.toLowerCase().normalize('NFD')
  for (const [pattern, letters] of rules) sound = sound.replace(pattern, letters)
  return sound.toLowerCase()
}

/**
 * In this order. A capital is a letter that is settled, which no later rule takes up: C is ch, G the g of Guerra, J the
 * beginning of Jiménez and Yolanda, W that of Guadalupe, Y the middle of Reyes.
 */
const rules: readonly (readonly [RegExp, string])[] = [
  // Marks too: half of all registers write n for ñ and gu for gü.
  [/\P{L}+/gu, ''],
  [/ph/g, 'f'],
  [/sch|sh/g, 's'],
  [/ch/g, 'C'],
  // Güemes, Huemes, Wemes; Guerra with them, since registers in capitals leave the diaeresis out.
  [/(?:gu|gw|w|(?<=^|[aeiou])hu|^u)(?=[ei])/g, 'G'],
  // Guadalupe, Wadalupe; Chihuahua.
  [/(?:gu|gw|w|(?<=^|[aeiou])hu|^u)(?=[ao])/g, 'W'],
  [/w/g, 'u'],
  // Giovanni, Geovanni, Jovanni.
  [/^(?:[gj]i(?=[aou])|ge(?=o))/g, 'J'],
  // Jiménez, Ximénez, Yimenez; Yesenia, Llesenia; Jazmín, Yazmín; but Xóchitl.
  [/^h?(?:[yi]|ll|x(?![ou]))(?=[aeiou])/g, 'J'],
  [/j|g(?=[eiy])/g, 'J'],
  [/h/g, ''],
  // Of Nahuatl: Citlalli, Citlaly; Xóchitl, Xochil.
  [/ll(?=[iy]?$)|(?:tl|lt)$/g, 'l'],
  // Reyes, Relles; Castillo, Castiyo; but Danyel, Daniel.
  [/(?<=[aeiou])(?:ll|y|i)(?=[aeiou])/g, 'Y'],
  [/ll|y/g, 'i'],
  [/c(?=[ei])/g, 's'],
  [/qu(?=[ei])|[cq]/g, 'k'],
  // Vázquez, Básques; Alexis, Alecsis; Quetzal, Quetsal.
  [/[kt]*[xz]+|[kt]+s/g, 's'],
  [/v/g, 'b'],
  [/n(?=[bpm])/g, 'm'],
  [/(.)\1+/g, '$1'],
]
