// DescribeAcls, CreateAcls and DeleteAcls together: what is made is shown, and what is removed is not.
import { describe, expect, test } from 'vitest'
import { SimBroker } from '../../support/sim-broker.ts'

const settings = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS; User:admin',
}
const rule = {
  resourceType: 2,
  resourceName: 'orders',
  resourcePatternType: 3,
  principal: 'User:alice',
  host: '*',
  operation: 3,
  permissionType: 3,
}
const everything = {
  resourceTypeFilter: 1,
  resourceNameFilter: null,
  patternTypeFilter: 1,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}

async function create(broker: SimBroker, ...rules: Partial<typeof rule>[]) {
  const creations = rules.map((one) => ({ ...rule, ...one }))
  const { results } = await broker.ask('CreateAcls', 3, { creations })
  return results.map(({ errorCode, errorMessage }) => `${errorCode} ${errorMessage}`)
}

async function described(broker: SimBroker, filter: Partial<typeof everything> | object = {}) {
  const answer = await broker.ask('DescribeAcls', 3, { ...everything, ...filter })
  return answer.resources.flatMap(({ resourceName, patternType, acls }) =>
    acls.map(
      ({ principal, operation }) => `${resourceName}/${patternType} ${principal} ${operation}`,
    ),
  )
}

describe('without an authorizer', () => {
  test('every item says so, and those who may not know are told that', async () => {
    const broker = await SimBroker.start()
    expect(await create(broker, {}, {})).toEqual([
      '54 No Authorizer is configured.',
      '54 No Authorizer is configured.',
    ])
    const answer = await broker.ask('DescribeAcls', 3, everything)
    expect([answer.errorCode, answer.errorMessage]).toEqual([
      54,
      'No Authorizer is configured on the broker',
    ])
    const deleted = await broker.ask('DeleteAcls', 3, { filters: [everything] })
    expect(deleted.filterResults.map(({ errorCode }) => errorCode)).toEqual([54])
  })
})

describe('rules', () => {
  test('are shown by pattern, and the same one twice is one', async () => {
    const broker = await SimBroker.start(settings)
    expect(await create(broker, {}, {}, { operation: 4 })).toEqual(['0 ', '0 ', '0 '])
    expect(await create(broker, {}, { resourcePatternType: 4 })).toEqual(['0 ', '0 '])
    expect(await described(broker)).toEqual([
      'orders/3 User:alice 3',
      'orders/3 User:alice 4',
      'orders/4 User:alice 3',
    ])
  })

  test('are found by every part of a filter', async () => {
    const broker = await SimBroker.start(settings)
    await create(broker, { resourceName: 'ord', resourcePatternType: 4 }, { resourceName: '*' })
    await create(broker, {}, { resourceName: 'other' }, { principal: 'User:bob', operation: 2 })
    const match = { resourceTypeFilter: 2, resourceNameFilter: 'orders', patternTypeFilter: 2 }
    expect((await described(broker, match)).sort()).toEqual([
      '*/3 User:alice 3',
      'ord/4 User:alice 3',
      'orders/3 User:alice 3',
      'orders/3 User:bob 2',
    ])
    expect(await described(broker, { ...match, patternTypeFilter: 1 })).toHaveLength(2)
    expect(await described(broker, { patternTypeFilter: 4 })).toEqual(['ord/4 User:alice 3'])
    expect(await described(broker, { principalFilter: 'User:bob' })).toHaveLength(1)
    expect(await described(broker, { operation: 2 })).toEqual(['orders/3 User:bob 2'])
    expect(await described(broker, { permissionType: 2 })).toEqual([])
    expect(await described(broker, { hostFilter: '10.0.0.1' })).toEqual([])
    expect(await described(broker, { resourceTypeFilter: 3 })).toEqual([])
  })

  test('go with every filter that means them, and are gone after a restart too', async () => {
    const broker = await SimBroker.start(settings)
    await create(broker, {}, { operation: 4 })
    const reads = { ...everything, operation: 3 }
    const unknown = { ...everything, permissionType: 99 }
    const answer = await broker.ask('DeleteAcls', 3, { filters: [reads, reads, unknown] })
    const found = answer.filterResults.map(({ errorCode, matchingAcls }) => [
      errorCode,
      matchingAcls.length,
    ])
    expect(found).toEqual([
      [0, 1],
      [0, 1],
      [42, 0],
    ])
    await broker.core.close()
    const again = await SimBroker.start(settings, { disk: broker.disk, clock: broker.clock })
    expect(await described(again)).toEqual(['orders/3 User:alice 4'])
    const alice = again.connect('User:alice')
    const asked = { topics: [{ name: 'orders' }], allowAutoTopicCreation: false }
    const flags = { includeTopicAuthorizedOperations: true }
    const metadata = await again.ask('Metadata', 12, { ...asked, ...flags }, alice)
    expect(metadata.topics[0]?.topicAuthorizedOperations).toBe((1 << 4) | (1 << 8))
  })

  test.each([
    ['of a cluster by another name', { resourceType: 4 }, 42],
    ['without a name', { resourceName: '' }, 42],
    ['of a resource from the future', { resourceType: 99 }, 42],
    ['of a pattern from the future', { resourcePatternType: 9 }, 42],
    ['of an operation from the future', { operation: 16 }, 42],
    ['of a permission from the future', { permissionType: 9 }, 42],
    ['of a principal without a type', { principal: 'alice' }, 42],
  ])('%s are refused alone', async (_what, changes, code) => {
    const broker = await SimBroker.start(settings)
    const results = await create(broker, {}, changes)
    expect(results.map((text) => Number(text.split(' ')[0]))).toEqual([0, code])
  })

  test.each([
    ['any resource', { resourceType: 1 }],
    ['any pattern', { resourcePatternType: 1 }],
    ['a matching pattern', { resourcePatternType: 2 }],
    ['any operation', { operation: 1 }],
  ])('about %s are refused with all beside them, as by Kafka', async (_what, changes) => {
    const broker = await SimBroker.start(settings)
    expect(await create(broker, {}, changes)).toEqual(['-1 null', '-1 null'])
    expect(await described(broker)).toEqual([])
  })

  test('and filters that say “unknown” end the connection', async () => {
    const broker = await SimBroker.start(settings)
    const creations = [{ ...rule, operation: 0 }]
    const filter = { ...everything, resourceTypeFilter: 0 }
    expect([
      await broker.send('CreateAcls', 3, { creations }),
      await broker.send('DescribeAcls', 3, filter),
      await broker.send('DeleteAcls', 3, { filters: [filter] }),
    ]).toEqual(['close', 'close', 'close'])
  })

  test('beyond 10,000 in one request are refused', async () => {
    const broker = await SimBroker.start(settings)
    const many = Array.from({ length: 10_001 }, (_, at) => ({ resourceName: `t-${at}` }))
    expect(new Set(await create(broker, ...many))).toEqual(
      new Set(['44 More than 10000 access rules in one request: create them in several.']),
    )
    expect(await described(broker)).toEqual([])
  })
})
