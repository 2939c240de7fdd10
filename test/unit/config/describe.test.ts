// DescribeConfigs: value, source, synonyms, type and read-only, as a running Kafka 4.4 answered
// them.
import { describe, expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import {
  describeBrokerConfigs,
  describeClusterConfigs,
  describeGroupConfigs,
  describeTopicConfigs,
  initialClusterConfigs,
  type ConfigState,
  type DescribedConfig,
} from '../../../src/config/describe.ts'

function stateWith(
  overrides: Record<string, string> = {},
  dynamic: Record<string, string> = {},
): ConfigState {
  const broker = brokerConfigWith(overrides)
  return {
    broker,
    dynamic: { broker: new Map(Object.entries(dynamic)), cluster: initialClusterConfigs(broker) },
  }
}

/** One answer without its documentation. */
function only(configs: readonly DescribedConfig[]): Omit<DescribedConfig, 'documentation'> {
  expect(configs).toHaveLength(1)
  const [{ documentation, ...rest }] = configs as [DescribedConfig]
  expect(documentation).not.toBe('')
  return rest
}

function topic(
  name: string,
  overrides: Record<string, string> = {},
  state = stateWith(),
): Omit<DescribedConfig, 'documentation'> {
  return only(describeTopicConfigs(new Map(Object.entries(overrides)), state, [name]))
}

function broker(name: string, state = stateWith()): Omit<DescribedConfig, 'documentation'> {
  return only(describeBrokerConfigs(state, [name]))
}

describe('a topic', () => {
  test('shows a default under the broker’s name', () => {
    expect(topic('cleanup.policy')).toEqual({
      name: 'cleanup.policy',
      value: 'delete',
      readOnly: false,
      configSource: 5,
      isSensitive: false,
      synonyms: [{ name: 'log.cleanup.policy', value: 'delete', source: 5 }],
      configType: 7,
    })
  })

  test('shows an override before what it stands before', () => {
    expect(topic('max.message.bytes', { 'max.message.bytes': '1000' })).toMatchObject({
      value: '1000',
      configSource: 1,
      synonyms: [
        { name: 'max.message.bytes', value: '1000', source: 1 },
        { name: 'message.max.bytes', value: '1048588', source: 5 },
      ],
      configType: 3,
    })
  })

  test('does not count a coarser unit as a synonym of retention.ms', () => {
    expect(topic('retention.ms', { 'retention.ms': '123456' })).toMatchObject({
      value: '123456',
      configSource: 1,
      synonyms: [{ name: 'retention.ms', value: '123456', source: 1 }],
      configType: 5,
    })
    const hours = stateWith({ 'log.retention.hours': '2' })
    expect(topic('retention.ms', {}, hours)).toMatchObject({
      value: '7200000',
      configSource: 5,
      synonyms: [],
    })
  })

  test('shows min.insync.replicas as the cluster-wide setting that Kafka 4 makes of it', () => {
    expect(topic('min.insync.replicas')).toMatchObject({
      value: '1',
      configSource: 3,
      synonyms: [
        { name: 'min.insync.replicas', value: '1', source: 3 },
        { name: 'min.insync.replicas', value: '1', source: 5 },
      ],
    })
  })

  test('shows the broker’s static and dynamic values with their source', () => {
    const state = stateWith({ 'log.segment.bytes': '2000000' }, { 'compression.type': 'lz4' })
    expect(topic('segment.bytes', {}, state)).toMatchObject({ value: '2000000', configSource: 4 })
    expect(topic('compression.type', {}, state)).toMatchObject({ value: 'lz4', configSource: 2 })
  })

  test('shows values in canonical form, longs in full', () => {
    const overrides = { 'cleanup.policy': 'compact, delete', 'retention.ms': ' +5 ' }
    expect(topic('cleanup.policy', overrides).value).toBe('compact,delete')
    expect(topic('retention.ms', overrides).value).toBe('5')
    expect(topic('flush.ms').value).toBe('9223372036854775807')
    expect(topic('flush.messages').value).toBe('9223372036854775807')
    expect(topic('min.cleanable.dirty.ratio').value).toBe('0.5')
  })

  test('has 37 keys, all with Kafka’s defaults, and unknown names are left out', () => {
    const all = describeTopicConfigs(new Map(), stateWith(), null)
    expect(all).toHaveLength(37)
    expect(all.map(({ name }) => name)).not.toContain('internal.segment.bytes')
    expect(new Set(all.map(({ configSource }) => configSource))).toEqual(new Set([3, 5]))
    const values = Object.fromEntries(all.map(({ name, value }) => [name, value]))
    expect(values).toMatchObject({
      'retention.ms': '604800000',
      'segment.ms': '604800000',
      'segment.jitter.ms': '0',
      'local.retention.ms': '-2',
      'remote.storage.enable': 'false',
      'leader.replication.throttled.replicas': '',
      'max.compaction.lag.ms': '9223372036854775807',
    })
    expect(describeTopicConfigs(new Map(), stateWith(), [])).toHaveLength(37)
    expect(describeTopicConfigs(new Map(), stateWith(), ['no.such'])).toEqual([])
  })
})

describe('a broker', () => {
  test('shows a default, and whether it may change while it runs', () => {
    expect(broker('log.retention.hours')).toEqual({
      name: 'log.retention.hours',
      value: '168',
      readOnly: true,
      configSource: 5,
      isSensitive: false,
      synonyms: [{ name: 'log.retention.hours', value: '168', source: 5 }],
      configType: 3,
    })
    expect(broker('num.network.threads')).toMatchObject({ value: '3', readOnly: false })
  })

  test('shows what was set before the default', () => {
    const text = 'PLAINTEXT://127.0.0.1:19400,CONTROLLER://127.0.0.1:19401'
    expect(broker('listeners', stateWith({ listeners: text }))).toMatchObject({
      value: text,
      readOnly: false,
      configSource: 4,
      synonyms: [
        { name: 'listeners', value: text, source: 4 },
        { name: 'listeners', value: 'PLAINTEXT://localhost:9092', source: 5 },
      ],
      configType: 7,
    })
  })

  test('shows a coarser unit after the key itself, and not alone', () => {
    expect(broker('log.retention.ms')).toMatchObject({ value: null, synonyms: [] })
    const state = stateWith({ 'log.retention.ms': '9', 'log.retention.hours': '1' })
    expect(broker('log.retention.ms', state).synonyms).toEqual([
      { name: 'log.retention.ms', value: '9', source: 4 },
      { name: 'log.retention.hours', value: '1', source: 4 },
      { name: 'log.retention.hours', value: '168', source: 5 },
    ])
  })

  test('never shows a secret', () => {
    expect(broker('ssl.keystore.password')).toEqual({
      name: 'ssl.keystore.password',
      value: null,
      readOnly: false,
      configSource: 5,
      isSensitive: true,
      synonyms: [],
      configType: 9,
    })
    const secret = broker('ssl.key.password', stateWith({ 'ssl.key.password': 'hunter2' }))
    expect(JSON.stringify(secret)).not.toContain('hunter2')
    expect(secret.synonyms).toEqual([{ name: 'ssl.key.password', value: null, source: 4 }])
  })

  test('treats a key that nobody knows as a secret', () => {
    expect(broker('my.token', stateWith({ 'my.token': 'hunter2' }))).toMatchObject({
      value: null,
      isSensitive: true,
      readOnly: true,
      configSource: 4,
      configType: 0,
    })
  })

  test('takes node.id and broker.id for one another', () => {
    const state = stateWith({ 'node.id': '5' })
    expect(broker('broker.id', state)).toMatchObject({ value: '5', configSource: 4 })
  })

  test('has every key of Kafka that is not internal, and ours', () => {
    const names = describeBrokerConfigs(stateWith(), null).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['ssl.protocol', 'ottla.durability']))
    expect(names).not.toContain('log.initial.task.delay.ms')
    expect(new Set(names).size).toBe(names.length)
  })
})

test('the resource of all brokers shows the cluster-wide settings alone', () => {
  expect(only(describeClusterConfigs(stateWith(), null))).toEqual({
    name: 'min.insync.replicas',
    value: '1',
    readOnly: false,
    configSource: 3,
    isSensitive: false,
    synonyms: [{ name: 'min.insync.replicas', value: '1', source: 3 }],
    configType: 3,
  })
  expect(describeClusterConfigs(stateWith(), ['num.partitions'])).toEqual([])
})

test('a group shows its overrides, else the broker’s value', () => {
  const state = stateWith({ 'group.consumer.session.timeout.ms': '50000' })
  const key = 'consumer.session.timeout.ms'
  expect(only(describeGroupConfigs(new Map(), state, [key]))).toMatchObject({
    value: '50000',
    configSource: 4,
    synonyms: [
      { name: 'group.consumer.session.timeout.ms', value: '50000', source: 4 },
      { name: 'group.consumer.session.timeout.ms', value: '45000', source: 5 },
    ],
  })
  const own = new Map([[key, '46000']])
  expect(only(describeGroupConfigs(own, state, [key]))).toMatchObject({
    value: '46000',
    configSource: 8,
    configType: 3,
  })
})
