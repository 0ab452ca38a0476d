/**
 * Names as common as they are in Mexico: the commoner first, each falling off by its rank (Zipf). One family name in
 * twenty-five is Hernández, as in the electoral roll.
 */
const families =
  'Hernández García Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz Flores Gómez Morales Vázquez Jiménez Reyes Díaz Torres Gutiérrez Ruiz Mendoza Aguilar Méndez Moreno Ortiz Juárez Castillo Álvarez Romero Ramos Rivera Chávez Castro Domínguez Guzmán Velázquez Rojas Herrera Santiago Medina Vargas Luna Contreras Salazar Ortega Bautista Guerrero Estrada Salas Valdez Nava Lara Silva Ríos Soto Cervantes Delgado Carrillo Vega Solís Ávila León Santos Cortés Ibarra Robles Campos Sandoval Rosas Mejía Miranda Alvarado Molina Fuentes Maldonado Cabrera Trejo Espinosa Pacheco Ayala Cárdenas Serrano Navarro Acosta Padilla Rangel Barrera Zamora Camacho Márquez Franco Velasco Olvera Orozco Núñez Rosales Mora Esquivel Ponce Villanueva Zavala Tapia Suárez Valencia Galván Villegas Lozano Montes Peña Bravo Macías Arellano Quintero Cuevas Trujillo Bernal Escobar Meza Huerta Galindo Ochoa Arroyo Beltrán Cisneros Duarte Enríquez Figueroa Gallegos Hinojosa Iturbide Jaramillo Landa Montoya Nieto Osorio Palacios Quiroz Rentería Saldaña Téllez Uribe Valenzuela Yáñez Zárate Zepeda Xicoténcatl Cuautle Tlapa Canul Chan Poot Pech Dzul Uc May Ek'.split(
    ' ',
  )
const givens =
  'María José Juan Guadalupe Luis Francisco Carlos Ana Jesús Miguel Antonio Jorge Rosa Manuel Alejandro Margarita Pedro Juana Fernando Ricardo Verónica Roberto Leticia Elizabeth Martha Alejandra Daniel Josefina Arturo Patricia Ramón Silvia Javier Sergio Gabriela Eduardo Rafael Claudia Raúl Yolanda Alberto Sandra Óscar Teresa Enrique Araceli Mario Adriana Salvador Norma Gerardo Laura Ángel Gloria Víctor Irma David Carmen Armando Mónica Héctor Karla Martín Diana Rubén Lucía Pablo Elena Andrés Alicia Iván Beatriz Hugo Cecilia Joaquín Dolores Ximena Itzel Citlali Sofía Valeria Renata Camila Regina Emiliano Santiago Mateo Sebastián Leonardo Diego'.split(
    ' ',
  )

export interface PersonName {
  /** Two family names. */
  family: string
  given: string[]
}

export function inventedName(random: () => number): PersonName {
  const given = [ranked(givens, random)]
  if (random() < 0.4) given.push(ranked(givens, random))
  return { family: `${ranked(families, random)} ${ranked(families, random)}`, given }
}

function ranked(list: readonly string[], random: () => number): string {
  // Its logarithm is even: the nth is about 1/n as common.
  const rank = Math.floor((list.length + 1) ** random()) - 1
  return list[Math.min(rank, list.length - 1)] as string
}
