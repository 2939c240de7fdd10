// A topic's effective configuration, and what is refused.
import { describe, expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import {
  resolveTopicConfig,
  topicConfigWith,
  validateTopicConfig,
  validateTopicConfigs,
} from '../../../src/config/topic-config.ts'

const none = new Map<string, string>()
const hourMs = 3_600_000

describe('a topic without overrides', () => {
  test('has Kafka’s defaults', () => {
    const config = resolveTopicConfig(none, brokerConfigWith())
    expect(config).toEqual(topicConfigWith())
    expect(config).toMatchObject({
      cleanupPolicy: { compact: false, delete: true },
      compressionType: 'producer',
      retentionMs: 168 * hourMs,
      retentionBytes: -1,
      segmentBytes: 2 ** 30,
      segmentMs: 168 * hourMs,
      segmentJitterMs: 0,
      maxMessageBytes: 1048588,
      messageTimestampType: 'CreateTime',
      messageTimestampAfterMaxMs: hourMs,
      messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
      flushMs: Number.MAX_SAFE_INTEGER,
      minCleanableDirtyRatio: 0.5,
      internalSegmentBytes: null,
    })
  })

  test('takes the broker’s values under their broker names', () => {
    const broker = brokerConfigWith({
      'message.max.bytes': '5000',
      'log.cleanup.policy': 'compact',
      'log.cleaner.delete.retention.ms': '7',
      'log.message.timestamp.type': 'LogAppendTime',
      'compression.type': 'zstd',
      'log.segment.bytes': '2000000',
    })
    expect(resolveTopicConfig(none, broker)).toMatchObject({
      maxMessageBytes: 5000,
      cleanupPolicy: { compact: true, delete: false },
      deleteRetentionMs: 7,
      messageTimestampType: 'LogAppendTime',
      compressionType: 'zstd',
      segmentBytes: 2000000,
    })
  })

  test.each([
    [{ 'log.retention.hours': '2' }, 2 * hourMs],
    [{ 'log.retention.hours': '2', 'log.retention.minutes': '3' }, 180_000],
    [{ 'log.retention.minutes': '3', 'log.retention.ms': '4' }, 4],
    [{ 'log.retention.hours': '-1' }, -1],
    [{ 'log.retention.ms': '-5' }, -1],
  ])('takes retention.ms from the finest unit that is set: %o', (overrides, retentionMs) => {
    expect(resolveTopicConfig(none, brokerConfigWith(overrides)).retentionMs).toBe(retentionMs)
  })

  test('takes segment.ms, its jitter and flush.ms from coarser keys too', () => {
    const broker = brokerConfigWith({
      'log.roll.hours': '1',
      'log.roll.jitter.hours': '2',
      'log.flush.scheduler.interval.ms': '3',
    })
    expect(resolveTopicConfig(none, broker)).toMatchObject({
      segmentMs: hourMs,
      segmentJitterMs: 2 * hourMs,
      flushMs: 3,
    })
  })
})

describe('overrides', () => {
  test('win over the broker', () => {
    const broker = brokerConfigWith({ 'log.retention.ms': '1', 'message.max.bytes': '2' })
    const overrides = new Map([
      ['retention.ms', '10'],
      ['cleanup.policy', 'compact,delete'],
    ])
    expect(resolveTopicConfig(overrides, broker)).toMatchObject({
      retentionMs: 10,
      maxMessageBytes: 2,
      cleanupPolicy: { compact: true, delete: true },
    })
  })

  test('that do not read (a directory of another version) count as not set', () => {
    const overrides = new Map([
      ['retention.ms', 'soon'],
      ['message.format.version', '2.0'],
    ])
    expect(resolveTopicConfig(overrides, brokerConfigWith())).toEqual(topicConfigWith())
  })

  test('of internal.segment.bytes replace segment.bytes', () => {
    const overrides = new Map([['internal.segment.bytes', '200']])
    expect(resolveTopicConfig(overrides, brokerConfigWith()).segmentBytes).toBe(200)
  })
})

describe('validation', () => {
  const problemOf = (name: string, value: string | null): string | null =>
    validateTopicConfig(name, value)?.message ?? null

  test.each([
    ['retention.ms', '-1'],
    ['retention.bytes', '-5'],
    ['cleanup.policy', ''],
    ['max.message.bytes', '0'],
    ['segment.bytes', '1048576'],
    ['internal.segment.bytes', '14'],
    ['remote.storage.enable', 'false'],
    ['min.insync.replicas', '5'],
  ])('accepts %s=%s', (name, value) => {
    expect(problemOf(name, value)).toBeNull()
  })

  test.each([
    ['retention.ms', 'abc', 'Not a number of type LONG'],
    ['retention.ms', '-2', 'Value must be at least -1'],
    ['segment.bytes', '1048575', 'Value must be at least 1048576'],
    ['compression.type', 'none', 'String must be one of'],
    ['min.insync.replicas', '0', 'Value must be at least 1'],
    ['segment.ms', '0', 'Value must be at least 1'],
    ['remote.storage.enable', 'true', 'Tiered storage is not available'],
  ])('refuses %s=%s', (name, value, reason) => {
    expect(problemOf(name, value)).toContain(`Invalid value ${value} for configuration ${name}`)
    expect(problemOf(name, value)).toContain(reason)
  })

  test.each(['no.such.config', 'message.format.version', 'toString', '__proto__', ''])(
    'refuses the unknown key "%s"',
    (name) => {
      expect(problemOf(name, '1')).toBe(`Unknown topic config name: ${name}`)
    },
  )

  test('refuses null', () => {
    expect(problemOf('cleanup.policy', null)).toContain('Null value not supported')
  })

  test('of a whole set finds what is wrong alone and what is wrong together', () => {
    const broker = brokerConfigWith({ 'log.cleaner.max.compaction.lag.ms': '50' })
    const validate = (set: Record<string, string | null>): string | undefined =>
      validateTopicConfigs(new Map(Object.entries(set)), broker)?.key
    expect(validate({ 'retention.ms': '5', 'segment.ms': '0' })).toBe('segment.ms')
    expect(validate({ 'min.compaction.lag.ms': '51' })).toBe('min.compaction.lag.ms')
    const both = { 'min.compaction.lag.ms': '51', 'max.compaction.lag.ms': '51' }
    expect(validate(both)).toBeUndefined()
    expect(validate({ 'retention.ms': null })).toBe('retention.ms')
    expect(validate({})).toBeUndefined()
  })
})
