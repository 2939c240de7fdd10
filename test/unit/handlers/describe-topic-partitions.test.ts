// DescribeTopicPartitions answers, page by page.
import { describe, expect, test } from 'vitest'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import { handleDescribeTopicPartitions } from '../../../src/handlers/describe-topic-partitions.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

async function brokerWith(names: string[], overrides: Record<string, string> = {}) {
  const broker = await createAdminBroker(overrides)
  await createMissingTopics(broker.catalog, names, broker.services)
  return broker
}

describe('DescribeTopicPartitions', () => {
  async function ask(
    broker: AdminBroker,
    names: string[],
    limit: number,
    cursor: [string, number] | null = null,
  ) {
    const request = {
      topics: names.map((name) => ({ name })),
      responsePartitionLimit: limit,
      cursor: cursor === null ? null : { topicName: cursor[0], partitionIndex: cursor[1] },
    }
    const answer = await answerOf(
      handleDescribeTopicPartitions(broker.services, request, broker.context(0)),
    )
    return {
      topics: answer.topics.map(({ name, errorCode, partitions }) => [
        name,
        errorCode,
        partitions.length,
      ]),
      next: answer.nextCursor ?? null,
    }
  }

  test('pages end where the limit is reached, within a topic or between topics', async () => {
    const broker = await brokerWith(['a', 'b'], { 'num.partitions': '2' })
    expect(await ask(broker, [], 3)).toEqual({
      topics: [
        ['a', 0, 2],
        ['b', 0, 1],
      ],
      next: { topicName: 'b', partitionIndex: 1 },
    })
    expect(await ask(broker, [], 3, ['b', 1])).toEqual({ topics: [['b', 0, 1]], next: null })
    expect(await ask(broker, [], 2)).toEqual({
      topics: [['a', 0, 2]],
      next: { topicName: 'b', partitionIndex: 0 },
    })
    expect((await ask(broker, [], 0)).topics).toEqual([['a', 0, 1]])
  })

  test('named topics come sorted, unknown ones with an error', async () => {
    const broker = await brokerWith(['a'])
    expect(await ask(broker, ['zz', 'b d', 'a', 'a'], 10)).toEqual({
      topics: [
        ['a', 0, 1],
        ['b d', 17, 0],
        ['zz', 3, 0],
      ],
      next: null,
    })
  })

  test('a cursor outside the request is refused', async () => {
    const broker = await brokerWith(['a'])
    expect((await ask(broker, ['a'], 1, ['x', 0])).topics).toEqual([['a', 42, 0]])
    expect((await ask(broker, ['a'], 1, ['a', -1])).topics).toEqual([['a', 42, 0]])
  })

  test('topics that may not be seen are named only to those who named them', async () => {
    const broker = await brokerWith(['a', 'secret'])
    broker.denied.add('describe topic secret')
    expect((await ask(broker, [], 10)).topics).toEqual([['a', 0, 1]])
    expect((await ask(broker, ['a', 'secret'], 10)).topics).toEqual([
      ['a', 0, 1],
      ['secret', 29, 0],
    ])
  })
})
