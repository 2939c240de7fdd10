// DescribeQuorum: this node is the quorum.
import { expect, test } from 'vitest'
import { handleDescribeQuorum } from '../../../src/handlers/describe-quorum.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import { SimBroker } from '../../support/sim-broker.ts'

const metadata = { topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }

test('this node leads the metadata log and is its only voter', async () => {
  const broker = await SimBroker.start()
  const answer = await broker.ask('DescribeQuorum', 2, { topics: [metadata] })
  const logEndOffset = broker.core.services.catalog.lastOffset + 1
  expect(answer.topics[0]?.partitions[0]).toMatchObject({
    errorCode: 0,
    errorMessage: '',
    leaderId: 1,
    leaderEpoch: 1,
    highWatermark: logEndOffset,
    currentVoters: [
      { replicaId: 1, replicaDirectoryId: broker.core.storage.directoryIds[0], logEndOffset },
    ],
    observers: [],
  })
  expect(answer.nodes).toMatchObject([
    { nodeId: 1, listeners: [{ name: 'PLAINTEXT', host: 'localhost', port: 9092 }] },
  ])
})

test('other partitions have no quorum', async () => {
  const broker = await SimBroker.start()
  const topics = [
    { topicName: 'a', partitions: [{ partitionIndex: 0 }] },
    { ...metadata, partitions: [{ partitionIndex: 1 }] },
  ]
  const answer = await broker.ask('DescribeQuorum', 2, { topics })
  expect(answer.topics.map(({ partitions }) => partitions[0]?.errorCode)).toEqual([3, 3])
  expect(answer.nodes).toEqual([])
})

test('the cluster’s right to describe is needed', async () => {
  const broker = await createAdminBroker()
  broker.denied.add('describe cluster *')
  const request = { topics: [metadata] }
  const answer = await answerOf(handleDescribeQuorum(broker.services, request, broker.context(2)))
  expect(answer).toMatchObject({ errorCode: 31, topics: [] })
})
