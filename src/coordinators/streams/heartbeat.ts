// StreamsGroupHeartbeat of a member that joins or stays: who it is, what its application is made of,
// what the group's target makes of it, and how far it has come on its way there.
import { KafkaError } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import {
  memberOf,
  staticMember,
  throwIfEpochIsWrong,
  throwIfFull,
  throwIfPresent,
} from '../consumer/membership.ts'
import { endpointPartitions } from './endpoints.ts'
import { reconcile } from './reconcile.ts'
import type { StreamsTarget } from './reconcile.ts'
import { newStreamsMember, notValidated } from './state.ts'
import type { StreamsMember } from './state.ts'
import type { StreamsDraft, StreamsHeartbeatAnswer, StreamsHeartbeatEvent } from './step.ts'
import { assignmentConfigs, updateTarget } from './target.ts'
import { holdTheSame, isEmpty, noTasks, ownsOnly, tasksOf, taskRoles } from './tasks.ts'
import type { Tasks } from './tasks.ts'
import { configureTopology, sameTopology, topologyHash } from './topology.ts'
import type { ConfiguredTopology, Status, Topology } from './topology.ts'

/** Decides a heartbeat with an epoch of 0 or more. @throws KafkaError what the member is told. */
export function heartbeat(
  draft: StreamsDraft,
  event: StreamsHeartbeatEvent,
): StreamsHeartbeatAnswer {
  const { memberId } = event
  const { group, input } = draft
  throwIfFull('streams', group, input.rules.maxSize, event)
  const joins = event.memberEpoch === 0
  const before = joins ? joiningMember(draft, event) : knownMember(draft, event)
  let member = updated(before, event)
  const isChanged = !draft.members.has(memberId) || !saysTheSame(before, member)
  if (isChanged) draft.putMetadata(member)
  const topology = takeTopology(draft, event)
  const status = staleTopology(topology, member)
  const configured = configure(draft, topology)
  refreshEpoch(draft, configured, isChanged)
  throwIfTasksAreUnknown(configured, event.owned)
  takeReport(draft, event)
  const { target, delayed } = updateTarget(draft, memberId, configured)
  if (delayed !== null) status.push(delayed)
  member = moveTowards(draft, member, target, event.owned)
  draft.setTimer('session', memberId, input.rules.sessionTimeoutMs)
  assert(member.memberId === memberId, 'a member keeps its id')
  const isTold = joins || !holdTheSame(before.assigned, member.assigned)
  if (isTold && member.userEndpoint !== null) draft.set({ endpointEpoch: endpointEpoch(draft) + 1 })
  if (configured.problem !== null) status.push(configured.problem)
  const shutdown = shutdownStatus(draft, event)
  if (shutdown !== null) status.push(shutdown)
  return {
    error: 'NONE',
    message: null,
    memberId,
    memberEpoch: member.memberEpoch,
    heartbeatIntervalMs: input.rules.heartbeatIntervalMs,
    taskOffsetIntervalMs: input.rules.taskOffsetIntervalMs,
    acceptableRecoveryLag: input.rules.acceptableRecoveryLag,
    status,
    tasks: isTold ? tasksOf(member.assigned) : null,
    endpointEpoch: endpointEpoch(draft),
    endpoints:
      endpointEpoch(draft) === event.endpointEpoch ? null : endpointPartitions(draft, configured),
    missing: configured.missing,
  }
}

function endpointEpoch({ group, unstored }: StreamsDraft): number {
  return unstored.endpointEpoch ?? group.endpointEpoch
}

