// The configuration in force follows what AlterConfigs has set.
import { describe, expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { LiveConfig } from '../../../src/config/live-config.ts'

const dynamic = (broker: Record<string, string>, cluster: Record<string, string> = {}) => ({
  broker: new Map(Object.entries(broker)),
  cluster: new Map(Object.entries(cluster)),
})

describe('LiveConfig', () => {
  test('one broker’s values come before those of all brokers, and those before the start’s', () => {
    const live = new LiveConfig(
      brokerConfigWith({ 'message.max.bytes': '100', 'max.connections': '7' }),
    )
    const leftOut = live.update(
      dynamic(
        { 'message.max.bytes': '300' },
        { 'message.max.bytes': '200', 'max.connections': '9' },
      ),
    )
    expect(leftOut).toEqual([])
    expect(live.current).toMatchObject({ messageMaxBytes: 300, maxConnections: 9 })
    live.update(dynamic({}))
    expect(live.current).toMatchObject({ messageMaxBytes: 100, maxConnections: 7 })
  })

  test('what was provided at the start stays as it was', () => {
    const started = brokerConfigWith({ 'message.max.bytes': '100' })
    const live = new LiveConfig(started)
    live.update(dynamic({ 'message.max.bytes': '300' }))
    expect(live.current.provided).toBe(started.provided)
  })

  test('a value that does not fit this start is left out and named; the rest counts', () => {
    const live = new LiveConfig(brokerConfigWith())
    const leftOut = live.update(
      dynamic({ 'log.retention.ms': 'abc', 'message.max.bytes': '300', 'foo.bar': 'x' }),
    )
    expect(leftOut).toEqual(['log.retention.ms'])
    expect(live.current.messageMaxBytes).toBe(300)
  })

  test('values that are wrong together are left out', () => {
    const live = new LiveConfig(brokerConfigWith({ 'log.cleaner.max.compaction.lag.ms': '10' }))
    expect(live.update(dynamic({ 'log.cleaner.min.compaction.lag.ms': '100' }))).toEqual([
      'log.cleaner.min.compaction.lag.ms',
    ])
  })
})
