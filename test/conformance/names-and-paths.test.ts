// Names that would leave the data directory, wherever a request can put one.
import { expect, test } from 'vitest'
import { buildRecordBatch } from '../../protocol/records.ts'
import type { SimDisk } from '../../src/testing/sim-disk.ts'
import { SimBroker } from '../support/sim-broker.ts'

const escapes = [
  ...['..', '.', '../evil', '../../etc/evil', '/evil', 'a/../../evil', 'evil/', './evil'],
  ...['a\\..\\evil', 'evil\0', '%2e%2e%2fevil', '\u2025/evil', 'evil\n', '', 'e'.repeat(250)],
]

test('no request makes a file outside of what it may', async () => {
  const broker = await SimBroker.start({ 'auto.create.topics.enable': 'true' })
  const before = everythingIn(broker.disk)
  for (const name of escapes) await useEverywhere(broker, name)
  const made = everythingIn(broker.disk).filter((path) => !before.includes(path))
  // What groups and transactions need is made; nothing else.
  const own = /^\/data\/(__consumer_offsets|__transaction_state)-\d+(\/|$)/
  expect(made.filter((path) => !own.test(path))).toEqual([])
  expect(broker.bugs).toEqual([])
})

function everythingIn(disk: SimDisk, path = '/'): string[] {
  return disk.list(path).flatMap((name) => {
    const inner = path === '/' ? `/${name}` : `${path}/${name}`
    return disk.isDirectory(inner) ? [inner, ...everythingIn(disk, inner)] : [inner]
  })
}

async function useEverywhere(broker: SimBroker, name: string): Promise<void> {
  const topic = { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  const created = await broker.ask('CreateTopics', 7, { topics: [topic], timeoutMs: 100 })
  expect(created.topics[0]?.errorCode).toBe(17)
  await broker.send('Metadata', 12, {
    topics: [{ name }],
    allowAutoTopicCreation: true,
    includeTopicAuthorizedOperations: false,
  })
  const value = { timestamp: 1, key: null, value: Buffer.from('v') }
  const records = buildRecordBatch({ records: [value] })
  await broker.send('Produce', 9, {
    transactionalId: null,
    acks: 1,
    timeoutMs: 100,
    topicData: [{ name, partitionData: [{ index: 0, records }] }],
  })
  await broker.send('CreatePartitions', 3, {
    topics: [{ name, count: 3, assignments: null }],
    timeoutMs: 100,
    validateOnly: false,
  })
  await broker.send('DeleteTopics', 5, { topicNames: [name], timeoutMs: 100 })
  await broker.send('AlterReplicaLogDirs', 2, {
    dirs: [{ path: name, topics: [{ name, partitions: [0] }] }],
  })
  for (const resourceType of [2, 4, 8, 16, 32]) {
    const configs = [{ name, configOperation: 0, value: '1' }]
    const resources = [{ resourceType, resourceName: name, configs }]
    await broker.send('IncrementalAlterConfigs', 1, { resources, validateOnly: false })
  }
  await broker.send('OffsetCommit', 8, {
    groupId: name,
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: [
      {
        name,
        partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }],
      },
    ],
  })
  await broker.send('InitProducerId', 4, { transactionalId: name, transactionTimeoutMs: 1000 })
}
