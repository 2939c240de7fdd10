import { expect, test } from 'vitest'
import {
  offsetInFileName,
  parseDirectoryName,
  parseSegmentFileName,
  partitionDirectoryName,
  unusedDirectoryName,
  segmentFileName,
} from '../../../src/log/segment-files.ts'

test('a segment file is named by its base offset in twenty digits', () => {
  expect(segmentFileName(0, '.log')).toBe('00000000000000000000.log')
  expect(segmentFileName(1234567, '.timeindex')).toBe('00000000000001234567.timeindex')
})

test('a segment file name reads back to its offset and nothing else does', () => {
  expect(parseSegmentFileName('00000000000000000042.index', '.index')).toBe(42)
  expect(parseSegmentFileName('00000000000000000042.timeindex', '.index')).toBeUndefined()
  expect(parseSegmentFileName('42.index', '.index')).toBeUndefined()
  expect(parseSegmentFileName('00000000000000000042.log.deleted', '.log')).toBeUndefined()
  expect(parseSegmentFileName('99999999999999999999.log', '.log')).toBeUndefined()
})

test('the offset of any file of a segment is found whatever its suffixes', () => {
  expect(offsetInFileName('00000000000000000007.log.swap')).toBe(7)
  expect(offsetInFileName('leader-epoch-checkpoint')).toBeUndefined()
  expect(offsetInFileName('partition.metadata')).toBeUndefined()
})

test('a partition directory is split at its last dash', () => {
  expect(parseDirectoryName('a-b.c-12')).toEqual({
    kind: 'partition',
    topic: 'a-b.c',
    partition: 12,
  })
  expect(partitionDirectoryName('a-b.c', 12)).toBe('a-b.c-12')
})

test('directories that are no partitions are told apart', () => {
  expect(parseDirectoryName('t-0.0123456789abcdef-delete').kind).toBe('deleted')
  expect(parseDirectoryName('t-0.0123456789abcdef-stray').kind).toBe('stray')
  expect(parseDirectoryName('lost+found').kind).toBe('other')
  expect(parseDirectoryName('t-01').kind).toBe('other')
  expect(parseDirectoryName('-').kind).toBe('other')
})

test('a retired directory keeps partition and kind, and never exceeds 255 characters', () => {
  const unique = 'f'.repeat(32)
  expect(unusedDirectoryName({ topic: 't', partition: 3 }, 'delete', unique)).toBe(
    `t-3.${unique}-delete`,
  )
  const long = unusedDirectoryName({ topic: 'x'.repeat(249), partition: 3 }, 'stray', unique)
  expect(long).toHaveLength(255)
  expect(parseDirectoryName(long).kind).toBe('stray')
})
