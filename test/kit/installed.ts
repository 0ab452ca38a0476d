import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'

/** Runs a program of the machine to its end; `variables` are its own besides the machine's. Rejects where it fails. */
export async function runProgram(
  program: string,
  args: readonly string[],
  variables: Record<string, string> = {},
): Promise<string> {
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  // env(1) sets the variables, so that nothing here reads those of the machine.
  const { stdout } = await promisify(execFile)('env', [...assignments, program, ...args])
  return stdout
}

/**
 * What to give as `skip` of a test that starts these programs: false where all are there. `.ci/run` installs them; a machine
 * without says which tests it leaves out, and why.
 */
export function lacking(...needed: readonly { program: string; debianPackage: string }[]): string | false {
  const absent = needed.filter(({ program }) => {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`])
      return false
    } catch {
      return true
    }
  })
  const names = absent.map(({ debianPackage }) => debianPackage).join(' ')
  return absent.length > 0 && `the machine lacks: apt-get install ${names}`
}
