// The vocabulary of the streams group machine: what can happen to a group (events), what a step
// decides (records, effects), and the draft that a step writes its decision into.
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert, defined } from '../../base/assert.ts'
import type { Ticket } from '../classic/state.ts'
import type { TopicsView } from '../consumer/step.ts'
import type { StreamsChange } from './changes.ts'
import type {
  Endpoint,
  ReadonlyStreamsGroup,
  ReportedOffsets,
  StreamsMember,
  TaskOffset,
} from './state.ts'
import type { TaskIds, Tasks } from './tasks.ts'
import type { ConfiguredTopology, SizedTopic, Status, Topology } from './topology.ts'

/** What the machine must know of the configuration; a group's own settings are in it. */
export interface StreamsRules {
  /** streams.session.timeout.ms */
  readonly sessionTimeoutMs: number
  /** streams.heartbeat.interval.ms: what members are told. */
  readonly heartbeatIntervalMs: number
  /** streams.assignment.interval.ms: time between two target assignments. */
  readonly assignmentIntervalMs: number
  /** streams.initial.rebalance.delay.ms: how long the first members wait for others. */
  readonly initialDelayMs: number
  /** streams.num.standby.replicas */
  readonly standbyCount: number
  /** streams.task.offset.interval.ms: what members are told. */
  readonly taskOffsetIntervalMs: number
  /** streams.acceptable.recovery.lag: what members are told. */
  readonly acceptableRecoveryLag: number
  /** group.streams.max.size */
  readonly maxSize: number
}

/** StreamsGroupHeartbeat, checked as far as that needs no group. */
export interface StreamsHeartbeatEvent {
  readonly kind: 'streams-heartbeat'
  readonly ticket: Ticket<StreamsHeartbeatAnswer>
  readonly memberId: string
  /** 0 joins, -1 leaves, -2 leaves for a while. */
  readonly memberEpoch: number
  /** Of the endpoints that the member knows. */
  readonly endpointEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  /** -1: as before. */
  readonly rebalanceTimeoutMs: number
  /** Null: as before, here and below. */
  readonly topology: Topology | null
  readonly owned: Tasks | null
  readonly processId: string | null
  readonly userEndpoint: Endpoint | null
  readonly clientTags: ReadonlyMap<string, string> | null
  readonly offsets: readonly TaskOffset[] | null
  readonly endOffsets: readonly TaskOffset[] | null
  readonly shutdownApplication: boolean
  readonly clientId: string
  readonly clientHost: string
}

export type StreamsEvent =
  | StreamsHeartbeatEvent
  /** A member's time is over. With an epoch: only if it has not left that epoch since. */
  | {
      readonly kind: 'streams-fence'
      readonly memberId: string
      readonly ifEpoch: number | null
      readonly timer: StreamsTimer
    }
  /** The first members have waited long enough for others. */
  | { readonly kind: 'streams-assign'; readonly timer: StreamsTimer }

/** One-shot timers. */
export type StreamsTimer = `session:${string}` | `rebalance:${string}` | 'initial-delay'

export interface TopicPartitionsOf {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** What interactive queries find at an endpoint. */
export interface EndpointPartitions {
  readonly endpoint: Endpoint
  readonly active: readonly TopicPartitionsOf[]
  readonly standby: readonly TopicPartitionsOf[]
}

export interface StreamsHeartbeatAnswer {
  readonly error: ErrorName
  readonly message: string | null
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly taskOffsetIntervalMs: number
  readonly acceptableRecoveryLag: number
  readonly status: readonly Status[]
  /** Null: as before. */
  readonly tasks: Tasks | null
  readonly endpointEpoch: number
  /** Null: as before. */
  readonly endpoints: readonly EndpointPartitions[] | null
  /** Internal topics that are to be made now. */
  readonly missing: readonly SizedTopic[]
}

/** What a step changes of what is not stored; a key that is left out stays. */
export interface Unstored {
  readonly configured?: ConfiguredTopology
  readonly checkedTopicsVersion?: number
  readonly endpointEpoch?: number
  readonly delayedUntilMs?: number
  readonly shutdownBy?: string
  readonly reported?: { readonly memberId: string; readonly value: ReportedOffsets }
}

export type StreamsEffect =
  | {
      readonly kind: 'answer-streams'
      readonly to: Ticket<StreamsHeartbeatAnswer>
      readonly answer: StreamsHeartbeatAnswer
    }
  | {
      readonly kind: 'set-streams-timer'
      readonly timer: StreamsTimer
      readonly delayMs: number
      readonly event: StreamsEvent
    }
  | { readonly kind: 'cancel-streams-timer'; readonly timer: StreamsTimer }
  | { readonly kind: 'streams-member-removed'; readonly memberId: string }
  | { readonly kind: 'streams-unstored'; readonly value: Unstored }

/** What every part of a step may look at. */
export interface StreamsStepInput {
  readonly nowMs: number
  readonly topics: TopicsView
  readonly rules: StreamsRules
}

/** A group under decision: as the records written so far will make it; `group` is as it was found. */
export class StreamsDraft {
  readonly group: ReadonlyStreamsGroup
  readonly input: StreamsStepInput
  readonly changes: StreamsChange[] = []
  readonly effects: StreamsEffect[] = []
  groupEpoch: number
  topology: Topology | null
  unstored: Unstored = {}
  #members: Map<string, StreamsMember> | null = null
  #target: Map<string, Tasks> | null = null

  constructor(group: ReadonlyStreamsGroup, input: StreamsStepInput) {
    this.group = group
    this.input = input
    this.groupEpoch = group.groupEpoch
    this.topology = group.topology
  }

