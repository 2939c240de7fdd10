// IncrementalAlterConfigs: what it changes, what it refuses, and that a change holds at once and
// after a restart.
import { describe, expect, test } from 'vitest'
import { silentLogger } from '../../../src/io/logger.ts'
import { Loggers } from '../../../src/io/loggers.ts'
import { handleIncrementalAlterConfigs } from '../../../src/handlers/incremental-alter-configs.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import { SimBroker } from '../../support/sim-broker.ts'

type Operation = readonly [key: string, operation: number, value: string | null]
interface Change {
  readonly type: number
  readonly name: string
  readonly operations: readonly Operation[]
}

const [set, remove, append, subtract] = [0, 1, 2, 3]

function request(changes: readonly Change[], validateOnly = false) {
  const resources = changes.map(({ type, name, operations }) => ({
    resourceType: type,
    resourceName: name,
    configs: operations.map(([key, configOperation, value]) => ({
      name: key,
      configOperation,
      value,
    })),
  }))
  return { resources, validateOnly }
}

async function alter(broker: SimBroker, changes: readonly Change[], validateOnly = false) {
  const body = request(changes, validateOnly)
  const { responses } = await broker.ask('IncrementalAlterConfigs', 1, body)
  return responses.map(({ errorCode }) => errorCode)
}

async function valuesOf(broker: SimBroker, type: number, name: string, keys: string[] | null) {
  const { results } = await broker.ask('DescribeConfigs', 4, {
    resources: [{ resourceType: type, resourceName: name, configurationKeys: keys }],
    includeSynonyms: false,
    includeDocumentation: false,
  })
  const configs = results[0]?.configs ?? []
  return Object.fromEntries(
    configs.map((config) => [config.name, [config.value, config.configSource]]),
  )
}

const topic = (...operations: Operation[]): Change[] => [{ type: 2, name: 'a', operations }]
const node = (...operations: Operation[]): Change[] => [{ type: 4, name: '1', operations }]
const cluster = (...operations: Operation[]): Change[] => [{ type: 4, name: '', operations }]
const ok = [0]

async function brokerWithTopic(): Promise<SimBroker> {
  const broker = await SimBroker.start()
  await broker.createTopic('a')
  return broker
}

describe('IncrementalAlterConfigs of a topic', () => {
  test('sets, deletes, appends and subtracts', async () => {
    const broker = await brokerWithTopic()
    const keys = ['retention.ms', 'cleanup.policy']
    expect(await alter(broker, topic(['retention.ms', set, '5']))).toEqual(ok)
    expect(await alter(broker, topic(['cleanup.policy', append, 'delete,compact']))).toEqual(ok)
    expect(await valuesOf(broker, 2, 'a', keys)).toEqual({
      'retention.ms': ['5', 1],
      'cleanup.policy': ['delete,compact', 1],
    })
    expect(await alter(broker, topic(['cleanup.policy', subtract, 'delete']))).toEqual(ok)
    expect(await alter(broker, topic(['retention.ms', remove, null]))).toEqual(ok)
    expect(await valuesOf(broker, 2, 'a', keys)).toEqual({
      'retention.ms': ['604800000', 5],
      'cleanup.policy': ['compact', 1],
    })
  })

  test('a change is in force for the next produce', async () => {
    const broker = await brokerWithTopic()
    expect(await alter(broker, topic(['max.message.bytes', set, '10']))).toEqual(ok)
    const store = broker.core.services.storage.partition('a', 0)
    expect(() =>
      store?.append(Buffer.alloc(100), { origin: 'client', acksAll: true, nowMs: 0 }),
    ).toThrow()
    expect(broker.bugs).toEqual([])
  })

  test('validateOnly changes nothing and refuses what is wrong', async () => {
    const broker = await brokerWithTopic()
    expect(await alter(broker, topic(['retention.ms', set, '5']), true)).toEqual(ok)
    expect(await valuesOf(broker, 2, 'a', ['retention.ms'])).toEqual({
      'retention.ms': ['604800000', 5],
    })
    expect(await alter(broker, topic(['retention.ms', set, 'x']), true)).toEqual([40])
  })

  test.each<[string, Change[], number]>([
    ['an unknown key', topic(['no.such', set, '1']), 40],
    ['a wrong value', topic(['retention.ms', set, 'abc']), 40],
    ['an append to what is no list', topic(['retention.ms', append, '1']), 40],
    ['an append to an unknown key', topic(['no.such', append, '1']), 40],
    [
      'values that conflict',
      topic(['min.compaction.lag.ms', set, '9'], ['max.compaction.lag.ms', set, '1']),
      40,
    ],
    ['a key twice', topic(['retention.ms', set, '1'], ['retention.ms', remove, null]), 42],
    ['a null value', topic(['retention.ms', set, null]), 42],
    ['an unknown operation', topic(['retention.ms', 9, '1']), -1],
    ['an unknown topic', [{ type: 2, name: 'nope', operations: [['retention.ms', set, '1']] }], 3],
    ['a name that no topic has', [{ type: 2, name: 'a b', operations: [] }], 17],
    ['no name', [{ type: 2, name: '', operations: [] }], 42],
    ['an unknown type', [{ type: 99, name: 'x', operations: [] }], 42],
  ])('%s is refused', async (_what, changes, error) => {
    const broker = await brokerWithTopic()
    expect(await alter(broker, changes)).toEqual([error])
  })

  test('one refused resource does not hold up another', async () => {
    const broker = await brokerWithTopic()
    const [own] = topic(['retention.ms', set, '7'])
    const changes: Change[] = [
      { type: 2, name: 'nope', operations: [['retention.ms', set, '1']] },
      { type: 2, name: 'a', operations: own?.operations ?? [] },
    ]
    expect(await alter(broker, changes)).toEqual([3, 0])
    expect(await valuesOf(broker, 2, 'a', ['retention.ms'])).toEqual({ 'retention.ms': ['7', 1] })
  })

  test('a resource that comes twice is refused both times', async () => {
    const broker = await brokerWithTopic()
    const twice = [...topic(['retention.ms', set, '1']), ...topic(['retention.ms', set, '2'])]
    expect(await alter(broker, twice)).toEqual([42, 42])
  })
})

