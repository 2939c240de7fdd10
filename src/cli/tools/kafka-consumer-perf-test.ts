// kafka-consumer-perf-test: consumes as fast as it can, and says how fast that was.
import type { Cluster } from '../../client/cluster.ts'
import { GroupConsumer, type RebalanceListener } from '../../client/group-consumer.ts'
import { partitionKey, type TopicPartition } from '../../client/topics.ts'
import { ConsumerMeter, summaryHead, windowHead } from './consumer-meter.ts'
import { groupConsumerSettings } from './consumer-settings.ts'
import { sizeOf } from './consumption.ts'
import { javaPattern } from './java-pattern.ts'
import type { OptionTable } from './options.ts'
import {
  checkPerfConsumerArguments,
  perfConsumerOptions,
  perfConsumerProperties,
  perfConsumerRules,
  timeoutWarning,
} from './perf-consumer-options.ts'
import { beginTool, failureCode, withCluster } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool is used to verify the consumer performance.'

const options = {
  ...perfConsumerOptions,
  topic: { text: 'The topic to consume.', value: 'topic' },
  include: {
    text: 'A regular expression: the topics to consume.',
    value: 'Java regex (String)',
  },
  group: { text: 'The group to consume with (default: perf-consumer-*).', value: 'gid' },
  'fetch-size': {
    text: 'How much to fetch of a partition at a time.',
    value: 'size',
    type: 'int',
    fallback: '1048576',
  },
  'from-latest': { text: 'Begin with the end where no offset is committed.' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-consumer-perf-test', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call: Call = beginTool(options, args, host, { summary })
  const { options: given } = call
  call.require('bootstrap-server')
  call.requireOneOf('topic', 'include')
  await checkPerfConsumerArguments(call)
  try {
    const isDetailed = given.has('show-detailed-stats')
    if (!given.has('hide-header')) await host.out(isDetailed ? windowHead : summaryHead)
    const properties = propertiesOf(call)
    const bootstrap = given.required('bootstrap-server')
    await withCluster(
      host,
      { bootstrap, properties, clientId: 'perf-consumer-client' },
      (cluster) => consume(call, cluster, properties),
    )
    return 0
  } catch (failure) {
    return failureCode(host, failure)
  }
}

const randomGroupsMax = 100_000

function propertiesOf(call: Call): ReadonlyMap<string, string> {
  const { options: given, host } = call
  const drawn = host.random.bytes(4).readUInt32BE(0) % randomGroupsMax
  return new Map([
    ...perfConsumerProperties(call),
    ['group.id', given.value('group') ?? `perf-consumer-${drawn}`],
    ['max.partition.fetch.bytes', String(given.numberOf('fetch-size'))],
    ['auto.offset.reset', given.has('from-latest') ? 'latest' : 'earliest'],
  ])
}

const pollMs = 100

async function consume(
  call: Call,
  cluster: Cluster,
  properties: ReadonlyMap<string, string>,
): Promise<void> {
  const { options: given, host } = call
  const { clock } = host
  const { recordsMax, timeoutMs, intervalMs, format } = perfConsumerRules(call)
  const topic = given.value('topic')
  const topics = topic === undefined ? javaPattern(given.required('include')) : [topic]
  const meter = new ConsumerMeter({ startMs: clock.nowMs(), intervalMs, format })
  const listener = rebalanceTimer(() => clock.nowMs(), meter)
  const groupId = properties.get('group.id') ?? ''
  const consumer = new GroupConsumer(
    cluster,
    groupConsumerSettings(properties, { groupId, topics, listener }),
  )
  let nowMs = clock.nowMs()
  let lastRecordMs = nowMs
  while (meter.records < recordsMax && nowMs - lastRecordMs <= timeoutMs) {
    const records = await consumer.poll(pollMs)
    nowMs = clock.nowMs()
    if (records.length > 0) lastRecordMs = nowMs
    for (const record of records) {
      const report = meter.take(sizeOf(record), nowMs)
      if (report !== null && given.has('show-detailed-stats')) await host.out(report)
    }
  }
  if (meter.records < recordsMax) await host.out(timeoutWarning(timeoutMs))
  const endMs = clock.nowMs()
  if (!given.has('show-detailed-stats')) await host.out(meter.summary(endMs))
  await consumer.close()
}

/** Tells the meter how long the consumer was without partitions. */
function rebalanceTimer(nowMs: () => number, meter: ConsumerMeter): RebalanceListener {
  const held = new Set<string>()
  let sinceMs = nowMs()
  const keysOf = (partitions: readonly TopicPartition[]): readonly string[] =>
    partitions.map(({ topic, partition }) => partitionKey(topic, partition))
  return {
    revoked: (partitions) => {
      for (const key of keysOf(partitions)) held.delete(key)
      if (held.size === 0) sinceMs = nowMs()
    },
    assigned: (partitions) => {
      if (held.size === 0) meter.rebalanced(nowMs() - sinceMs)
      for (const key of keysOf(partitions)) held.add(key)
    },
  }
}
