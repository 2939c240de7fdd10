// kafka-transactions: transactions and producers, and the end of those that hang.
import { minuteMs } from '../../base/units.ts'
import type { Cluster } from '../../client/cluster.ts'
import { clientError, throwOnError } from '../../client/errors.ts'
import { leadersOf, partitionKey } from '../../client/topics.ts'
import { prettyTable, runAdmin } from './admin-tool.ts'
import { findHanging, type ProducerState } from './hanging-transactions.ts'
import type { OptionTable } from './options.ts'
import { beginCommand } from './sub-command.ts'
import { messageOf, ToolExit } from './tool.ts'
import type { Tool, ToolCall, ToolHost } from './tool.ts'

const summary =
  'This tool is used to analyze the transactional state of producers in the cluster. It can be used to detect and recover from hanging transactions.'

const options = {
  'bootstrap-server': { text: 'The brokers to connect to.', value: 'host:port' },
  'command-config': { text: 'A file with properties for the client.', value: 'FILE' },
  'duration-filter': {
    text: 'list: only transactions that have run longer, ms.',
    value: 'ms',
    type: 'long',
  },
  'transactional-id-pattern': { text: 'list: a regular expression (RE2).', value: 'pattern' },
  'transactional-id': { text: 'describe: the transactional id.', value: 'id' },
  transactionalId: { text: 'forceTerminateTransaction: the transactional id.', value: 'id' },
  topic: { text: 'describe-producers, abort, find-hanging: the topic.', value: 'topic' },
  partition: {
    text: 'describe-producers, abort, find-hanging: the partition.',
    value: 'n',
    type: 'int',
  },
  'broker-id': {
    text: 'describe-producers, find-hanging: the broker to ask.',
    value: 'id',
    type: 'int',
  },
  'max-transaction-timeout': {
    text: 'find-hanging: only transactions that are open for longer, minutes.',
    value: 'minutes',
    type: 'int',
    fallback: '15',
  },
  'start-offset': { text: 'abort: where the transaction begins.', value: 'n', type: 'long' },
  'producer-id': { text: 'abort: the producer id.', value: 'id', type: 'long' },
  'producer-epoch': { text: 'abort: the producer epoch.', value: 'n', type: 'int' },
  'coordinator-epoch': { text: 'abort: the coordinator epoch.', value: 'n', type: 'int' },
} as const satisfies OptionTable

type Call = ToolCall<keyof typeof options | 'help' | 'version'>

export const tool: Tool = { name: 'kafka-transactions', summary, options, run }

const commands = [
  'list',
  'describe',
  'describe-producers',
  'abort',
  'find-hanging',
  'forceTerminateTransaction',
] as const

async function run(args: readonly string[], host: ToolHost): Promise<number> {
  const begun = beginCommand(options, args, host, { tool: 'kafka-transactions', summary, commands })
  const call: Call = begun.call
  const { options: given } = call
  for (const name of requiredBy[begun.command]) {
    if (!given.has(name)) call.usage(`kafka-transactions: error: argument --${name} is required`)
  }
  const bootstrap = given.value('bootstrap-server')
  if (bootstrap === undefined) {
    call.usage('kafka-transactions: error: argument --bootstrap-server is required')
  }
  const flags = { host, bootstrap, config: given.value('command-config') }
  return runAdmin(call, flags, (cluster) => {
    switch (begun.command) {
      case 'list':
        return list(call, cluster)
      case 'describe':
        return describe(call, cluster)
      case 'describe-producers':
        return describeProducers(call, cluster)
      case 'abort':
        return abort(call, cluster)
      case 'find-hanging':
        return listHanging(call, cluster)
      case 'forceTerminateTransaction':
        return forceTerminate(call, cluster)
    }
  })
}

const requiredBy = {
  list: [],
  describe: ['transactional-id'],
  'describe-producers': ['topic', 'partition'],
  abort: ['topic', 'partition'],
  'find-hanging': [],
  forceTerminateTransaction: ['transactionalId'],
} as const

/** Says what could not be done and why, and ends with exit code 1. */
function fail(host: ToolHost, what: string, error?: unknown): never {
  const why =
    error === undefined ? '' : `: ${messageOf(error)}. Enable debug logging for additional detail.`
  host.err(`${what}${why}\n`)
  throw new ToolExit(1)
}

