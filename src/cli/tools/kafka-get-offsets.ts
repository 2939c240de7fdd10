// kafka-get-offsets: offsets of partitions at a time.
import type { Cluster } from '../../client/cluster.ts'
import { ClientError } from '../../client/errors.ts'
import { listOffsets, offsetTimes } from '../../client/offsets.ts'
import { compareText, describeTopics, listTopics, partitionKey } from '../../client/topics.ts'
import { javaPattern } from './java-pattern.ts'
import type { OptionTable } from './options.ts'
import { runAdmin } from './admin-tool.ts'
import { beginTool } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'An interactive shell for getting topic-partition offsets.'
const times =
  '<timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload'

const options = {
  'bootstrap-server': {
    text: 'REQUIRED. The brokers to connect to, HOST1:PORT1,HOST2:PORT2.',
    value: 'HOST1:PORT1,...,HOST3:PORT3',
  },
  'topic-partitions': {
    text: 'Patterns of topics and partitions, parted by commas: a regular expression, then a number or a range (upper end exclusive).',
    value: 'topic1:1,topic2:0-3,topic3,topic4:5-,topic5:-3',
  },
  topic: { text: 'A topic, or a regular expression. Default: all.', value: 'topic' },
  partitions: { text: 'Partitions, parted by commas. Default: all.', value: 'partition ids' },
  time: { text: 'The time whose offset is wanted.', value: times, fallback: 'latest' },
  'command-config': { text: 'A file with properties for the client.', value: 'config file' },
  'exclude-internal-topics': { text: 'Leave internal topics out.' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-get-offsets', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary })
  call.require('bootstrap-server')
  const { options: given } = call
  const flags = {
    host,
    bootstrap: given.required('bootstrap-server'),
    config: given.value('command-config'),
    clientId: 'GetOffsetShell',
  }
  return runAdmin(call, flags, (cluster) => print(call, cluster), 'Error occurred: ')
}

/** Whether a partition of a topic is wanted. */
interface Rule {
  readonly topic: RegExp
  readonly wants: (partition: number) => boolean
}

async function print({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  if (given.has('topic-partitions') && (given.has('topic') || given.has('partitions'))) {
    throw new Error('--topic-partitions cannot be used with --topic or --partitions')
  }
  const timestamp = timestampOf(given.required('time'))
  const list = given.value('topic-partitions')
  const rules =
    list === undefined
      ? [ruleOf(given.value('topic') ?? '.*', partitionSet(given.value('partitions')))]
      : list.split(',').map(parseRule)
  const topics = await listTopics(cluster)
  const names = topics
    .filter(({ name, isInternal }) => {
      if (isInternal && given.has('exclude-internal-topics')) return false
      return rules.some(({ topic }) => topic.test(name))
    })
    .map(({ name }) => name)
  const wanted = (await describeTopics(cluster, names)).flatMap(({ name, partitions }) =>
    partitions
      .filter(({ partition }) =>
        rules.some(({ topic, wants }) => topic.test(name) && wants(partition)),
      )
      .map(({ partition }) => ({ topic: name, partition, timestamp })),
  )
  if (wanted.length === 0) {
    throw new Error('Could not match any topic-partitions with the specified filters')
  }
  const answers = await listOffsets(cluster, wanted)
  wanted.sort((left, right) =>
    compareText(
      partitionKey(left.topic, left.partition),
      partitionKey(right.topic, right.partition),
    ),
  )
  for (const { topic, partition } of wanted) {
    const answer = answers.get(partitionKey(topic, partition))
    if (answer?.error instanceof ClientError) {
      host.err(
        `Skip getting offsets for topic-partition ${topic}-${partition} due to error: ${answer.error.toString()}\n`,
      )
    } else if (answer !== undefined && answer.offset >= 0) {
      await host.out(`${topic}:${partition}:${answer.offset}\n`)
    }
  }
}

function timestampOf(text: string): number {
  const named = new Map<string, number>(Object.entries(offsetTimes)).get(text)
  if (named !== undefined) return named
  if (/^[+-]?\d+$/.test(text)) return Number(text)
  throw new Error(
    `Malformed time argument ${text}. Please use ${times.replace('<timestamp> / ', '')}, or a specified long format timestamp`,
  )
}

function ruleOf(topics: string, wants: (partition: number) => boolean): Rule {
  return { topic: javaPattern(topics.replaceAll(',', '|').replaceAll(' ', '')), wants }
}

function partitionSet(text: string | undefined): (partition: number) => boolean {
  if (text === undefined || text === '') return () => true
  const partitions = text.split(',')
  if (!partitions.every((partition) => /^[+-]?\d+$/.test(partition))) {
    throw new Error(
      `--partitions expects a comma separated list of numeric partition ids, but received: ${text}`,
    )
  }
  const set = new Set(partitions.map(Number))
  return (partition) => set.has(partition)
}

function parseRule(text: string): Rule {
  const found = /^([^:,]*)(?::(?:(\d*)|(\d*)-(\d*)))?$/.exec(text)
  if (found === null) throw new Error(`Invalid rule specification: ${text}`)
  const [, topics = '', only = '', from = '', to = ''] = found
  const name = topics === '' ? '.*' : topics
  if (only !== '') return ruleOf(name, (partition) => partition === Number(only))
  const upper = to === '' ? Infinity : Number(to)
  return ruleOf(name, (partition) => partition >= Number(from) && partition < upper)
}
