// What one partition of `__consumer_offsets` says: its groups and their offsets, in memory. Records
// change it only through `apply`, live and on start alike.
import { assert } from '../base/assert.ts'
import { replayGroup } from './classic/replay.ts'
import type { ConsumerChange } from './consumer/changes.ts'
import { replayConsumerChange } from './consumer/replay.ts'
import { ConsumerGroup } from './consumer/state.ts'
import { emptyGroup } from './classic/state.ts'
import type { GroupState } from './classic/state.ts'
import { isShareChange, isStreamsChange } from './group-records.ts'
import type { GroupChange } from './group-records.ts'
import { Offsets } from './offsets/offsets.ts'
import type { ShareChange } from './share/changes.ts'
import { replayShareChange } from './share/replay.ts'
import { ShareGroup } from './share/state.ts'
import type { StreamsChange } from './streams/changes.ts'
import { replayStreamsChange } from './streams/replay.ts'
import { StreamsGroup } from './streams/state.ts'

/** Where a record came from; a record that is just being written has the same. */
export interface RecordPlace {
  readonly recordOffset: number
  /** Of a transactional batch; -1 otherwise. */
  readonly producerId: number
  /** The record's timestamp, wall-clock ms. */
  readonly timestampMs: number
}

/** Kinds of groups; a name is of one at a time. */
export type GroupKind = 'classic' | 'consumer' | 'share' | 'streams'

export class GroupShard {
  readonly offsets = new Offsets()
  readonly #groups = new Map<string, GroupState>()
  readonly #consumerGroups = new Map<string, ConsumerGroup>()
  readonly #shareGroups = new Map<string, ShareGroup>()
  readonly #streamsGroups = new Map<string, StreamsGroup>()

  /** A classic group. Undefined: there is none. */
  group(groupId: string): GroupState | undefined {
    return this.#groups.get(groupId)
  }

  groups(): Iterable<GroupState> {
    return this.#groups.values()
  }

  /** Undefined: there is no consumer group of that name. */
  consumerGroup(groupId: string): ConsumerGroup | undefined {
    return this.#consumerGroups.get(groupId)
  }

  /** Undefined: there is no share group of that name. */
  shareGroup(groupId: string): ShareGroup | undefined {
    return this.#shareGroups.get(groupId)
  }

  /** Undefined: there is no streams group of that name. */
  streamsGroup(groupId: string): StreamsGroup | undefined {
    return this.#streamsGroups.get(groupId)
  }

  /** Of which kind the group of that name is; null: there is none. */
  kindOf(groupId: string): GroupKind | null {
    if (this.#groups.has(groupId)) return 'classic'
    if (this.#consumerGroups.has(groupId)) return 'consumer'
    if (this.#shareGroups.has(groupId)) return 'share'
    return this.#streamsGroups.has(groupId) ? 'streams' : null
  }

  get groupCount(): number {
    const modern = this.#shareGroups.size + this.#streamsGroups.size
    return this.#groups.size + this.#consumerGroups.size + modern
  }

  consumerGroups(): Iterable<ConsumerGroup> {
    return this.#consumerGroups.values()
  }

  shareGroups(): Iterable<ShareGroup> {
    return this.#shareGroups.values()
  }

  streamsGroups(): Iterable<StreamsGroup> {
    return this.#streamsGroups.values()
  }

  /**
   * Puts a decision's unpersisted part into force (who waits, who is pending, the phase of a
   * rebalance).
   */
  put(group: GroupState): void {
    if (group.kind === 'dead') return
    assert(group.kind !== 'empty' || group.members.size === 0, 'an empty group has no members')
    this.#groups.set(group.groupId, group)
  }

  /** Replays one record. */
  apply(change: GroupChange, place: RecordPlace): void {
    if (change.kind === 'offset') {
      const { groupId } = change.key
      this.offsets.apply(change.key, change.value, place)
      // A commit alone makes a group: one without members, and without a record of its own.
      if (change.value !== null && this.kindOf(groupId) === null) {
        this.#groups.set(groupId, { ...emptyGroup(groupId, place.timestampMs) })
      }
      return
    }
    if (isShareChange(change)) return this.#applyShare(change)
    if (isStreamsChange(change)) return this.#applyStreams(change)
    if (change.kind !== 'classic-group') return this.#applyConsumer(change)
    const { groupId, value } = change
    const live = this.#groups.get(groupId) ?? null
    if (value === null) {
      this.#groups.delete(groupId)
      return
    }
    this.#consumerGroups.delete(groupId)
    this.#streamsGroups.delete(groupId)
    this.#groups.set(groupId, replayGroup(groupId, value, live))
    assert(this.#groups.has(groupId), 'a stored group exists')
  }

  #applyConsumer(change: ConsumerChange): void {
    const { groupId } = change
    let group = this.#consumerGroups.get(groupId)
    if (group === undefined) {
      // Of a group that is gone, or that a compacted log tells no more of.
      if (change.value === null) return
      group = new ConsumerGroup(groupId)
      this.#consumerGroups.set(groupId, group)
      // Commits that were replayed before it made a classic one for want of a better.
      this.#groups.delete(groupId)
    }
    if (!replayConsumerChange(group, change)) this.#consumerGroups.delete(groupId)
    assert(change.value === null || !this.#groups.has(groupId), 'a group is of one kind')
  }

  #applyShare(change: ShareChange): void {
    const { groupId } = change
    let group = this.#shareGroups.get(groupId)
    if (group === undefined) {
      // Of a group that is gone, or that a compacted log tells no more of.
      if (change.value === null) return
      group = new ShareGroup(groupId)
      this.#shareGroups.set(groupId, group)
    }
    if (!replayShareChange(group, change)) this.#shareGroups.delete(groupId)
  }

  #applyStreams(change: StreamsChange): void {
    const { groupId } = change
    let group = this.#streamsGroups.get(groupId)
    if (group === undefined) {
      // Of a group that is gone, or that a compacted log tells no more of.
      if (change.value === null) return
      group = new StreamsGroup(groupId)
      this.#streamsGroups.set(groupId, group)
      // Commits that were replayed before it made a classic one for want of a better.
      this.#groups.delete(groupId)
    }
    if (!replayStreamsChange(group, change)) this.#streamsGroups.delete(groupId)
    assert(change.value === null || !this.#groups.has(groupId), 'a group is of one kind')
  }
}
