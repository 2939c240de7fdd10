// The end of all logs: each is synced and closed, a few at a time. Says which directories are not on
// the device whole, for those get no clean-shutdown marker.
import { AssertionFailure, assert } from '../base/assert.ts'
import type { LogDirectory } from '../log/log-directory.ts'
import type { PartitionLog } from '../log/partition-log.ts'

// Syncs that wait together share a commit of the file system's journal.
const parallelCloses = 4

/** Closes all logs; answers the directories with one that could not be, or was offline. */
export async function closeLogs(
  homes: ReadonlyMap<PartitionLog, LogDirectory>,
): Promise<ReadonlySet<LogDirectory>> {
  const unclean = new Set<LogDirectory>()
  const left = [...homes]
  const closeNext = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [log, directory] = next
      if (!log.online) unclean.add(directory)
      if (!(await isClosed(log))) unclean.add(directory)
    }
  }
  await Promise.all(Array.from({ length: parallelCloses }, closeNext))
  assert(left.length === 0, 'every log is closed')
  return unclean
}

/** False when the disk refused what was left to write. */
async function isClosed(log: PartitionLog): Promise<boolean> {
  try {
    await log.close()
    return true
  } catch (error) {
    if (error instanceof AssertionFailure) throw error
    log.abandon()
    return false
  }
}