describe('IncrementalAlterConfigs of brokers', () => {
  test('a broker’s value is in force at once, for handlers and for topics', async () => {
    const broker = await brokerWithTopic()
    expect(await alter(broker, cluster(['message.max.bytes', set, '2000']))).toEqual(ok)
    expect(await alter(broker, node(['message.max.bytes', set, '3000']))).toEqual(ok)
    expect(broker.core.services.config.messageMaxBytes).toBe(3000)
    expect(await valuesOf(broker, 2, 'a', ['max.message.bytes'])).toEqual({
      'max.message.bytes': ['3000', 2],
    })
    expect(await alter(broker, node(['message.max.bytes', remove, null]))).toEqual(ok)
    expect(broker.core.services.config.messageMaxBytes).toBe(2000)
    expect(await valuesOf(broker, 4, '', ['message.max.bytes'])).toEqual({
      'message.max.bytes': ['2000', 3],
    })
  })

  test('changes survive a restart', async () => {
    const first = await brokerWithTopic()
    await alter(first, cluster(['log.retention.ms', set, '12345']))
    await alter(first, topic(['segment.ms', set, '777']))
    await first.core.close()
    const second = await SimBroker.start({}, { disk: first.disk, clock: first.clock })
    expect(second.core.services.config.logRetentionMs).toBe(12345)
    expect(await valuesOf(second, 2, 'a', ['retention.ms', 'segment.ms'])).toEqual({
      'retention.ms': ['12345', 3],
      'segment.ms': ['777', 1],
    })
  })

  test.each<[string, Change[], number]>([
    ['a key that needs a restart', node(['broker.id', set, '4']), 42],
    ['a wrong value', cluster(['message.max.bytes', set, 'abc']), 42],
    ['an unknown operation', node(['message.max.bytes', 9, '1']), 42],
    ['an append to what is no list', cluster(['message.max.bytes', append, '1']), 40],
    ['an append to an unknown key', cluster(['foo.baz', append, '1']), 40],
    ['another broker', [{ type: 4, name: '42', operations: [] }], 42],
    ['a name that is no id', [{ type: 4, name: 'abc', operations: [] }], 42],
    ['min.insync.replicas of one broker', node(['min.insync.replicas', set, '2']), 40],
    ['no min.insync.replicas at all', cluster(['min.insync.replicas', remove, null]), 40],
  ])('%s is refused', async (_what, changes, error) => {
    const broker = await SimBroker.start()
    expect(await alter(broker, changes)).toEqual([error])
    expect(broker.bugs).toEqual([])
  })

  test('what nobody knows is kept and shown as a secret', async () => {
    const broker = await SimBroker.start()
    expect(await alter(broker, node(['foo.bar', set, 'x']))).toEqual(ok)
    expect(await valuesOf(broker, 4, '1', ['foo.bar'])).toEqual({ 'foo.bar': [null, 2] })
  })

  test('the throttles of a reassignment are kept and shown', async () => {
    const broker = await SimBroker.start()
    const key = 'leader.replication.throttled.rate'
    expect(await alter(broker, node([key, set, '1000']))).toEqual(ok)
    expect(await valuesOf(broker, 4, '1', [key])).toEqual({ [key]: ['1000', 2] })
  })
})

