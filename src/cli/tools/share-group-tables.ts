// The tables of kafka-share-groups --describe: columns as wide as Kafka's.
import type { ShareGroupDescription, ShareMember, ShareOffset } from '../../client/share-groups.ts'
import { compareText } from '../../client/topics.ts'
import type { ToolHost } from './tool.ts'

const minColumns = 15

/** Rows under heads; every column but the last is as wide as its widest cell, and as `least` says. */
function table(
  heads: readonly (readonly [title: string, least: number])[],
  rows: readonly (readonly string[])[],
): string {
  const widths = heads.map(([title, least], index) =>
    Math.max(title.length, least, ...rows.map((row) => row[index]?.length ?? 0)),
  )
  const last = heads.length - 1
  return [heads.map(([title]) => title), ...rows]
    .map((row) => {
      const cells = row.map((cell, index) =>
        index === last ? cell : cell.padEnd(widths[index] ?? 0),
      )
      return `${cells.join(' ')}\n`
    })
    .join('')
}

/** `--describe [--offsets]`. */
export async function printShareOffsets(
  { out }: ToolHost,
  groupId: string,
  offsets: readonly ShareOffset[],
  verbose: boolean,
): Promise<void> {
  const shown = (value: number | null): string => (value === null ? '-' : String(value))
  const sorted = [...offsets].sort(
    (left, right) => compareText(left.topic, right.topic) || left.partition - right.partition,
  )
  const rows = sorted.map(({ topic, partition, startOffset, leaderEpoch, lag }) => [
    groupId,
    topic,
    String(partition),
    ...(verbose ? [shown(leaderEpoch)] : []),
    shown(startOffset),
    shown(lag),
  ])
  const heads = [
    ['GROUP', minColumns],
    ['TOPIC', minColumns],
    ['PARTITION', 10],
    ...(verbose ? ([['LEADER-EPOCH', 13]] as const) : []),
    ['START-OFFSET', 13],
    ['LAG', 0],
  ] as const
  await out(`\n${table(heads, rows)}`)
}

/** `--describe --members`. */
export async function printShareMembers(
  host: ToolHost,
  group: ShareGroupDescription,
  verbose: boolean,
): Promise<void> {
  if (!introduce(host, group) || group.members.length === 0) return
  const rows = group.members.map((member) => [
    group.groupId,
    member.memberId,
    member.host,
    member.clientId,
    String(member.assignment.length),
    ...(verbose ? [String(member.memberEpoch)] : []),
    assignmentText(member),
  ])
  const heads = [
    ['GROUP', minColumns],
    ['CONSUMER-ID', minColumns],
    ['HOST', minColumns],
    ['CLIENT-ID', minColumns],
    ['#PARTITIONS', 12],
    ...(verbose ? ([['MEMBER-EPOCH', 13]] as const) : []),
    ['ASSIGNMENT', 0],
  ] as const
  await host.out(`\n${table(heads, rows)}`)
}

/** `topic:0,1;other:2`. */
function assignmentText({ assignment }: ShareMember): string {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of assignment) {
    topics.set(topic, [...(topics.get(topic) ?? []), partition])
  }
  return [...topics]
    .sort(([left], [right]) => compareText(left, right))
    .map(([topic, partitions]) => `${topic}:${partitions.sort((a, b) => a - b).join(',')}`)
    .join(';')
}

/** `--describe --state`. */
export async function printShareStates(
  host: ToolHost,
  group: ShareGroupDescription,
  verbose: boolean,
): Promise<void> {
  introduce(host, group)
  const { host: address, port, id } = group.coordinator
  const row = [
    group.groupId,
    `${address}:${port}  (${id})`,
    group.state,
    ...(verbose ? [String(group.groupEpoch), String(group.assignmentEpoch)] : []),
    String(group.members.length),
  ]
  const heads = [
    ['GROUP', minColumns],
    ['COORDINATOR (ID)', 25],
    ['STATE', minColumns],
    ...(verbose
      ? ([
          ['GROUP-EPOCH', 12],
          ['ASSIGNMENT-EPOCH', 17],
        ] as const)
      : []),
    ['#MEMBERS', 0],
  ] as const
  await host.out(`\n${table(heads, [row])}`)
}

/** Says what is notable about the group's state; false: there is nothing else to say. */
function introduce({ err }: ToolHost, { groupId, state }: ShareGroupDescription): boolean {
  if (state === 'Empty') err(`\nShare group '${groupId}' has no active members.\n`)
  if (state === 'Dead') err(`\nError: Share group '${groupId}' does not exist.\n`)
  return state !== 'Dead'
}
