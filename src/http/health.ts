// Whether the broker is well enough to be sent clients.
import type { MonitoredBroker } from '../monitoring/metric.ts'

export interface Health {
  /** True while clients are served and there is a disk to serve them from. */
  readonly ready: boolean
  /** Why it is not ready; null when it is. */
  readonly reason: string | null
  readonly phase: 'starting' | 'serving' | 'stopping'
  /** Log directories that are out of use. */
  readonly offlineDirectoryCount: number
  /** Partitions that answer KAFKA_STORAGE_ERROR. */
  readonly offlinePartitionCount: number
}

const reasons = {
  starting: 'the listeners are being opened',
  serving: null,
  stopping: 'the broker is stopping',
} as const

/** `broker` is null until its data is open. */
export function healthOf(broker: MonitoredBroker | null): Health {
  const phase = broker?.phase() ?? 'starting'
  if (broker === null) {
    const reason = 'the data directory is being opened, and recovered where the last run was killed'
    return { ready: false, reason, phase, offlineDirectoryCount: 0, offlinePartitionCount: 0 }
  }
  const { storage, catalog } = broker.services
  const directories = storage.logDirectories()
  const offlineDirectoryCount = directories.filter(({ online }) => !online).length
  let offlinePartitionCount = 0
  for (const { name, partitions } of catalog.topics()) {
    for (const { partition } of partitions) {
      if (storage.partition(name, partition)?.online !== true) offlinePartitionCount += 1
    }
  }
  const hasDisk = offlineDirectoryCount < directories.length
  const reason = hasDisk ? reasons[phase] : 'every log directory is out of use'
  return {
    ready: reason === null,
    reason,
    phase,
    offlineDirectoryCount,
    offlinePartitionCount,
  }
}
