// The tables of kafka-consumer-groups --describe: columns as wide as Kafka's.
import type { Cluster } from '../../client/cluster.ts'
import type { ConsumerGroupDescription, GroupMemberDescription } from '../../client/groups.ts'
import { committedOffsets, listOffsets, offsetTimes } from '../../client/offsets.ts'
import {
  byTopic,
  compareText,
  describeTopics,
  partitionKey,
  type TopicPartition,
} from '../../client/topics.ts'
import type { ToolHost } from './tool.ts'

const missing = '-'
const minColumns = 15

/** Says what is notable about the group's state; false: there is nothing to print. */
async function introduce(
  host: ToolHost,
  { groupId, state }: ConsumerGroupDescription,
  rowCount: number,
): Promise<boolean> {
  switch (state) {
    case 'Dead':
      await host.out(`\nError: Consumer group '${groupId}' does not exist.\n`)
      return false
    case 'Empty':
      host.err(`\nConsumer group '${groupId}' has no active members.\n`)
      break
    case 'PreparingRebalance':
    case 'CompletingRebalance':
    case 'Assigning':
    case 'Reconciling':
      host.err(`\nWarning: Consumer group '${groupId}' is rebalancing.\n`)
      break
    default:
  }
  return rowCount > 0
}

/** One line of --describe --offsets. */
interface OffsetRow extends TopicPartition {
  readonly committed: number | null
  readonly leaderEpoch: number | null
  readonly end: number | null
  readonly memberId: string
  readonly host: string
  readonly clientId: string
}

/** `--describe [--offsets]`: committed offsets, ends and lag, by member. */
export async function printOffsets(
  host: ToolHost,
  cluster: Cluster,
  groups: readonly ConsumerGroupDescription[],
  verbose: boolean,
): Promise<void> {
  for (const group of groups) {
    const rows = await offsetRows(cluster, group)
    if (!(await introduce(host, group, rows.length))) continue
    const width = (texts: readonly string[]): number =>
      Math.max(minColumns, ...texts.map(({ length }) => length))
    const [groupColumns, topicColumns, idColumns, hostColumns] = [
      width([group.groupId]),
      width(rows.map(({ topic }) => topic)),
      width(rows.map(({ memberId }) => memberId)),
      width(rows.map((row) => row.host)),
    ]
    const line = (cells: readonly string[], epoch: string): string => {
      const [id = '', topic = '', partition = '', committed = '', end = '', lag = ''] = cells
      const [memberId = '', memberHost = '', clientId = ''] = cells.slice(6)
      return `\n${[
        id.padEnd(groupColumns),
        topic.padEnd(topicColumns),
        partition.padEnd(10),
        ...(verbose ? [epoch.padEnd(minColumns)] : []),
        committed.padEnd(minColumns),
        end.padEnd(minColumns),
        lag.padEnd(minColumns),
        memberId.padEnd(idColumns),
        memberHost.padEnd(hostColumns),
        clientId,
      ].join(' ')}`
    }
    const titles =
      'GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID'
    const lines = rows.map((row) => {
      const { committed, end } = row
      const lag = committed === null || end === null ? null : end - committed
      return line(
        [
          group.groupId,
          row.topic,
          String(row.partition),
          text(committed),
          text(end),
          text(lag),
          row.memberId,
          row.host,
          row.clientId,
        ],
        text(row.leaderEpoch),
      )
    })
    await host.out(`${line(titles.split(' '), 'LEADER-EPOCH')}${lines.join('')}\n`)
  }
}

function text(value: number | null): string {
  return value === null ? missing : String(value)
}

