// Transactions through the whole broker on simulated time: what producers, readers and
// administrators are told, in clients' own versions.
import { beforeEach, describe, expect, test } from 'vitest'
import { errorName } from '../../../protocol/errors.ts'
import { buildRecordBatch } from '../../../protocol/records.ts'
import { SimBroker } from '../../support/sim-broker.ts'

let broker: SimBroker

beforeEach(async () => {
  broker = await SimBroker.start({
    'transaction.state.log.num.partitions': '2',
    'ottla.transaction.completion.delay.ms': '10',
  })
  await broker.createTopic('out', 2)
})

interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

async function init(version = 4, transactionTimeoutMs = 60_000): Promise<Producer> {
  const request = { transactionalId: 't', transactionTimeoutMs }
  const answer = await broker.ask('InitProducerId', version, request)
  expect(errorName(answer.errorCode)).toBe('NONE')
  return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
}

async function add(producer: Producer, version = 3, partition = 0): Promise<string | undefined> {
  const answer = await broker.ask('AddPartitionsToTxn', version, {
    v3AndBelowTransactionalId: 't',
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: [{ name: 'out', partitions: [partition] }],
  })
  const [topic] = answer.resultsByTopicV3AndBelow
  return errorName(topic?.resultsByPartition[0]?.partitionErrorCode ?? -1)
}

function batchOf(producer: Producer, baseSequence = 0): Buffer {
  return buildRecordBatch({
    records: [{ timestamp: broker.clock.nowMs(), key: null, value: Buffer.from('v') }],
    ...producer,
    baseSequence,
    isTransactional: true,
  })
}

async function produce(
  producer: Producer,
  options: { version?: number; sequence?: number; partition?: number } = {},
): Promise<string> {
  const { version = 9, sequence = 0, partition = 0 } = options
  const partitionData = [{ index: partition, records: batchOf(producer, sequence) }]
  const topicData = [{ name: 'out', partitionData }]
  const request = { transactionalId: 't', acks: -1, timeoutMs: 1000, topicData }
  const answer = await broker.ask('Produce', version, request)
  return errorName(answer.responses[0]?.partitionResponses[0]?.errorCode ?? -1)
}

async function end(producer: Producer, committed: boolean, version = 3) {
  const request = { transactionalId: 't', ...producer, committed }
  const answer = await broker.ask('EndTxn', version, request)
  const { producerId, producerEpoch } = answer
  return { error: errorName(answer.errorCode), next: { producerId, producerEpoch } }
}

/** Log end, last stable offset and aborted transactions of a partition. */
async function readers(partition = 0) {
  const partitions = [{ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 }]
  const answer = await broker.ask('Fetch', 11, {
    maxWaitMs: 0,
    minBytes: 0,
    isolationLevel: 1,
    topics: [{ topic: 'out', partitions }],
  })
  const data = answer.responses[0]?.partitions[0]
  const latest = await broker.ask('ListOffsets', 7, {
    replicaId: -1,
    isolationLevel: 1,
    topics: [{ name: 'out', partitions: [{ partitionIndex: partition, timestamp: -1 }] }],
  })
  expect(latest.topics[0]?.partitions[0]?.offset).toBe(data?.lastStableOffset)
  const aborted = data?.abortedTransactions?.map(({ firstOffset }) => firstOffset)
  return [data?.highWatermark, data?.lastStableOffset, aborted]
}

