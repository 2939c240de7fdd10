// What partitions together know of producers' epochs: for a transaction coordinator whose own log
// lost the latest.
import type { PartitionLog } from '../log/partition-log.ts'

/** The highest epoch of each producer id in any of the logs. */
export function highestEpochs(logs: Iterable<PartitionLog>): ReadonlyMap<number, number> {
  const highest = new Map<number, number>()
  for (const log of logs) {
    for (const [producerId, { producerEpoch }] of log.producerTraces()) {
      if (producerEpoch > (highest.get(producerId) ?? -1)) highest.set(producerId, producerEpoch)
    }
  }
  return highest
}
