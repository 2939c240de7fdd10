// The tables of kafka-streams-groups --describe: columns as wide as Kafka's.
import type {
  StreamsAssignment,
  StreamsGroupDescription,
  StreamsMember,
  TaskIds,
} from '../../client/streams-groups.ts'
import type { TopicPartition } from '../../client/topics.ts'
import type { ToolHost } from './tool.ts'

const minColumns = 15
const stateColumns = 25
const epochColumns = 25

const widest = (texts: readonly string[], least = minColumns): number =>
  Math.max(least, ...texts.map(({ length }) => length))

/** What is read of a partition, and what is left to read. */
export interface StreamsOffset extends TopicPartition {
  /** Null: nothing is committed. */
  readonly current: number | null
  readonly leaderEpoch: number | null
  readonly end: number
  readonly lag: number
}

/** `--describe [--offsets]`. */
export async function printStreamsOffsets(
  host: ToolHost,
  group: StreamsGroupDescription,
  offsets: readonly StreamsOffset[],
  verbose: boolean,
): Promise<void> {
  if (group.state === 'Dead' || group.members.length === 0) return
  await introduce(host, group)
  const groupWidth = widest([group.groupId])
  const topicWidth = widest(offsets.map(({ topic }) => topic))
  const line = (name: string, topic: string, partition: string, rest: string): string =>
    `${name.padEnd(groupWidth)} ${topic.padEnd(topicWidth)} ${partition.padEnd(10)} ${rest}\n`
  const columns = (...cells: readonly string[]): string =>
    cells.map((cell) => cell.padEnd(minColumns)).join(' ')
  const heads = verbose
    ? columns('CURRENT-OFFSET', 'LEADER-EPOCH', 'LOG-END-OFFSET', 'OFFSET-LAG')
    : 'OFFSET-LAG'
  const rows = offsets.map(({ topic, partition, current, leaderEpoch, end, lag }) => {
    const rest = verbose
      ? columns(String(current ?? '-'), String(leaderEpoch ?? '-'), String(end), String(lag))
      : String(lag)
    return line(group.groupId, topic, String(partition), rest)
  })
  await host.out([line('GROUP', 'TOPIC', 'PARTITION', heads), ...rows].join(''))
}

/** `--describe --members`. */
export async function printStreamsMembers(
  host: ToolHost,
  group: StreamsGroupDescription,
  verbose: boolean,
): Promise<void> {
  const { members } = group
  if (group.state === 'Dead' || members.length === 0) return
  await introduce(host, group)
  const widths = {
    group: widest([group.groupId]),
    member: widest(members.map(({ memberId }) => memberId)),
    process: widest(members.map(({ processId }) => processId)),
    client: widest(members.map(({ clientId }) => clientId)),
  }
  const line = (cells: MemberCells): string => {
    const { epoch, topology, protocol, memberEpoch } = cells
    // No space stands in front of the member here, as in Kafka's tool.
    const epochs = verbose ? `${epoch.padEnd(epochColumns)} ${topology.padEnd(minColumns)}` : ''
    const states = verbose
      ? `${protocol.padEnd(minColumns)} ${memberEpoch.padEnd(minColumns)} `
      : ''
    return `${cells.group.padEnd(widths.group)} ${epochs}${cells.member.padEnd(widths.member)} ${states}${cells.process.padEnd(widths.process)} ${cells.client.padEnd(widths.client)} ${cells.tasks}\n`
  }
  const rows = members.map((member) => line(cellsOf(group, member, verbose)))
  await host.out([line(memberHeads), ...rows].join(''))
}

interface MemberCells {
  readonly group: string
  readonly epoch: string
  readonly topology: string
  readonly member: string
  readonly protocol: string
  readonly memberEpoch: string
  readonly process: string
  readonly client: string
  readonly tasks: string
}

const memberHeads: MemberCells = {
  group: 'GROUP',
  epoch: 'TARGET-ASSIGNMENT-EPOCH',
  topology: 'TOPOLOGY-EPOCH',
  member: 'MEMBER',
  protocol: 'MEMBER-PROTOCOL',
  memberEpoch: 'MEMBER-EPOCH',
  process: 'PROCESS',
  client: 'CLIENT-ID',
  tasks: 'ASSIGNMENTS',
}

function cellsOf(
  group: StreamsGroupDescription,
  member: StreamsMember,
  verbose: boolean,
): MemberCells {
  const target = verbose ? tasksText(member.targetAssignment, 'TARGET-') : ''
  return {
    group: group.groupId,
    epoch: String(group.targetAssignmentEpoch),
    topology: String(group.topologyEpoch),
    member: member.memberId,
    protocol: member.isClassic ? 'classic' : 'streams',
    memberEpoch: String(member.memberEpoch),
    process: member.processId,
    client: member.clientId,
    tasks: `${tasksText(member.assignment)}${target}`,
  }
}

/** `ACTIVE: 0:[0,1]; 1:[0]; STANDBY: 0:[2]; `. */
export function tasksText(assignment: StreamsAssignment, prefix = ''): string {
  const part = (kind: string, tasks: readonly TaskIds[]): string => {
    const list = tasks.map((task) => `${task.subtopologyId}:[${task.partitions.join(',')}]; `)
    return list.length === 0 ? '' : `${prefix}${kind}: ${list.join('')}`
  }
  const { activeTasks, standbyTasks, warmupTasks } = assignment
  return [
    part('ACTIVE', activeTasks),
    part('STANDBY', standbyTasks),
    part('WARMUP', warmupTasks),
  ].join('')
}

/** `--describe --state`. */
export async function printStreamsStates(
  host: ToolHost,
  group: StreamsGroupDescription,
  verbose: boolean,
): Promise<void> {
  await introduce(host, group)
  const { host: address, port, id } = group.coordinator
  const coordinator = `${address}:${port} (${id})`
  const widths = { group: widest([group.groupId]), coordinator: widest([coordinator], 25) }
  const line = (cells: readonly string[]): string => {
    const [name = '', node = '', state = '', groupEpoch = '', epoch = '', count = ''] = cells
    const epochs = verbose ? `${groupEpoch.padEnd(minColumns)} ${epoch.padEnd(epochColumns)} ` : ''
    return `${name.padEnd(widths.group)} ${node.padEnd(widths.coordinator)} ${state.padEnd(stateColumns)} ${epochs}${count}\n`
  }
  const epochs = [String(group.groupEpoch), String(group.targetAssignmentEpoch)]
  const count = String(group.members.length)
  const heads = ['GROUP', 'COORDINATOR (ID)', 'STATE', 'GROUP-EPOCH']
  await host.out(
    line([...heads, 'TARGET-ASSIGNMENT-EPOCH', '#MEMBERS']) +
      line([group.groupId, coordinator, group.state, ...epochs, count]),
  )
}

/** Says what is notable about the group's state. */
async function introduce({ out }: ToolHost, group: StreamsGroupDescription): Promise<void> {
  const { groupId, state } = group
  if (state === 'Dead') await out(`\nError: Streams group '${groupId}' does not exist.\n`)
  if (state === 'Empty') await out(`\nError: Streams group '${groupId}' has no active members.\n`)
}
