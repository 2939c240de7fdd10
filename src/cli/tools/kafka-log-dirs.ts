// kafka-log-dirs: what lies in the brokers' log directories, as JSON.
import type { Cluster } from '../../client/cluster.ts'
import { clientError, exceptionName } from '../../client/errors.ts'
import { runAdmin } from './admin-tool.ts'
import type { OptionTable } from './options.ts'
import { beginTool, ToolExit } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary = 'This tool helps to query log directory usage on the specified brokers.'

const options = {
  'bootstrap-server': {
    text: 'REQUIRED: the brokers to connect to.',
    value: 'The server(s) to use for bootstrapping',
  },
  'command-config': {
    text: 'A file with properties for the client.',
    value: 'Admin client property file',
  },
  describe: { text: 'Describe the log directories.' },
  'topic-list': {
    text: 'Topics, parted by commas. Default: all.',
    value: 'Topic list',
    fallback: '',
  },
  'broker-list': {
    text: 'Ids of brokers, parted by commas. Default: all.',
    value: 'Broker list',
    fallback: '',
  },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-log-dirs', summary, options, run }

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const call = beginTool(options, args, host, { summary, onRefusal: 'message' })
  call.require('bootstrap-server', 'describe')
  const { options: given } = call
  const flags = {
    host,
    bootstrap: given.required('bootstrap-server'),
    config: given.value('command-config'),
    clientId: 'log-dirs-tool',
  }
  return runAdmin(call, flags, (cluster) => describe(call, cluster))
}

function brokerId(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`For input string: "${text}"`)
  return Number(text)
}

async function describe({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const split = (text: string): string[] => text.split(',').filter((part) => part !== '')
  const topics = new Set(split(given.required('topic-list')))
  const asked = split(given.required('broker-list')).map(brokerId)
  const existing = (await cluster.brokers()).map(({ id }) => id)
  const strangers = asked.filter((id) => !existing.includes(id))
  if (strangers.length > 0) {
    host.err(
      `ERROR: The given brokers do not exist from --broker-list: ${strangers.join(',')}. Current existent brokers: ${existing.join(',')}\n`,
    )
    throw new ToolExit(1)
  }
  const brokers = asked.length === 0 ? existing : asked
  await host.out('Querying brokers for log directories information\n')
  const answers = []
  for (const broker of brokers) {
    const response = await cluster.node(broker, 'DescribeLogDirs', { topics: null })
    answers.push({
      broker,
      logDirs: response.results.map(({ errorCode, logDir, topics: found }) => ({
        partitions: found
          .filter(({ name }) => topics.size === 0 || topics.has(name))
          .flatMap(({ name, partitions }) =>
            partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
              partition: `${name}-${partitionIndex}`,
              size: partitionSize,
              offsetLag,
              isFuture: isFutureKey,
            })),
          ),
        error: errorCode === 0 ? null : exceptionName(clientError(errorCode)),
        logDir,
      })),
    })
  }
  await host.out(`Received log directory information from brokers ${brokers.join(',')}\n`)
  await host.out(`${JSON.stringify({ brokers: answers, version: 1 })}\n`)
}