/** Committed offsets beside the ends of what they are in, by member. */
export async function offsetRows(
  cluster: Cluster,
  group: ConsumerGroupDescription,
): Promise<readonly OffsetRow[]> {
  const committed = new Map(
    (await committedOffsets(cluster, group.groupId)).map((offset) => [
      partitionKey(offset.topic, offset.partition),
      offset,
    ]),
  )
  const members = group.members
    .filter(({ assignment }) => assignment.length > 0)
    .sort((left, right) => right.assignment.length - left.assignment.length)
  const assigned = new Set(
    members.flatMap(({ assignment }) =>
      assignment.map(({ topic, partition }) => partitionKey(topic, partition)),
    ),
  )
  const unassigned = [...committed.values()].filter(
    ({ topic, partition }) => !assigned.has(partitionKey(topic, partition)),
  )
  const owners = [
    ...members,
    { memberId: missing, host: missing, clientId: missing, assignment: unassigned },
  ]
  const ends = await logEnds(
    cluster,
    owners.flatMap(({ assignment }) => assignment),
  )
  return owners.flatMap(({ memberId, host, clientId, assignment }) =>
    sorted(assignment).map(({ topic, partition }) => {
      const key = partitionKey(topic, partition)
      const offset = committed.get(key)
      const epoch = offset?.leaderEpoch ?? -1
      return {
        topic,
        partition,
        committed: offset?.offset ?? null,
        leaderEpoch: epoch < 0 ? null : epoch,
        end: ends.get(key) ?? null,
        memberId,
        host,
        clientId,
      }
    }),
  )
}

function sorted(partitions: readonly TopicPartition[]): readonly TopicPartition[] {
  return [...partitions].sort(
    (left, right) => compareText(left.topic, right.topic) || left.partition - right.partition,
  )
}

