/** Acts of the house that need a second person: what each is in words, and how it is carried out once it was approved. */
import { randomUuid } from '#kernel/crypto/index.ts'
import { refuse } from '#kernel/outcome.ts'
import type { CarriedAct, Carrier, Json } from '#people/index.ts'
import { deletionText } from '../destruction-texts.ts'
import type { SecretSent } from '../openers/sent.ts'
import type { ChangeAnswer, ChangeRequest } from './changing.ts'
import type { Certified, Destroying } from './destroying.ts'

const batchLookMs = 200
/** Whoever approves waits so long for the batch, and is told later otherwise. */
const batchWaitMsMax = 20_000

const textOf = (act: CarriedAct, name: string): string => {
  const text = act[name]
  return typeof text === 'string' ? text : ''
}

/** `destroy-keys`: of a patient, and with `now` for good at once. */
export function carryDestroying({ look, destroy, batch, list }: Destroying): Carrier {
  const patientOf = (act: CarriedAct) => textOf(act, 'patient').replace(/^Patient\//, '')
  const isNow = (act: CarriedAct) => act['now'] === true
  return {
    words(act) {
      const [patient, reason] = [textOf(act, 'patient'), textOf(act, 'reason')]
      return {
        es: `Destruir las llaves de ${patient}${isNow(act) ? ', en definitiva y ahora' : ''}: nadie volverá a leer nada de esta persona. Motivo: ${reason}`,
        en: `Destroy the keys of ${patient}${isNow(act) ? ', for good and now' : ''}: nobody reads anything of this person again. Reason: ${reason}`,
      }
    },
    // The facility's entries name no patient whose keys are destroyed.
    inWords: () => 'destroy keys of a patient',
    async fault(act) {
      const { status } = await look(patientOf(act))
      if (status === 'ok' || status === 'gone') return undefined
      return refuse(status === 'failed' ? 'unusable-act' : status)
    },
    async run(act) {
      const patient = patientOf(act)
      const done = await destroy({ patient, reason: textOf(act, 'reason'), now: isNow(act) })
      // Whether it was done nobody knows: it is begun again, and done twice it does no harm.
      if (!('certified' in done)) return refuse(done.status === 'failed' ? 'outcome-unknown' : done.status)
      let { certified } = done
      if (isNow(act)) {
        for (
          let waitedMs = 0;
          batch().status === 'running' && waitedMs < batchWaitMsMax;
          waitedMs += batchLookMs
        )
          await new Promise((resume) => setTimeout(resume, batchLookMs))
        const listed = await list()
        const found =
          listed.status === 'ok'
            ? listed.destroyed.find(({ reference }) => reference === `Patient/${patient}`)
            : undefined
        certified = found ?? certified
      }
      return { status: 'ok', result: resultOf(certified) }
    },
  }
}

/** As `keys destroyed` tells it, without whose it is. */
function resultOf({ destroyedAt, rewrappedAt, purgedAt, unforced, deletion }: Certified): Json {
  const text = deletionText(deletion)
  const told = { destroyedAt, rewrappedAt, purgedAt, unforced, deletion, text }
  return JSON.parse(JSON.stringify(told)) as Json
}

/** What an opener is changed with is a secret: it stays in this process, for an hour, and nowhere else. */
const heldMs = 3_600_000

export interface HeldOpeners {
  carrier: Carrier
  /** What was proven, and waits to be approved: known by an id that nobody guesses. */
  hold(request: ChangeRequest): { status: 'held'; held: string; to: SecretSent['kind'] }
}

/**
 * `opener`: what the vault is opened with. Asked for where it is proven what opens it now; carried out by the same process. The new opener
 * has the id by which it was held, so that after a fault it is known whether it was changed. `isOurs`: whether there is an opener of that id.
 */
export function carryOpeners(
  change: (request: ChangeRequest, id: string) => Promise<ChangeAnswer>,
  isOurs: (id: string) => Promise<boolean>,
  isPurging: () => Promise<boolean>,
  now: () => Date,
): HeldOpeners {
  const held = new Map<string, { request: ChangeRequest; endsAt: number }>()
  const find = (act: CarriedAct) => {
    for (const [id, { endsAt }] of held) if (endsAt <= now().getTime()) held.delete(id)
    const found = held.get(textOf(act, 'held'))
    return found && found.request.to.kind === act['to'] ? found.request : undefined
  }
  return {
    hold(request) {
      const id = randomUuid()
      held.set(id, { request, endsAt: now().getTime() + heldMs })
      // Also where nobody comes back for it.
      setTimeout(() => held.delete(id), heldMs).unref()
      return { status: 'held', held: id, to: request.to.kind }
    },
    carrier: {
      pendingSeconds: heldMs / 1000,
      words: (act) => ({
        es: `Cambiar con qué se abre la bóveda: ${textOf(act, 'to')}. Lo que la abre ahora dejará de abrirla (un kit solo reemplaza al kit)`,
        en: `Change what opens the vault: ${textOf(act, 'to')}. What opens it now no longer will (a kit takes the place of the kit alone)`,
      }),
      inWords: (act) => `opener: ${textOf(act, 'to')}`,
      fault: async (act) => (find(act) ? undefined : refuse('request-over')),
      async run(act) {
        const request = find(act)
        const id = textOf(act, 'held')
        held.delete(id)
        if (request) {
          const changed = await change(request, id)
          if (changed.status !== 'ok') return refuse('unusable-act')
        } else if (!(await isOurs(id))) return refuse('request-over')
        // The rows of before are still on the disk for a moment.
        for (let waitedMs = 0; waitedMs < batchWaitMsMax && (await isPurging()); waitedMs += batchLookMs)
          await new Promise((resume) => setTimeout(resume, batchLookMs))
        const text = { es: 'Hecho: la bóveda ya se abre con ello.', en: 'Done: it opens the vault now.' }
        return { status: 'ok', result: { to: textOf(act, 'to'), text } }
      },
    },
  }
}
