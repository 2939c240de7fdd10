// DeleteTopics answers, by name and by id.
import { describe, expect, test } from 'vitest'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import { handleDeleteTopics } from '../../../src/handlers/delete-topics.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA'

describe('DeleteTopics', () => {
  async function remove(broker: AdminBroker, names: string[], version = 5) {
    const topics = names.map((name) => ({ name, topicId: zeroId }))
    const request =
      version >= 6
        ? { topics, topicNames: [], timeoutMs: 1 }
        : { topics: [], topicNames: names, timeoutMs: 1 }
    const response = await answerOf(
      handleDeleteTopics(broker.services, request, broker.context(version)),
    )
    return response.responses.map(({ name, errorCode }) => [name, errorCode])
  }

  test('deletes by name in old and new versions, and says what is unknown', async () => {
    const broker = await createAdminBroker()
    await createMissingTopics(broker.catalog, ['a', 'b', 'c'], broker.services)
    expect(await remove(broker, ['a', 'x'])).toEqual([
      ['x', 3],
      ['a', 0],
    ])
    expect(await remove(broker, ['b'], 6)).toEqual([['b', 0]])
    expect([...broker.catalog.topics()].map(({ name }) => name)).toEqual(['c'])
  })

  test('deletes by id and answers the name', async () => {
    const broker = await createAdminBroker()
    await createMissingTopics(broker.catalog, ['a'], broker.services)
    const topicId = broker.catalog.topic('a')?.id ?? ''
    const request = { topics: [{ name: null, topicId }], topicNames: [], timeoutMs: 1 }
    const response = await answerOf(handleDeleteTopics(broker.services, request, broker.context(6)))
    expect(response.responses).toEqual([{ name: 'a', topicId, errorCode: 0, errorMessage: null }])
  })

  test('deletes nothing where deletion is disabled', async () => {
    const broker = await createAdminBroker({ 'delete.topic.enable': 'false' })
    await createMissingTopics(broker.catalog, ['a'], broker.services)
    expect(await remove(broker, ['a'], 2)).toEqual([['a', 42]])
    expect(await remove(broker, ['a'], 3)).toEqual([['a', 73]])
    expect(broker.catalog.topicCount).toBe(1)
  })

  test('refuses those who may not delete, and a disk that does not write', async () => {
    const broker = await createAdminBroker()
    await createMissingTopics(broker.catalog, ['a'], broker.services)
    broker.log.failAfter = 0
    expect(await remove(broker, ['a'])).toEqual([['a', 56]])
    broker.denied.add('delete cluster *').add('delete topic a')
    expect(await remove(broker, ['a'])).toEqual([['a', 29]])
    expect(broker.catalog.topicCount).toBe(1)
  })
})
