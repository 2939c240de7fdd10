// DescribeProducers shows what a partition remembers of its producers.
import { expect, test } from 'vitest'
import { buildRecordBatch } from '../../../protocol/records.ts'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import { handleDescribeProducers } from '../../../src/handlers/describe-producers.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import { SimBroker } from '../../support/sim-broker.ts'

test('an idempotent producer is described by its last batch', async () => {
  const broker = await SimBroker.start()
  await broker.createTopic('t')
  const timestamp = broker.clock.nowMs()
  const record = { timestamp, key: null, value: Buffer.from('v') }
  const records = buildRecordBatch({
    records: [record, record],
    producerId: 5,
    producerEpoch: 1,
    baseSequence: 0,
  })
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
  await broker.ask('Produce', 9, { acks: -1, timeoutMs: 1000, topicData, transactionalId: null })
  const { topics } = await broker.ask('DescribeProducers', 0, {
    topics: [{ name: 't', partitionIndexes: [0] }],
  })
  expect(topics[0]?.partitions[0]).toMatchObject({
    errorCode: 0,
    errorMessage: null,
    activeProducers: [
      {
        producerId: 5,
        producerEpoch: 1,
        lastSequence: 1,
        lastTimestamp: timestamp,
        coordinatorEpoch: -1,
        currentTxnStartOffset: -1,
      },
    ],
  })
})

test('what is not there, not named right, not allowed or not readable is refused', async () => {
  const broker = await createAdminBroker()
  await createMissingTopics(broker.catalog, ['a', 'secret', 'broken'], broker.services)
  broker.denied.add('read topic secret')
  broker.offline.add('broken-0')
  const request = {
    topics: [
      { name: 'a', partitionIndexes: [9, -1] },
      { name: 'nope', partitionIndexes: [0] },
      { name: 'a b', partitionIndexes: [0] },
      { name: 'secret', partitionIndexes: [0] },
      { name: 'broken', partitionIndexes: [0] },
    ],
  }
  const { topics } = await answerOf(
    handleDescribeProducers(broker.services, request, broker.context(0)),
  )
  const errors = topics.map(({ name, partitions }) => [name, partitions.map((p) => p.errorCode)])
  expect(errors).toEqual([
    ['a', [3, 3]],
    ['nope', [3]],
    ['a b', [17]],
    ['secret', [29]],
    ['broken', [56]],
  ])
})
