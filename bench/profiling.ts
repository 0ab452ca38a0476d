/** What every process that is measured can tell of itself. */
import { writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'

let profiler: Session | undefined

export const profiling = {
  residentBytes: () => ({ now: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024 }),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  },
  async profileStart() {
    profiler = new Session()
    profiler.connect()
    await profiler.post('Profiler.enable')
    await profiler.post('Profiler.setSamplingInterval', { interval: samplingMicroseconds })
    await profiler.post('Profiler.start')
  },
  async profileStop(file: string) {
    const stopped = await profiler?.post('Profiler.stop')
    profiler?.disconnect()
    await writeFile(file, JSON.stringify(stopped?.profile))
  },
}

const samplingMicroseconds = 250
