/** Between looks at the parent process, while started by npx. */
const parentPollMs = 250

/**
 * Resolves when this process is asked to stop: SIGTERM, SIGINT (Ctrl-C) or SIGHUP (the terminal is gone).
 * Later signals are ignored: the stop that has begun has a limit of its own.
 *
 * npx runs commands through `sh -c`, and dash stays in between: it dies of a SIGTERM that npx passes on without
 * passing it on itself, and the server would live on unseen. So under npx a change of parent is a SIGTERM too.
 */
export function stopRequested(underNpx: boolean): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
    if (!underNpx) return
    const parent = process.ppid
    const timer = setInterval(() => {
      if (process.ppid === parent) return
      clearInterval(timer)
      resolve('parent gone')
    }, parentPollMs)
    timer.unref()
  })
}
