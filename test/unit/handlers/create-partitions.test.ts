// CreatePartitions answers.
import { describe, expect, test } from 'vitest'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import { handleCreatePartitions } from '../../../src/handlers/create-partitions.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

describe('CreatePartitions', () => {
  async function grow(
    broker: AdminBroker,
    names: string[],
    options: { count?: number; validateOnly?: boolean } = {},
  ) {
    const { count = 2, validateOnly = false } = options
    const request = {
      topics: names.map((name) => ({ name, count, assignments: null })),
      timeoutMs: 1,
      validateOnly,
    }
    const response = await answerOf(
      handleCreatePartitions(broker.services, request, broker.context(3)),
    )
    return response.results.map(({ name, errorCode, errorMessage }) => [
      name,
      errorCode,
      errorMessage,
    ])
  }

  test('adds partitions, unless it only validates', async () => {
    const broker = await createAdminBroker()
    await createMissingTopics(broker.catalog, ['t'], broker.services)
    expect(await grow(broker, ['t'], { validateOnly: true })).toEqual([['t', 0, null]])
    expect(broker.catalog.topic('t')?.partitions).toHaveLength(1)
    expect(await grow(broker, ['t'])).toEqual([['t', 0, null]])
    expect(broker.catalog.topic('t')?.partitions).toHaveLength(2)
    expect(await grow(broker, ['t'])).toMatchObject([
      ['t', 37, 'Topic already has 2 partition(s).'],
    ])
  })

  test('refuses unknown and forbidden topics beside the good ones', async () => {
    const broker = await createAdminBroker()
    await createMissingTopics(broker.catalog, ['t', 'u'], broker.services)
    broker.denied.add('alter topic u')
    const answers = await grow(broker, ['t', 'nope', 'u'])
    expect(answers.map(([name, code]) => [name, code])).toEqual([
      ['t', 0],
      ['nope', 3],
      ['u', 29],
    ])
  })

  test('says that the disk refused', async () => {
    const broker = await createAdminBroker()
    await createMissingTopics(broker.catalog, ['t'], broker.services)
    broker.log.failAfter = 0
    expect(await grow(broker, ['t'])).toEqual([['t', 56, 'disk full']])
  })
})
