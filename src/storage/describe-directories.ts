// What DescribeLogDirs, health and metrics are told of the log directories.
import { resolve } from 'node:path'
import type { Disk } from '../io/disk.ts'
import { diskErrorCode } from '../io/disk.ts'
import type { LogDirectory } from '../log/log-directory.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { DataDirectories } from './data-directories.ts'
import type { LogDirectoryInfo } from './engine.ts'
import type { LogMoves } from './log-moves.ts'

export function describeDirectories(of: {
  readonly directories: DataDirectories
  readonly homes: ReadonlyMap<PartitionLog, LogDirectory>
  readonly moves: LogMoves
  readonly disk: Disk
}): readonly LogDirectoryInfo[] {
  const { directories, homes, moves, disk } = of
  const nothing = { online: false, freeBytes: -1, totalBytes: -1, partitions: [], futures: [] }
  const offline = directories.offlinePaths.map((path) => ({ path: resolve(path), ...nothing }))
  const usable = directories.all.map((directory) => {
    const path = resolve(directory.path)
    const partitions = [...homes].flatMap(([log, home]) => (home === directory ? log : []))
    const futures = moves.futuresIn(directory)
    try {
      const space = disk.space(directory.path)
      return { path, online: true, ...space, partitions, futures }
    } catch (error) {
      if (diskErrorCode(error) === 'UNKNOWN') throw error
      return { path, ...nothing, partitions }
    }
  })
  return [...usable, ...offline]
}
