// DeleteRecords answers, per partition.
import { describe, expect, test } from 'vitest'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import { configRecord } from '../../../src/catalog/records.ts'
import { handleDeleteRecords } from '../../../src/handlers/delete-records.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

async function brokerWith(names: string[], overrides: Record<string, string> = {}) {
  const broker = await createAdminBroker(overrides)
  await createMissingTopics(broker.catalog, names, broker.services)
  return broker
}

describe('DeleteRecords', () => {
  async function ask(broker: AdminBroker, topic: string, partitionIndex: number, offset: number) {
    const request = {
      topics: [{ name: topic, partitions: [{ partitionIndex, offset }] }],
      timeoutMs: 1,
    }
    const answer = await answerOf(handleDeleteRecords(broker.services, request, broker.context(2)))
    const [partition] = answer.topics[0]?.partitions ?? []
    return [partition?.errorCode, partition?.lowWatermark]
  }

  test('moves the start of the log, also where that takes a while', async () => {
    const broker = await brokerWith(['a', 'slow'])
    expect(await ask(broker, 'a', 0, 2)).toEqual([0, 2])
    expect(await ask(broker, 'slow', 0, -1)).toEqual([0, 5])
  })

  test('refuses offsets out of range, unknown partitions and topics that keep their records', async () => {
    const broker = await brokerWith(['a', 'compacted', '__consumer_offsets'])
    await broker.catalog.commit([
      configRecord('topic', 'compacted', { name: 'cleanup.policy', value: 'compact' }),
    ])
    expect(await ask(broker, 'a', 0, 500)).toEqual([1, -1])
    expect(await ask(broker, 'a', 0, -2)).toEqual([1, -1])
    expect(await ask(broker, 'a', 7, 0)).toEqual([3, -1])
    expect(await ask(broker, 'nope', 0, 0)).toEqual([3, -1])
    expect(await ask(broker, 'compacted', 0, 0)).toEqual([44, -1])
    expect(await ask(broker, '__consumer_offsets', 0, 0)).toEqual([17, -1])
    broker.denied.add('delete topic a').add('delete topic nope')
    expect(await ask(broker, 'a', 0, 0)).toEqual([29, -1])
    expect(await ask(broker, 'nope', 0, 0)).toEqual([29, -1])
  })
})
