import { homeFiles } from '../home/home.ts'
import { keyFileTexts } from '../house/opener.ts'
import { postgresVersionMin } from '../house/database.ts'
import type { Text } from '../text.ts'
import { deviceFinding } from './device.ts'
import type { Facts } from './facts.ts'
import { sendsFinding } from './sends.ts'
import { datedCure, datedDirectory, otherTimeZone, pendingFinding } from './directory.ts'

/** `bad` makes `doctor` fail; `warning` is said and does not. */
export interface Finding {
  status: 'ok' | 'warning' | 'bad'
  text: Text
  cure?: Text
}

type Check = (facts: Facts) => Finding | undefined

const nodeMajorMin = 26
const freeBytesMin = 1024 ** 3
const freeShareMin = 0.05
const openFilesMin = 1024
/** Longer ago than this, what a vault holds is taken on trust. */
const verifiedDaysMax = 31
/** Beyond this the two clocks order events differently; recorded times are the database's. */
const skewMsMax = 1000
/** statfs(2): file systems that forget at a restart, or lock badly over a network. */
const wrongFileSystems: Readonly<Record<number, string>> = {
  0x01021994: 'tmpfs',
  0x858458f6: 'ramfs',
  0x6969: 'NFS',
  0xff534d42: 'CIFS',
  0xfe534d42: 'SMB2',
}

