/** What the routes of safeguards take and give, as OpenAPI, is what was agreed: test/golden/openapi-duties.json. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import { safeguards } from '#safeguards/all.ts'
import { failure } from '../../src/http/auth/schemas.ts'
import { pathOf } from '../../src/http/duties/routes.ts'
import { openIn } from './http-kit.ts'

const golden = fileURLToPath(new URL('../golden/openapi-duties.json', import.meta.url))

const session = {
  type: 'apiKey',
  in: 'cookie',
  name: '__Host-sigilo',
  description: 'With a DPoP proof of the browser’s key.',
} as const

test('the OpenAPI of /duties is the golden one; every member of a body is bounded, and none taken that is not named', async () => {
  const app = Fastify()
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Sigilo: /duties', version: '1' },
      components: { securitySchemes: { session } },
    },
  })
  for (const { name: safeguard, routes = {}, endpoints } of safeguards) {
    const made = (await endpoints?.()) ?? {}
    assert.deepEqual(Object.keys(made).toSorted(), Object.keys(routes).toSorted(), safeguard)
    for (const [name, { method, path }] of Object.entries(routes)) {
      const { summary, body, answer } = made[name]!
      assert.deepEqual(openIn(body, name), [])
      const response = { 200: { description: summary, ...answer }, '4xx': failure }
      const operationId = `${safeguard}-${name}`
      const schema = {
        summary,
        operationId,
        security: [{ session: [] }],
        response,
        ...(body ? { body } : {}),
      }
      app.route({ method, url: pathOf(safeguard, path), schema, handler: () => {} })
    }
  }
  await app.ready()
  const text = `${JSON.stringify(app.swagger(), undefined, 2)}\n`
  // `node test/e2e/http-duties-openapi.test.ts --write` after a change that is meant.
  if (process.argv.includes('--write')) writeFileSync(golden, text)
  assert.equal(text, readFileSync(golden, 'utf8'))
})
