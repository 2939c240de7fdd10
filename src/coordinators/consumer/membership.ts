// What members of consumer groups and of streams groups have in common: who a request speaks for, and
// whether it speaks in the right epoch.
import { KafkaError } from '../../../protocol/errors.ts'
import { leaveStaticEpoch } from './state.ts'

interface Membership<Member> {
  readonly groupId: string
  readonly members: ReadonlyMap<string, Member>
  /** group.instance.id → member id. */
  readonly staticMembers: ReadonlyMap<string, string>
}

interface MemberEpochs {
  readonly memberId: string
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
}

/** In Kafka's messages. */
type GroupKind = 'consumer' | 'streams'

/** The member, by its instance id if it has one. @throws KafkaError when it is not (any more). */
export function memberOf<Member extends MemberEpochs>(
  group: Membership<Member>,
  memberId: string,
  instanceId: string | null,
): Member {
  if (instanceId === null) {
    const member = group.members.get(memberId)
    if (member !== undefined) return member
    throw new KafkaError(
      'UNKNOWN_MEMBER_ID',
      `Member ${memberId} is not a member of group ${group.groupId}.`,
    )
  }
  const member = staticMember(group, instanceId)
  if (member === undefined) {
    throw new KafkaError('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown.`)
  }
  if (member.memberId !== memberId) {
    throw new KafkaError(
      'FENCED_INSTANCE_ID',
      `Static member ${memberId} with instance id ${instanceId} was fenced by member ${member.memberId}.`,
    )
  }
  return member
}

export function staticMember<Member>(
  group: Membership<Member>,
  instanceId: string,
): Member | undefined {
  const owner = group.staticMembers.get(instanceId)
  return owner === undefined ? undefined : group.members.get(owner)
}

/** Only the place of a static member that is away is free. @throws KafkaError UNRELEASED_INSTANCE_ID */
export function throwIfPresent(owner: MemberEpochs, memberId: string, instanceId: string): void {
  if (owner.memberEpoch === leaveStaticEpoch) return
  throw new KafkaError(
    'UNRELEASED_INSTANCE_ID',
    `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${owner.memberId} member.`,
  )
}

/** The group's largest size; a static member that comes back takes its own place. */
export function throwIfFull<Member>(
  kind: GroupKind,
  group: Membership<Member>,
  maxSize: number,
  { memberId, instanceId }: { readonly memberId: string; readonly instanceId: string | null },
): void {
  if (group.members.size < maxSize || group.members.has(memberId)) return
  if (instanceId !== null && group.staticMembers.has(instanceId)) return
  throw new KafkaError(
    'GROUP_MAX_SIZE_REACHED',
    `The ${kind} group has reached its maximum capacity of ${maxSize} members.`,
  )
}

/**
 * An answer that was lost may be asked for again, by a member that holds nothing it should not.
 * @throws KafkaError FENCED_MEMBER_EPOCH
 */
export function throwIfEpochIsWrong(
  kind: GroupKind,
  { memberEpoch, previousMemberEpoch }: MemberEpochs,
  received: number,
  holdsItsOwn: () => boolean,
): void {
  if (received === memberEpoch) return
  const repeated = received < memberEpoch && received === previousMemberEpoch
  if (repeated && holdsItsOwn()) return
  const than = received > memberEpoch ? 'greater' : 'smaller'
  throw new KafkaError(
    'FENCED_MEMBER_EPOCH',
    `The ${kind} group member has a ${than} member epoch (${received}) than the one known by the group coordinator (${memberEpoch}). The member must abandon all its partitions and rejoin.`,
  )
}

/** KIP-1263: targets keep a distance in time, so that a crowd of joins makes few of them. */
export function mayAssign(
  targetTimestampMs: number,
  assignmentIntervalMs: number,
  nowMs: number,
): boolean {
  if (targetTimestampMs === 0 || assignmentIntervalMs === 0) return true
  return nowMs >= targetTimestampMs + assignmentIntervalMs
}