function joiningMember(draft: StreamsDraft, event: StreamsHeartbeatEvent): StreamsMember {
  const { memberId, instanceId } = event
  const { group } = draft
  const known = group.members.get(memberId) ?? newStreamsMember(memberId)
  const old = instanceId === null ? undefined : staticMember(group, instanceId)
  if (old === undefined || instanceId === null) return known
  if (old.memberId === memberId) return known
  throwIfPresent(old, memberId, instanceId)
  assert(old.instanceId === instanceId, 'static members stand under their instance ids')
  const replacement = { ...old, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
  const target = draft.target.get(old.memberId) ?? noTasks
  draft.removeMember(old.memberId)
  draft.putMetadata(replacement)
  draft.putTarget(memberId, target)
  draft.putHolding(replacement)
  return replacement
}

function knownMember({ group }: StreamsDraft, event: StreamsHeartbeatEvent): StreamsMember {
  const { owned, memberEpoch } = event
  const member = memberOf(group, event.memberId, event.instanceId)
  throwIfEpochIsWrong('streams', member, memberEpoch, () => {
    return owned !== null && ownsOnly(owned, member.assigned)
  })
  return member
}

/** What the request leaves out stays as it was. */
function updated(member: StreamsMember, event: StreamsHeartbeatEvent): StreamsMember {
  const { rebalanceTimeoutMs } = event
  return {
    ...member,
    instanceId: event.instanceId ?? member.instanceId,
    rackId: event.rackId ?? member.rackId,
    clientId: event.clientId,
    clientHost: event.clientHost,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? member.rebalanceTimeoutMs : rebalanceTimeoutMs,
    topologyEpoch: event.topology?.epoch ?? member.topologyEpoch,
    processId: event.processId ?? member.processId,
    userEndpoint: event.userEndpoint ?? member.userEndpoint,
    clientTags: event.clientTags ?? member.clientTags,
  }
}

function saysTheSame(left: StreamsMember, right: StreamsMember): boolean {
  return (
    left.instanceId === right.instanceId &&
    left.rackId === right.rackId &&
    left.clientId === right.clientId &&
    left.clientHost === right.clientHost &&
    left.rebalanceTimeoutMs === right.rebalanceTimeoutMs &&
    left.topologyEpoch === right.topologyEpoch &&
    left.processId === right.processId &&
    left.userEndpoint?.host === right.userEndpoint?.host &&
    left.userEndpoint?.port === right.userEndpoint?.port &&
    sameTags(left.clientTags, right.clientTags)
  )
}

function sameTags(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>): boolean {
  return left.size === right.size && [...left].every(([key, value]) => right.get(key) === value)
}

/** The group's topology, which the first member brings. @throws KafkaError it is another now. */
function takeTopology(draft: StreamsDraft, { topology }: StreamsHeartbeatEvent): Topology {
  const known = draft.topology
  if (topology === null) {
    if (known !== null) return known
    throw new KafkaError(
      'UNKNOWN_SERVER_ERROR',
      'The topology is null and the group topology is also null.',
    )
  }
  if (known === null) {
    draft.putTopology(topology)
    return topology
  }
  if (known.epoch > topology.epoch || sameTopology(known, topology)) return known
  throw new KafkaError('INVALID_REQUEST', 'Topology updates are not supported yet.')
}

function staleTopology({ epoch }: Topology, { topologyEpoch }: StreamsMember): Status[] {
  if (topologyEpoch >= epoch) return []
  const detail = `The member's topology epoch ${topologyEpoch} is behind the group's topology epoch ${epoch}.`
  return [{ code: 'STALE_TOPOLOGY', detail }]
}

/** The topology laid over the topics, anew when one of the two has changed. */
function configure(draft: StreamsDraft, topology: Topology): ConfiguredTopology {
  const { group, input } = draft
  const { topics } = input
  const { configured } = group
  const isKnown = configured !== null && configured.epoch === topology.epoch
  if (isKnown && group.checkedTopicsVersion === topics.version) return configured
  draft.set({ checkedTopicsVersion: topics.version })
  if (isKnown && configured.metadataHash === topologyHash(topology, topics)) return configured
  const anew = configureTopology(topology, topics)
  draft.set({ configured: anew })
  return anew
}

/** The group's epoch grows when its members, its topics or what assignors go by have changed. */
function refreshEpoch(
  draft: StreamsDraft,
  configured: ConfiguredTopology,
  memberChanged: boolean,
): void {
  const { group, input } = draft
  const { metadataHash, epoch, problem } = configured
  const validatedTopologyEpoch = problem === null ? epoch : notValidated
  const configs = assignmentConfigs(input.rules)
  const isSame =
    !memberChanged &&
    metadataHash === group.metadataHash &&
    validatedTopologyEpoch === group.validatedTopologyEpoch &&
    sameTags(configs, group.assignmentConfigs)
  if (isSame) return
  draft.bumpEpoch({ metadataHash, validatedTopologyEpoch, assignmentConfigs: configs })
}

/** @throws KafkaError INVALID_REQUEST */
function throwIfTasksAreUnknown(
  { subtopologies, problem }: ConfiguredTopology,
  owned: Tasks | null,
) {
  if (owned === null || problem !== null || subtopologies === null) return
  for (const role of taskRoles) {
    for (const [subtopologyId, partitions] of owned[role]) {
      const part = subtopologies.find((one) => one.subtopologyId === subtopologyId)
      if (part === undefined) {
        throw new KafkaError(
          'INVALID_REQUEST',
          `Subtopology ${subtopologyId} does not exist in the topology.`,
        )
      }
      const unknown = partitions.find((one) => one < 0 || one >= part.taskCount)
      if (unknown === undefined) continue
      throw new KafkaError(
        'INVALID_REQUEST',
        `Task ${unknown} for subtopology ${subtopologyId} is invalid. Number of tasks for this subtopology: ${part.taskCount}`,
      )
    }
  }
}

function takeReport(draft: StreamsDraft, event: StreamsHeartbeatEvent): void {
  const { memberId, offsets, endOffsets } = event
  if (offsets === null && endOffsets === null) return
  const known = draft.group.reported.get(memberId)
  const value = {
    offsets: offsets ?? known?.offsets ?? [],
    endOffsets: endOffsets ?? known?.endOffsets ?? [],
  }
  draft.set({ reported: { memberId, value } })
}

/** Takes the member's next step towards the target, and keeps time while it gives tasks back. */
function moveTowards(
  draft: StreamsDraft,
  member: StreamsMember,
  target: StreamsTarget,
  owned: Tasks | null,
): StreamsMember {
  const moved = reconcile({ group: draft.group, member, target, owned })
  if (holdsTheSame(member, moved)) return member
  assert(
    moved.phase === 'unrevoked' || isEmpty(moved.pendingRevocation),
    'only that phase gives back',
  )
  draft.putHolding(moved)
  const { memberId, memberEpoch, rebalanceTimeoutMs } = moved
  if (moved.phase === 'unrevoked') {
    draft.setTimer('rebalance', memberId, rebalanceTimeoutMs, memberEpoch)
  } else draft.cancelTimer(`rebalance:${memberId}`)
  return moved
}

function holdsTheSame(left: StreamsMember, right: StreamsMember): boolean {
  return (
    left.memberEpoch === right.memberEpoch &&
    left.phase === right.phase &&
    holdTheSame(left.assigned, right.assigned) &&
    holdTheSame(left.pendingRevocation, right.pendingRevocation)
  )
}

/** A member that has met a fatal error stops all of them, until the group is empty. */
function shutdownStatus(draft: StreamsDraft, event: StreamsHeartbeatEvent): Status | null {
  const known = draft.group.shutdownBy
  if (known === null && !event.shutdownApplication) return null
  if (known === null) draft.set({ shutdownBy: event.memberId })
  const detail = `Streams group member ${known ?? event.memberId} encountered a fatal error and requested a shutdown for the entire application.`
  return { code: 'SHUTDOWN_APPLICATION', detail }
}
