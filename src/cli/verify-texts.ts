/** What a verification found, as sentences. */
import type { RecordFinding } from '#records/index.ts'
import type { KeyRowFinding } from './house/key-rows.ts'
import type { Told } from './house/verifying.ts'
import type { Text } from './text.ts'

type Named = RecordFinding | KeyRowFinding

export function findingText(finding: Told): Text {
  return 'of' in finding ? namedText(finding) : ledgerText(finding)
}

const things: Record<Named['of'], Text> = {
  version: { es: 'versión', en: 'version' },
  capsule: { es: 'cápsula de identidad', en: 'identity capsule' },
  tuples: { es: 'valores de búsqueda', en: 'index tuples' },
  attachment: { es: 'adjunto', en: 'attachment' },
  'wrapped-key': { es: 'llave de paciente', en: 'wrapped key of a patient' },
  destruction: { es: 'destrucción', en: 'destruction' },
  authority: { es: 'renglón que da autoridad', en: 'row that confers authority' },
  approval: { es: 'aprobación', en: 'approval' },
  locator: { es: 'localizador', en: 'locator' },
  pointer: { es: 'puntero', en: 'pointer' },
  directory: { es: 'directorio', en: 'directory' },
  head: { es: 'cabeza de un compartimento', en: 'head of a compartment' },
  keyring: { es: 'llavero', en: 'keyring' },
  opener: { es: 'lo que abre la bóveda', en: 'opener' },
  table: { es: 'tabla', en: 'table' },
  stream: { es: 'de quién es un hilo del libro', en: 'whose a stream of the ledger is' },
}

const wrongs: Record<Named['what'], Text> = {
  altered: { es: 'alterado', en: 'altered' },
  missing: { es: 'falta', en: 'missing' },
  added: { es: 'añadido', en: 'added' },
  'rolled-back': { es: 'regresado a un estado anterior', en: 'rolled back' },
  moved: { es: 'movido a otro paciente', en: 'moved to another patient' },
}

function namedText(finding: Named): Text {
  const said = (language: 'es' | 'en') => {
    const rest = placeOf(finding, language)
    return `${things[finding.of][language]}: ${wrongs[finding.what][language]}${rest === '' ? '' : ` (${rest})`}`
  }
  return { es: said('es'), en: said('en') }
}

/** Names that people know, where there are any; otherwise those on disk. */
function placeOf(finding: Named, language: 'es' | 'en'): string {
  const { type, id, version, resource, compartment, from, index, writtenAtMs } = finding as RecordFinding
  const es = language === 'es'
  const parts: string[] = []
  if (type !== undefined) parts.push(`${type}/${id}`)
  else if (resource !== undefined) parts.push(`${es ? 'recurso' : 'resource'} ${resource}`)
  if (version !== undefined) parts.push(`${es ? 'versión' : 'version'} ${version}`)
  if (finding.name !== undefined) parts.push(finding.name)
  if (from !== undefined) parts.push(`${es ? 'de' : 'from'} ${from}`)
  if (compartment !== undefined)
    parts.push(
      `${from === undefined ? (es ? 'compartimento' : 'compartment') : es ? 'a' : 'to'} ${compartment}`,
    )
  if (index !== undefined) parts.push(`${es ? 'asiento' : 'entry'} ${index}`)
  if (writtenAtMs !== undefined && writtenAtMs > 0) parts.push(new Date(writtenAtMs).toISOString())
  if (finding.count !== undefined) parts.push(`× ${finding.count}`)
  return parts.join(', ')
}