describe('a client that keeps its epoch', () => {
  test('writes what it added, and readers see it when it is committed', async () => {
    const producer = await init()
    expect(await produce(producer)).toBe('INVALID_TXN_STATE')
    expect(await produce(producer, { version: 11 })).toBe('TRANSACTION_ABORTABLE')
    expect(await add(producer)).toBe('NONE')
    expect(await produce(producer)).toBe('NONE')
    expect(await produce(producer, { partition: 1 })).toBe('INVALID_TXN_STATE')
    expect(await readers()).toEqual([1, 0, []])
    expect((await end(producer, true)).error).toBe('NONE')
    expect(await readers()).toEqual([2, 2, []])
    expect((await end(producer, true)).error).toBe('CONCURRENT_TRANSACTIONS')
    expect(await add(producer)).toBe('CONCURRENT_TRANSACTIONS')
    expect(await produce(producer, { sequence: 1 })).toBe('NOT_ENOUGH_REPLICAS')
    broker.clock.advance(10)
    expect((await end(producer, true)).error).toBe('NONE')
    expect((await end(producer, false)).error).toBe('INVALID_TXN_STATE')
    expect(await add(producer)).toBe('NONE')
  })

  test('has what it aborts listed for readers', async () => {
    const producer = await init()
    await add(producer)
    await produce(producer)
    await end(producer, false)
    expect(await readers()).toEqual([2, 2, [0]])
  })

  test('is fenced by the next producer of its id, in the words of its version', async () => {
    const first = await init()
    await add(first)
    const request = { transactionalId: 't', transactionTimeoutMs: 1000 }
    const again = await broker.ask('InitProducerId', 4, request)
    expect(errorName(again.errorCode)).toBe('CONCURRENT_TRANSACTIONS')
    broker.clock.advance(10)
    expect(await init()).toEqual({ ...first, producerEpoch: 2 })
    expect([await add(first, 1), await add(first, 2)]).toEqual([
      'INVALID_PRODUCER_EPOCH',
      'PRODUCER_FENCED',
    ])
    expect((await end(first, true, 1)).error).toBe('INVALID_PRODUCER_EPOCH')
    expect((await end(first, true, 2)).error).toBe('PRODUCER_FENCED')
    expect(await produce(first)).toBe('INVALID_PRODUCER_EPOCH')
  })

  test('is aborted and fenced after its time-out', async () => {
    const producer = await init(4, 1000)
    await add(producer)
    await produce(producer)
    broker.clock.advance(20_100)
    expect(await readers()).toEqual([2, 2, [0]])
    expect((await end(producer, true)).error).toBe('PRODUCER_FENCED')
  })
})

describe('a client whose epoch grows (KIP-890)', () => {
  test('adds partitions by producing, and goes on with the epoch that EndTxn answers', async () => {
    const first = await init(5)
    expect(await produce(first, { version: 12 })).toBe('NONE')
    const { error, next } = await end(first, true, 5)
    expect([error, next]).toEqual(['NONE', { ...first, producerEpoch: 1 }])
    expect(await produce(next, { version: 12 })).toBe('NONE')
    expect(await readers()).toEqual([3, 2, []])
    expect(await produce(first, { version: 12, sequence: 1 })).toBe('INVALID_PRODUCER_EPOCH')
    expect((await end(next, false, 5)).next).toEqual({ ...first, producerEpoch: 2 })
    expect(await readers()).toEqual([4, 4, [2]])
  })
})

test('a request with records of two producers is refused as a whole', async () => {
  const producer = await init()
  await add(producer)
  const other = { ...producer, producerId: 99 }
  const partitionData = [producer, other].map((of, index) => ({ index, records: batchOf(of) }))
  const topicData = [{ name: 'out', partitionData }]
  const request = { transactionalId: 't', acks: -1, timeoutMs: 1000, topicData }
  const answer = await broker.ask('Produce', 9, request)
  const codes = answer.responses[0]?.partitionResponses.map(({ errorCode }) => errorName(errorCode))
  expect(codes).toEqual(['INVALID_PRODUCER_ID_MAPPING', 'INVALID_PRODUCER_ID_MAPPING'])
  expect(await readers()).toEqual([0, 0, []])
})

test('one partition that cannot be added keeps the others from being added', async () => {
  const producer = await init()
  const answer = await broker.ask('AddPartitionsToTxn', 3, {
    v3AndBelowTransactionalId: 't',
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: [
      { name: 'out', partitions: [0, 7] },
      { name: '__consumer_offsets', partitions: [0] },
    ],
  })
  const codes = answer.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) =>
    resultsByPartition.map(({ partitionErrorCode }) => errorName(partitionErrorCode)),
  )
  expect(codes).toEqual([
    'OPERATION_NOT_ATTEMPTED',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'TOPIC_AUTHORIZATION_FAILED',
  ])
  expect(await produce(producer)).toBe('INVALID_TXN_STATE')
})

