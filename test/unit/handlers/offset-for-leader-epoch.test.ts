// OffsetForLeaderEpoch answers, per partition.
import { describe, expect, test } from 'vitest'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import { handleOffsetForLeaderEpoch } from '../../../src/handlers/offset-for-leader-epoch.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

async function brokerWith(names: string[], overrides: Record<string, string> = {}) {
  const broker = await createAdminBroker(overrides)
  await createMissingTopics(broker.catalog, names, broker.services)
  return broker
}

describe('OffsetForLeaderEpoch', () => {
  async function ask(
    broker: AdminBroker,
    topic: string,
    wanted: { partition?: number; current?: number; epoch?: number },
  ) {
    const partitions = [
      {
        partition: wanted.partition ?? 0,
        currentLeaderEpoch: wanted.current ?? -1,
        leaderEpoch: wanted.epoch ?? 0,
      },
    ]
    const request = { replicaId: -1, topics: [{ topic, partitions }] }
    const answer = await answerOf(
      handleOffsetForLeaderEpoch(broker.services, request, broker.context(4)),
    )
    return answer.topics[0]?.partitions[0]
  }

  test('answers where an epoch ends, and -1 for one that never was', async () => {
    const broker = await brokerWith(['a'])
    expect(await ask(broker, 'a', {})).toEqual({
      errorCode: 0,
      partition: 0,
      leaderEpoch: 0,
      endOffset: 5,
    })
    expect(await ask(broker, 'a', { epoch: 9 })).toMatchObject({
      errorCode: 0,
      leaderEpoch: -1,
      endOffset: -1,
    })
  })

  test('refuses unknown partitions, newer epochs, failed disks and strangers', async () => {
    const broker = await brokerWith(['a', 'b'])
    broker.offline.add('b-0')
    expect(await ask(broker, 'a', { partition: 4 })).toEqual({ errorCode: 3, partition: 4 })
    expect(await ask(broker, 'a', { current: 9 })).toEqual({ errorCode: 75, partition: 0 })
    expect(await ask(broker, 'b', {})).toEqual({ errorCode: 56, partition: 0 })
    broker.denied.add('cluster-action cluster *').add('describe topic a')
    expect(await ask(broker, 'a', {})).toEqual({ errorCode: 29, partition: 0 })
  })
})