/** The end of each partition that has a leader. */
async function logEnds(
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, number>> {
  const topics = await describeTopics(cluster, [...byTopic(partitions).keys()])
  const led = new Set(
    topics.flatMap((topic) =>
      topic.partitions
        .filter(({ leader }) => leader >= 0)
        .map(({ partition }) => partitionKey(topic.name, partition)),
    ),
  )
  const questions = partitions
    .filter(({ topic, partition }) => led.has(partitionKey(topic, partition)))
    .map(({ topic, partition }) => ({ topic, partition, timestamp: offsetTimes.latest }))
  const answers = await listOffsets(cluster, questions)
  return new Map(
    [...answers].flatMap(([key, { offset, error }]) => {
      if (error !== null) throw error
      return [[key, offset] as const]
    }),
  )
}

/** `--describe --members`: who is in the group. */
export async function printMembers(
  host: ToolHost,
  groups: readonly ConsumerGroupDescription[],
  verbose: boolean,
): Promise<void> {
  for (const group of groups) {
    const isKnown = await introduce(host, group, group.members.length)
    await host.out(memberTable(group, isKnown ? group.members : [], verbose))
  }
}

/** How wide each column has to be. */
function memberColumns(
  group: ConsumerGroupDescription,
  shown: readonly GroupMemberDescription[],
): Readonly<
  Record<'group' | 'id' | 'instance' | 'host' | 'client' | 'assignment' | 'target', number>
> {
  const width = (min: number, texts: readonly string[]): number =>
    Math.max(min, ...texts.map(({ length }) => length))
  return {
    group: width(minColumns, shown.length > 0 ? [group.groupId] : []),
    id: width(
      minColumns,
      shown.map(({ memberId }) => memberId),
    ),
    instance: width(
      17,
      shown.map(({ instanceId }) => instanceId ?? ''),
    ),
    host: width(
      minColumns,
      shown.map((member) => member.host),
    ),
    client: width(
      minColumns,
      shown.map(({ clientId }) => clientId),
    ),
    assignment: width(
      20,
      shown.map(({ assignment }) => assignmentText(assignment)),
    ),
    target: width(
      20,
      shown.map(({ targetAssignment }) => assignmentText(targetAssignment ?? [])),
    ),
  }
}

function memberTable(
  group: ConsumerGroupDescription,
  shown: readonly GroupMemberDescription[],
  verbose: boolean,
): string {
  const columns = memberColumns(group, shown)
  const hasInstances = shown.some(({ instanceId }) => (instanceId ?? '') !== '')
  const isMixed =
    shown.some(({ upgraded }) => upgraded === true) &&
    shown.some(({ upgraded }) => upgraded === false)
  const line = (cells: readonly string[]): string => {
    const [id = '', member = '', instance = '', memberHost = '', client = '', count = ''] = cells
    const [epoch = '', assignment = '', targetEpoch = '', target = '', upgraded = ''] =
      cells.slice(6)
    const base = [
      id.padEnd(columns.group),
      member.padEnd(columns.id),
      ...(hasInstances ? [instance.padEnd(columns.instance)] : []),
      memberHost.padEnd(columns.host),
      client.padEnd(columns.client),
      `${count.padEnd(minColumns)} `,
    ]
    if (!verbose) return base.join(' ')
    const more = [
      epoch.padEnd(minColumns),
      assignment.padEnd(columns.assignment),
      targetEpoch.padEnd(minColumns),
      isMixed ? `${target.padEnd(columns.target)} ${upgraded}` : target.padEnd(columns.target),
    ]
    return `${base.join(' ')}${more.join(' ')}`
  }
  const head =
    'GROUP CONSUMER-ID GROUP-INSTANCE-ID HOST CLIENT-ID #PARTITIONS CURRENT-EPOCH CURRENT-ASSIGNMENT TARGET-EPOCH TARGET-ASSIGNMENT UPGRADED'
  const rows = group.members.map((member) =>
    line([
      group.groupId,
      member.memberId,
      member.instanceId ?? '',
      member.host,
      member.clientId,
      String(member.assignment.length),
      text(member.memberEpoch),
      assignmentText(member.assignment),
      text(group.targetAssignmentEpoch),
      assignmentText(member.targetAssignment ?? []),
      member.upgraded === null ? missing : String(member.upgraded),
    ]),
  )
  return `\n${[line(head.split(' ')), ...rows].join('\n')}\n`
}

/** `a:0,1;b:2`, or a dash for nothing. */
function assignmentText(partitions: readonly TopicPartition[]): string {
  if (partitions.length === 0) return missing
  return [...byTopic(partitions)]
    .map(([topic, items]) => {
      const numbers = items.map(({ partition }) => partition).sort((left, right) => left - right)
      return `${topic}:${numbers.join(',')}`
    })
    .sort(compareText)
    .join(';')
}

/** `--describe --state`: one line about each group. */
export async function printStates(
  host: ToolHost,
  groups: readonly ConsumerGroupDescription[],
  verbose: boolean,
): Promise<void> {
  for (const group of groups) {
    if (!(await introduce(host, group, 1))) continue
    const { host: name, port, id } = group.coordinator
    const coordinator = `${name}:${port}  (${id})`
    const groupColumns = Math.max(minColumns, group.groupId.length)
    const coordinatorColumns = Math.max(25, coordinator.length)
    const line = (cells: readonly string[]): string => {
      const [
        groupId = '',
        where = '',
        strategy = '',
        state = '',
        epoch = '',
        target = '',
        count = '',
      ] = cells
      return `\n${[
        groupId.padEnd(groupColumns),
        where.padEnd(coordinatorColumns),
        strategy.padEnd(20),
        state.padEnd(20),
        ...(verbose ? [epoch.padEnd(minColumns), target.padEnd(25)] : []),
        count,
      ].join(' ')}`
    }
    const head = line([
      'GROUP',
      'COORDINATOR (ID)',
      'ASSIGNMENT-STRATEGY',
      'STATE',
      'GROUP-EPOCH',
      'TARGET-ASSIGNMENT-EPOCH',
      '#MEMBERS',
    ])
    const row = line([
      group.groupId,
      coordinator,
      group.assignor === '' ? missing : group.assignor,
      group.state,
      text(group.groupEpoch),
      text(group.targetAssignmentEpoch),
      String(group.members.length),
    ])
    await host.out(`${head}${row}\n`)
  }
}
