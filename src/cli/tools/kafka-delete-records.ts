// kafka-delete-records: deletes the records in front of offsets.
import type { Cluster } from '../../client/cluster.ts'
import { clientError } from '../../client/errors.ts'
import { byTopic, leadersOf, partitionKey, type TopicPartition } from '../../client/topics.ts'
import { runAdmin } from './admin-tool.ts'
import { fieldsOf, listOf, numberOf, parseJson, textOf } from './json-input.ts'
import type { OptionTable } from './options.ts'
import { beginTool, readTextFile } from './tool.ts'
import type { Tool, ToolHost } from './tool.ts'

const summary =
  'This tool helps to delete records of the given partitions down to the specified offset.'

const options = {
  'bootstrap-server': {
    text: 'REQUIRED: The broker to connect to.',
    value: 'server(s) to use for bootstrapping',
  },
  'offset-json-file': {
    text: 'REQUIRED: A JSON file with an offset per partition:\n{"partitions":\n  [{"topic": "foo", "partition": 1, "offset": 1}],\n "version":1\n}',
    value: 'Offset json file path',
  },
  'command-config': {
    text: 'A file with properties for the client.',
    value: 'command config property file path',
  },
} as const satisfies OptionTable

export const tool: Tool = { name: 'kafka-delete-records', summary, options, run }

interface Target extends TopicPartition {
  readonly offset: number
}

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  call.require('bootstrap-server', 'offset-json-file')
  const { options: given } = call
  const flags = {
    host,
    bootstrap: given.required('bootstrap-server'),
    config: given.value('command-config'),
  }
  return runAdmin(call, flags, async (cluster) => {
    const path = given.required('offset-json-file')
    const targets = parseTargets(readTextFile(host, path))
    await host.out('Executing records delete operation\n')
    const lines = await deleteRecords(cluster, targets)
    await host.out(`Records delete operation completed:\n${lines.join('')}`)
  })
}

function parseTargets(text: string): readonly Target[] {
  const root = fieldsOf(parseJson(text, 'The input string is not a valid JSON'))
  const version = root.get('version') ?? 1
  if (version !== 1) throw new Error(`Not supported version field value ${String(version)}`)
  const partitions = root.get('partitions')
  if (partitions === undefined) throw new Error('Missing partitions field')
  const targets = listOf(partitions).map((item) => {
    const fields = fieldsOf(item)
    return {
      topic: textOf(fields, 'topic'),
      partition: numberOf(fields, 'partition'),
      offset: numberOf(fields, 'offset'),
    }
  })
  const keys = targets.map(({ topic, partition }) => partitionKey(topic, partition))
  const twice = new Set(keys.filter((key, index) => keys.indexOf(key) !== index))
  if (twice.size > 0) {
    throw new Error(`Offset json file contains duplicate topic partitions: ${[...twice].join(',')}`)
  }
  return targets
}

async function deleteRecords(
  cluster: Cluster,
  targets: readonly Target[],
): Promise<readonly string[]> {
  const leaders = new Map<string, number>()
  const lines = new Map<string, string>()
  for (const topic of byTopic(targets).keys()) {
    const found = await leadersOf(cluster, [topic]).catch((error: unknown) => {
      for (const target of targets.filter((other) => other.topic === topic)) {
        lines.set(partitionKey(topic, target.partition), `error: ${String(error)}`)
      }
      return new Map<string, number>()
    })
    for (const [key, leader] of found) leaders.set(key, leader)
  }
  for (const node of new Set(leaders.values())) {
    const own = targets.filter(
      ({ topic, partition }) => leaders.get(partitionKey(topic, partition)) === node,
    )
    if (own.length === 0 || node < 0) continue
    const response = await cluster.node(node, 'DeleteRecords', {
      topics: [...byTopic(own)].map(([name, items]) => ({
        name,
        partitions: items.map(({ partition, offset }) => ({ partitionIndex: partition, offset })),
      })),
      timeoutMs: cluster.config.requestTimeoutMs,
    })
    for (const { name, partitions } of response.topics) {
      for (const { partitionIndex, errorCode, lowWatermark } of partitions) {
        lines.set(
          partitionKey(name, partitionIndex),
          errorCode === 0
            ? `low_watermark: ${lowWatermark}`
            : `error: ${clientError(errorCode).toString()}`,
        )
      }
    }
  }
  return targets.map(({ topic, partition }) => {
    const key = partitionKey(topic, partition)
    const outcome = lines.get(key) ?? `error: ${clientError(unknownPartitionCode).toString()}`
    return `partition: ${key}\t${outcome}\n`
  })
}

const unknownPartitionCode = 3
