import { cpus, loadavg, release, tmpdir, totalmem } from 'node:os'
import { statfsSync } from 'node:fs'

/** What the figures were measured on. `load`: work of others, before the run began. */
export function machine(): Record<string, string | number> {
  const { type } = statfsSync(tmpdir())
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()}`,
    disk: fileSystems[type] ?? `type ${type}`,
    node: process.version,
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
  }
}

/** statfs(2): those that matter for what fsync means. */
const fileSystems: Record<number, string> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs: fsync does nothing',
  0x794c7630: 'overlayfs',
}
