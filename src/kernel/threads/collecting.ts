/** When V8 collects what is old. */
import { setFlagsFromString } from 'node:v8'

/** How much old objects grow over what was alive at the last collection before all are collected: fourfold, as V8 begins of itself. */
const seldomPercent = 300
const flag = '--heap-growing-percent'
/** As the process began: bin/process.json. */
const usual = process.execArgv.findLast((each) => each.startsWith(`${flag}=`)) ?? `${flag}=0`
let bulk = 0

/**
 * While something large passes through, old objects of all heaps may be four times what lives: what is on its way lives for long enough
 * to become old, and collecting it soon took a tenth of the processor time of an import, beside the threads that do the work. V8
 * reads this flag after each collection, unlike those of its young objects. Returns what ends it.
 */
export function collectSeldom(): () => void {
  if (bulk++ === 0) setFlagsFromString(`${flag}=${seldomPercent}`)
  let isOver = false
  return () => {
    if (isOver) return
    isOver = true
    if (--bulk === 0) setFlagsFromString(usual)
  }
}
