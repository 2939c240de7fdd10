// Whether the broker is well enough to be sent clients.
import type { MonitoredBroker } from '../monitoring/metric.ts'

export interface Health {
  /** True while clients are served and there is a disk to serve them from. */
  readonly ready: boolean
  readonly phase: 'starting' | 'serving' | 'stopping'
  /** Log directories that are out of use. */
  readonly offlineDirectoryCount: number
  /** Partitions that answer KAFKA_STORAGE_ERROR. */
  readonly offlinePartitionCount: number
}

/** `broker` is null until its data is open. */
export function healthOf(broker: MonitoredBroker | null): Health {
  const phase = broker?.phase() ?? 'starting'
  if (broker === null) {
    return { ready: false, phase, offlineDirectoryCount: 0, offlinePartitionCount: 0 }
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
  return {
    ready: phase === 'serving' && hasDisk,
    phase,
    offlineDirectoryCount,
    offlinePartitionCount,
  }
}
