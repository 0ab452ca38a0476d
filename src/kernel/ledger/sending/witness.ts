/** What a log does to have its checkpoint cosigned: C2SP tlog-witness, the side that asks. */
import type { NoteKey } from '../note-keys.ts'
import { formatAddCheckpoint, judgeWitnessAnswer, type WitnessAnswer } from '../witness.ts'

export interface HttpAnswer {
  code: number
  contentType: string
  body: Uint8Array
}

export interface Signed {
  size: number
  note: string
}

export type Cosigned =
  | (Extract<WitnessAnswer, { status: 'cosigned' }> & { checkpoint: Signed })
  | Extract<WitnessAnswer, { status: 'we-disagree' | 'no-answer' }>

/** It says where to begin; then it takes the checkpoint, unless another process of this house was there in between. */
const triesMax = 4

/**
 * Has the newest checkpoint cosigned. `oldSize`: what it has cosigned last, as far as is known here. `post` rejects where there is
 * no answer.
 */
export async function askWitness(o: {
  keys: readonly NoteKey[]
  oldSize: number
  /** Read anew for each try: what another process has shown the witness is in the database. */
  newest: () => Promise<Signed | undefined>
  consistency: (oldSize: number, size: number) => Promise<Uint8Array[]>
  post: (body: string) => Promise<HttpAnswer>
}): Promise<Cosigned> {
  let { oldSize } = o
  for (let tries = 0; ; tries++) {
    const checkpoint = await o.newest()
    if (!checkpoint) return { status: 'no-answer', reason: 'there is no checkpoint yet' }
    const { size, note } = checkpoint
    if (oldSize > size) return { status: 'we-disagree', size: oldSize }
    const sent = { oldSize, proof: await o.consistency(oldSize, size), checkpoint: note }
    const { code, contentType, body } = await o.post(formatAddCheckpoint(sent))
    const text = Buffer.from(body).toString('utf8')
    const answer = judgeWitnessAnswer(sent, { code, contentType, body: text }, o.keys)
    if (answer.status === 'cosigned') return { ...answer, checkpoint }
    if (answer.status === 'no-answer') return answer
    if (answer.status === 'we-disagree' && answer.size === undefined) return answer
    if (tries === triesMax) return { status: 'no-answer', reason: 'it says another size each time' }
    // More than was sent is what another process showed it, if the newest is that far.
    oldSize = answer.size as number
  }
}
