import type { Faker } from '@faker-js/faker'
import type { Random, Sex } from './types.ts'

/** Given names as a generation has them: nobody of eighty is called Iker. From the oldest age down. */
const generations: readonly { ageMin: number; female: string; male: string }[] = [
  {
    ageMin: 65,
    female:
      'María Guadalupe, Guadalupe, María del Carmen, Juana, Josefina, Esperanza, María del Socorro, Teresa, Margarita, ' +
      'Francisca, Rosa María, Alicia, Consuelo, Elena, Ofelia, Amparo, María del Rosario, Antonia, Esther, Dolores, ' +
      'Concepción, Catalina, Hermelinda, Graciela, María de la Luz, María del Refugio, Eloísa, Celia, Petra, Amalia',
    male:
      'José, Juan, Francisco, Antonio, Jesús, Manuel, Pedro, Luis, Roberto, Ramón, José Guadalupe, Salvador, Rafael, ' +
      'Alfonso, Enrique, Felipe, Agustín, Rubén, Fidel, Eliseo, Gonzalo, Isidro, Aurelio, Evaristo, Trinidad, ' +
      'José Refugio, Ignacio, Vicente, Tomás, Gregorio',
  },
  {
    ageMin: 40,
    female:
      'María Guadalupe, Patricia, Leticia, María del Carmen, Verónica, Silvia, Martha, Alejandra, Rosa, Adriana, ' +
      'Elizabeth, Norma, Araceli, Claudia, Laura, Gabriela, Maricela, Sandra, Yolanda, Lourdes, Blanca Estela, Mónica, ' +
      'Angélica, Beatriz, Irma, Luz María, María Elena, Rocío, Susana, María de los Ángeles, Ana María, Martha Elena',
    male:
      'José Luis, Juan Carlos, Miguel Ángel, Jorge, Francisco Javier, Alejandro, Ricardo, Gerardo, Sergio, Arturo, ' +
      'Héctor, Fernando, Javier, Raúl, Armando, Víctor Manuel, Marco Antonio, Óscar, Eduardo, Jesús, Martín, Alfredo, ' +
      'Guillermo, José Antonio, Mario Alberto, Rogelio, Juan Manuel, Noé, Julio César, Gilberto, Efraín, Juan José',
  },
  {
    ageMin: 18,
    female:
      'Karla, Diana Laura, Daniela, Fernanda, Andrea, Brenda, Mariana, Jessica, Itzel, Ana Karen, Guadalupe, Alejandra, ' +
      'Paola, Viridiana, Nayeli, Estefanía, Wendy, Lizbeth, Karina, Rocío, Ana Laura, María Fernanda, Cynthia, ' +
      'Montserrat, Abigail, Jazmín, Tania, Erika, Xóchitl, Citlali, Ximena, Mayra Alejandra',
    male:
      'Luis Ángel, Carlos, Jesús Alberto, Daniel, José Manuel, Eduardo, Christian, Iván, Jonathan, Edgar, Omar, Erick, ' +
      'Brayan, Uriel, Luis Fernando, Adrián, Josué, Diego Armando, Alan, David, Ángel, Emmanuel, César, Hugo, Rodrigo, ' +
      'Irving, Ulises, Alexis, Juan Pablo, Miguel, José Eduardo, Óscar Iván',
  },
  {
    ageMin: 0,
    female:
      'Ximena, Valentina, Sofía, María José, Camila, Regina, Renata, Romina, Fernanda, Victoria, Natalia, Isabella, ' +
      'Dulce María, Aitana, Yaretzi, Melissa, Emily, Abril, Frida Sofía, Zoé, Luciana, Elena, Naomi, Ana Paula, ' +
      'María Fernanda, Danna Sofía',
    male:
      'Santiago, Mateo, Sebastián, Leonardo, Emiliano, Diego, Matías, Gael, Iker, Alexander, Daniel, Emmanuel, Rodrigo, ' +
      'Ángel Gabriel, Axel, Dylan, José Ángel, Thiago, Maximiliano, Liam, Tadeo, Nicolás, Ian, Luis Mateo, Jesús ' +
      'Emiliano, Diego Alejandro',
  },
]

