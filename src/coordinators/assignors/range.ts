// The range assignor: every topic is cut into as many ranges as it has subscribers, in the order of
// their instance ids and member ids, so that equal topics are shared out equally (co-partitioning).
import { assert, defined } from '../../base/assert.ts'
import type { Assignment, AssignorInput, AssignorMember, TopicPartitions } from './assignor.ts'

interface Cut {
  readonly partitionCount: number
  subscribers: number
  next: number
  extra: number
}

export function assignRange(input: AssignorInput): Assignment {
  const members = [...input.members].sort(byInstanceThenId)
  const cuts = new Map<string, Cut>()
  for (const { topicIds } of members) {
    for (const topicId of topicIds) {
      const partitionCount = defined(input.partitionCounts.get(topicId), 'a topic has partitions')
      const cut = cuts.get(topicId) ?? { partitionCount, subscribers: 0, next: 0, extra: 0 }
      cut.subscribers += 1
      cut.extra = partitionCount % cut.subscribers
      cuts.set(topicId, cut)
    }
  }
  const assignment = new Map<string, TopicPartitions>()
  for (const member of members) assignment.set(member.memberId, rangesOf(member, cuts))
  for (const cut of cuts.values()) assert(cut.next === cut.partitionCount, 'a range has no gaps')
  return assignment
}

function rangesOf(member: AssignorMember, cuts: ReadonlyMap<string, Cut>): TopicPartitions {
  const share = new Map<string, readonly number[]>()
  for (const topicId of member.topicIds) {
    const cut = defined(cuts.get(topicId), 'every subscribed topic was counted')
    let quota = Math.floor(cut.partitionCount / cut.subscribers)
    if (cut.extra > 0) {
      quota += 1
      cut.extra -= 1
    }
    const first = cut.next
    cut.next += quota
    if (quota > 0)
      share.set(
        topicId,
        Array.from({ length: quota }, (_, index) => first + index),
      )
  }
  return share
}

/** Static members first, by instance id; the others by member id. */
function byInstanceThenId(left: AssignorMember, right: AssignorMember): number {
  if (left.instanceId !== null && right.instanceId !== null) {
    return compare(left.instanceId, right.instanceId)
  }
  if (left.instanceId !== null) return -1
  if (right.instanceId !== null) return 1
  return compare(left.memberId, right.memberId)
}

function compare(left: string, right: string): number {
  if (left === right) return 0
  return left < right ? -1 : 1
}
