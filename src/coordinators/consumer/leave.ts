// How members go: they leave, a static one for a while, or their time is over.
import { KafkaError } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import { memberOf } from './membership.ts'
import { leaveStaticEpoch, ownsNothing, withEpoch, withoutEpochs } from './state.ts'
import type { ConsumerMember } from './state.ts'
import { heartbeatRefused } from './step.ts'
import type { ConsumerDraft, ConsumerHeartbeatAnswer, ConsumerHeartbeatEvent } from './step.ts'
import { metadataHash } from './subscription.ts'

/** Decides a heartbeat with epoch -1 or -2. @throws KafkaError what the member is told. */
export function leave(
  draft: ConsumerDraft,
  event: ConsumerHeartbeatEvent,
): ConsumerHeartbeatAnswer {
  const { memberId, memberEpoch, instanceId } = event
  const member = memberOf(draft.group, memberId, instanceId)
  if (instanceId !== null && memberEpoch === leaveStaticEpoch) leaveForAWhile(draft, member)
  else removeMembers(draft, [member])
  return { ...heartbeatRefused('NONE'), memberId, memberEpoch }
}

/** A static member keeps its place and its partitions; its session goes on running. */
function leaveForAWhile(draft: ConsumerDraft, member: ConsumerMember): void {
  assert(member.instanceId !== null, 'only a static member comes back')
  draft.putHolding({
    ...member,
    memberEpoch: leaveStaticEpoch,
    // Whoever comes back in its place counts as assigned from the beginning.
    assigned: withEpoch(withoutEpochs(member.assigned), 0),
    pendingRevocation: ownsNothing,
  })
}

/** Takes the members out; those who stay share the work anew. */
export function removeMembers(draft: ConsumerDraft, members: readonly ConsumerMember[]): void {
  if (members.length === 0) return
  for (const { memberId } of members) {
    draft.removeMember(memberId)
    draft.forgetMember(memberId)
  }
  const subscribed = new Set(Array.from(draft.members.values(), ({ topicRegex }) => topicRegex))
  for (const regex of draft.regexes.keys()) {
    if (!subscribed.has(regex)) draft.putRegex(regex, null)
  }
  assert(draft.group.members.size - members.length === draft.members.size, 'each left once')
  draft.bumpEpoch(metadataHash(draft.members.values(), draft.regexes, draft.input.topics))
  // Whoever comes next finds nothing to wait for.
  if (draft.members.size === 0) draft.putTargetEpoch(draft.groupEpoch, 0)
}

/** The member whose time is over, if that still stands. */
export function overdueMember(
  { group }: ConsumerDraft,
  memberId: string,
  ifEpoch: number | null,
): ConsumerMember | null {
  const member = group.members.get(memberId)
  if (member === undefined || (ifEpoch !== null && member.memberEpoch !== ifEpoch)) return null
  return member
}

/** @throws KafkaError GROUP_ID_NOT_FOUND, as Kafka says of groups of another kind too. */
export function throwNoConsumerGroup(groupId: string, exists: boolean): never {
  throw new KafkaError(
    'GROUP_ID_NOT_FOUND',
    exists ? `Group ${groupId} is not a consumer group.` : `Consumer group ${groupId} not found.`,
  )
}
