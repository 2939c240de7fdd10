import { expect, test } from 'vitest'
import { OffsetIndex } from '../../../src/log/offset-index.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'

const path = '/d/00000000000000000100.index'

function filled(): { disk: SimDisk; index: OffsetIndex } {
  const disk = new SimDisk()
  disk.makeDirectory('/d')
  const index = OffsetIndex.empty(disk, path, 100)
  index.append(110, 400)
  index.append(125, 900)
  index.append(131, 1500)
  return { disk, index }
}

test('the file holds relative offset and position, four bytes each, big-endian', () => {
  const { disk, index } = filled()
  index.flush()
  expect(disk.readFile(path).toString('hex')).toBe(
    ['0000000a00000190', '0000001900000384', '0000001f000005dc'].join(''),
  )
})

test('nothing reaches the file before a flush, and a flush writes only what is new', () => {
  const { disk, index } = filled()
  expect(disk.fileSize(path)).toBe(-1)
  index.flush()
  index.append(140, 2000)
  expect(disk.fileSize(path)).toBe(24)
  index.flush()
  expect(disk.fileSize(path)).toBe(32)
})

test('a search starts at the last entry that is not behind the offset', () => {
  const { index } = filled()
  const found = [100, 109, 110, 124, 125, 131, 9999].map((offset) => index.positionBefore(offset))
  expect(found).toEqual([0, 0, 400, 400, 900, 1500, 1500])
})

test('the first entry at or behind a position is found', () => {
  const { index } = filled()
  expect(index.entryAtOrBehind(0)?.offset).toBe(110)
  expect(index.entryAtOrBehind(401)?.offset).toBe(125)
  expect(index.entryAtOrBehind(1500)?.offset).toBe(131)
  expect(index.entryAtOrBehind(1501)).toBeUndefined()
})

test('entries that do not rise are an assertion failure', () => {
  const { index } = filled()
  expect(() => index.append(131, 2000)).toThrow('must rise')
  expect(() => index.append(99, 2000)).toThrow('does not fit')
  expect(() => index.append(100 + 2 ** 31, 2000)).toThrow('does not fit')
})

test('truncation drops entries by offset and by position, in the file too', () => {
  const { disk, index } = filled()
  index.flush()
  index.truncate(131, 1500)
  expect(index.lastEntry).toEqual({ offset: 125, position: 900 })
  index.truncate(1000, 900)
  expect(index.lastEntry).toEqual({ offset: 110, position: 400 })
  index.flush()
  expect(disk.fileSize(path)).toBe(8)
})

test('what was flushed is loaded again, without the zeros that Kafka preallocates', () => {
  const { disk, index } = filled()
  index.flush()
  disk.writeFile(path, Buffer.concat([disk.readFile(path), Buffer.alloc(80)]))
  const loaded = OffsetIndex.load(disk, path, { baseOffset: 100, logBytes: 3000 })
  expect(loaded?.entryCount).toBe(3)
  expect(loaded?.lastEntry).toEqual({ offset: 131, position: 1500 })
})

test('an index that cannot be true is not loaded', () => {
  const { disk, index } = filled()
  index.flush()
  const good = disk.readFile(path)
  const load = (bytes: Buffer, logBytes = 3000): OffsetIndex | undefined => {
    disk.writeFile(path, bytes)
    return OffsetIndex.load(disk, path, { baseOffset: 100, logBytes })
  }
  expect(load(good)).toBeDefined()
  expect(load(good.subarray(0, 20))).toBeUndefined()
  expect(load(good, 1000)).toBeUndefined()
  expect(load(Buffer.concat([good, good]))).toBeUndefined()
  expect(OffsetIndex.load(disk, '/d/missing.index', { baseOffset: 0, logBytes: 1 })).toBeUndefined()
})

test('an entry of zeros that is followed by entries is no padding', () => {
  const disk = new SimDisk()
  disk.writeFile(path, Buffer.from('0000000000000000' + '0000000500000064', 'hex'))
  const loaded = OffsetIndex.load(disk, path, { baseOffset: 100, logBytes: 3000 })
  expect(loaded?.entryCount).toBe(2)
})
