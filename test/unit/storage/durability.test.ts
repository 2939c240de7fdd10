import { expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { describeDurability } from '../../../src/storage/durability.ts'

test.each([
  [
    {},
    'survive a killed process; a power failure costs at most the last 1000 ms, and what is just being synced',
  ],
  [{ 'ottla.durability.interval.ms': '50' }, 'at most the last 50 ms'],
  [{ 'ottla.durability': 'fsync' }, 'survive a killed process, and with acks=all a power failure'],
  [{ 'ottla.durability': 'os' }, 'what the system has not written yet'],
])('the setting %j is said in words', (overrides, words) => {
  expect(describeDurability(brokerConfigWith(overrides))).toContain(words)
})
