// The stored state of share partitions, as one partition of `__share_group_state` holds it: snapshots
// and what has changed since (KIP-932). Decides what a request stores; replay is the only writer.
import type { ErrorName } from '../../../protocol/errors.ts'
import { errorText } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import type { TopicsView } from '../consumer/step.ts'
import type { StateBatch } from './share-partition.ts'
import { combineBatches } from './state-batches.ts'

export interface SharePartitionKey {
  readonly groupId: string
  readonly topicId: string
  readonly partition: number
}

/** The key as FindCoordinator has it; its hash says which partition keeps the state. */
export function shareCoordinatorKey({ groupId, topicId, partition }: SharePartitionKey): string {
  return `${groupId}:${topicId}:${partition}`
}

/** ShareSnapshotValue. */
export interface ShareState {
  readonly snapshotEpoch: number
  /** Grows when an administrator sets the offsets; older writers are fenced. */
  readonly stateEpoch: number
  /** Of the partition's leader that last read the state; older ones are fenced. */
  readonly leaderEpoch: number
  /** -1: as share.auto.offset.reset says, once somebody fetches. */
  readonly startOffset: number
  /** Records from the start offset on that are over; -1 unknown. */
  readonly deliveryCompleteCount: number
  readonly createTimestampMs: number
  readonly writeTimestampMs: number
  /** Ascending, disjoint. */
  readonly batches: readonly StateBatch[]
}

/** ShareUpdateValue: laid over the snapshot of that epoch. */
export type ShareStateUpdate = Pick<
  ShareState,
  'snapshotEpoch' | 'leaderEpoch' | 'startOffset' | 'deliveryCompleteCount' | 'batches'
>

export type ShareStateChange =
  | {
      readonly kind: 'snapshot'
      readonly key: SharePartitionKey
      /** Null: the state is gone. */
      readonly value: ShareState | null
    }
  | {
      readonly kind: 'update'
      readonly key: SharePartitionKey
      readonly value: ShareStateUpdate
    }

/** What the leader of a partition wants kept. */
export interface StateToWrite {
  readonly stateEpoch: number
  /** -1: not checked. */
  readonly leaderEpoch: number
  /** -1: as before. */
  readonly startOffset: number
  readonly deliveryCompleteCount: number
  readonly batches: readonly StateBatch[]
}

export interface StateAnswer {
  readonly error: ErrorName
  readonly message: string | null
}

export interface StoredAnswer extends StateAnswer {
  /** Null with an error. */
  readonly state: ShareState | null
}

/** A decision: what is stored, and what is answered then. */
export interface StateStep<Answer extends StateAnswer> {
  readonly changes: readonly ShareStateChange[]
  readonly answer: Answer
}

interface Entry {
  readonly state: ShareState
  /** Updates since the snapshot. */
  readonly updateCount: number
  /** The snapshot's offset in the log; nothing before it is needed for this key. */
  readonly snapshotOffset: number
}

const stored: StateAnswer = { error: 'NONE', message: null }

export class ShareStates {
  readonly #entries = new Map<string, { readonly key: SharePartitionKey } & Entry>()

  get size(): number {
    return this.#entries.size
  }

  get(key: SharePartitionKey): ShareState | undefined {
    return this.#entries.get(shareCoordinatorKey(key))?.state
  }

