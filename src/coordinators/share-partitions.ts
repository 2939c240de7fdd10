// The share partitions that this broker leads, at work (KIP-932): their machines, the state that is
// stored for them, the time of their locks, and fetches that wait for records to become available.
import type { ErrorName } from '../../protocol/errors.ts'
import { assert } from '../base/assert.ts'
import { chain, isPromise } from '../base/maybe-promise.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { Cancel, Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { PartitionStore } from '../storage/engine.ts'
import type { ShareOffsetReset, ShareRecordRules } from './share-rules.ts'
import { acknowledge } from './share/acknowledge.ts'
import type { AcknowledgeRequest } from './share/acknowledge.ts'
import { acquire } from './share/acquire.ts'
import type { AcquiredRange, AcquireRequest } from './share/acquire.ts'
import { SharePartition } from './share/share-partition.ts'
import type { StateWrite } from './share/share-partition.ts'
import { shareCoordinatorKey } from './share/stored-states.ts'
import type {
  SharePartitionKey,
  StateAnswer,
  StateToWrite,
  StoredAnswer,
} from './share/stored-states.ts'

/** Where the state of share partitions is kept; the share coordinator is one. */
export interface ShareStateKeeper {
  read(key: SharePartitionKey, leaderEpoch: number): MaybePromise<StoredAnswer>
  write(key: SharePartitionKey, change: StateToWrite): MaybePromise<StateAnswer>
}

export interface SharePartitionsOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly states: ShareStateKeeper
  /** With the settings of the group's own. */
  readonly rules: (groupId: string) => ShareRecordRules
  /** A broken invariant where no request can carry it: the broker must stop. */
  readonly crash: (cause: unknown) => void
}

/** A share partition, from its first fetch until its group has no sessions or its topic is gone. */
export interface LiveSharePartition {
  readonly key: SharePartitionKey
  readonly partition: SharePartition
  readonly stateEpoch: number
  readonly leaderEpoch: number
  /** Called once when something may have become available, or the partition is closed. */
  readonly waiting: Set<() => void>
  lockTimer: { readonly endMs: number; readonly cancel: Cancel } | null
  isClosed: boolean
}

const done: StateAnswer = { error: 'NONE', message: null }

export class SharePartitions {
  readonly #options: SharePartitionsOptions
  readonly #live = new Map<string, LiveSharePartition>()
  readonly #opening = new Map<string, Promise<LiveSharePartition | StateAnswer>>()

  constructor(options: SharePartitionsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#live.size
  }

  rules(groupId: string): ShareRecordRules {
    return this.#options.rules(groupId)
  }

  find(key: SharePartitionKey): LiveSharePartition | undefined {
    return this.#live.get(shareCoordinatorKey(key))
  }

