// The target assignment: who shall hold what, once everybody has moved. Made anew when the group's
// epoch has grown.
import { KafkaError } from '../../../protocol/errors.ts'
import { assert, defined } from '../../base/assert.ts'
import { noPartitions, sameTopicPartitions } from '../assignors/assignor.ts'
import type { Assignor, AssignorMember } from '../assignors/assignor.ts'
import { assignRange } from '../assignors/range.ts'
import { assignUniform } from '../assignors/uniform.ts'
import { mayAssign } from './membership.ts'
import type { Target } from './reconcile.ts'
import type { ConsumerMember } from './state.ts'
import { serverAssignors } from './step.ts'
import type { ConsumerDraft, ConsumerRules, ServerAssignor } from './step.ts'
import { topicIdsOf } from './subscription.ts'

const assignors: Readonly<Record<ServerAssignor, Assignor>> = {
  uniform: assignUniform,
  range: assignRange,
}

export function isServerAssignor(name: string): name is ServerAssignor {
  return serverAssignors.some((known) => known === name)
}

/** The assignor that most members ask for; of equals the one that was asked for first. */
export function preferredAssignor(
  members: Iterable<ConsumerMember>,
  rules: ConsumerRules,
): ServerAssignor {
  const votes = new Map<ServerAssignor, number>()
  for (const { serverAssignor } of members) {
    if (serverAssignor === null || !isServerAssignor(serverAssignor)) continue
    votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1)
  }
  let best = defined(rules.assignors[0], 'one assignor is configured')
  let most = 0
  for (const [name, count] of votes) {
    if (count <= most) continue
    best = name
    most = count
  }
  return best
}

/** The member's share of the target, which is made anew when that is due and its time has come. */
export function updateTarget(draft: ConsumerDraft, memberId: string): Target {
  const { group, input } = draft
  const isDue = group.targetEpoch < draft.groupEpoch
  if (
    !isDue ||
    !mayAssign(group.targetTimestampMs, input.rules.assignmentIntervalMs, input.nowMs)
  ) {
    return { epoch: group.targetEpoch, share: draft.target.get(memberId) ?? noPartitions }
  }
  const assignor = assignors[preferredAssignor(draft.members.values(), input.rules)]
  const assignment = assignor(assignorInput(draft))
  assert(assignment.size === draft.members.size, 'every member has a share')
  for (const id of draft.members.keys()) {
    const share = assignment.get(id) ?? noPartitions
    const old = draft.target.get(id)
    if (old === undefined || !sameTopicPartitions(old, share)) draft.putTarget(id, share)
  }
  draft.putTargetEpoch(draft.groupEpoch)
  return { epoch: draft.groupEpoch, share: assignment.get(memberId) ?? noPartitions }
}

function assignorInput(draft: ConsumerDraft) {
  const { topics } = draft.input
  // Members with equal subscriptions share one set: it is all they differ in for an assignor.
  const subscriptions = new Map<string, ReadonlySet<string>>()
  const partitionCounts = new Map<string, number>()
  const members: AssignorMember[] = []
  for (const member of draft.members.values()) {
    const { memberId, instanceId, topicRegex, topicNames } = member
    const key = `${topicRegex}\n${topicNames.join('\n')}`
    let topicIds = subscriptions.get(key)
    if (topicIds === undefined) {
      topicIds = topicIdsOf(member, draft.regexes, topics)
      subscriptions.set(key, topicIds)
      for (const id of topicIds) {
        const topic = topics.byId(id)
        if (topic === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
        partitionCounts.set(id, topic.partitionCount)
      }
    }
    const current = draft.target.get(memberId) ?? noPartitions
    members.push({ memberId, instanceId, topicIds, current })
  }
  assert(members.length > 0, 'somebody asks for the target')
  return { members, partitionCounts, homogeneous: subscriptions.size === 1 }
}
