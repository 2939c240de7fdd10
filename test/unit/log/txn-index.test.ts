import { expect, test } from 'vitest'
import { TransactionIndex } from '../../../src/log/txn-index.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'

const path = '/d/00000000000000000000.txnindex'
const first = { producerId: 7, firstOffset: 3, lastOffset: 9, lastStableOffset: 5 }
const second = { producerId: 8, firstOffset: 5, lastOffset: 12, lastStableOffset: 13 }

function emptyDisk(): SimDisk {
  const disk = new SimDisk()
  disk.makeDirectory('/d')
  return disk
}

test('an entry is version 0, producer id, first, last and last stable offset in 34 bytes', () => {
  const disk = emptyDisk()
  const index = TransactionIndex.empty(disk, path)
  index.append(first)
  index.flush()
  expect(disk.readFile(path).toString('hex')).toBe(
    '0000' + '0000000000000007' + '0000000000000003' + '0000000000000009' + '0000000000000005',
  )
})

test('a segment without aborted transactions has no file', () => {
  const disk = emptyDisk()
  const index = TransactionIndex.empty(disk, path)
  index.flush()
  expect(disk.exists(path)).toBe(false)
  expect(TransactionIndex.load(disk, path)?.entries).toEqual([])
})

test('entries are loaded as they were written, and cut by marker offset', () => {
  const disk = emptyDisk()
  const index = TransactionIndex.empty(disk, path)
  index.append(first)
  index.append(second)
  index.flush()
  const loaded = TransactionIndex.load(disk, path)
  expect(loaded?.entries).toEqual([first, second])
  loaded?.truncate(12)
  loaded?.flush()
  expect(TransactionIndex.load(disk, path)?.entries).toEqual([first])
})

test('a damaged file is not loaded', () => {
  const disk = emptyDisk()
  const index = TransactionIndex.empty(disk, path)
  index.append(first)
  index.flush()
  const good = disk.readFile(path)
  for (const bad of [good.subarray(0, 33), Buffer.concat([good, good])]) {
    disk.writeFile(path, bad)
    expect(TransactionIndex.load(disk, path)).toBeUndefined()
  }
  good[1] = 9
  disk.writeFile(path, good)
  expect(TransactionIndex.load(disk, path)).toBeUndefined()
})