  /** The share partition with its stored state; why there is none. */
  open(
    key: SharePartitionKey,
    store: PartitionStore,
  ): MaybePromise<LiveSharePartition | StateAnswer> {
    const name = shareCoordinatorKey(key)
    const known = this.#live.get(name) ?? this.#opening.get(name)
    if (known !== undefined) return known
    const { leaderEpoch } = store
    const opened = chain(this.#options.states.read(key, leaderEpoch), (answer) => {
      if (answer.state === null) return leaderAnswer(answer)
      const { startOffset, stateEpoch, batches } = answer.state
      return chain(this.#startOffset(key.groupId, startOffset, store), (offset) => {
        try {
          const partition = new SharePartition({ startOffset: offset, batches })
          return this.#add({ key, partition, stateEpoch, leaderEpoch })
        } catch (error) {
          if (!(error instanceof Error) || error.name === 'AssertionFailure') throw error
          this.#options.logger.error({ ...key, cause: error.message }, 'share state not usable')
          return { error: 'UNKNOWN_SERVER_ERROR', message: error.message } as const
        }
      })
    })
    if (!isPromise(opened)) return opened
    const forgetting = opened.finally(() => this.#opening.delete(name))
    this.#opening.set(name, forgetting)
    return forgetting
  }

  /** Acquires what was read for the member. */
  acquire(live: LiveSharePartition, request: AcquireRequest): readonly AcquiredRange[] {
    if (live.isClosed) return []
    const rules = this.rules(live.key.groupId)
    const nowMs = this.#options.clock.monotonicMs()
    const ranges = acquire(live.partition, request, rules, nowMs)
    if (ranges.length > 0) this.#keepTime(live, nowMs + rules.lockDurationMs)
    return ranges
  }

  /** Answers when what the member says is stored. */
  acknowledge(key: SharePartitionKey, request: AcknowledgeRequest): MaybePromise<StateAnswer> {
    const live = this.find(key)
    if (live === undefined) return { error: 'UNKNOWN_TOPIC_OR_PARTITION', message: null }
    const rules = this.rules(key.groupId)
    const nowMs = this.#options.clock.monotonicMs()
    const step = acknowledge(live.partition, request, rules, nowMs)
    if (!('write' in step)) return step
    return step.write === null ? done : this.#store(live, step.write)
  }

  /** The member is gone: what it holds is for others. */
  releaseMember(groupId: string, memberId: string): void {
    const rules = this.rules(groupId)
    for (const live of [...this.#live.values()]) {
      if (live.key.groupId !== groupId) continue
      const write = live.partition.releaseMember(memberId, rules)
      if (write === null) continue
      const stored = this.#store(live, write)
      if (isPromise(stored)) stored.catch(this.#options.crash)
    }
  }

  /** The log begins further up now. */
  moveLogStart(live: LiveSharePartition, offset: number): void {
    live.partition.moveLogStart(offset)
  }

  /** Calls `wake` once when something may have become available. The returned function cancels. */
  onceAvailable({ waiting, isClosed }: LiveSharePartition, wake: () => void): () => void {
    assert(!isClosed, 'nothing comes of a closed partition')
    const entry = (): void => wake()
    waiting.add(entry)
    return () => void waiting.delete(entry)
  }

  /** Closes share partitions: their state is read anew when they are next fetched from. */
  closeAll(isMeant: (key: SharePartitionKey) => boolean): void {
    for (const live of [...this.#live.values()]) if (isMeant(live.key)) this.#close(live)
  }

  #add(made: Pick<LiveSharePartition, 'key' | 'partition' | 'stateEpoch' | 'leaderEpoch'>) {
    const name = shareCoordinatorKey(made.key)
    const known = this.#live.get(name)
    if (known !== undefined) return known
    const live: LiveSharePartition = {
      ...made,
      waiting: new Set(),
      lockTimer: null,
      isClosed: false,
    }
    this.#live.set(name, live)
    return live
  }

  #close(live: LiveSharePartition): void {
    live.isClosed = true
    live.lockTimer?.cancel()
    live.lockTimer = null
    const known = this.#live.delete(shareCoordinatorKey(live.key))
    assert(known, 'a live partition is known')
    wakeAll(live)
  }

  #store(live: LiveSharePartition, write: StateWrite): MaybePromise<StateAnswer> {
    const { states } = this.#options
    const { key, partition, stateEpoch, leaderEpoch } = live
    const { unsettled, ...rest } = write
    assert(unsettled.length <= rest.batches.length, 'what waits is in the write')
    return chain(states.write(key, { ...rest, stateEpoch, leaderEpoch }), (stored) => {
      const isStored = stored.error === 'NONE'
      partition.settle(write, isStored)
      const answer = leaderAnswer(stored)
      if (!isStored) {
        const { error, message } = stored
        this.#options.logger.warn({ ...key, error, message }, 'share partition not stored')
        // Locks that ran out meanwhile are noticed now.
        this.#keepTime(live, this.#options.clock.monotonicMs())
        if (closingErrors.has(answer.error) && !live.isClosed) this.#close(live)
      }
      wakeAll(live)
      return answer
    })
  }

  /** Looks for locks that are over no later than at `endMs`. */
  #keepTime(live: LiveSharePartition, endMs: number): void {
    if (live.isClosed) return
    const { clock, crash } = this.#options
    if (live.lockTimer !== null && live.lockTimer.endMs <= endMs) return
    live.lockTimer?.cancel()
    const delayMs = Math.max(0, endMs - clock.monotonicMs())
    const cancel = clock.after(delayMs, () => {
      live.lockTimer = null
      try {
        this.#expireLocks(live)
      } catch (error) {
        crash(error)
      }
    })
    live.lockTimer = { endMs, cancel }
  }

  #expireLocks(live: LiveSharePartition): void {
    const { clock, crash } = this.#options
    const { partition, key } = live
    const write = partition.expireLocks(this.rules(key.groupId), clock.monotonicMs())
    if (write !== null) {
      const stored = this.#store(live, write)
      if (isPromise(stored)) stored.catch(crash)
    }
    const endMs = partition.nextLockEndMs()
    if (endMs !== null) this.#keepTime(live, endMs)
  }

  #startOffset(groupId: string, stored: number, store: PartitionStore): MaybePromise<number> {
    if (stored !== -1) return stored
    const { offsetReset } = this.rules(groupId)
    return resetOffset(offsetReset, store, this.#options.clock.nowMs())
  }
}

function resetOffset(
  reset: ShareOffsetReset,
  store: PartitionStore,
  nowMs: number,
): MaybePromise<number> {
  if (reset.kind !== 'by-duration') {
    return reset.kind === 'earliest' ? store.logStartOffset : store.highWatermark
  }
  const found = store.offsetForTimestamp(nowMs - reset.durationMs, 'high-watermark')
  // Nothing is as young as that: what is still to come will be.
  return chain(found, (at) => at?.offset ?? store.highWatermark)
}

function wakeAll({ waiting }: LiveSharePartition): void {
  for (const wake of [...waiting]) {
    waiting.delete(wake)
    wake()
  }
}

/** After these the leader's view of the state is no longer the stored one. */
const closingErrors: ReadonlySet<ErrorName> = new Set([
  'NOT_LEADER_OR_FOLLOWER',
  'GROUP_ID_NOT_FOUND',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

/** What a consumer is told when the keeper of the state refuses, as Kafka maps it. */
function leaderAnswer({ error, message }: StateAnswer): StateAnswer {
  switch (error) {
    case 'NONE':
    case 'GROUP_ID_NOT_FOUND':
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return { error, message }
    case 'NOT_COORDINATOR':
    case 'COORDINATOR_NOT_AVAILABLE':
    case 'COORDINATOR_LOAD_IN_PROGRESS':
      return { error: 'COORDINATOR_NOT_AVAILABLE', message }
    case 'FENCED_LEADER_EPOCH':
    case 'FENCED_STATE_EPOCH':
      return { error: 'NOT_LEADER_OR_FOLLOWER', message }
    default:
      return { error: 'UNKNOWN_SERVER_ERROR', message }
  }
}
