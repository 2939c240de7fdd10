// ElectLeaders on one node: there is never anything to elect.
import { expect, test } from 'vitest'
import { leaderChangeRecord, noLeader, replicasRecord } from '../../../src/catalog/records.ts'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import { handleElectLeaders } from '../../../src/handlers/elect-leaders.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

const preferred = 0
const unclean = 1

async function brokerWithTopic(): Promise<AdminBroker> {
  const broker = await createAdminBroker({ 'num.partitions': '2' })
  await createMissingTopics(broker.catalog, ['a'], broker.services)
  return broker
}

async function elect(broker: AdminBroker, electionType: number, topics: string[] | null) {
  const topicPartitions = topics?.map((topic) => ({ topic, partitions: [0, 9] })) ?? null
  const request = { electionType, topicPartitions, timeoutMs: 1000 }
  const answer = await answerOf(handleElectLeaders(broker.services, request, broker.context(2)))
  const results = answer.replicaElectionResults.map(({ topic, partitionResult }) => [
    topic,
    ...partitionResult.map(({ errorCode }) => errorCode),
  ])
  return { error: answer.errorCode, results }
}

test('a partition that its node leads needs no election', async () => {
  const broker = await brokerWithTopic()
  for (const type of [preferred, unclean]) {
    expect(await elect(broker, type, ['a', 'nope'])).toEqual({
      error: 0,
      results: [
        ['a', 84, 3],
        ['nope', 3, 3],
      ],
    })
    expect(await elect(broker, type, null)).toEqual({ error: 0, results: [['a']] })
  }
})

test('without a leader, or with a preferred leader elsewhere, the answer says so', async () => {
  const broker = await brokerWithTopic()
  const id = broker.catalog.topic('a')?.id
  if (id === undefined) throw new Error('no topic')
  const kept = { replicas: [2, 1], directories: null }
  await broker.catalog.commit([replicasRecord(id, 0, kept)])
  expect(await elect(broker, preferred, null)).toEqual({ error: 0, results: [['a', 80]] })
  await broker.catalog.commit([leaderChangeRecord(id, 0, { leader: noLeader, isr: null })])
  expect(await elect(broker, unclean, null)).toEqual({ error: 0, results: [['a', 83]] })
})

test('an unknown type of election, or no right to alter the cluster, fails all', async () => {
  const broker = await brokerWithTopic()
  expect(await elect(broker, 7, ['a'])).toEqual({ error: 42, results: [['a', 42, 42]] })
  broker.denied.add('alter cluster *')
  expect(await elect(broker, preferred, ['a'])).toEqual({ error: 31, results: [['a', 31, 31]] })
  expect(await elect(broker, preferred, null)).toEqual({ error: 31, results: [] })
})