/** Every check, by the name that `--json` gives it. Undefined: there is nothing to look at. */
export const checks: Readonly<Record<string, Check>> = {
  node({ nodeVersion }) {
    const text = same(`Node ${nodeVersion}`)
    const cure = { es: 'Instale las dependencias: npm ci', en: 'Install the dependencies: npm ci' }
    return Number.parseInt(nodeVersion, 10) >= nodeMajorMin ? ok(text) : bad(text, cure)
  },

  home({ home, homePath }) {
    switch (home.status) {
      case 'ok':
        return home.home.record.state === 'ready'
          ? ok({ es: `bóveda en ${homePath}`, en: `vault in ${homePath}` })
          : bad({ es: 'la bóveda quedó a medio crear', en: 'the vault was left half made' }, again)
      case 'absent':
        return warning({ es: `no hay bóveda en ${homePath}`, en: `there is no vault in ${homePath}` }, again)
      case 'foreign':
        return bad({ es: `${homePath} guarda otra cosa`, en: `${homePath} holds something else` }, elsewhere)
      case 'not-ours':
        return bad(
          { es: `${home.found} es de otro usuario`, en: `${home.found} belongs to another user` },
          same(`sudo -u '#${home.owner}' …`),
        )
      case 'unreadable':
        return bad(same(`home.json: ${home.reason}`), {
          es: 'Restaure home.json, o use la versión de Sigilo que lo escribió.',
          en: 'Restore home.json, or use the version of Sigilo that wrote it.',
        })
    }
  },

  'home-permissions'({ home, directory, files, uid }) {
    // Of a home that is another user's by right nobody is told to take it away from them.
    if (!directory || home.status === 'not-ours') return undefined
    // The group of PostgreSQL's user may pass through the directory, and no more.
    if ((directory.mode & 0o067) !== 0)
      return open(directory.path, directory.mode, `chmod 700 ${directory.path}`)
    const loose = files.find(({ mode }) => (mode & 0o077) !== 0)
    if (loose) return open(loose.path, loose.mode, `chmod 600 ${loose.path}`)
    const strange = [directory, ...files].find(({ owner }) => uid !== undefined && owner !== uid)
    if (strange) {
      return bad(
        { es: `${strange.path} es de otro usuario`, en: `${strange.path} belongs to another user` },
        same(`chown "$(id -un)" ${strange.path}`),
      )
    }
    return ok({ es: 'la bóveda está cerrada a otros usuarios', en: 'the vault is closed to other users' })
  },

  'key-file'({ home, files, uid }) {
    if (home.status !== 'ok' || home.home.record.state !== 'ready') return undefined
    if (home.home.record.opener !== 'key-file') return undefined
    const file = files.find(({ path }) => path.endsWith(`/${homeFiles.keyFile}`))
    if (!file) return bad(keyFileTexts.absent(`${home.home.path}/${homeFiles.keyFile}`))
    if ((file.mode & 0o077) !== 0) return bad(keyFileTexts['open-to-others'](file.path))
    if (uid !== undefined && file.owner !== uid) return bad(keyFileTexts['wrong-owner'](file.path))
    if (file.bytes !== 32) return bad(keyFileTexts['wrong-length'](file.path))
    if (home.home.record.database === 'embedded' && uid !== 0) {
      // Only root can give PostgreSQL a user of its own.
      return warning(
        {
          es: 'PostgreSQL corre con el mismo usuario que Sigilo, y podría leer el archivo de llave',
          en: 'PostgreSQL runs as the same user as Sigilo, and could read the key file',
        },
        {
          es: 'Arranque como root (PostgreSQL tendrá su propio usuario), o use una frase.',
          en: 'Start as root (PostgreSQL then gets a user of its own), or use a passphrase.',
        },
      )
    }
    return ok({ es: 'nadie más puede leer el archivo de llave', en: 'nobody else can read the key file' })
  },

  opener({ home, database }) {
    if (home.status !== 'ok') return undefined
    const { kind, opener } = home.home.record
    const stored = database && 'openers' in database ? database.openers : []
    if (kind === 'demo' || (opener !== 'key-file' && !stored.includes('key-file')))
      return ok({ es: `se abre con: ${opener}`, en: `opened by: ${opener}` })
    return bad(
      {
        es: 'una bóveda de pacientes reales se abre con un archivo de llave: quien copie el disco la abre',
        en: 'a vault of real patients is opened by a key file: whoever copies the disk opens it',
      },
      {
        es: 'Cámbielo mientras sirve: sigilo keys opener --to passphrase (o shamir, …)',
        en: 'Change it while it serves: sigilo keys opener --to passphrase (or shamir, …)',
      },
    )
  },

  'recovery-kit'({ home, database }) {
    if (home.status !== 'ok' || home.home.record.state !== 'ready') return undefined
    if (!database || 'unreachable' in database) return undefined
    if (home.home.record.kind === 'demo') {
      return ok({
        es: 'una demostración no necesita kit de recuperación',
        en: 'a demonstration needs no recovery kit',
      })
    }
    if (database.openers.includes('recovery-kit')) {
      return ok({
        es: 'hay un kit de recuperación; compruébelo cada año: sigilo keys check-kit',
        en: 'there is a recovery kit; check it each year: sigilo keys check-kit',
      })
    }
    return warning(
      {
        es: 'no hay kit de recuperación: si se pierde lo que abre la bóveda, se pierde todo',
        en: 'there is no recovery kit: if what opens the vault is lost, all is lost',
      },
      same('sigilo keys kit'),
    )
  },

  device: ({ device }) => device && deviceFinding(device),

  disk({ disk: { freeBytes, totalBytes } }) {
    const text = {
      es: `${gigabytes(freeBytes)} GB libres en el disco`,
      en: `${gigabytes(freeBytes)} GB free on the disk`,
    }
    const enough = freeBytes >= freeBytesMin && freeBytes >= totalBytes * freeShareMin
    return enough ? ok(text) : bad(text, { es: 'Libere espacio.', en: 'Free some space.' })
  },

  'file-system'({ disk: { type } }) {
    const name = wrongFileSystems[type]
    if (name === undefined) return ok({ es: 'sistema de archivos local', en: 'local file system' })
    return bad(
      { es: `la bóveda está en ${name}: no es un disco`, en: `the vault lies on ${name}: that is no disk` },
      elsewhere,
    )
  },

  server({ server }) {
    if (server === 'running') return ok({ es: 'el servidor corre', en: 'the server runs' })
    if (server === 'stopped') return ok({ es: 'el servidor está detenido', en: 'the server is stopped' })
    return warning(
      {
        es: 'otro proceso usa la bóveda y no contesta',
        en: 'another process uses the vault and does not answer',
      },
      {
        es: 'Espere a que arranque o se detenga, y repita.',
        en: 'Wait until it has started or stopped, and repeat.',
      },
    )
  },

  port({ port: { number, state } }) {
    const cure = { es: 'Elija otro: SIGILO_PORT', en: 'Choose another: SIGILO_PORT' }
    if (state === 'taken')
      return bad(
        { es: `otro programa usa el puerto ${number}`, en: `another program uses port ${number}` },
        cure,
      )
    if (state === 'not allowed')
      return bad({ es: `el puerto ${number} está reservado a root`, en: `port ${number} is root's` }, cure)
    return ok({ es: `puerto ${number}`, en: `port ${number}` })
  },

  'time-zone'({ timeZone, database }) {
    const built = database && 'directoryTimeZone' in database ? database.directoryTimeZone : undefined
    if (built !== undefined && built !== timeZone)
      return warning(otherTimeZone(timeZone, built), same('sigilo reindex'))
    return ok({ es: `zona horaria ${timeZone}`, en: `time zone ${timeZone}` })
  },

  directory({ database }) {
    if (!database || 'unreachable' in database) return undefined
    if (database.isDirectoryDated) return warning(datedDirectory, datedCure)
    return ok({ es: 'el directorio es de esta versión', en: 'the directory is of this version' })
  },

  'directory-pending': ({ database, nowMs }) =>
    !database || 'unreachable' in database ? undefined : pendingFinding(database, nowMs),

  'open-files'({ limits: { openFiles } }) {
    const text = { es: `archivos abiertos: hasta ${openFiles}`, en: `open files: up to ${openFiles}` }
    return openFiles >= openFilesMin ? ok(text) : bad(text, same(`ulimit -n ${openFilesMin}`))
  },

  'core-dumps'(facts) {
    if (facts.limits.coreBytes === 0) return ok({ es: 'sin volcados de memoria', en: 'no core dumps' })
    return memory(
      facts,
      {
        es: 'una caída puede volcar la memoria, con llaves, al disco',
        en: 'a crash may dump memory, keys and all, to the disk',
      },
      same('ulimit -c 0'),
    )
  },

  swap(facts) {
    const [first] = facts.swaps
    if (first === undefined) return ok({ es: 'sin intercambio en claro', en: 'no swap in the clear' })
    return memory(
      facts,
      { es: `el intercambio ${first} no está cifrado`, en: `the swap ${first} is not encrypted` },
      same(`swapoff ${first}`),
    )
  },

  'ledger-sends': ({ home, sends, nowMs }) => {
    if (home.status !== 'ok' || home.home.record.state !== 'ready') return undefined
    return sendsFinding(sends, home.home.record.kind, nowMs)
  },

  database({ database }) {
    if (!database) return undefined
    if ('unreachable' in database) return bad(database.unreachable)
    const text = same(`PostgreSQL ${database.versionText}`)
    const cure = { es: 'Use PostgreSQL 15 o posterior.', en: 'Use PostgreSQL 15 or later.' }
    return database.version >= postgresVersionMin ? ok(text) : bad(text, cure)
  },

  'database-role'({ database }) {
    if (!database || 'unreachable' in database) return undefined
    const { superuser, bypassesRowSecurity, createsRoles } = database
    if (!superuser && !bypassesRowSecurity && !createsRoles) {
      return ok({
        es: 'el rol de la base no tiene poderes de más',
        en: 'the database role has no needless powers',
      })
    }
    return bad(
      {
        es: 'el rol de DATABASE_URL es superusuario o puede crear roles',
        en: 'the role of DATABASE_URL is a superuser, or can make roles',
      },
      same('alter role … nosuperuser nobypassrls nocreaterole'),
    )
  },

  durability({ database }) {
    if (!database || 'unreachable' in database) return undefined
    const off = Object.entries({
      fsync: database.fsync,
      full_page_writes: database.fullPageWrites,
      synchronous_commit: database.synchronousCommit,
    }).flatMap(([name, on]) => (on ? [] : [name]))
    if (off.length === 0)
      return ok({ es: 'lo confirmado resiste un apagón', en: 'what is acknowledged survives a power cut' })
    return bad(
      { es: `apagado en PostgreSQL: ${off.join(', ')}`, en: `off in PostgreSQL: ${off.join(', ')}` },
      same(off.map((name) => `alter system set ${name} = on;`).join(' ')),
    )
  },

  checksums({ database }) {
    if (!database || 'unreachable' in database) return undefined
    if (database.checksums)
      return ok({ es: 'sumas de verificación en los datos', en: 'data checksums are on' })
    return warning(
      { es: 'PostgreSQL no lleva sumas de verificación', en: 'PostgreSQL keeps no data checksums' },
      same('pg_checksums --enable'),
    )
  },

  migrations({ database }) {
    if (!database || 'unreachable' in database) return undefined
    const { pending, unknown } = database
    if (unknown > 0) {
      return bad(
        {
          es: 'la base es de una versión posterior de Sigilo',
          en: 'the database is of a later version of Sigilo',
        },
        { es: 'Use esa versión.', en: 'Use that version.' },
      )
    }
    if (pending === 0) return ok({ es: 'migraciones al día', en: 'migrations are current' })
    return warning(
      { es: `faltan ${pending} migraciones`, en: `${pending} migrations are missing` },
      { es: 'Se aplican al arrancar.', en: 'They are applied at the next start.' },
    )
  },

  verified({ home, verified, nowMs }) {
    if (home.status !== 'ok' || home.home.record.state !== 'ready') return undefined
    const cure = { es: 'Compruebe la bóveda: sigilo verify', en: 'Verify the vault: sigilo verify' }
    if (!verified) {
      if (home.home.record.kind === 'demo') return undefined
      const text = { es: 'la bóveda nunca se ha comprobado entera', en: 'the vault was never verified whole' }
      return warning(text, cure)
    }
    const { at, found } = verified
    if (found > 0) {
      return bad(
        {
          es: `la comprobación de ${at} halló ${found} cosas mal`,
          en: `the verification of ${at} found ${found} things wrong`,
        },
        cure,
      )
    }
    const days = Math.floor((nowMs - Date.parse(at)) / 86_400_000)
    const text = {
      es: `comprobada entera hace ${days} días, sin nada mal`,
      en: `verified whole ${days} days ago, with nothing wrong`,
    }
    return days <= verifiedDaysMax ? ok(text) : warning(text, cure)
  },

  'clock-skew'({ database }) {
    if (!database || 'unreachable' in database) return undefined
    const text = {
      es: `los relojes del equipo y de la base difieren en ${Math.abs(database.skewMs)} ms`,
      en: `the clocks of machine and database differ by ${Math.abs(database.skewMs)} ms`,
    }
    return Math.abs(database.skewMs) <= skewMsMax
      ? ok(text)
      : bad(text, { es: 'Sincronice ambos relojes (NTP).', en: 'Synchronise both clocks (NTP).' })
  },
}

const same = (text: string): Text => ({ es: text, en: text })
const ok = (text: Text): Finding => ({ status: 'ok', text })
const warning = (text: Text, cure: Text): Finding => ({ status: 'warning', text, cure })
const bad = (text: Text, cure?: Text): Finding => ({ status: 'bad', text, ...(cure ? { cure } : {}) })
const gigabytes = (bytes: number): string => (bytes / 1024 ** 3).toFixed(1)

const again = { es: 'sigilo demo, o sigilo init', en: 'sigilo demo, or sigilo init' }
const elsewhere = { es: 'Elija otro directorio: SIGILO_HOME', en: 'Choose another directory: SIGILO_HOME' }

const open = (path: string, mode: number, cure: string): Finding =>
  bad(
    {
      es: `${path} está abierto a otros (${mode.toString(8)})`,
      en: `${path} is open to others (${mode.toString(8)})`,
    },
    same(cure),
  )

/** Memory that may reach the disk is a fault where there are real patients, and worth a word in a demonstration. */
const memory = ({ home }: Facts, text: Text, cure: Text): Finding =>
  home.status === 'ok' && home.home.record.kind === 'real' ? bad(text, cure) : warning(text, cure)
