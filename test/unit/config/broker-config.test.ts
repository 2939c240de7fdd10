// The broker's configuration: what comes out of Kafka's keys, and what is refused with which words.
import { describe, expect, test } from 'vitest'
import {
  brokerConfig,
  brokerConfigWith,
  withDynamicConfigs,
} from '../../../src/config/broker-config.ts'
import { ConfigRefused } from '../../../src/config/refused.ts'

function refusal(overrides: Record<string, string>): ConfigRefused {
  try {
    brokerConfigWith(overrides)
  } catch (error) {
    if (error instanceof ConfigRefused) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('without any configuration', () => {
  test('one node listens on both loopback addresses and keeps its data beside itself', () => {
    expect(brokerConfigWith()).toMatchObject({
      nodeId: 1,
      clusterId: null,
      logDirs: ['./ottla-data'],
      advertisedListeners: null,
      groupInitialRebalanceDelayMs: 0,
      queuedMaxRequestBytes: 256 * 1024 * 1024,
      ottlaDurability: 'interval',
      ottlaGroupDisconnectTimeoutMs: 5000,
      offsetsRetentionMs: 7 * 24 * 3_600_000,
      numPartitions: 1,
      socketRequestMaxBytes: 100 * 1024 * 1024,
    })
    expect(brokerConfigWith().listeners).toEqual([
      {
        name: 'PLAINTEXT',
        securityProtocol: 'PLAINTEXT',
        hosts: ['127.0.0.1', '::1'],
        port: 9092,
        text: 'PLAINTEXT://localhost:9092',
        security: { tls: null, sasl: null },
        limits: { connectionsMax: 2 ** 31 - 1, connectionRateMax: 2 ** 31 - 1 },
      },
    ])
  })
})

describe('identity and directories', () => {
  test('broker.id stands for node.id, and the other way round', () => {
    expect(brokerConfigWith({ 'broker.id': '7' }).nodeId).toBe(7)
    expect(brokerConfigWith({ 'node.id': '0' }).nodeId).toBe(0)
    expect(brokerConfigWith({ 'node.id': '3', 'broker.id': '3' }).nodeId).toBe(3)
    expect(refusal({ 'node.id': '3', 'broker.id': '4' }).message).toContain('differs from node.id')
  })

  test('log.dirs wins over log.dir', () => {
    expect(brokerConfigWith({ 'log.dir': '/a' }).logDirs).toEqual(['/a'])
    expect(brokerConfigWith({ 'log.dir': '/a', 'log.dirs': '/b, /c' }).logDirs).toEqual([
      '/b',
      '/c',
    ])
  })

  test('the cluster id is the one that was given', () => {
    expect(brokerConfigWith({ 'ottla.cluster.id': 'MkU3OEVBNTcwNTJENDM2Qk' }).clusterId).toBe(
      'MkU3OEVBNTcwNTJENDM2Qk',
    )
  })
})

describe('no limit', () => {
  test('of queued.max.request.bytes is -1, as Kafka writes it', () => {
    const config = brokerConfigWith({ 'queued.max.request.bytes': '-1' })
    expect(config.queuedMaxRequestBytes).toBe(Number.MAX_SAFE_INTEGER)
  })

  test('of a long is Kafka’s largest number, saturated', () => {
    const text = '9223372036854775807'
    const config = brokerConfigWith({ 'log.flush.interval.ms': text })
    expect(config.logFlushIntervalMs).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('a value that cannot be obeyed', () => {
  test('is refused with key, value, origin, reason and remedy, and exit code 1', () => {
    const given = new Map([['num.partitions', { value: 'many', origin: 'a.properties line 3' }]])
    expect(() => brokerConfig(given)).toThrow(
      'num.partitions=many (a.properties line 3) is refused: Not a number of type INT. ' +
        'It takes a value of type INT [1,...]; the default is 1',
    )
    expect(refusal({ 'num.partitions': '0' }).exitCode).toBe(1)
  })

  test('does not hide the others: all are named', () => {
    const { refusals } = refusal({ 'num.partitions': '0', 'log.roll.hours': 'x', 'log.dirs': '' })
    expect(refusals.map(({ key }) => key)).toEqual(['num.partitions', 'log.roll.hours'])
  })

  test('is refused for a key that is known and not obeyed, too', () => {
    expect(refusal({ 'num.network.threads': '0' }).message).toContain('at least 1')
  })

  test.each([
    [{ 'log.dirs': '' }, 'log.dirs'],
    [{ 'log.retention.ms': '0' }, 'log.retention.ms'],
    [{ 'log.retention.hours': '0' }, 'log.retention.ms'],
    [{ 'log.roll.ms': '0' }, 'log.roll.ms'],
    [{ 'log.roll.jitter.ms': '-1' }, 'log.roll.jitter.ms'],
    [
      { 'log.cleaner.min.compaction.lag.ms': '2', 'log.cleaner.max.compaction.lag.ms': '1' },
      'log.cleaner.min.compaction.lag.ms',
    ],
    [{ 'group.min.session.timeout.ms': '9999999' }, 'group.min.session.timeout.ms'],
    [{ listeners: 'nonsense' }, 'listeners'],
    [{ 'advertised.listeners': 'PLAINTEXT://0.0.0.0:9092' }, 'advertised.listeners'],
    [{ 'ottla.durability': 'sometimes' }, 'ottla.durability'],
  ])('%o is refused under %s', (overrides: Record<string, string>, key) => {
    expect(refusal(overrides).refusals.map((one) => one.key)).toEqual([key])
  })

  test('is left alone where nobody knows the key', () => {
    expect(brokerConfigWith({ 'no.such.key': 'x' }).provided.has('no.such.key')).toBe(true)
  })
})

describe('after AlterConfigs', () => {
  test('dynamic values win, and what was provided stays known', () => {
    const config = brokerConfigWith({ 'message.max.bytes': '100', 'log.retention.hours': '1' })
    const dynamic = new Map([
      ['message.max.bytes', '200'],
      ['log.retention.ms', '300'],
    ])
    const changed = withDynamicConfigs(config, dynamic)
    expect(changed.messageMaxBytes).toBe(200)
    expect(changed.logRetentionMs).toBe(300)
    expect(changed.provided).toBe(config.provided)
  })

  test('without dynamic values it is as it was provided', () => {
    const config = brokerConfigWith({ 'message.max.bytes': '100' })
    const changed = withDynamicConfigs(config, new Map([['message.max.bytes', '200']]))
    expect(withDynamicConfigs(changed, new Map())).toStrictEqual(config)
  })
})