async function list({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const rows: string[][] = []
  for (const { id } of await cluster.brokers()) {
    const response = await cluster.node(id, 'ListTransactions', {
      stateFilters: [],
      producerIdFilters: [],
      durationFilter: given.number('duration-filter') ?? -1,
      transactionalIdPattern: given.value('transactional-id-pattern') ?? null,
    })
    if (response.errorCode !== 0) {
      fail(host, 'Failed to list transactions', clientError(response.errorCode))
    }
    for (const { transactionalId, producerId, transactionState } of response.transactionStates) {
      rows.push([transactionalId, String(id), String(producerId), transactionState])
    }
  }
  const headers = ['TransactionalId', 'Coordinator', 'ProducerId', 'TransactionState']
  await host.out(prettyTable(headers, rows))
}

async function describe({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const id = given.required('transactional-id')
  const response = await cluster.coordinator(
    'transaction',
    id,
    'DescribeTransactions',
    { transactionalIds: [id] },
    (answer) => answer.transactionStates[0]?.errorCode ?? 0,
  )
  const [state] = response.transactionStates
  if (state === undefined || state.errorCode !== 0) {
    const refusal = clientError(state?.errorCode ?? -1)
    const error =
      refusal.errorName === 'TRANSACTIONAL_ID_NOT_FOUND'
        ? new Error(
            `DescribeTransactions request for transactionalId \`${id}\` failed because the ID could not be found`,
          )
        : refusal
    return fail(host, `Failed to describe transaction state of transactional-id \`${id}\``, error)
  }
  const coordinator = await cluster.findCoordinator('transaction', id)
  const started = state.transactionStartTimeMs
  const headers = [
    'CoordinatorId',
    'TransactionalId',
    'ProducerId',
    'ProducerEpoch',
    'TransactionState',
    'TransactionTimeoutMs',
    'CurrentTransactionStartTimeMs',
    'TransactionDurationMs',
    'TopicPartitions',
  ]
  const partitions = state.topics.flatMap(({ topic, partitions: numbers }) =>
    numbers.map((partition) => partitionKey(topic, partition)),
  )
  const row = [
    String(coordinator.id),
    id,
    String(state.producerId),
    String(state.producerEpoch),
    state.transactionState,
    String(state.transactionTimeoutMs),
    started < 0 ? 'None' : String(started),
    started < 0 ? 'None' : String(host.clock.nowMs() - started),
    partitions.join(','),
  ]
  await host.out(prettyTable(headers, [row]))
}

async function producersOf(
  { options: given }: Call,
  cluster: Cluster,
): Promise<readonly ProducerState[]> {
  const topic = given.required('topic')
  const partition = given.numberOf('partition')
  const leaders = await leadersOf(cluster, [topic])
  const broker = given.number('broker-id') ?? leaders.get(partitionKey(topic, partition)) ?? -1
  const response = await cluster.node(broker, 'DescribeProducers', {
    topics: [{ name: topic, partitionIndexes: [partition] }],
  })
  const found = response.topics[0]?.partitions[0]
  throwOnError(found?.errorCode ?? -1, found?.errorMessage)
  return found?.activeProducers ?? []
}

async function describeProducers(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const key = partitionKey(given.required('topic'), given.numberOf('partition'))
  const broker = given.number('broker-id')
  const where = broker === undefined ? 'leader' : `broker ${broker}`
  const producers = await producersOf(call, cluster).catch((error: unknown) =>
    fail(host, `Failed to describe producers for partition ${key} on ${where}`, error),
  )
  const headers = [
    'ProducerId',
    'ProducerEpoch',
    'LatestCoordinatorEpoch',
    'LastSequence',
    'LastTimestamp',
    'CurrentTransactionStartOffset',
  ]
  const rows = producers.map((producer) => [
    String(producer.producerId),
    String(producer.producerEpoch),
    String(producer.coordinatorEpoch),
    String(producer.lastSequence),
    String(producer.lastTimestamp),
    producer.currentTxnStartOffset < 0 ? 'None' : String(producer.currentTxnStartOffset),
  ])
  await host.out(prettyTable(headers, rows))
}

async function abort(call: Call, cluster: Cluster): Promise<void> {
  const { options: given, host } = call
  const topic = given.required('topic')
  const partition = given.numberOf('partition')
  const key = partitionKey(topic, partition)
  const marker = await markerOf(call, cluster)
  const leader = (await leadersOf(cluster, [topic])).get(key) ?? -1
  const response = await cluster.node(leader, 'WriteTxnMarkers', {
    markers: [
      {
        ...marker,
        transactionResult: false,
        topics: [{ name: topic, partitionIndexes: [partition] }],
        transactionVersion: 0,
      },
    ],
  })
  const code = response.markers[0]?.topics[0]?.partitions[0]?.errorCode ?? -1
  if (code !== 0) fail(host, `Failed to abort transaction on ${key}`, clientError(code))
}

interface Marker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
}

/** Which transaction is meant: by where it begins, or by its producer. */
async function markerOf(call: Call, cluster: Cluster): Promise<Marker> {
  const { options: given, host } = call
  const startOffset = given.number('start-offset')
  if (startOffset === undefined) {
    const producerId = given.number('producer-id')
    if (producerId === undefined) {
      fail(
        host,
        'The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)',
      )
    }
    for (const name of ['producer-epoch', 'coordinator-epoch'] as const) {
      if (!given.has(name)) fail(host, `Missing required argument --${name}`)
    }
    const coordinatorEpoch = Math.max(0, given.numberOf('coordinator-epoch'))
    return { producerId, producerEpoch: given.numberOf('producer-epoch'), coordinatorEpoch }
  }
  const key = partitionKey(given.required('topic'), given.numberOf('partition'))
  const producers = await producersOf(call, cluster).catch((error: unknown) =>
    fail(host, `Failed to validate producer state for partition ${key}`, error),
  )
  const found = producers.find((producer) => producer.currentTxnStartOffset === startOffset)
  if (found === undefined) {
    return fail(
      host,
      `Could not find any open transactions starting at offset ${startOffset} on partition ${key}`,
    )
  }
  const { producerId, producerEpoch, coordinatorEpoch } = found
  return { producerId, producerEpoch, coordinatorEpoch: Math.max(0, coordinatorEpoch) }
}

async function listHanging({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const search = {
    topic: given.value('topic'),
    partition: given.number('partition'),
    brokerId: given.number('broker-id'),
    openLongerThanMs: given.numberOf('max-transaction-timeout') * minuteMs,
    nowMs: host.clock.nowMs(),
  }
  if (search.topic === undefined) {
    if (search.brokerId === undefined) {
      fail(
        host,
        'The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search',
      )
    }
    if (search.partition !== undefined) {
      fail(host, 'The --partition argument requires --topic to be provided')
    }
  }
  const found = await findHanging(cluster, search).catch((error: unknown) =>
    fail(host, 'Failed to find hanging transactions', error),
  )
  const headers = [
    'Topic',
    'Partition',
    'ProducerId',
    'ProducerEpoch',
    'CoordinatorEpoch',
    'StartOffset',
    'LastTimestamp',
    'Duration(min)',
  ]
  const rows = found.map(({ topic, partition, producer }) =>
    [
      topic,
      partition,
      producer.producerId,
      producer.producerEpoch,
      producer.coordinatorEpoch,
      producer.currentTxnStartOffset,
      producer.lastTimestamp,
      Math.floor((search.nowMs - producer.lastTimestamp) / minuteMs),
    ].map(String),
  )
  await host.out(prettyTable(headers, rows))
}

/** A new producer of the same id fences the old one, and aborts what it has left open. */
async function forceTerminate({ options: given, host }: Call, cluster: Cluster): Promise<void> {
  const transactionalId = given.required('transactionalId')
  await cluster
    .retrying(async () => {
      const response = await cluster.coordinator(
        'transaction',
        transactionalId,
        'InitProducerId',
        { transactionalId, transactionTimeoutMs: cluster.config.requestTimeoutMs },
        ({ errorCode }) => errorCode,
      )
      throwOnError(response.errorCode)
    }, 'InitProducerId')
    .catch((error: unknown) =>
      fail(host, `Failed to force terminate transactionalId \`${transactionalId}\``, error),
    )
}