test('brokers add and verify for several transactions at once', async () => {
  const producer = await init()
  const topics = [{ name: 'out', partitions: [0] }]
  const transaction = { transactionalId: 't', ...producer, topics }
  const ask = async (verifyOnly: boolean) => {
    const transactions = [
      { ...transaction, verifyOnly },
      { ...transaction, verifyOnly, transactionalId: 'unknown' },
    ]
    const answer = await broker.ask('AddPartitionsToTxn', 4, { transactions })
    return answer.resultsByTransaction.map(({ topicResults }) =>
      errorName(topicResults[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1),
    )
  }
  expect(await ask(true)).toEqual(['TRANSACTION_ABORTABLE', 'INVALID_PRODUCER_ID_MAPPING'])
  expect(await ask(false)).toEqual(['NONE', 'INVALID_PRODUCER_ID_MAPPING'])
  expect(await ask(true)).toEqual(['NONE', 'INVALID_PRODUCER_ID_MAPPING'])
})

describe('offsets in a transaction', () => {
  async function commit(producer: Producer, version: number, generation = -1, memberId = '') {
    const partitions = [{ partitionIndex: 0, committedOffset: 7, committedMetadata: '' }]
    const answer = await broker.ask('TxnOffsetCommit', version, {
      transactionalId: 't',
      groupId: 'g',
      ...producer,
      generationIdOrMemberEpoch: generation,
      memberId,
      topics: [{ name: 'out', partitions }],
    })
    return errorName(answer.topics[0]?.partitions[0]?.errorCode ?? -1)
  }

  async function fetched(requireStable: boolean) {
    const topics = [{ name: 'out', partitionIndexes: [0] }]
    const answer = await broker.ask('OffsetFetch', 7, { groupId: 'g', topics, requireStable })
    const partition = answer.topics[0]?.partitions[0]
    return [partition?.committedOffset, errorName(partition?.errorCode ?? -1)]
  }

  test('need the group in the transaction, and count when it is committed', async () => {
    const producer = await init()
    expect(await commit(producer, 3)).toBe('INVALID_TXN_STATE')
    expect(await commit(producer, 4)).toBe('TRANSACTION_ABORTABLE')
    const request = { transactionalId: 't', ...producer, groupId: 'g' }
    expect((await broker.ask('AddOffsetsToTxn', 3, request)).errorCode).toBe(0)
    expect(await commit(producer, 3, 5, 'm')).toBe('ILLEGAL_GENERATION')
    expect(await commit(producer, 3)).toBe('NONE')
    expect(await fetched(false)).toEqual([-1, 'NONE'])
    expect(await fetched(true)).toEqual([-1, 'UNSTABLE_OFFSET_COMMIT'])
    await end(producer, true)
    expect(await fetched(true)).toEqual([7, 'NONE'])
  })

  test('add the group by themselves from version 5 on, and are forgotten by an abort', async () => {
    const producer = await init(5)
    expect(await commit(producer, 5)).toBe('NONE')
    await end(producer, false, 5)
    expect(await fetched(true)).toEqual([-1, 'NONE'])
  })
})

describe('administrators', () => {
  test('see where ids stand, and which are open', async () => {
    const producer = await init()
    await add(producer)
    const described = await broker.ask('DescribeTransactions', 0, {
      transactionalIds: ['t', 'never', ''],
    })
    expect(described.transactionStates).toMatchObject([
      { transactionState: 'Ongoing', ...producer, topics: [{ topic: 'out', partitions: [0] }] },
      { errorCode: 105, transactionState: '' },
      { errorCode: 42 },
    ])
    const list = async (filter: object) => {
      const none = { stateFilters: [], producerIdFilters: [] }
      const answer = await broker.ask('ListTransactions', 2, { ...none, ...filter })
      const ids = answer.transactionStates.map(({ transactionalId }) => transactionalId)
      return [errorName(answer.errorCode), answer.unknownStateFilters, ids]
    }
    expect(await list({})).toEqual(['NONE', [], ['t']])
    expect(await list({ stateFilters: ['Empty', 'Odd'] })).toEqual(['NONE', ['Odd'], []])
    expect(await list({ producerIdFilters: [99] })).toEqual(['NONE', [], []])
    expect(await list({ durationFilter: 1000 })).toEqual(['NONE', [], []])
    expect(await list({ transactionalIdPattern: 'x|t' })).toEqual(['NONE', [], ['t']])
    expect(await list({ transactionalIdPattern: '(?i)T' })).toEqual(['NONE', [], ['t']])
    for (const pattern of ['(', '(t)\\1', '(?=t)t']) {
      const answer = await list({ transactionalIdPattern: pattern })
      expect(answer, pattern).toEqual(['INVALID_REGULAR_EXPRESSION', [], []])
    }
  })

  test('end a hanging transaction by its marker', async () => {
    const producer = await init()
    await add(producer)
    await produce(producer)
    const topics = [{ name: 'out', partitionIndexes: [0, 7] }]
    const hanging = await broker.ask('DescribeProducers', 0, { topics })
    expect(hanging.topics[0]?.partitions).toMatchObject([
      { errorCode: 0, activeProducers: [{ ...producer, currentTxnStartOffset: 0 }] },
      { errorCode: 3 },
    ])
    const marker = { ...producer, transactionResult: false, topics, coordinatorEpoch: 0 }
    const written = await broker.ask('WriteTxnMarkers', 1, { markers: [marker] })
    expect(written.markers[0]?.topics[0]?.partitions).toEqual([
      { partitionIndex: 0, errorCode: 0 },
      { partitionIndex: 7, errorCode: 3 },
    ])
    expect(await readers()).toEqual([2, 2, [0]])
  })
})
