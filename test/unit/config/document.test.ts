// The tables of README.
import { expect, test } from 'vitest'
import {
  brokerConfigDocument,
  differencesDocument,
  topicConfigDocument,
} from '../../../src/config/document.ts'

test('the broker’s keys stand in a table per chapter, each with default and meaning', () => {
  const text = brokerConfigDocument()
  const chapters = text.match(/^### /gm) ?? []
  expect(chapters.length).toBeGreaterThan(5)
  expect(text.match(/^\| ?-+ ?\|/gm)).toHaveLength(chapters.length)
  expect(text).toMatch(/^\| `num\.partitions` \| `1` \| How many partitions .* \|$/m)
  expect(text).toMatch(/^\| `log\.dirs` \| unset \| /m)
  expect(text).not.toContain('log.initial.task.delay.ms')
})

test('the topics’ keys name the broker key behind them', () => {
  const text = topicConfigDocument()
  expect(text).toMatch(/^\| `segment\.ms` \| `604800000` \| `log\.roll\.ms` \| /m)
  expect(text).not.toContain('internal.segment.bytes')
})

test('what differs from Kafka stands in one table with the reason', () => {
  const text = differencesDocument()
  expect(text).toMatch(/^\| `group\.initial\.rebalance\.delay\.ms` \| `0` \| `3000` \| /m)
  expect(text).toMatch(/^\| `node\.id` \| `1` \| required \| /m)
})

test('every row has as many cells as its header', () => {
  const cells = (line: string): number => line.split(/(?<!\\)\|/).length
  for (const text of [brokerConfigDocument(), topicConfigDocument(), differencesDocument()]) {
    const rows = text.split('\n').filter((line) => line.startsWith('|'))
    const counts = new Set(rows.map(cells))
    expect(counts.size).toBe(1)
  }
})
