// Groups as ListGroups and DescribeGroups show them. Pure readings of the state.
import type { ErrorName } from '../../protocol/errors.ts'
import { emptyAssignment, groupStateNames, metadataOf } from './classic/state.ts'
import type { GroupState } from './classic/state.ts'

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

const classicType = 'classic'

/** The groups that pass the filter. A filter of unknown names lets nothing pass. */
export function listGroups(groups: Iterable<GroupState>, filter: GroupFilter): ListedGroup[] {
  const states = new Set(filter.states.map((name) => name.trim().toLowerCase()))
  const types = new Set(filter.types.map((name) => name.trim().toLowerCase()))
  const listed: ListedGroup[] = []
  if (types.size > 0 && !types.has(classicType)) return listed
  for (const { groupId, kind, protocolType } of groups) {
    const state = groupStateNames[kind]
    if (states.size > 0 && !states.has(state.toLowerCase())) continue
    listed.push({ groupId, protocolType: protocolType ?? '', state, type: classicType })
  }
  return listed
}

/**
 * Protocol and metadata are only told of a stable group: while it changes they are about to be
 * others.
 */
export function describeGroup(group: GroupState | undefined, notFound: ErrorName): DescribedGroup {
  if (group === undefined) {
    const state = groupStateNames.dead
    return { error: notFound, state, protocolType: '', protocol: '', members: [] }
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
    state: groupStateNames[kind],
    protocolType: protocolType ?? '',
    protocol: isStable ? (protocolName ?? '') : '',
    members,
  }
}
