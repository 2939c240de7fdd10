// kafka-metadata-quorum: who keeps the cluster's metadata, and how far.
import { clusterMetadataTopic } from '../../catalog/topic-names.ts'
import type { Cluster } from '../../client/cluster.ts'
import type { ResponseOf } from '../../client/connection.ts'
import { throwOnError } from '../../client/errors.ts'
import { noTopicId } from '../../client/topics.ts'
import { prettyTable, runAdmin } from './admin-tool.ts'
import type { OptionTable } from './options.ts'
import { beginCommand } from './sub-command.ts'
import { ToolExit } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool describes kraft metadata quorum status.'

const options = {
  'bootstrap-server': { text: 'The brokers to connect to.', value: 'servers' },
  'bootstrap-controller': { text: 'The controllers; here the broker answers.', value: 'servers' },
  'command-config': { text: 'A file with properties for the client.', value: 'file' },
  status: { text: 'describe: a short summary.' },
  replication: { text: 'describe: every replica.' },
  'human-readable': { text: 'describe --replication: times as ages.' },
  'controller-id': { text: 'remove-controller: the node.', value: 'id', type: 'int' },
  'controller-directory-id': { text: 'remove-controller: its directory.', value: 'id' },
  'dry-run': { text: 'add-controller, remove-controller: only say what would be done.' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-metadata-quorum', summary, options, run }

const commands = ['describe', 'add-controller', 'remove-controller'] as const

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const begun = beginCommand(options, args, host, {
    tool: 'kafka-metadata-quorum',
    summary,
    commands,
  })
  const call: Call = begun.call
  const { options: given } = call
  if (begun.command !== 'describe') {
    host.err('The broker is its own and only controller: the quorum cannot change.\n')
    return 1
  }
  if (given.has('human-readable') && !given.has('replication')) {
    host.err('--human-readable is only supported along with --replication\n')
    return 1
  }
  if (given.has('status') === given.has('replication')) {
    host.err(
      given.has('status')
        ? 'Only one of --status or --replication should be specified with describe sub-command\n'
        : 'One of --status or --replication must be specified with describe sub-command\n',
    )
    return 1
  }
  const bootstrap = given.value('bootstrap-server') ?? given.value('bootstrap-controller')
  if (bootstrap === undefined) {
    call.usage('You must specify either --bootstrap-controller or --bootstrap-server.')
  }
  const flags = { host, bootstrap, config: given.value('command-config') }
  return runAdmin(call, flags, async (cluster) => {
    const quorum = await describeQuorum(cluster)
    await host.out(
      given.has('status')
        ? await statusText(cluster, quorum)
        : replicationTable(quorum, given.has('human-readable') ? host.clock.nowMs() : null),
    )
  })
}

type Answer = ResponseOf<'DescribeQuorum'>
type Partition = Answer['topics'][number]['partitions'][number]
type Replica = Partition['currentVoters'][number]

interface Quorum {
  readonly partition: Partition
  readonly nodes: Answer['nodes']
  readonly leader: Replica
}

async function describeQuorum(cluster: Cluster): Promise<Quorum> {
  const response = await cluster.any('DescribeQuorum', {
    topics: [{ topicName: clusterMetadataTopic, partitions: [{ partitionIndex: 0 }] }],
  })
  throwOnError(response.errorCode, response.errorMessage)
  const partition = response.topics[0]?.partitions[0]
  throwOnError(partition?.errorCode ?? 0, partition?.errorMessage)
  const leader = partition?.currentVoters.find(({ replicaId }) => replicaId === partition.leaderId)
  if (partition === undefined || leader === undefined) throw new ToolExit(1)
  return { partition, nodes: response.nodes, leader }
}

async function statusText(cluster: Cluster, quorum: Quorum): Promise<string> {
  const { partition, leader } = quorum
  const { clusterId } = await cluster.metadata([])
  const slowest = partition.currentVoters.reduce((left, right) =>
    right.logEndOffset < left.logEndOffset ? right : left,
  )
  const lagMs =
    slowest === leader
      ? 0
      : leader.lastCaughtUpTimestamp < 0 || slowest.lastCaughtUpTimestamp < 0
        ? -1
        : leader.lastCaughtUpTimestamp - slowest.lastCaughtUpTimestamp
  return [
    `ClusterId:              ${clusterId}`,
    `LeaderId:               ${partition.leaderId}`,
    `LeaderEpoch:            ${partition.leaderEpoch}`,
    `HighWatermark:          ${partition.highWatermark}`,
    `MaxFollowerLag:         ${leader.logEndOffset - slowest.logEndOffset}`,
    `MaxFollowerLagTimeMs:   ${lagMs}`,
    `CurrentVoters:          ${replicaList(quorum, partition.currentVoters)}`,
    `CurrentObservers:       ${replicaList(quorum, partition.observers)}`,
    '',
  ].join('\n')
}

function replicaList({ nodes }: Quorum, replicas: readonly Replica[]): string {
  const texts = replicas.map(({ replicaId, replicaDirectoryId }) => {
    const listeners = nodes.find(({ nodeId }) => nodeId === replicaId)?.listeners ?? []
    const parts = [`"id": ${replicaId}`]
    if (replicaDirectoryId !== noTopicId) parts.push(`"directoryId": "${replicaDirectoryId}"`)
    if (listeners.length > 0) {
      const endpoints = listeners.map(({ name, host, port }) => `"${name}://${host}:${port}"`)
      parts.push(`"endpoints": [${endpoints.join(', ')}]`)
    }
    return `{${parts.join(', ')}}`
  })
  return `[${texts.join(', ')}]`
}

function replicationTable({ partition, leader }: Quorum, nowMs: number | null): string {
  const time = (ms: number): string => {
    if (ms < 0) return '-1'
    return nowMs === null ? String(ms) : `${nowMs - ms} ms ago`
  }
  const row = (replica: Replica, status: string): string[] => [
    String(replica.replicaId),
    replica.replicaDirectoryId,
    String(replica.logEndOffset),
    String(leader.logEndOffset - replica.logEndOffset),
    time(replica.lastFetchTimestamp),
    time(replica.lastCaughtUpTimestamp),
    status,
  ]
  const followers = partition.currentVoters.filter((replica) => replica !== leader)
  const headers = [
    'NodeId',
    'DirectoryId',
    'LogEndOffset',
    'Lag',
    'LastFetchTimestamp',
    'LastCaughtUpTimestamp',
    'Status',
  ]
  return prettyTable(headers, [
    row(leader, 'Leader'),
    ...followers.map((replica) => row(replica, 'Follower')),
    ...partition.observers.map((replica) => row(replica, 'Observer')),
  ])
}