  *keys(): Iterable<SharePartitionKey> {
    for (const { key } of this.#entries.values()) yield key
  }

  entries(): Iterable<{ readonly key: SharePartitionKey; readonly state: ShareState }> {
    return this.#entries.values()
  }

  /** The oldest record that is still needed; null when none is. */
  oldestNeededOffset(): number | null {
    let oldest: number | null = null
    for (const { snapshotOffset } of this.#entries.values()) {
      oldest = Math.min(oldest ?? snapshotOffset, snapshotOffset)
    }
    return oldest
  }

  /** InitializeShareGroupState: a new state, in place of what there was. */
  initialize(
    key: SharePartitionKey,
    { stateEpoch, startOffset }: Pick<ShareState, 'stateEpoch' | 'startOffset'>,
    { topics, nowMs }: { readonly topics: TopicsView; readonly nowMs: number },
  ): StateStep<StateAnswer> {
    const known = this.get(key)
    const invalid = keyProblem(key)
    if (invalid !== null) return refused(invalid)
    if (stateEpoch !== -1 && known !== undefined && known.stateEpoch > stateEpoch) {
      return refused(because('FENCED_STATE_EPOCH'))
    }
    if (!exists(key, topics)) return refused(because('UNKNOWN_TOPIC_OR_PARTITION'))
    const value: ShareState = {
      snapshotEpoch: known === undefined ? 0 : known.snapshotEpoch + 1,
      stateEpoch,
      leaderEpoch: 0,
      startOffset,
      deliveryCompleteCount: startOffset === -1 ? -1 : 0,
      createTimestampMs: nowMs,
      writeTimestampMs: nowMs,
      batches: [],
    }
    return { changes: [{ kind: 'snapshot', key, value }], answer: stored }
  }

  /** WriteShareGroupState: an update, or a snapshot when there were enough updates. */
  write(key: SharePartitionKey, change: StateToWrite, input: WriteInput): StateStep<StateAnswer> {
    const problem = this.#accessProblem(key, 'Write', change, input.topics)
    const known = this.#entries.get(shareCoordinatorKey(key))
    if (problem !== null || known === undefined) return refused(problem ?? because('NONE'))
    const leaderEpoch = known.state.leaderEpoch
    if (!change.batches.every(isRange)) return refused(because('INVALID_REQUEST'))
    const record = this.#record(known, { ...change, leaderEpoch }, input)
    return { changes: [record], answer: stored }
  }

  /** ReadShareGroupState; a newer leader fences those before it. */
  read(key: SharePartitionKey, leaderEpoch: number, input: WriteInput): StateStep<StoredAnswer> {
    const access = { leaderEpoch, stateEpoch: -1 }
    const problem = this.#accessProblem(key, 'Read', access, input.topics)
    const known = this.#entries.get(shareCoordinatorKey(key))
    if (problem !== null || known === undefined) {
      return { changes: [], answer: { ...(problem ?? because('NONE')), state: null } }
    }
    const { state } = known
    const answer = { ...stored, state }
    if (leaderEpoch === -1 || leaderEpoch === state.leaderEpoch) return { changes: [], answer }
    const { startOffset, deliveryCompleteCount, stateEpoch } = state
    const change = { startOffset, deliveryCompleteCount, stateEpoch, leaderEpoch, batches: [] }
    return { changes: [this.#record(known, change, input)], answer }
  }

  /** ReadShareGroupStateSummary: without an error there may be no state. */
  summary(key: SharePartitionKey, topics: TopicsView): StateStep<StoredAnswer> {
    const problem = keyProblem(key) ?? missingTopic(key, topics)
    if (problem !== null) return { changes: [], answer: { ...problem, state: null } }
    return { changes: [], answer: { ...stored, state: this.get(key) ?? null } }
  }

  /** DeleteShareGroupState; what is not there is gone already. */
  remove(key: SharePartitionKey, topics: TopicsView): StateStep<StateAnswer> {
    const problem = keyProblem(key) ?? missingTopic(key, topics)
    if (problem !== null) return refused(problem)
    return { changes: this.get(key) === undefined ? [] : [tombstone(key)], answer: stored }
  }

  /** All states of a topic that is deleted. */
  tombstonesOfTopic(topicId: string): ShareStateChange[] {
    return [...this.keys()].filter((key) => key.topicId === topicId).map(tombstone)
  }

  /**
   * New snapshots of states whose last one is older than `olderThanMs`, so that what lies before
   * them can be deleted. None while no state has changed since.
   */
  coldSnapshots(nowMs: number, olderThanMs: number): ShareStateChange[] {
    const entries = [...this.#entries.values()]
    const isCold = ({ state }: Entry) => state.createTimestampMs !== state.writeTimestampMs
    if (entries.every(isCold)) return []
    return entries
      .filter(({ state }) => nowMs - state.writeTimestampMs >= olderThanMs)
      .map(({ key, state }) => {
        const snapshotEpoch = state.snapshotEpoch + 1
        return {
          kind: 'snapshot',
          key,
          value: { ...state, snapshotEpoch, writeTimestampMs: nowMs },
        }
      })
  }

  /** Replays a stored record. */
  apply({ kind, key, value }: ShareStateChange, recordOffset: number): void {
    const name = shareCoordinatorKey(key)
    const known = this.#entries.get(name)
    assert(recordOffset >= (known?.snapshotOffset ?? 0), 'records come in the order of the log')
    if (value === null) this.#entries.delete(name)
    else if (kind === 'snapshot') {
      const leaderEpoch = Math.max(value.leaderEpoch, known?.state.leaderEpoch ?? 0)
      const state = { ...value, leaderEpoch }
      this.#entries.set(name, { key, state, updateCount: 0, snapshotOffset: recordOffset })
    } else {
      const state = known === undefined ? fromUpdate(value) : merged(known.state, value)
      const updateCount = (known?.updateCount ?? 0) + 1
      const snapshotOffset = known?.snapshotOffset ?? recordOffset
      this.#entries.set(name, { key, state, updateCount, snapshotOffset })
    }
  }

  #record(
    { key, state, updateCount }: Entry & { readonly key: SharePartitionKey },
    change: StateToWrite,
    { nowMs, updatesPerSnapshot }: WriteInput,
  ): ShareStateChange {
    const { snapshotEpoch } = state
    const { leaderEpoch, startOffset, deliveryCompleteCount } = change
    const kept = { leaderEpoch, deliveryCompleteCount }
    if (updateCount < updatesPerSnapshot) {
      const batches = combineBatches(change.batches, startOffset)
      return { kind: 'update', key, value: { snapshotEpoch, startOffset, batches, ...kept } }
    }
    const value = {
      ...merged(state, { snapshotEpoch: snapshotEpoch + 1, ...change }),
      snapshotEpoch: snapshotEpoch + 1,
      createTimestampMs: nowMs,
      writeTimestampMs: nowMs,
    }
    return { kind: 'snapshot', key, value }
  }

  #accessProblem(
    key: SharePartitionKey,
    what: 'Read' | 'Write',
    { leaderEpoch, stateEpoch }: Pick<StateToWrite, 'leaderEpoch' | 'stateEpoch'>,
    topics: TopicsView,
  ): StateAnswer | null {
    const known = this.get(key)
    const invalid = keyProblem(key)
    if (invalid !== null) return invalid
    if (known === undefined) {
      const message = `${what} operation on uninitialized share partition not allowed.`
      return { error: 'INVALID_REQUEST', message }
    }
    if (leaderEpoch !== -1 && known.leaderEpoch > leaderEpoch) return because('FENCED_LEADER_EPOCH')
    if (stateEpoch !== -1 && known.stateEpoch > stateEpoch) return because('FENCED_STATE_EPOCH')
    return missingTopic(key, topics)
  }
}

export interface WriteInput {
  readonly topics: TopicsView
  readonly nowMs: number
  /** share.coordinator.snapshot.update.records.per.snapshot */
  readonly updatesPerSnapshot: number
}

/** An update whose snapshot a shortened log tells no more of. */
function fromUpdate(value: ShareStateUpdate): ShareState {
  return { ...value, stateEpoch: 0, createTimestampMs: 0, writeTimestampMs: 0 }
}

function merged(state: ShareState, change: ShareStateUpdate): ShareState {
  const startOffset = change.startOffset === -1 ? state.startOffset : change.startOffset
  return {
    ...state,
    startOffset,
    leaderEpoch: Math.max(state.leaderEpoch, change.leaderEpoch),
    deliveryCompleteCount: change.deliveryCompleteCount,
    batches: combineBatches([...state.batches, ...change.batches], startOffset),
  }
}

function isRange({ firstOffset, lastOffset }: StateBatch): boolean {
  return firstOffset <= lastOffset
}

function keyProblem({ partition }: SharePartitionKey): StateAnswer | null {
  if (partition >= 0) return null
  return { error: 'INVALID_REQUEST', message: 'The partition id cannot be a negative number.' }
}

function missingTopic(key: SharePartitionKey, topics: TopicsView): StateAnswer | null {
  return exists(key, topics) ? null : because('UNKNOWN_TOPIC_OR_PARTITION')
}

function exists({ topicId, partition }: SharePartitionKey, topics: TopicsView): boolean {
  return partition < (topics.byId(topicId)?.partitionCount ?? 0)
}

function tombstone(key: SharePartitionKey): ShareStateChange {
  return { kind: 'snapshot', key, value: null }
}

function because(error: ErrorName): StateAnswer {
  return { error, message: errorText(error) }
}

function refused(answer: StateAnswer): StateStep<StateAnswer> {
  return { changes: [], answer }
}
