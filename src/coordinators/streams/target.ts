// The target assignment of a streams group: which member shall have which tasks, once everybody has
// moved. Made anew when the group's epoch has grown, the topology fits, and nothing delays it.
import { assert } from '../../base/assert.ts'
import { mayAssign } from '../consumer/membership.ts'
import { assignSticky } from './assign-sticky.ts'
import type { StreamsTarget } from './reconcile.ts'
import { initialEpoch } from './state.ts'
import type { StreamsDraft, StreamsRules } from './step.ts'
import { noTasks, sameTasks } from './tasks.ts'
import type { Tasks } from './tasks.ts'
import type { ConfiguredTopology, Status } from './topology.ts'

/** What the assignor goes by besides members and topology, in Kafka's words. */
export function assignmentConfigs({ standbyCount }: StreamsRules): ReadonlyMap<string, string> {
  return new Map([['num.standby.replicas', String(standbyCount)]])
}

export interface UpdatedTarget {
  readonly target: StreamsTarget
  /** Set: a newer target is due, and why it is not there. */
  readonly delayed: Status | null
}

/** The member's share of the target, which is made anew when that is due and its time has come. */
export function updateTarget(
  draft: StreamsDraft,
  memberId: string,
  configured: ConfiguredTopology,
): UpdatedTarget {
  const { group, input } = draft
  const { nowMs, rules } = input
  const asBefore = { epoch: group.targetEpoch, share: draft.target.get(memberId) ?? noTasks }
  if (group.targetEpoch >= draft.groupEpoch) return { target: asBefore, delayed: null }
  if (isWaitingForOthers(draft)) {
    const epoch = Math.max(initialEpoch, group.targetEpoch)
    return { target: { epoch, share: noTasks }, delayed: delayedBy('initial rebalance delay') }
  }
  if (!mayAssign(group.targetTimestampMs, rules.assignmentIntervalMs, nowMs)) {
    return { target: asBefore, delayed: delayedBy('assignment interval') }
  }
  makeTarget(draft, configured)
  const share = draft.target.get(memberId) ?? noTasks
  return { target: { epoch: draft.groupEpoch, share }, delayed: null }
}

/** Whether the first members still wait; begins the wait when an empty group gets its first. */
function isWaitingForOthers(draft: StreamsDraft): boolean {
  const { group, input } = draft
  const { nowMs, rules } = input
  if (group.members.size > 0 || rules.initialDelayMs === 0) return nowMs < group.delayedUntilMs
  draft.set({ delayedUntilMs: nowMs + rules.initialDelayMs })
  const timer = 'initial-delay'
  const event = { kind: 'streams-assign', timer } as const
  draft.effects.push({ kind: 'set-streams-timer', timer, delayMs: rules.initialDelayMs, event })
  return true
}

function delayedBy(what: string): Status {
  return {
    code: 'ASSIGNMENT_DELAYED',
    detail: `Assignment delayed due to the configured ${what}.`,
  }
}

/** Stores a target for the group's newest epoch; nobody has tasks of a topology that does not fit. */
export function makeTarget(draft: StreamsDraft, { subtopologies, problem }: ConfiguredTopology) {
  const isReady = problem === null && subtopologies !== null
  const assignment: ReadonlyMap<string, Tasks> = isReady
    ? assignSticky({
        members: Array.from(draft.members.values(), ({ memberId, processId }) => ({
          memberId,
          processId,
          current: draft.target.get(memberId) ?? noTasks,
          offsets: draft.offsetsOf(memberId),
        })),
        subtopologies: subtopologies.map(({ subtopologyId, taskCount, ...part }) => {
          return { subtopologyId, taskCount, isStateful: part.stateChangelogTopics.length > 0 }
        }),
        standbyCount: draft.input.rules.standbyCount,
      })
    : new Map()
  assert(!isReady || assignment.size === draft.members.size, 'every member has a share')
  for (const memberId of draft.members.keys()) {
    const share = assignment.get(memberId) ?? noTasks
    const old = draft.target.get(memberId)
    if (old === undefined || !sameTasks(old, share)) draft.putTarget(memberId, share)
  }
  assert(draft.groupEpoch > draft.group.targetEpoch, 'a target is made when one is due')
  draft.putTargetEpoch(draft.groupEpoch)
}
