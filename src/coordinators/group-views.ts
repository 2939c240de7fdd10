// Groups as ListGroups and DescribeGroups show them. Pure readings of the state.
import type { ErrorName } from '../../protocol/errors.ts'
import { emptyAssignment, groupStateNames, metadataOf } from './classic/state.ts'
import { consumerProtocolType } from './classic/protocol-vote.ts'
import { consumerGroupState } from './consumer/state.ts'
import type { GroupShard } from './shard.ts'
import { shareGroupState } from './share/state.ts'
import { streamsGroupState } from './streams/state.ts'

export interface GroupFilter {
  /** State names in any case; empty: all. */
  readonly states: readonly string[]
  /** Group types in any case; empty: all. */
  readonly types: readonly string[]
}

export interface ListedGroup {
  readonly groupId: string
  readonly protocolType: string
  readonly state: string
  readonly type: string
}

export interface DescribedGroup {
  readonly error: ErrorName
  readonly message: string | null
  readonly state: string
  readonly protocolType: string
  readonly protocol: string
  readonly members: readonly DescribedMember[]
}

export interface DescribedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly metadata: Buffer
  readonly assignment: Buffer
}

/** The groups that pass the filter. A filter of unknown names lets nothing pass. */
export function listGroups(shard: GroupShard, filter: GroupFilter): ListedGroup[] {
  const states = new Set(filter.states.map((name) => name.trim().toLowerCase()))
  const types = new Set(filter.types.map((name) => name.trim().toLowerCase()))
  const listed: ListedGroup[] = []
  const add = (group: ListedGroup) => {
    if (types.size > 0 && !types.has(group.type)) return
    const state = group.state.toLowerCase()
    // Kafka lists NotReady groups by another spelling of its own.
    const isNamed = states.has(state) || (state === 'notready' && states.has('not_ready'))
    if (states.size === 0 || isNamed) listed.push(group)
  }
  for (const { groupId, kind, protocolType } of shard.groups()) {
    const state = groupStateNames[kind]
    add({ groupId, protocolType: protocolType ?? '', state, type: 'classic' })
  }
  for (const group of shard.consumerGroups()) {
    const state = consumerGroupState(group)
    add({ groupId: group.groupId, protocolType: consumerProtocolType, state, type: 'consumer' })
  }
  for (const group of shard.shareGroups()) {
    const state = shareGroupState(group)
    add({ groupId: group.groupId, protocolType: shareProtocolType, state, type: 'share' })
  }
  for (const group of shard.streamsGroups()) {
    const state = streamsGroupState(group)
    add({ groupId: group.groupId, protocolType: streamsProtocolType, state, type: 'streams' })
  }
  return listed
}

/** In ListGroups. */
const shareProtocolType = 'share'
const streamsProtocolType = 'streams'

/**
 * Protocol and metadata are only told of a stable group: while it changes they are about to be
 * others.
 */
export function describeGroup(shard: GroupShard, groupId: string): DescribedGroup {
  const group = shard.group(groupId)
  if (group === undefined) {
    const why = shard.kindOf(groupId) === null ? 'not found' : 'is not a classic group'
    return notDescribed('GROUP_ID_NOT_FOUND', `Group ${groupId} ${why}.`)
  }
  const { kind, protocolType, protocolName } = group
  const isStable = kind === 'stable'
  const members = Array.from(group.members.values(), (member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    metadata: isStable ? metadataOf(member, protocolName) : emptyAssignment,
    assignment: member.assignment,
  }))
  return {
    error: 'NONE',
    message: null,
    state: groupStateNames[kind],
    protocolType: protocolType ?? '',
    protocol: isStable ? (protocolName ?? '') : '',
    members,
  }
}

/** Of no group, or of one that this broker cannot show now. */
export function notDescribed(error: ErrorName, message: string): DescribedGroup {
  const state = groupStateNames.dead
  return { error, message, state, protocolType: '', protocol: '', members: [] }
}
