// kafka-share-consumer-perf-test: consumes as fast as share consumers can (KIP-932), and says how fast that was.
import type { Cluster } from '../../client/cluster.ts'
import type { ShareConsumer } from '../../client/share-consumer.ts'
import { Consumption, sizeOf, type Count } from './consumption.ts'
import type { OptionTable } from './options.ts'
import {
  checkPerfConsumerArguments,
  perfConsumerOptions,
  perfConsumerProperties,
  perfConsumerRules,
  timeoutWarning,
  type PerfConsumerRules,
} from './perf-consumer-options.ts'
import { shareReport, shareReportHead } from './share-consumer-meter.ts'
import { shareConsumer } from './share-settings.ts'
import { beginTool, failureCode, withCluster, type ClusterRequest } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool is used to verify the share consumer performance.'

const options = {
  ...perfConsumerOptions,
  topic: { text: 'REQUIRED: The topic to consume.', value: 'topic' },
  group: {
    text: 'The share group to consume with.',
    value: 'gid',
    fallback: 'perf-share-consumer',
  },
  'fetch-size': {
    text: 'How much to fetch at a time.',
    value: 'size',
    type: 'int',
    fallback: '1048576',
  },
  threads: {
    text: 'How many share consumers share the load.',
    value: 'count',
    type: 'int',
    fallback: '1',
  },
  'show-consumer-stats': { text: 'Report of each share consumer too.' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-share-consumer-perf-test', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call: Call = beginTool(options, args, host, { summary })
  call.require('topic', 'bootstrap-server')
  await checkPerfConsumerArguments(call)
  try {
    if (!call.options.has('hide-header')) await host.out(shareReportHead)
    const requests = requestsOf(call)
    await withClusters(host, requests, (clusters) => measure(call, requests, clusters))
    return 0
  } catch (failure) {
    return failureCode(host, failure)
  }
}

interface ConsumerRequest extends ClusterRequest {
  readonly properties: ReadonlyMap<string, string>
  readonly clientId: string
}

/** One for each consumer; several have numbers in their client ids. */
function requestsOf(call: Call): readonly ConsumerRequest[] {
  const { options: given } = call
  const threads = given.numberOf('threads')
  if (threads < 1) throw new Error('Number of threads must be greater than 0.')
  const shared = perfConsumerProperties(call)
  const name = shared.get('client.id') ?? 'perf-share-consumer-client'
  return Array.from({ length: threads }, (_, index) => {
    const clientId = threads === 1 ? name : `${name}-${index + 1}`
    const properties = new Map([
      ...shared,
      ['client.id', clientId],
      ['group.id', given.required('group')],
      ['fetch.max.bytes', String(given.numberOf('fetch-size'))],
    ])
    return { bootstrap: given.required('bootstrap-server'), properties, clientId }
  })
}

/** Runs `use` with a cluster for each request. */
async function withClusters(
  host: ToolHost,
  requests: readonly ClusterRequest[],
  use: (clusters: readonly Cluster[]) => Promise<void>,
): Promise<void> {
  const [request, ...rest] = requests
  if (request === undefined) return use([])
  await withCluster(host, request, (cluster) =>
    withClusters(host, rest, (others) => use([cluster, ...others])),
  )
}

async function measure(
  call: Call,
  requests: readonly ConsumerRequest[],
  clusters: readonly Cluster[],
): Promise<void> {
  const { options: given, host } = call
  const rules = perfConsumerRules(call)
  const topics = [given.required('topic')]
  const consumers = clusters.map((cluster, index) =>
    shareConsumer(host, { cluster, properties: requests[index]?.properties ?? new Map(), topics }),
  )
  const startMs = host.clock.nowMs()
  const group = new Consumption({ startMs, intervalMs: Infinity })
  const counts = await Promise.all(
    consumers.map((consumer, index) =>
      consume(call, rules, { consumer, group, number: index + 1 }),
    ),
  )
  const endMs = host.clock.nowMs()
  if (given.has('show-consumer-stats')) {
    for (const [index, count] of counts.entries()) {
      const line = shareReport({ window: { ...count, startMs }, endMs }, rules.format)
      await host.out(
        `Share consumer ${index + 1} having client id ${requests[index]?.clientId} consumption metrics- ${line}\n`,
      )
    }
  }
  if (group.all.records < rules.recordsMax) await host.out(timeoutWarning(rules.timeoutMs))
  for (const consumer of consumers) await consumer.commit()
  await host.out(`${shareReport({ window: group.all, endMs }, rules.format)}\n`)
  for (const consumer of consumers) await consumer.close()
}

const pollMs = 100

/** Consumes until the group has enough, or nothing comes any more; what this one consumer had of it. */
async function consume(
  { options: given, host }: Call,
  { recordsMax, timeoutMs, intervalMs, format }: PerfConsumerRules,
  part: {
    readonly consumer: ShareConsumer
    /** What all consumers had. */
    readonly group: Consumption
    readonly number: number
  },
): Promise<Count> {
  const { consumer, group, number } = part
  let nowMs = host.clock.nowMs()
  let lastRecordMs = nowMs
  const own = new Consumption({ startMs: nowMs, intervalMs })
  while (group.all.records < recordsMax && nowMs - lastRecordMs <= timeoutMs) {
    const records = await consumer.poll(pollMs)
    nowMs = host.clock.nowMs()
    if (records.length > 0) lastRecordMs = nowMs
    for (const record of records) {
      const bytes = sizeOf(record)
      group.take(bytes, nowMs)
      const window = own.take(bytes, nowMs)
      consumer.acknowledge(record, 'accept')
      if (window === null || !given.has('show-detailed-stats')) continue
      const line = shareReport({ window, all: own.all, endMs: nowMs }, format)
      await host.out(`${line} for share consumer ${number}\n`)
    }
  }
  return own.all
}
