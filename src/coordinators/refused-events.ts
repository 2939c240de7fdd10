// What the other protocols ask of a share group or a streams group: it is none of theirs.
import { joinRefused, syncRefused } from './classic/state.ts'
import type { GroupEvent } from './classic/step.ts'
import { heartbeatRefused } from './consumer/step.ts'
import type { ConsumerEvent } from './consumer/step.ts'
import type { GroupChange } from './group-records.ts'
import type { Decision } from './runtime.ts'

/** Answers whoever waits for an answer; timers of a group that is none any more say nothing. */
export function refusedByOtherKind(
  groupId: string,
  event: GroupEvent | ConsumerEvent,
): Decision<GroupChange> {
  const answered = (finish: () => void): Decision<GroupChange> => {
    return { changes: [], begin: () => {}, finish, refuse: () => {} }
  }
  switch (event.kind) {
    case 'join':
      return answered(() => event.ticket.settle(joinRefused('INCONSISTENT_GROUP_PROTOCOL', '')))
    case 'sync':
      return answered(() => event.ticket.settle(syncRefused('UNKNOWN_MEMBER_ID')))
    case 'heartbeat':
      return answered(() => event.ticket.settle('UNKNOWN_MEMBER_ID'))
    case 'leave':
      return answered(() => event.ticket.settle({ error: 'UNKNOWN_MEMBER_ID', members: [] }))
    case 'consumer-heartbeat': {
      const message = `Group ${groupId} is not a consumer group.`
      const answer = heartbeatRefused('GROUP_ID_NOT_FOUND', message)
      return answered(() => event.ticket.settle(answer))
    }
    default:
      return answered(() => {})
  }
}
