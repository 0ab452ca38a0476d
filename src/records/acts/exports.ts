/** Bulk exports, as acts. */
import { randomUuid } from '#kernel/crypto/index.ts'
import type { Interactions } from '../interactions.ts'
import { watermarkOf } from '../watermark.ts'
import { reasonOf, type Desk } from './desk.ts'

/** Bulk exports: the job is the act. */
export function exportsOf(desk: Desk): Interactions['exports'] {
  const by = desk.by
  const held = async () => (await desk.held()).exports
  return {
    begin: async (kickoff) => {
      const job = randomUuid()
      const said = { query: kickoff.url, act: job }
      const refused =
        (await desk.faultOfExport(kickoff, said)) ?? (await desk.begun({ action: 'export', by, ...said }))
      if (refused) return refused
      const begun = await (await held()).begin(kickoff, by, job)
      return begun.status === 'ok' ? begun : desk.refuse('export', begun, said)
    },
    look: async (job, actor) => {
      const look = await (await held()).look(job, actor)
      if (look.status === 'running') return look
      if (look.status !== 'complete') return desk.refuse('export', look, { query: job })
      const deed = { action: 'export', outcome: 'done', by, act: job, query: 'manifest' } as const
      desk.last = { act: job, seen: [] }
      return (await desk.note(deed)) ?? look
    },
    file: async (job, name, actor, packed) => {
      const opened = await (await held()).file(job, name, actor, packed)
      const deed = { action: 'export', by, act: job, query: `file ${name}` } as const
      if (opened.status !== 'ok') return desk.refuse('export', opened, { query: `${job}/${name}` })
      const unrecorded = await desk.note({ ...deed, outcome: 'begun' })
      if (unrecorded) {
        opened.stream.destroy()
        return unrecorded
      }
      desk.last = { act: job, seen: [] }
      return { status: 'ok', stream: desk.counting(opened.stream, deed, []) }
    },
    remove: async (job, actor) => {
      const removed = await (await held()).remove(job, actor)
      if (removed.status !== 'ok') return desk.refuse('export', removed, { query: job })
      const deed = { action: 'export', outcome: 'done', by, act: job, query: 'delete' } as const
      return (await desk.note(deed)) ?? removed
    },
    write: async (kickoff, folder, options) => {
      const act = desk.act ?? randomUuid()
      const deed = { action: 'export', by, act, query: kickoff.url } as const
      const refused =
        (await desk.faultOfExport(kickoff, { query: kickoff.url, act })) ?? (await desk.begun(deed))
      if (refused) return refused
      let written: Awaited<ReturnType<Interactions['exports']['write']>> | undefined
      try {
        written = await (await held()).write(kickoff, folder, options, { by, act })
      } finally {
        const outcome = written === undefined ? 'broken-off' : written.status === 'ok' ? 'done' : 'refused'
        await desk.note({ ...deed, outcome, reason: written && reasonOf(written) })
      }
      if (written.status !== 'ok') return written
      const watermark = watermarkOf(by, act, desk.rooms.now())
      return { ...written, manifest: { ...written.manifest, watermark } }
    },
  }
}
