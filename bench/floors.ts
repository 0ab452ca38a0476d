/** What the parts give by themselves, measured in the same arrangement as the whole. */
import Fastify from 'fastify'
import type { AddressInfo } from 'node:net'
import { connect } from '#kernel/db/index.ts'
import { answerCommands } from './child.ts'
import { insertRow, makeRows, selectRow } from './queries.ts'

/** As many as there are connections. */
const callers = 64
/** A row of the store is some 700 bytes; PostgreSQL alone should have it easier. */
const rowBytes = 300
const rows = 10_000

let ids: string[] = []
let sql: ReturnType<typeof connect> | undefined

answerCommands(
  {
    /** The empty route: no hook, no schema, no body. */
    async listen() {
      const app = Fastify({ logger: false })
      app.get('/empty', (_, reply) => {
        reply.send({ status: 'ok' })
      })
      await app.listen({ host: '127.0.0.1', port: 0 })
      return (app.server.address() as AddressInfo).port
    },

    async rows(url: string) {
      sql = connect(url)
      ids = Array.from({ length: rows }, () => crypto.randomUUID())
      await makeRows(sql, ids, Buffer.alloc(rowBytes, 7))
    },

    select: ({ ms }: { ms: number }) => perSecond(ms, (pool) => selectRow(pool, anyId())),

    insert: ({ ms }: { ms: number }) => {
      const body = Buffer.alloc(rowBytes, 7)
      return perSecond(ms, (pool) => insertRow(pool, crypto.randomUUID(), body))
    },
  },
  () => sql?.end({ timeout: 1 }),
)

const anyId = (): string => ids[Math.floor(Math.random() * ids.length)] as string

async function perSecond(ms: number, act: (pool: ReturnType<typeof connect>) => Promise<unknown>) {
  if (!sql) throw new Error('no rows yet')
  const pool = sql
  let done = 0
  const start = performance.now()
  const call = async () => {
    for (; performance.now() < start + ms; done++) await act(pool)
  }
  await Promise.all(Array.from({ length: callers }, call))
  return done / ((performance.now() - start) / 1000)
}
