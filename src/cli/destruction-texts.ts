import type { Deletion, Unforced } from '#kernel/keys/index.ts'
import type { Text } from './text.ts'

const dayOf = (at: number) => new Date(at).toISOString().slice(0, 16).replace('T', ' ') + ' UTC'

/** When nothing anywhere opens it. */
export function deletionText(deletion: Deletion): Text {
  switch (deletion.status) {
    case 'complete':
      return {
        es: `Borrado en todas partes desde el ${dayOf(deletion.at)}.`,
        en: `Deleted everywhere since ${dayOf(deletion.at)}.`,
      }
    case 'dated':
      return {
        es: `Borrado en todas partes, copias incluidas, el ${dayOf(deletion.at)}.`,
        en: `Deleted everywhere, copies included, on ${dayOf(deletion.at)}.`,
      }
    case 'expected':
      return {
        es: `Ilegible desde ahora; borrado en todas partes a más tardar el ${dayOf(deletion.at)} (con --now, en seguida).`,
        en: `Unreadable from now on; deleted everywhere on ${dayOf(deletion.at)} at the latest (with --now, at once).`,
      }
    case 'undated':
      return {
        es: 'Ilegible desde ahora. Cuándo estará borrado en todas partes depende de las copias que se guarden de la base de datos: diga por cuántos días en SIGILO_COPIES_DAYS.',
        en: 'Unreadable from now on. When it will be deleted everywhere depends on the copies that are kept of the database: say for how many days in SIGILO_COPIES_DAYS.',
      }
  }
}

/** What is left to others. */
export const unforcedText: Record<Unforced, Text> = {
  tables: {
    es: 'Las tablas de llaves no se pudieron escribir de nuevo: que su dueño ejecute «vacuum (full) keyring, opener, process».',
    en: 'The tables of keys could not be written anew: have their owner run "vacuum (full) keyring, opener, process".',
  },
  log: {
    es: 'Los archivos viejos del registro de PostgreSQL (WAL) no se pudieron quitar: su administrador sabe cuándo se reciclan.',
    en: 'Old files of PostgreSQL’s write-ahead log could not be removed: its administrator knows when they are written over.',
  },
  archive: {
    es: 'PostgreSQL archiva su registro (WAL): la llave vieja sigue en el archivo hasta que este se borre.',
    en: 'PostgreSQL archives its write-ahead log: the old key is in the archive until that is deleted.',
  },
  replicas: {
    es: 'Hay réplicas o segmentos reservados para ellas: la llave vieja sigue en su registro hasta que se recicle.',
    en: 'There are replicas, or slots kept for some: the old key is in their log until that is written over.',
  },
}