  get members(): ReadonlyMap<string, StreamsMember> {
    return this.#members ?? this.group.members
  }

  get target(): ReadonlyMap<string, Tasks> {
    return this.#target ?? this.group.target
  }

  /** What the member says of its local state, of this heartbeat or an earlier one. */
  offsetsOf(memberId: string): readonly TaskOffset[] {
    const { reported } = this.unstored
    if (reported?.memberId === memberId) return reported.value.offsets
    return this.group.reported.get(memberId)?.offsets ?? []
  }

  /** Changes what is not stored. */
  set(value: Unstored): void {
    this.unstored = { ...this.unstored, ...value }
  }

  putTopology(value: Topology): void {
    assert(this.topology === null, 'a group keeps its topology')
    this.topology = value
    this.changes.push({ kind: 'streams-topology', groupId: this.group.groupId, value })
  }

  /** Stores what the member says of itself. */
  putMetadata(member: StreamsMember): void {
    this.#ownMembers().set(member.memberId, member)
    const { memberId, instanceId, rackId, clientId, clientHost, rebalanceTimeoutMs } = member
    const { topologyEpoch, processId, userEndpoint, clientTags } = member
    const identity = { instanceId, rackId, clientId, clientHost, rebalanceTimeoutMs }
    const value = { ...identity, topologyEpoch, processId, userEndpoint, clientTags }
    this.changes.push({ kind: 'streams-member', groupId: this.group.groupId, memberId, value })
  }

  /** Stores what the member holds. */
  putHolding(member: StreamsMember): void {
    this.#ownMembers().set(member.memberId, member)
    const { memberId, memberEpoch, previousMemberEpoch, phase, assigned, pendingRevocation } =
      member
    const value = { memberEpoch, previousMemberEpoch, phase, assigned, pendingRevocation }
    this.changes.push({ kind: 'streams-current', groupId: this.group.groupId, memberId, value })
  }

  putTarget(memberId: string, value: Tasks): void {
    assert(this.members.has(memberId), 'only members have a share')
    this.#ownTarget().set(memberId, value)
    this.changes.push({ kind: 'streams-target', groupId: this.group.groupId, memberId, value })
  }

  /** `timestampMs` 0: nobody was assigned anything, so that the next target need not wait. */
  putTargetEpoch(epoch: number, timestampMs: number = this.input.nowMs): void {
    assert(epoch === this.groupEpoch, 'a target is made for the newest epoch')
    const value = { epoch, timestampMs }
    this.changes.push({ kind: 'streams-target-epoch', groupId: this.group.groupId, value })
  }

  bumpEpoch(of: {
    readonly metadataHash: number
    readonly validatedTopologyEpoch: number
    readonly assignmentConfigs: ReadonlyMap<string, string>
  }): void {
    assert(Number.isSafeInteger(of.metadataHash), 'a hash is kept exactly')
    assert(of.validatedTopologyEpoch >= -1, 'a topology is validated in an epoch of its own')
    this.groupEpoch += 1
    const value = { epoch: this.groupEpoch, ...of }
    this.changes.push({ kind: 'streams-epoch', groupId: this.group.groupId, value })
  }

  /** Takes the member out, with its timers and its connection. */
  removeMember(memberId: string): void {
    assert(this.members.has(memberId), 'only a member is removed')
    const { groupId } = this.group
    this.#ownMembers().delete(memberId)
    this.#ownTarget().delete(memberId)
    this.changes.push({ kind: 'streams-current', groupId, memberId, value: null })
    this.changes.push({ kind: 'streams-target', groupId, memberId, value: null })
    this.changes.push({ kind: 'streams-member', groupId, memberId, value: null })
    this.cancelTimer(`session:${memberId}`)
    this.cancelTimer(`rebalance:${memberId}`)
    this.effects.push({ kind: 'streams-member-removed', memberId })
  }

  /** The member is out when the time is over, unless the timer is set anew or cancelled. */
  setTimer(
    name: 'session' | 'rebalance',
    memberId: string,
    delayMs: number,
    ifEpoch: number | null = null,
  ): void {
    const timer: StreamsTimer = `${name}:${memberId}`
    const event = { kind: 'streams-fence', memberId, ifEpoch, timer } as const
    this.effects.push({ kind: 'set-streams-timer', timer, delayMs, event })
  }

  cancelTimer(timer: StreamsTimer): void {
    this.effects.push({ kind: 'cancel-streams-timer', timer })
  }

  member(memberId: string): StreamsMember {
    return defined(this.members.get(memberId), 'the member was looked up before')
  }

  #ownMembers(): Map<string, StreamsMember> {
    this.#members ??= new Map(this.group.members)
    return this.#members
  }

  #ownTarget(): Map<string, Tasks> {
    this.#target ??= new Map(this.group.target)
    return this.#target
  }
}

/** Task ids as requests and records list them. */
export function taskIdsOf(
  list: readonly { readonly subtopologyId: string; readonly partitions: readonly number[] }[],
): TaskIds {
  const ids = new Map<string, number[]>()
  for (const { subtopologyId, partitions } of list) {
    const all = new Set([...(ids.get(subtopologyId) ?? []), ...partitions])
    if (all.size === 0) continue
    ids.set(
      subtopologyId,
      [...all].sort((a, b) => a - b),
    )
  }
  return ids
}

export function streamsRefused(
  error: ErrorName,
  message: string | null = null,
): StreamsHeartbeatAnswer {
  return {
    error,
    message,
    memberId: '',
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    taskOffsetIntervalMs: 0,
    acceptableRecoveryLag: -1,
    status: [],
    tasks: null,
    endpointEpoch: 0,
    endpoints: null,
    missing: [],
  }
}