function ledgerText(finding: Exclude<Told, Named>): Text {
  switch (finding.what) {
    case 'database-earlier':
      return {
        es: 'base de datos: toda ella fue reemplazada por una copia anterior; sus expedientes son los de su libro, y ambos son de entonces',
        en: 'database: the whole of it was replaced by an earlier copy; its records are those of its ledger, and both are of then',
      }
    case 'tail-missing':
      return {
        es: `libro: cortado; tiene ${finding.size} asientos, y había ${finding.kept} según el punto de control guardado fuera`,
        en: `ledger: its tail is cut off; it has ${finding.size} entries, and there had been ${finding.kept} by the checkpoint that is kept outside`,
      }
    case 'leaf-missing':
      return {
        es: `libro: falta el asiento ${finding.index}`,
        en: `ledger: entry ${finding.index} is missing`,
      }
    case 'leaf-altered':
      return {
        es: `libro: asiento ${finding.index} alterado`,
        en: `ledger: entry ${finding.index} was altered`,
      }
    case 'leaf-planted':
      return {
        es: `libro: el asiento ${finding.index} no lo hizo nadie de esta bóveda`,
        en: `ledger: nobody of this vault made entry ${finding.index}`,
      }
    case 'leaf-malformed':
      return {
        es: `libro: el asiento ${finding.index} no lo es (${finding.reason})`,
        en: `ledger: entry ${finding.index} is none (${finding.reason})`,
      }
    case 'leaf-added':
      return {
        es: `libro: asiento ${finding.index} añadido tras el final`,
        en: `ledger: entry ${finding.index} was added behind the end`,
      }
    case 'tile-missing':
      return {
        es: `libro: falta el mosaico ${finding.level}/${finding.index}`,
        en: `ledger: tile ${finding.level}/${finding.index} is missing`,
      }
    case 'tile-altered':
      return {
        es: `libro: mosaico ${finding.level}/${finding.index} alterado`,
        en: `ledger: tile ${finding.level}/${finding.index} was altered`,
      }
    case 'tile-added':
      return {
        es: `libro: mosaico ${finding.level}/${finding.index} añadido`,
        en: `ledger: tile ${finding.level}/${finding.index} was added`,
      }
    case 'head-altered':
      return {
        es: `libro: sus ${finding.size} asientos no dan la raíz que la base guarda`,
        en: `ledger: its ${finding.size} entries do not give the root that the database keeps`,
      }
    case 'checkpoint-differs': {
      const kept = finding.kept
        ? { es: 'el punto de control guardado fuera', en: 'the checkpoint that is kept outside' }
        : { es: 'un punto de control firmado', en: 'a signed checkpoint' }
      return {
        es: `libro: alterado; sus primeros ${finding.size} asientos no son los de ${kept.es}`,
        en: `ledger: altered; its first ${finding.size} entries are not those of ${kept.en}`,
      }
    }
    case 'checkpoint-missing':
      return {
        es: `libro: falta el punto de control de ${finding.size}, que ya se había publicado`,
        en: `ledger: the checkpoint of ${finding.size} is missing, which had been published`,
      }
    case 'checkpoint-forged':
      return {
        es: `libro: el punto de control de ${finding.size} no lo firmó esta bóveda (${finding.reason})`,
        en: `ledger: the checkpoint of ${finding.size} was not signed by this vault (${finding.reason})`,
      }
    case 'kept-unreadable':
      return {
        es: `el punto de control guardado fuera no se entiende (${finding.reason})`,
        en: `the checkpoint that is kept outside cannot be understood (${finding.reason})`,
      }
    case 'signers-altered':
      return {
        es: `libro: las claves que firman no son las que había (${finding.reason})`,
        en: `ledger: the keys that sign are not those that there were (${finding.reason})`,
      }
    case 'stream-gap':
      return {
        es: `libro: antes del asiento ${finding.index} falta el número ${finding.number} del hilo ${finding.stream}, o está dos veces`,
        en: `ledger: before entry ${finding.index}, number ${finding.number} of stream ${finding.stream} is missing, or there twice`,
      }
    case 'stream-broken':
      return {
        es: `libro: el asiento ${finding.index} no nombra al anterior de su hilo ${finding.stream}: uno de los dos fue alterado`,
        en: `ledger: entry ${finding.index} does not name the one before it in its stream ${finding.stream}: one of the two was altered`,
      }
    case 'entry-twice':
      return {
        es: `libro: un asiento está ${finding.indices.length} veces (${finding.indices.join(', ')})`,
        en: `ledger: one entry is there ${finding.indices.length} times (${finding.indices.join(', ')})`,
      }
    case 'owner-altered':
      return {
        es: `libro: de quién es el hilo ${finding.stream}: alterado`,
        en: `ledger: whose the stream ${finding.stream} is: altered`,
      }
    case 'staged-planted':
      return {
        es: `libro: ${finding.id} espera su lugar, y nadie de esta bóveda lo puso`,
        en: `ledger: ${finding.id} waits for its place, and nobody of this vault put it there`,
      }
    case 'staged-held-back':
      return {
        es: `libro: ${finding.id} espera su lugar, y alguien lo marcó para que no lo tenga`,
        en: `ledger: ${finding.id} waits for its place, and somebody marked it so that it gets none`,
      }
  }
}
