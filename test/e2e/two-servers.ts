/** Two servers over one database, as a hospital has them, and what the command says of their keys. */
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Scope } from '#test/kit/index.ts'
import { fhir, madeElsewhere, serve, sigilo, temporaryHome, tokenOf } from './cli-process.ts'

/** Each has a home of its own. */
export async function twoServers(t: Scope) {
  const { sql, url, home } = await madeElsewhere(t)
  const homes = [home, temporaryHome(t)] as const
  const variables = homes.map((home) => ({ SIGILO_HOME: home, DATABASE_URL: url }))
  const first = await serve(t, ['serve'], variables[0]!)
  for (const name of ['home.json', 'opener.key']) cpSync(join(homes[0], name), join(homes[1], name))
  const second = await serve(t, ['serve'], variables[1]!)
  // Each signs in with the key of its own home, and what it is given is good at both.
  const [token, other] = [await tokenOf(homes[0]), await tokenOf(homes[1])]
  assert.equal((await fhir(first.origin, 'Patient/paciente-000001', other)).status, 200)
  return { sql, variables: variables as [(typeof variables)[0], (typeof variables)[0]], first, second, token }
}

/** What `keys status` tells. */
export async function told(variables: Record<string, string>) {
  const { code, stdout, stderr } = await sigilo(['keys', 'status', '--json'], variables)
  assert.ok(stdout, stderr)
  return { code, ...JSON.parse(stdout) }
}
