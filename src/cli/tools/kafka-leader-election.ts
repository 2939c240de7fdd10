// kafka-leader-election: has the preferred replica lead, or any replica where none can.
import type { Cluster } from '../../client/cluster.ts'
import { clientError, throwOnError, type ClientError } from '../../client/errors.ts'
import { byTopic, partitionKey, type TopicPartition } from '../../client/topics.ts'
import { runAdmin } from './admin-tool.ts'
import { fieldsOf, listOf, numberOf, parseJson, textOf } from './json-input.ts'
import type { OptionTable } from './options.ts'
import { beginTool, configFileOf, readTextFile, ToolExit } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary =
  'This tool attempts to elect a new leader for a set of topic partitions. The type of elections supported are preferred replicas and unclean replicas.'

const options = {
  'bootstrap-server': { text: 'The broker to connect to. REQUIRED.', value: 'host:port' },
  'admin.config': {
    text: '(Deprecated) A file with properties for the client.',
    value: 'config file',
  },
  'command-config': { text: 'A file with properties for the client.', value: 'Config file' },
  'path-to-json-file': {
    text: 'A JSON file with partitions:\n{"partitions":\n  [{"topic": "foo", "partition": 1}]\n}',
    value: 'Path to JSON file',
  },
  topic: { text: 'The topic; with --partition.', value: 'topic name' },
  partition: { text: 'The partition; with --topic.', value: 'partition id', type: 'int' },
  'all-topic-partitions': { text: 'All partitions.' },
  'election-type': { text: "'preferred' or 'unclean'. REQUIRED.", value: 'election type' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-leader-election', summary, options, run }

const electionTypes = { PREFERRED: 0, UNCLEAN: 1 } as const
const defaultTimeoutMs = 30_000

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  const { options: given } = call
  checkArguments(call)
  const flags = {
    host,
    bootstrap: given.required('bootstrap-server'),
    config: await configFileOf(call, 'admin.config'),
    apiTimeoutMs: defaultTimeoutMs,
  }
  return runAdmin(call, flags, (cluster) => elect(call, cluster))
}

function refuse(host: ToolHost, message: string): never {
  host.err(`${message}\n`)
  throw new ToolExit(1)
}

function checkArguments(call: Call): void {
  const { options: given, host } = call
  const needed = ['bootstrap-server', 'election-type'] as const
  const missing = needed.filter((name) => !given.has(name))
  if (missing.length > 0) refuse(host, `Missing required option(s): ${missing.join(', ')}`)
  call.forbid('admin.config', 'command-config')
  const scopes = ['topic', 'all-topic-partitions', 'path-to-json-file'] as const
  if (scopes.filter((scope) => given.has(scope)).length !== 1) {
    refuse(host, `One and only one of the following options is required: ${scopes.join(', ')}`)
  }
  if (given.has('topic') && !given.has('partition')) {
    refuse(host, 'Missing required option(s): partition')
  }
  if (!given.has('topic') && given.has('partition')) {
    refuse(host, 'Option partition is only allowed if topic is used')
  }
}

async function elect(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const text = given.required('election-type').toUpperCase()
  const type = text === 'PREFERRED' || text === 'UNCLEAN' ? text : null
  if (type === null) {
    refuse(
      host,
      `Cannot parse argument '${given.required('election-type')}' of option election-type`,
    )
  }
  const partitions = electedPartitions(call)
  const response = await cluster.controller('ElectLeaders', {
    electionType: electionTypes[type],
    topicPartitions:
      partitions === null
        ? null
        : [...byTopic(partitions)].map(([topic, items]) => ({
            topic,
            partitions: items.map(({ partition }) => partition),
          })),
    timeoutMs: cluster.config.requestTimeoutMs,
  })
  throwOnError(response.errorCode)
  const done: string[] = []
  const unneeded: string[] = []
  const failed: (readonly [string, ClientError])[] = []
  for (const { topic, partitionResult } of response.replicaElectionResults) {
    for (const { partitionId, errorCode, errorMessage } of partitionResult) {
      const key = partitionKey(topic, partitionId)
      const error = clientError(errorCode, errorMessage)
      if (errorCode === 0) done.push(key)
      else if (error.errorName === 'ELECTION_NOT_NEEDED') unneeded.push(key)
      else failed.push([key, error])
    }
  }
  if (done.length > 0) {
    await host.out(
      `Successfully completed leader election (${type}) for partitions ${done.join(', ')}\n`,
    )
  }
  if (unneeded.length > 0) {
    await host.out(`Valid replica already elected for partitions ${unneeded.join(', ')}\n`)
  }
  for (const [key, error] of failed) {
    await host.out(
      `Error completing leader election (${type}) for partition: ${key}: ${error.toString()}\n`,
    )
  }
  if (failed.length > 0) refuse(host, `${failed.length} replica(s) could not be elected`)
}

/** Null: all. */
function electedPartitions({ options: given, host }: Call): readonly TopicPartition[] | null {
  const topic = given.value('topic')
  if (topic !== undefined) return [{ topic, partition: given.numberOf('partition') }]
  const path = given.value('path-to-json-file')
  if (path === undefined) return null
  const text = readTextFile(host, path)
  const root = fieldsOf(parseJson(text, 'Replica election data is empty'))
  const list = root.get('partitions')
  if (list === undefined) {
    refuse(host, 'Replica election data is missing "partitions" field')
  }
  return listOf(list).map((item) => {
    const fields = fieldsOf(item)
    return { topic: textOf(fields, 'topic'), partition: numberOf(fields, 'partition') }
  })
}
