// The streams group (KIP-1071) as a pure machine: the group, an event and the time go in, records and
// effects come out. SPEC.md holds the table of member states and events.
import { KafkaError } from '../../../protocol/errors.ts'
import type { ErrorName } from '../../../protocol/errors.ts'
import { assert } from '../../base/assert.ts'
import { memberOf } from '../consumer/membership.ts'
import { leaveEpoch, leaveStaticEpoch } from '../consumer/state.ts'
import type { StreamsChange } from './changes.ts'
import { heartbeat } from './heartbeat.ts'
import { StreamsGroup } from './state.ts'
import type { ReadonlyStreamsGroup, StreamsMember } from './state.ts'
import { StreamsDraft, streamsRefused } from './step.ts'
import type {
  StreamsEffect,
  StreamsEvent,
  StreamsHeartbeatAnswer,
  StreamsHeartbeatEvent,
  StreamsStepInput,
} from './step.ts'
import { makeTarget } from './target.ts'
import { heldSince, holdsNoTasks, tasksOf } from './tasks.ts'

/** What the event finds under the group's name. */
export type FoundStreamsGroup =
  /** `dropsClassic`: an empty classic group, whose record goes when a member joins. */
  | { readonly kind: 'none'; readonly groupId: string; readonly dropsClassic: boolean }
  /** A group of another kind that is not to be replaced. */
  | { readonly kind: 'other'; readonly groupId: string }
  | { readonly kind: 'streams'; readonly group: ReadonlyStreamsGroup }

/** A decision. Nothing of it happens before its records are stored. */
export interface StreamsStep {
  /** An empty classic group stood here: its record goes first. */
  readonly dropsClassic: boolean
  readonly changes: readonly StreamsChange[]
  readonly effects: readonly StreamsEffect[]
  /** What happens instead when the records cannot be stored. */
  readonly refused: (error: ErrorName) => readonly StreamsEffect[]
}

/** Decides what `event` means for the group. */
export function stepStreamsGroup(
  found: FoundStreamsGroup,
  event: StreamsEvent | { readonly kind: 'disconnected'; readonly memberId: string },
  input: StreamsStepInput,
): StreamsStep {
  if (event.kind === 'streams-heartbeat') return stepHeartbeat(found, event, input)
  if (found.kind !== 'streams') return nothing
  const draft = new StreamsDraft(found.group, input)
  if (event.kind === 'streams-assign') return stepAssign(draft)
  const member = found.group.members.get(event.memberId)
  if (member === undefined) return nothing
  if (event.kind === 'disconnected') {
    if (member.instanceId !== null) return nothing
  } else if (event.ifEpoch !== null && event.ifEpoch !== member.memberEpoch) return nothing
  remove(draft, member)
  return stepOf(draft)
}

const nothing: StreamsStep = {
  dropsClassic: false,
  changes: [],
  effects: [],
  refused: () => [],
}

function stepOf(draft: StreamsDraft, more: Partial<StreamsStep> = {}): StreamsStep {
  const { changes, unstored } = draft
  const effects: StreamsEffect[] = [{ kind: 'streams-unstored', value: unstored }, ...draft.effects]
  return { ...nothing, changes, effects, ...more }
}

function stepHeartbeat(
  found: FoundStreamsGroup,
  event: StreamsHeartbeatEvent,
  input: StreamsStepInput,
): StreamsStep {
  const { ticket: to, memberEpoch } = event
  const refused = (error: ErrorName): readonly StreamsEffect[] => [
    { kind: 'answer-streams', to, answer: streamsRefused(error) },
  ]
  try {
    const draft = new StreamsDraft(groupFor(found, memberEpoch), input)
    const leaves = memberEpoch === leaveEpoch || memberEpoch === leaveStaticEpoch
    const answer = leaves ? leave(draft, event) : heartbeat(draft, event)
    draft.effects.push({ kind: 'answer-streams', to, answer })
    return stepOf(draft, { dropsClassic: found.kind === 'none' && found.dropsClassic, refused })
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    const answer = streamsRefused(error.errorName, error.detail)
    return { ...nothing, effects: [{ kind: 'answer-streams', to, answer }] }
  }
}

/** @throws KafkaError GROUP_ID_NOT_FOUND where there is none, nor is one to be made. */
function groupFor(found: FoundStreamsGroup, memberEpoch: number): ReadonlyStreamsGroup {
  if (found.kind === 'streams') return found.group
  const { groupId, kind } = found
  if (kind === 'none' && memberEpoch === 0) return new StreamsGroup(groupId)
  const isOther = kind === 'other' || found.dropsClassic
  const who = memberEpoch < 0 ? 'Group' : 'Streams group'
  throw new KafkaError(
    'GROUP_ID_NOT_FOUND',
    isOther ? `Group ${groupId} is not a streams group.` : `${who} ${groupId} not found.`,
  )
}

function leave(draft: StreamsDraft, event: StreamsHeartbeatEvent): StreamsHeartbeatAnswer {
  const { memberId, memberEpoch, instanceId } = event
  const member = memberOf(draft.group, memberId, instanceId)
  if (instanceId !== null && memberEpoch === leaveStaticEpoch) leaveForAWhile(draft, member)
  else remove(draft, member)
  return { ...streamsRefused('NONE'), memberId, memberEpoch }
}

/** A static member keeps its place and its tasks; its session goes on running. */
function leaveForAWhile(draft: StreamsDraft, member: StreamsMember): void {
  assert(member.instanceId !== null, 'only a static member comes back')
  draft.putHolding({
    ...member,
    memberEpoch: leaveStaticEpoch,
    // Whoever comes back in its place counts as assigned from the beginning.
    assigned: heldSince(tasksOf(member.assigned), 0),
    pendingRevocation: holdsNoTasks,
  })
}

/** Takes the member out; those who stay share the work anew. */
function remove(draft: StreamsDraft, { memberId }: StreamsMember): void {
  const { metadataHash, validatedTopologyEpoch, assignmentConfigs } = draft.group
  draft.removeMember(memberId)
  draft.bumpEpoch({ metadataHash, validatedTopologyEpoch, assignmentConfigs })
  // Whoever comes next finds nothing to wait for.
  if (draft.members.size === 0) draft.putTargetEpoch(draft.groupEpoch, 0)
  assert(!draft.members.has(memberId), 'who leaves is out')
}

/** The first members have waited: whoever has come by now shares the tasks. */
function stepAssign(draft: StreamsDraft): StreamsStep {
  const { group } = draft
  if (group.members.size === 0) return nothing
  if (group.targetEpoch >= group.groupEpoch) return nothing
  // What the topics have become since is for the next heartbeat, with an epoch of its own.
  const { configured } = group
  if (configured === null || configured.problem !== null) return nothing
  makeTarget(draft, configured)
  return stepOf(draft)
}

/** Removes all records of a group without members. */
export function streamsTombstones(group: ReadonlyStreamsGroup): StreamsChange[] {
  const { groupId, members } = group
  assert(members.size === 0, 'only an empty group goes')
  return [
    { kind: 'streams-target-epoch', groupId, value: null },
    { kind: 'streams-topology', groupId, value: null },
    { kind: 'streams-epoch', groupId, value: null },
  ]
}
