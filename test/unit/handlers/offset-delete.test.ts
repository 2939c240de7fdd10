// OffsetDelete answers.
import { describe, expect, test } from 'vitest'
import { handleOffsetDelete } from '../../../src/handlers/offset-delete.ts'
import { atOnce, createGroupBroker } from '../../support/group-broker.ts'
import type { GroupBroker } from '../../support/group-broker.ts'

function remove(broker: GroupBroker, groupId: string, topics: Record<string, number[]>) {
  const request = {
    groupId,
    topics: Object.entries(topics).map(([name, partitions]) => {
      return { name, partitions: partitions.map((partitionIndex) => ({ partitionIndex })) }
    }),
  }
  return atOnce(handleOffsetDelete(broker.services, request, broker.context(0)))
}

describe('OffsetDelete', () => {
  test('answers each partition', async () => {
    const broker = await createGroupBroker()
    broker.world.commit('g', [{ offset: 1 }, { offset: 2, partition: 1 }])
    const answer = remove(broker, 'g', { nope: [0], orders: [9, 0] })
    expect(answer).toEqual({
      errorCode: 0,
      throttleTimeMs: 0,
      topics: [
        { name: 'nope', partitions: [{ partitionIndex: 0, errorCode: 3 }] },
        {
          name: 'orders',
          partitions: [
            { partitionIndex: 9, errorCode: 3 },
            { partitionIndex: 0, errorCode: 0 },
          ],
        },
      ],
    })
    expect(broker.world.committed('g')).toEqual({ 'orders-1': 2 })
  })

  test('the group’s refusal stands alone', async () => {
    const broker = await createGroupBroker()
    expect(remove(broker, 'never', { orders: [0] })).toMatchObject({ errorCode: 69, topics: [] })
    expect(remove(broker, '', { orders: [0] })).toMatchObject({ errorCode: 24, topics: [] })
    broker.admin.denied.add('delete group g')
    expect(remove(broker, 'g', { orders: [0] })).toMatchObject({ errorCode: 30, topics: [] })
  })
})