/** How many in ten thousand bear each of the commonest family names, about as the electoral roll counts them. */
const commonFamilies =
  'Hernández 430, García 330, Martínez 310, López 290, González 270, Pérez 220, Rodríguez 210, Sánchez 200, Ramírez 180, ' +
  'Cruz 135, Flores 120, Gómez 120, Morales 100, Vázquez 100, Jiménez 92, Reyes 92, Díaz 90, Torres 90, Gutiérrez 84, ' +
  'Ruiz 82, Mendoza 80, Aguilar 80, Ortiz 78, Moreno 74, Castillo 72, Romero 70, Álvarez 68, Méndez 66, Chávez 66, ' +
  'Rivera 64, Juárez 62, Ramos 60, Domínguez 58, Herrera 56, Medina 56, Castro 55, Vargas 54, Guzmán 52, Velázquez 50, ' +
  'Rojas 46, Muñoz 46, Salazar 45, Contreras 44, Luna 42, Santiago 42, Ortega 42, Guerrero 40, Estrada 40, Bautista 38, ' +
  'Cortés 36, Soto 36, Alvarado 36, Espinoza 34, Lara 34, Ávila 34, Ríos 32, Cervantes 32, Silva 30, Delgado 30, ' +
  'Vega 30, Márquez 30, Sandoval 28, Carrillo 28, León 28, Mejía 28, Solís 26, Rosas 26, Ibarra 26, Valdez 24, ' +
  'Núñez 24, Campos 24, Santos 24, Camacho 24, Navarro 24, Peña 22, Cabrera 22, Rosales 22, Miranda 22, Acosta 22, ' +
  'Pacheco 20, Robles 20, Salinas 20, Fuentes 20, Cárdenas 20, Zamora 20, Molina 20, Nava 20, Trejo 18, Padilla 18, ' +
  'Valencia 18, Ayala 18, Orozco 18, Tapia 18, Maldonado 18, Cuevas 16, Huerta 16, Serrano 16, Arellano 16, Macías 16, ' +
  'Suárez 16, Barrera 16, Galván 14, Meza 14, Olvera 14, Villanueva 14, Montes 14, Ochoa 12, Beltrán 12, Figueroa 12, ' +
  'Zavala 12, Rangel 12, Ponce 12, Zúñiga 12, Villegas 12, Osorio 10, Quintero 10, de la Cruz 60, de la Rosa 16, ' +
  'de Jesús 24, de la O 4, Chan 8, Pech 6, Canul 5, Cuautle 4, Xicale 3, Tlatelpa 3, Tecuapacho 2, Monterrubio 3'

const families = commonFamilies.split(', ').map((each) => {
  const space = each.lastIndexOf(' ')
  return [each.slice(0, space), Number(each.slice(space + 1))] as const
})

const given = generations.map(({ ageMin, female, male }) => ({
  ageMin,
  female: female.split(', '),
  male: male.split(', '),
}))

/** One of so many names is of the rarer ones, that faker has. */
const rareGiven = 0.08
const rareFamily = 0.22

/** Faker's lists have misprints, and names of nobody in Mexico. */
const misprinted =
  /^(Garica|Hernán?dez|Hernades|Rodr[ií]g?q?u?ez|Jimínez|Domínquez|Dom[ií]nguez|Gollum|Kindelan|K|X|Dela|Delr|Delv|Ya[gm])/

/** What faker's lists are asked for when the common ones are not enough. */
export interface RareNames {
  given(sex: Sex, random: Random): string
  family(random: Random): string
}

export function rareNamesOf(faker: Pick<Faker, 'rawDefinitions'>): RareNames {
  const { first_name: firstNames, last_name: lastNames } = faker.rawDefinitions.person ?? {}
  const common = new Set(families.map(([name]) => name))
  const rare = (lastNames?.generic ?? []).filter(
    (name) => /^\p{Lu}\p{Ll}{3,}$/u.test(name) && !misprinted.test(name) && !common.has(name),
  )
  return {
    given: (sex, random) => random.pick(firstNames?.[sex] ?? []),
    family: (random) => random.pick(rare),
  }
}

/** Given names of somebody of this age; those of a generation are the commoner the earlier they stand. */
export function givenNames(random: Random, sex: Sex, age: number, rare: RareNames): string[] {
  if (age >= 18 && random.chance(rareGiven)) return rare.given(sex, random).split(' ')
  const names = given.find(({ ageMin }) => age >= ageMin)![sex]
  return random.weighted(names.map((name, i) => [name, 1 / (i + 8)] as const)).split(' ')
}

export function familyName(random: Random, rare: RareNames): string {
  return random.chance(rareFamily) ? rare.family(random) : random.weighted(families)
}

/** FHIR's name of a person: both family names in one element, and each apart in the extensions for them. */
export function humanName(person: {
  given: readonly string[]
  family: string
  secondFamily: string
  text: string
}) {
  const family = `${person.family} ${person.secondFamily}`
  const extension = [
    { url: `${extensions}/humanname-fathers-family`, valueString: person.family },
    { url: `${extensions}/humanname-mothers-family`, valueString: person.secondFamily },
  ]
  return { use: 'official', text: person.text, family, _family: { extension }, given: [...person.given] }
}

const extensions = 'http://hl7.org/fhir/StructureDefinition'
