// The vocabulary of the share group machine: what can happen to a group (events), what a step decides
// (records, effects), and the draft that a step writes its decision into. The state has no part in a
// decision: it follows from the records, by replay.
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import type { TopicPartitions } from '../assignors/assignor.ts'
import type { Ticket } from '../classic/state.ts'
import type { TopicsView } from '../consumer/step.ts'
import type { ShareChange } from './changes.ts'
import type { ReadonlyShareGroup, ShareMember, SharePartitionsMetadata } from './state.ts'

/** What the machine must know of the configuration; a group's own settings are in it. */
export interface ShareRules {
  /** share.session.timeout.ms */
  readonly sessionTimeoutMs: number
  /** share.heartbeat.interval.ms: what members are told. */
  readonly heartbeatIntervalMs: number
  /** share.assignment.interval.ms: time between two target assignments. */
  readonly assignmentIntervalMs: number
  /** group.share.max.size */
  readonly maxSize: number
}

/** ShareGroupHeartbeat, checked as far as that needs no group. */
export interface ShareHeartbeatEvent {
  readonly kind: 'share-heartbeat'
  readonly ticket: Ticket<ShareHeartbeatAnswer>
  readonly memberId: string
  /** 0 joins, -1 leaves. */
  readonly memberEpoch: number
  readonly rackId: string | null
  /** Null: as before. */
  readonly topicNames: readonly string[] | null
  readonly clientId: string
  readonly clientHost: string
}

export type ShareEvent =
  | ShareHeartbeatEvent
  /** A member's session is over, or its connection closed and no other was heard of in time. */
  | { readonly kind: 'share-fence'; readonly memberId: string }

export interface ShareHeartbeatAnswer {
  readonly error: ErrorName
  readonly message: string | null
  readonly memberId: string | null
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  /** Null: as before. */
  readonly assignment: TopicPartitions | null
}

/** By its own request, or because it was silent for too long. */
export type GoneWhy = 'left' | 'fenced'

export type ShareEffect =
  | {
      readonly kind: 'answer-share'
      readonly to: Ticket<ShareHeartbeatAnswer>
      readonly answer: ShareHeartbeatAnswer
    }
  /** Fences the member when the time is over, unless it is set anew or cancelled. */
  | { readonly kind: 'set-share-session'; readonly memberId: string; readonly delayMs: number }
  | { readonly kind: 'share-member-gone'; readonly memberId: string; readonly why: GoneWhy }
  /** Not stored: what the members subscribe to was compared with this version of the topics. */
  | { readonly kind: 'share-topics-checked'; readonly version: number }

/** What every part of a step may look at. */
export interface ShareStepInput {
  readonly nowMs: number
  readonly topics: TopicsView
  readonly rules: ShareRules
}

/** A group under decision: the maps are the group as the records written so far will make it. */
export class ShareDraft {
  readonly group: ReadonlyShareGroup
  readonly input: ShareStepInput
  readonly changes: ShareChange[] = []
  readonly effects: ShareEffect[] = []
  groupEpoch: number
  #members: Map<string, ShareMember> | null = null
  #target: Map<string, TopicPartitions> | null = null

  constructor(group: ReadonlyShareGroup, input: ShareStepInput) {
    this.group = group
    this.input = input
    this.groupEpoch = group.groupEpoch
  }

  get members(): ReadonlyMap<string, ShareMember> {
    return this.#members ?? this.group.members
  }

  get target(): ReadonlyMap<string, TopicPartitions> {
    return this.#target ?? this.group.target
  }

  /** Names that any member subscribes to. */
  get topicNames(): ReadonlySet<string> {
    const names = new Set<string>()
    for (const member of this.members.values())
      for (const name of member.topicNames) names.add(name)
    return names
  }

  /** Stores what the member says of itself. */
  putMetadata(member: ShareMember): void {
    this.#ownMembers().set(member.memberId, member)
    const { memberId, rackId, clientId, clientHost, topicNames } = member
    const value = { rackId, clientId, clientHost, topicNames }
    this.changes.push({ kind: 'share-member', groupId: this.group.groupId, memberId, value })
  }

  /** Stores what the member is to fetch from. */
  putHolding(member: ShareMember): void {
    this.#ownMembers().set(member.memberId, member)
    const { memberId, memberEpoch, previousMemberEpoch, assigned } = member
    const value = { memberEpoch, previousMemberEpoch, assigned }
    this.changes.push({ kind: 'share-current', groupId: this.group.groupId, memberId, value })
  }

  putTarget(memberId: string, value: TopicPartitions): void {
    assert(this.members.has(memberId), 'only members have a share')
    this.#ownTarget().set(memberId, value)
    this.changes.push({ kind: 'share-target', groupId: this.group.groupId, memberId, value })
  }

  /** `timestampMs` 0: nobody was assigned anything, so that the next target need not wait. */
  putTargetEpoch(epoch: number, timestampMs: number = this.input.nowMs): void {
    assert(epoch === this.groupEpoch, 'a target is made for the newest epoch')
    const value = { epoch, timestampMs }
    this.changes.push({ kind: 'share-target-epoch', groupId: this.group.groupId, value })
  }

  bumpEpoch(metadataHash: number): void {
    assert(Number.isSafeInteger(metadataHash), 'a hash is kept exactly')
    this.groupEpoch += 1
    const value = { epoch: this.groupEpoch, metadataHash }
    this.changes.push({ kind: 'share-epoch', groupId: this.group.groupId, value })
  }

  removeMember(memberId: string, why: GoneWhy): void {
    assert(this.members.has(memberId), 'only a member is removed')
    const { groupId } = this.group
    this.#ownMembers().delete(memberId)
    this.#ownTarget().delete(memberId)
    this.changes.push({ kind: 'share-current', groupId, memberId, value: null })
    this.changes.push({ kind: 'share-target', groupId, memberId, value: null })
    this.changes.push({ kind: 'share-member', groupId, memberId, value: null })
    this.effects.push({ kind: 'share-member-gone', memberId, why })
  }

  #ownMembers(): Map<string, ShareMember> {
    this.#members ??= new Map(this.group.members)
    return this.#members
  }

  #ownTarget(): Map<string, TopicPartitions> {
    this.#target ??= new Map(this.group.target)
    return this.#target
  }
}

/** Counts the group's share partitions anew. */
export function partitionsChange(groupId: string, value: SharePartitionsMetadata): ShareChange {
  return { kind: 'share-partitions', groupId, value }
}

/** Removes all records of a group without members. */
export function shareTombstones({ groupId, members, target }: ReadonlyShareGroup): ShareChange[] {
  assert(members.size === 0 && target.size === 0, 'only an empty group goes')
  return [
    { kind: 'share-target-epoch', groupId, value: null },
    { kind: 'share-partitions', groupId, value: null },
    { kind: 'share-epoch', groupId, value: null },
  ]
}

export function shareRefused(
  error: ErrorName,
  message: string | null = null,
): ShareHeartbeatAnswer {
  const nothing = { memberId: null, memberEpoch: 0, heartbeatIntervalMs: 0, assignment: null }
  return { error, message, ...nothing }
}
