/** At most so many at once; the others wait in their order. */
export function createSlots(max: number): { take(): Promise<() => void> } {
  let left = max
  const waiting: (() => void)[] = []
  const give = () => {
    const next = waiting.shift()
    if (next) next()
    else left++
  }
  return {
    async take() {
      if (left > 0) left--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return give
    },
  }
}
