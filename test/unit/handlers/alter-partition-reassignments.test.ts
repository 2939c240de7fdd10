// Reassignments on one node: replicas can only be where they are, or be reduced to this node.
import { expect, test } from 'vitest'
import { replicasRecord } from '../../../src/catalog/records.ts'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import { handleAlterPartitionReassignments } from '../../../src/handlers/alter-partition-reassignments.ts'
import { handleListPartitionReassignments } from '../../../src/handlers/list-partition-reassignments.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

async function brokerWithTopic(): Promise<AdminBroker> {
  const broker = await createAdminBroker()
  await createMissingTopics(broker.catalog, ['a'], broker.services)
  return broker
}

async function reassign(
  broker: AdminBroker,
  wanted: readonly [name: string, partitionIndex: number, replicas: number[] | null][],
  allowReplicationFactorChange = true,
) {
  const topics = wanted.map(([name, partitionIndex, replicas]) => ({
    name,
    partitions: [{ partitionIndex, replicas }],
  }))
  const request = { timeoutMs: 1000, allowReplicationFactorChange, topics }
  const answer = await answerOf(
    handleAlterPartitionReassignments(broker.services, request, broker.context(1)),
  )
  const errors = answer.responses.map(({ partitions }) => partitions[0]?.errorCode)
  return { error: answer.errorCode, errors }
}

test('each partition is answered for itself', async () => {
  expect(
    await reassign(await brokerWithTopic(), [
      ['a', 0, [1]],
      ['a', 0, [42]],
      ['a', 0, []],
      ['a', 0, [1, 1]],
      ['a', 0, null],
      ['a', 9, [1]],
      ['nope', 0, null],
    ]),
  ).toEqual({ error: 0, errors: [0, 39, 39, 39, 85, 3, 3] })
})

test('replicas on nodes that are no more are given up, if their number may change', async () => {
  const broker = await brokerWithTopic()
  const id = broker.catalog.topic('a')?.id
  if (id === undefined) throw new Error('no topic')
  const directories = ['AAAAAAAAAAAAAAAAAAAAAA', 'yZc-Tb1eSB65A4eGrMSmIw', 'AAAAAAAAAAAAAAAAAAAAAA']
  await broker.catalog.commit([replicasRecord(id, 0, { replicas: [3, 1, 2], directories })])
  expect(await reassign(broker, [['a', 0, [1]]], false)).toEqual({ error: 0, errors: [38] })
  expect(await reassign(broker, [['a', 0, [1]]])).toEqual({ error: 0, errors: [0] })
  expect(broker.catalog.topic('a')?.partitions[0]).toMatchObject({
    replicas: [1],
    isr: [1],
    leader: 1,
    directories: ['yZc-Tb1eSB65A4eGrMSmIw'],
  })
})

test('nothing is ever in progress', async () => {
  const broker = await brokerWithTopic()
  const list = () =>
    handleListPartitionReassignments(
      broker.services,
      { timeoutMs: 1000, topics: null },
      broker.context(0),
    )
  expect(list()).toMatchObject({ errorCode: 0, topics: [] })
  broker.denied.add('describe cluster *')
  expect(list()).toMatchObject({ errorCode: 31, topics: [] })
})

test('without the right to alter the cluster nothing is done', async () => {
  const broker = await brokerWithTopic()
  broker.denied.add('alter cluster *')
  expect(await reassign(broker, [['a', 0, [1]]])).toEqual({ error: 31, errors: [31] })
})
