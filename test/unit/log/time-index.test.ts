import { expect, test } from 'vitest'
import { TimeIndex } from '../../../src/log/time-index.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'

const path = '/d/00000000000000000100.timeindex'

function filled(): { disk: SimDisk; index: TimeIndex } {
  const disk = new SimDisk()
  disk.makeDirectory('/d')
  const index = TimeIndex.empty(disk, path, 100)
  index.appendIfLater(1000, 104)
  index.appendIfLater(2000, 109)
  index.appendIfLater(4000, 120)
  return { disk, index }
}

test('the file holds timestamp and relative offset in twelve bytes', () => {
  const { disk, index } = filled()
  index.flush()
  expect(disk.readFile(path).toString('hex')).toBe(
    ['00000000000003e800000004', '00000000000007d000000009', '0000000000000fa000000014'].join(''),
  )
})

test('only a later timestamp makes an entry', () => {
  const { index } = filled()
  index.appendIfLater(4000, 130)
  index.appendIfLater(3999, 131)
  index.appendIfLater(-1, 132)
  expect(index.entryCount).toBe(3)
  index.appendIfLater(4001, 133)
  expect(index.lastEntry).toEqual({ timestampMs: 4001, offset: 133 })
})

test('the last entry that is not later than a time is found', () => {
  const { index } = filled()
  expect(index.entryAtOrBefore(999)).toBeUndefined()
  expect(index.entryAtOrBefore(1000)?.offset).toBe(104)
  expect(index.entryAtOrBefore(3999)?.offset).toBe(109)
  expect(index.entryAtOrBefore(9999)?.offset).toBe(120)
})

test('truncation drops entries at an offset and behind it', () => {
  const { index } = filled()
  index.truncate(109)
  expect(index.lastEntry).toEqual({ timestampMs: 1000, offset: 104 })
})

test('a damaged file is not loaded, preallocated zeros are dropped', () => {
  const { disk, index } = filled()
  index.flush()
  const good = disk.readFile(path)
  disk.writeFile(path, Buffer.concat([good, Buffer.alloc(120)]))
  expect(TimeIndex.load(disk, path, 100)?.entryCount).toBe(3)
  disk.writeFile(path, good.subarray(0, 13))
  expect(TimeIndex.load(disk, path, 100)).toBeUndefined()
  disk.writeFile(path, Buffer.concat([good, good]))
  expect(TimeIndex.load(disk, path, 100)).toBeUndefined()
})
