/** What /auth takes and gives, as OpenAPI, is what was agreed: test/golden/openapi-auth.json. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import { routes } from '../../src/http/auth/routes.ts'
import { failure, schemas, type RouteName, type Shape } from '../../src/http/auth/schemas.ts'
import { openIn } from './http-kit.ts'

const golden = fileURLToPath(new URL('../golden/openapi-auth.json', import.meta.url))

const session = {
  type: 'apiKey',
  in: 'cookie',
  name: '__Host-sigilo',
  description: 'With a DPoP proof of the browser’s key.',
} as const

async function described(): Promise<object> {
  const app = Fastify()
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sigilo: /auth', version: '1' },
      components: { securitySchemes: { session } },
    },
  })
  for (const [name, { method, url, isOpen }] of Object.entries(routes) as [
    RouteName,
    (typeof routes)[RouteName],
  ][]) {
    const shape: Shape = schemas[name]
    const security = isOpen ? [] : [{ session: [] }]
    const response = { ...shape.response, '4xx': failure }
    app.route({ method, url, schema: { ...shape, operationId: name, response, security }, handler: () => {} })
  }
  await app.ready()
  return app.swagger()
}

test('the OpenAPI of /auth is the golden one', async () => {
  const text = `${JSON.stringify(await described(), undefined, 2)}\n`
  // `node test/e2e/http-auth-openapi.test.ts --write` after a change that is meant.
  if (process.argv.includes('--write')) writeFileSync(golden, text)
  assert.equal(text, readFileSync(golden, 'utf8'))
})

test('every member of every body is bounded, and none is taken that is not named', () => {
  const faults = Object.entries(schemas).flatMap(([name, shape]: [string, Shape]) => openIn(shape.body, name))
  assert.deepEqual(faults, [])
})
