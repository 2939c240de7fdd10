// DescribeConfigs answers for every type of resource.
import { describe, expect, test } from 'vitest'
import { createMissingTopics } from '../../../src/catalog/topic-creation.ts'
import { configRecord } from '../../../src/catalog/records.ts'
import { handleDescribeConfigs } from '../../../src/handlers/describe-configs.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

async function brokerWith(names: string[], overrides: Record<string, string> = {}) {
  const broker = await createAdminBroker(overrides)
  await createMissingTopics(broker.catalog, names, broker.services)
  return broker
}

describe('DescribeConfigs', () => {
  interface Asked {
    type: number
    name: string
    keys?: string[]
    synonyms?: boolean
    documentation?: boolean
  }
  async function ask(broker: AdminBroker, ...asked: Asked[]) {
    const request = {
      resources: asked.map(({ type, name, keys }) => ({
        resourceType: type,
        resourceName: name,
        configurationKeys: keys ?? null,
      })),
      includeSynonyms: asked[0]?.synonyms ?? false,
      includeDocumentation: asked[0]?.documentation ?? false,
    }
    return (await answerOf(handleDescribeConfigs(broker.services, request, broker.context(4))))
      .results
  }

  test('a topic’s own value comes before the broker’s, unknown keys are left out', async () => {
    const broker = await brokerWith(['a'])
    await broker.catalog.commit([
      configRecord('topic', 'a', { name: 'max.message.bytes', value: '1000' }),
    ])
    const keys = ['max.message.bytes', 'cleanup.policy', 'no.such']
    const [result] = await ask(broker, { type: 2, name: 'a', keys, synonyms: true })
    expect(result).toMatchObject({
      errorCode: 0,
      errorMessage: '',
      resourceType: 2,
      resourceName: 'a',
    })
    expect(
      result?.configs.map(({ name, value, configSource }) => [name, value, configSource]).sort(),
    ).toEqual([
      ['cleanup.policy', 'delete', 5],
      ['max.message.bytes', '1000', 1],
    ])
    const own = result?.configs.find(({ name }) => name === 'max.message.bytes')
    expect(own?.synonyms).toEqual([
      { name: 'max.message.bytes', value: '1000', source: 1 },
      { name: 'message.max.bytes', value: '1048588', source: 5 },
    ])
    expect(own?.documentation).toBeNull()
  })

  test('synonyms and documentation come only when asked for', async () => {
    const broker = await brokerWith(['a'])
    const [plain] = await ask(broker, { type: 2, name: 'a', keys: ['retention.ms'] })
    expect(plain?.configs[0]).toMatchObject({ synonyms: [], documentation: null, isDefault: true })
    const [full] = await ask(broker, {
      type: 2,
      name: 'a',
      keys: ['retention.ms'],
      documentation: true,
    })
    expect(full?.configs[0]?.documentation).toMatch(/./)
  })

  test('a broker is described by its id, all brokers by the empty name', async () => {
    const broker = await brokerWith([])
    const [own] = await ask(broker, { type: 4, name: '1', keys: ['log.retention.hours'] })
    expect(own?.configs).toMatchObject([
      { name: 'log.retention.hours', value: '168', readOnly: true },
    ])
    const [all] = await ask(broker, { type: 4, name: '' })
    expect(all?.configs).toMatchObject([
      { name: 'min.insync.replicas', value: '1', configSource: 3 },
    ])
  })

  test.each([
    [2, 'a b', 17],
    [2, 'nope', 3],
    [4, '77', 42],
    [4, 'abc', 42],
    [8, '', 42],
    [16, '', 42],
    [32, '', 42],
    [99, 'x', 42],
  ])('resource type %i named %j is refused', async (type, name, error) => {
    const [result] = await ask(await brokerWith([]), { type, name })
    expect(result).toMatchObject({ errorCode: error, configs: [] })
    expect(result?.errorMessage).not.toBe('')
  })

  test('one resource of an unknown type fails the request', async () => {
    const results = await ask(
      await brokerWith(['a']),
      { type: 2, name: 'a' },
      { type: 99, name: 'x' },
    )
    expect(results.map(({ errorCode }) => errorCode)).toEqual([42, 42])
  })

  test('groups, client metrics and loggers have configs too', async () => {
    const broker = await brokerWith([])
    await broker.catalog.commit([
      configRecord('clientMetrics', 'm', { name: 'interval.ms', value: '5' }),
    ])
    const results = await ask(
      broker,
      { type: 32, name: 'g' },
      { type: 16, name: 'm' },
      { type: 8, name: '1' },
    )
    expect(results.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0])
    expect(results[0]?.configs).toContainEqual(
      expect.objectContaining({ name: 'consumer.session.timeout.ms', value: '45000' }),
    )
    expect(
      results[1]?.configs.map(({ name, value, configSource }) => [name, value, configSource]),
    ).toEqual([
      ['interval.ms', '5', 7],
      ['match', '', 5],
      ['metrics', '', 5],
    ])
    const loggers = results[2]?.configs ?? []
    expect(loggers[0]).toMatchObject({ name: 'root', configSource: 6 })
    expect(loggers.map(({ name }) => name)).toContain('ottla.network')
  })

  test('each type of resource is guarded by its own right', async () => {
    const broker = await brokerWith(['a'])
    broker.denied
      .add('describe-configs topic *')
      .add('describe-configs group *')
      .add('describe-configs cluster *')
    const results = await ask(
      broker,
      { type: 2, name: 'a' },
      { type: 32, name: 'g' },
      { type: 4, name: '1' },
    )
    expect(results.map(({ errorCode }) => errorCode)).toEqual([29, 30, 31])
  })
})
