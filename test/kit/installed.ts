import { execFile } from 'node:child_process'
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
 * A real device is in the tests or they fail: whoever lacks one is told what to install. `.ci/run` installs them.
 */
export async function needProgram(program: string, debianPackage: string): Promise<void> {
  try {
    await runProgram('sh', ['-c', `command -v ${program}`])
  } catch {
    throw new Error(`this test needs ${program}: apt-get install ${debianPackage}`)
  }
}
