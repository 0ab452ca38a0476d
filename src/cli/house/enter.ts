import { exit } from '../exit.ts'
import { findHome, makeHomeDirectory, type Home, type HomeFound } from '../home/home.ts'
import { lockHome, type HomeLock } from '../home/lock.ts'
import { problem, type Problem } from './problem.ts'

export type Entered = { status: 'ok'; path: string; home: Home | undefined; lock: HomeLock }

/** Takes the lock of the directory, made first where it may be, and reads what home there is. */
export function enterHome(path: string): Entered | Problem {
  const before = findHome(path)
  const refused = homeProblem(path, before)
  if (refused) return refused
  const real = makeHomeDirectory(path)
  const lock = lockHome(real)
  if (!lock) {
    return problem(exit.homeInUse, {
      es: `La bóveda ${path} ya está en uso por otro proceso de Sigilo. Deténgalo, o elija otro directorio con SIGILO_HOME.`,
      en: `The vault ${path} is already in use by another Sigilo process. Stop that one, or choose another directory with SIGILO_HOME.`,
    })
  }
  // Read again: it may have been made, or finished, between the first look and the lock.
  const found = findHome(real)
  const problemNow = homeProblem(path, found)
  if (problemNow) {
    lock.release()
    return problemNow
  }
  return { status: 'ok', path: real, home: found.status === 'ok' ? found.home : undefined, lock }
}

/** The same for a command that needs a home that is there, and whole. */
export function enterReadyHome(path: string): (Entered & { home: Home }) | Problem {
  if (findHome(path).status === 'absent') return noHome(path)
  const entered = enterHome(path)
  if (entered.status === 'problem') return entered
  const { home, lock } = entered
  if (home?.record.state === 'ready') return { ...entered, home }
  lock.release()
  return home ? halfMade(home) : noHome(path)
}

export function noHome(path: string): Problem {
  return problem(exit.wrongHome, {
    es: `No hay bóveda en ${path}. Cree una con «sigilo init», o pruebe la de demostración con «sigilo demo».`,
    en: `There is no vault in ${path}. Make one with "sigilo init", or try the demonstration with "sigilo demo".`,
  })
}

/** A home that was left half made: nothing was ever written to it by a client. */
export function halfMade({ path, record }: Home): Problem {
  const command = record.kind === 'demo' && record.opener === 'key-file' ? 'sigilo demo' : 'sigilo init'
  return problem(exit.wrongHome, {
    es: `La bóveda ${path} quedó a medio crear, y no guarda nada todavía. Termínela con «${command}».`,
    en: `The vault ${path} was left half made, and holds nothing yet. Finish it with "${command}".`,
  })
}

export function homeProblem(path: string, found: HomeFound): Problem | undefined {
  switch (found.status) {
    case 'ok':
    case 'absent':
      return undefined
    case 'foreign':
      return problem(exit.wrongHome, {
        es: `${path} no es una bóveda y no está vacío (${found.found}). Elija otro directorio con SIGILO_HOME.`,
        en: `${path} is not a vault and is not empty (${found.found}). Choose another directory with SIGILO_HOME.`,
      })
    case 'not-ours':
      return problem(exit.wrongHome, {
        es: `${found.found} es de otro usuario (${found.owner}): no se usa, porque dice qué se carga y a quién se habla. Ejecute el comando como ese usuario, o elija otro directorio con SIGILO_HOME.`,
        en: `${found.found} belongs to another user (${found.owner}): it is not used, since it says what is loaded and who is spoken to. Run the command as that user, or choose another directory with SIGILO_HOME.`,
      })
    case 'unreadable':
      return problem(exit.wrongHome, {
        es: `No se entiende ${path}/home.json (${found.reason}): está dañado, o es de una versión posterior de Sigilo.`,
        en: `${path}/home.json cannot be understood (${found.reason}): it is damaged, or of a later version of Sigilo.`,
      })
  }
}
