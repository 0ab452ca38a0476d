import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lacking, runProgram } from './installed.ts'
import { temporaryFolder, type Scope } from './scope.ts'

/** Why tests of tokens cannot run here, or false. */
export const noToken =
  lacking({ program: 'softhsm2-util', debianPackage: 'softhsm2' }, { program: 'cc', debianPackage: 'gcc' }) ||
  lackingPkcs11()

/** It is optional: npm leaves it out where it does not compile. */
function lackingPkcs11(): string | false {
  try {
    import.meta.resolve('pkcs11js')
    return false
  } catch {
    return 'pkcs11js is not installed: it needs gcc, g++ and make when npm ci runs'
  }
}

/** A token of SoftHSM2, in a folder of the test's own. */
export interface SoftToken {
  module: string
  label: string
  pin: string
  /** What a process needs in its environment to find it. */
  variables: Record<string, string>
  /** A path of the test's own for files beside it, such as one that holds the PIN. */
  file(name: string, text: string, mode?: number): Promise<string>
  /** Takes it out of the machine, and puts it back. */
  leave(): Promise<void>
  comeBack(): Promise<void>
  /** Every key in it is gone. */
  destroyKeys(): Promise<void>
}

const modules = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so']
const pin = '246810'
const label = 'sigilo'

export async function softToken(t: Scope): Promise<SoftToken> {
  const module = modules.find((path) => existsSync(path))
  if (module === undefined) throw new Error('softhsm2-util is here, and libsofthsm2.so is not')
  const folder = temporaryFolder(t, 'sigilo-token-')
  const tokens = join(folder, 'tokens')
  const away = join(folder, 'away')
  await mkdir(tokens)
  const settings = join(folder, 'softhsm2.conf')
  await writeFile(
    settings,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  )
  const variables = { SOFTHSM2_CONF: settings }
  const make = ['--init-token', '--free', '--label', label, '--so-pin', '12345678', '--pin', pin]
  await runProgram('softhsm2-util', make, variables)
  return {
    module,
    label,
    pin,
    variables,
    async file(name, text, mode = 0o600) {
      const path = join(folder, name)
      await writeFile(path, text, { mode })
      return path
    },
    async leave() {
      await rename(tokens, away)
      await mkdir(tokens)
    },
    async comeBack() {
      await rm(tokens, { recursive: true })
      await rename(away, tokens)
    },
    async destroyKeys() {
      await rm(tokens, { recursive: true })
      await mkdir(tokens)
      await runProgram('softhsm2-util', make, variables)
    },
  }
}

type Misbehaviour = 'hang' | 'crash' | 'close-fails' | 'close-hangs' | 'info-fails' | 'no'

/**
 * The same token behind a module that also does what SoftHSM does not: it counts wrong PINs, warns before the last
 * one, and locks; and it can be told to hang, to crash or to fail. Compiled from `counting-token.c`.
 */
export async function countingToken(
  t: Scope,
): Promise<SoftToken & { misbehave(how: Misbehaviour): Promise<void> }> {
  const token = await softToken(t)
  const source = fileURLToPath(new URL('counting-token.c', import.meta.url))
  const built = await token.file('counting-token.so', '')
  await runProgram('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', built, source, '-ldl'])
  const state = await token.file('wrong-pins', '')
  return {
    ...token,
    module: built,
    variables: { ...token.variables, COUNTING_TOKEN_MODULE: token.module, COUNTING_TOKEN_STATE: state },
    misbehave: async (how) => void (await token.file('wrong-pins.how', how === 'no' ? '' : how)),
  }
}
