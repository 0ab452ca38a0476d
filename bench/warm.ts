/**
 * A vault has been at work for days when somebody waits for it, and a bench for seconds: the engine compiles what is hot in several
 * steps. A recorded read takes twice the processor's time at first, and goes on to gain until some 20,000 are answered.
 */
import type { Load } from './load.ts'

const answersMin = 20_000
/** Of what is slower: by then little is gained any more. */
const msMax = 12_000
const sliceMs = 1_000

/** Sends a load by slices until the server is warm. `run`: one slice of so many milliseconds. */
export async function warm(run: (ms: number) => Promise<Pick<Load, 'answers'>>): Promise<void> {
  const until = performance.now() + msMax
  for (let answered = 0; answered < answersMin && performance.now() < until;) {
    answered += (await run(sliceMs)).answers
  }
}
