// Fencing of clients whose metadata is older or newer than ours (KIP-320).
import { KafkaError } from '../../protocol/errors.ts'
import type { PartitionStore } from '../storage/engine.ts'

/** @throws KafkaError FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH; -1 asks for no check. */
export function checkLeaderEpoch(store: PartitionStore, currentLeaderEpoch: number): void {
  if (currentLeaderEpoch < 0 || currentLeaderEpoch === store.leaderEpoch) return
  if (currentLeaderEpoch < store.leaderEpoch) {
    throw new KafkaError('FENCED_LEADER_EPOCH', `the leader epoch is ${store.leaderEpoch}`)
  }
  throw new KafkaError('UNKNOWN_LEADER_EPOCH', `the leader epoch is ${store.leaderEpoch}`)
}
