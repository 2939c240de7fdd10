// What the group coordinator is given: by the broker at its making, by handlers with each request.
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Clock } from '../io/clock.ts'
import type { Logger } from '../io/logger.ts'
import type { Random } from '../io/random.ts'
import type { MaybePromise } from '../base/maybe-promise.ts'
import type { CountByWord } from '../metrics/instruments.ts'
import type { PartitionStore } from '../storage/engine.ts'
import type { LeaveEvent } from './classic/step.ts'
import type { TopicsView } from './consumer/step.ts'
import type { MemberConnection } from './member-connections.ts'
import type { ShareStateMaker } from './share-groups.ts'

/** `__consumer_offsets` as the broker gives it: made on first need. */
export interface InternalTopic {
  /** Makes the topic if it does not exist. @throws KafkaError when it cannot. */
  ensure(): MaybePromise<void>
  /** 0 while the topic does not exist. */
  partitionCount(): number
  store(index: number): PartitionStore | undefined
}

/** What the coordinator must know of a request's sender; a RequestContext is one. */
export interface Caller {
  readonly apiVersion: number
  readonly clientId: string | null
  readonly connection: MemberConnection & { readonly clientAddress: string }
}

/** What groups count. */
export interface GroupInstruments {
  readonly rebalances: CountByWord
  offsetCommits: number
}

export interface GroupCoordinatorOptions {
  readonly config: BrokerConfig
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly topic: InternalTopic
  readonly topics: TopicsView
  /** A group's own settings, by key (resource type 32). Default: none. */
  readonly groupConfigs?: (groupId: string) => ReadonlyMap<string, string>
  /** Keeps the state of share partitions. */
  readonly shareStates: ShareStateMaker
  /** A member of a share group was fenced. */
  readonly onShareMemberFenced?: (groupId: string, memberId: string) => void
  /** An administrator has set or deleted offsets of a share group, or the group itself. */
  readonly onShareOffsetsChanged?: (groupId: string) => void
  /** Told of each rebalance of a classic group, and of commits. Default: nobody is. */
  readonly instruments?: GroupInstruments
  /**
   * A broken invariant where no request can carry it: the broker must stop. Default: throws out of
   * the event loop.
   */
  readonly crash?: (cause: unknown) => void
  /**
   * Runs once the requests that arrived together are read: commits are gathered till then, and
   * stored with one write. Default: each is stored at once.
   */
  readonly afterTurn?: (run: () => void) => void
}

export interface LeaveRequest {
  readonly groupId: string
  readonly members: readonly (LeaveEvent['members'][number] & {
    /** KIP-800: for the log. */
    readonly reason?: string | null
  })[]
}
