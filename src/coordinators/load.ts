// Replays a partition of `__consumer_offsets` from its log. Records of kinds that this version does
// not know are left as they are.
import type { Logger } from '../io/logger.ts'
import type { PartitionStore } from '../storage/engine.ts'
import { decodeChange } from './group-records.ts'
import { replayLog } from './log-replay.ts'
import type { GroupShard } from './shard.ts'

export interface LoadInput {
  readonly shard: GroupShard
  readonly store: PartitionStore
  readonly logger: Logger
  /**
   * Most bytes to read at once (offsets.load.buffer.size), and most that a batch may inflate to.
   */
  readonly limitBytes: { readonly read: number; readonly inflated: number }
}

/** Replays all that the partition holds. A batch that cannot be read is skipped, and logged. */
export async function loadShard(input: LoadInput): Promise<void> {
  const { shard, store, logger, limitBytes } = input
  await replayLog({
    store,
    logger,
    limitBytes,
    onRecord: ({ key, value }, place) => {
      const change = decodeChange(key, value)
      if (change !== null) shard.apply(change, place)
    },
    onMarker: (producerId, outcome) => shard.offsets.endTransaction(producerId, outcome),
  })
}