describe('IncrementalAlterConfigs of groups, client metrics and loggers', () => {
  test('groups and client metrics keep what they are given', async () => {
    const broker = await SimBroker.start()
    const changes: Change[] = [
      { type: 32, name: 'g', operations: [['consumer.session.timeout.ms', set, '50000']] },
      { type: 16, name: 'm', operations: [['interval.ms', set, '1000']] },
    ]
    expect(await alter(broker, changes)).toEqual([...ok, ...ok])
    expect(await valuesOf(broker, 32, 'g', ['consumer.session.timeout.ms'])).toEqual({
      'consumer.session.timeout.ms': ['50000', 8],
    })
    expect(await valuesOf(broker, 16, 'm', ['interval.ms'])).toEqual({ 'interval.ms': ['1000', 7] })
    const { configResources } = await broker.ask('ListConfigResources', 1, {
      resourceTypes: [16, 32],
    })
    expect(configResources.map(({ resourceName }) => resourceName)).toEqual(['m', 'g'])
  })

  test.each<[string, Change, number]>([
    ['a group without a name', { type: 32, name: '', operations: [] }, 42],
    ['an unknown key of a group', { type: 32, name: 'g', operations: [['x', set, '1']] }, 40],
    ['a subscription without a name', { type: 16, name: '', operations: [] }, 42],
    [
      'an unknown key of a subscription',
      { type: 16, name: 'm', operations: [['x', set, '1']] },
      42,
    ],
    ['a level that is none', { type: 8, name: '1', operations: [['root', set, 'debug']] }, 40],
    ['a logger that is none', { type: 8, name: '1', operations: [['x', set, 'DEBUG']] }, 40],
    ['a logger without a level', { type: 8, name: '1', operations: [['root', remove, null]] }, 42],
    ['an append to a level', { type: 8, name: '1', operations: [['root', append, 'DEBUG']] }, 42],
    ['a logger of another node', { type: 8, name: '2', operations: [] }, 42],
  ])('%s is refused', async (_what, change, error) => {
    expect(await alter(await SimBroker.start(), [change])).toEqual([error])
  })

  test('a logger’s level changes at once', async () => {
    const broker = await createAdminBroker()
    const logger = { ...silentLogger, level: 'info' as const }
    const services = { ...broker.services, loggers: new Loggers(logger) }
    const change = { type: 8, name: '1', operations: [['root', set, 'DEBUG']] as const }
    const only = request([change], true)
    await answerOf(handleIncrementalAlterConfigs(services, only, broker.context(1)))
    expect(logger.level).toBe('info')
    await answerOf(handleIncrementalAlterConfigs(services, request([change]), broker.context(1)))
    expect(logger.level).toBe('debug')
  })

  test('a part’s logger has a level of its own until it is removed', async () => {
    const { services, ...broker } = await createAdminBroker()
    const loggers = new Loggers({ ...silentLogger, level: 'info' as const })
    const change = async (...operations: [string, number, string | null][]) => {
      const changed = request([{ type: 8, name: '1', operations }])
      const handled = handleIncrementalAlterConfigs(
        { ...services, loggers },
        changed,
        broker.context(1),
      )
      return (await answerOf(handled)).responses.map(({ errorCode }) => errorCode)
    }
    expect(await change(['ottla.network', set, 'TRACE'], ['root', set, 'ERROR'])).toEqual([0])
    expect(loggers.levelOf('ottla.network')).toBe('trace')
    expect(loggers.levelOf('ottla.storage')).toBe('error')
    expect(await change(['ottla.network', remove, null])).toEqual([0])
    expect(loggers.levelOf('ottla.network')).toBe('error')
  })

  test('each kind of resource is guarded by its own right', async () => {
    const broker = await createAdminBroker()
    broker.denied
      .add('alter-configs topic *')
      .add('alter-configs group *')
      .add('alter-configs cluster *')
    const changes = [2, 32, 4, 16, 8].map((type) => ({ type, name: '1', operations: [] }))
    const { responses } = await answerOf(
      handleIncrementalAlterConfigs(broker.services, request(changes), broker.context(1)),
    )
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([29, 30, 31, 31, 31])
  })
})
