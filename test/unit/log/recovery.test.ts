import { describe, expect, test } from 'vitest'
import type { PartitionLog } from '../../../src/log/partition-log.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'
import {
  allBaseOffsets,
  append,
  appendMarker,
  baseOffsets,
  batch,
  directory,
  marker,
  now,
  readBytes,
  startMs,
  world,
} from './fixtures.ts'

const logFile = `${directory}/00000000000000000000.log`
const indexFile = `${directory}/00000000000000000000.index`
const timeIndexFile = `${directory}/00000000000000000000.timeindex`

function fill(log: PartitionLog, count: number): void {
  for (let n = 0; n < count; n++) append(log, batch({ timestamp: startMs + n * 10 }))
}

async function closedDisk(count: number, config = {}): Promise<SimDisk> {
  const around = world({ config })
  const log = around.create()
  fill(log, count)
  await log.close()
  return around.disk
}

const clean = { wasClosedCleanly: true }

describe('after a clean end', () => {
  test('offsets, records and producers are as they were', async () => {
    const around = world({ config: { segmentBytes: 400 } })
    const log = around.create()
    fill(log, 20)
    append(log, batch({ producerId: 7, producerEpoch: 2, baseSequence: 0 }))
    await log.close()
    const again = world({ disk: around.disk.kill() }).open(clean)
    expect(again.logEndOffset).toBe(21)
    expect(again.recoveryPoint).toBe(21)
    expect(allBaseOffsets(again)).toEqual(Array.from({ length: 21 }, (_, n) => n))
    expect(again.activeProducers()).toEqual(log.activeProducers())
  })

  test('no descriptor stays open, and none is opened for a partition that nobody uses', async () => {
    const around = world({ disk: (await closedDisk(5)).kill() })
    around.open(clean)
    expect(around.disk.openFiles).toBe(0)
  })

  test('power loss after the close loses nothing', async () => {
    const again = world({ disk: (await closedDisk(30, { segmentBytes: 500 })).crash() }).open(clean)
    expect(again.logEndOffset).toBe(30)
    expect(allBaseOffsets(again)).toHaveLength(30)
  })
})

describe('a clean-shutdown marker that is wrong', () => {
  test('is not believed where the last segment ends inside a batch', async () => {
    const disk = (await closedDisk(5)).kill()
    const bytes = disk.readFile(logFile)
    disk.writeFile(logFile, bytes.subarray(0, bytes.length - 3))
    const again = world({ disk }).open(clean)
    expect(again.logEndOffset).toBe(4)
    expect(append(again, batch()).baseOffset).toBe(4)
    expect(allBaseOffsets(again)).toEqual([0, 1, 2, 3, 4])
  })

  test('is not believed where a header cannot be true', async () => {
    const disk = (await closedDisk(5)).kill()
    const bytes = disk.readFile(logFile)
    bytes[(bytes.length / 5) * 4 + 16] = 9
    disk.writeFile(logFile, bytes)
    expect(world({ disk }).open(clean).logEndOffset).toBe(4)
  })
})

describe('after a killed process', () => {
  test('a segment that claims offsets of the one before it is dropped', () => {
    const around = world()
    fill(around.create(), 5)
    const disk = around.disk.kill()
    disk.writeFile(`${directory}/00000000000000000003.log`, Buffer.alloc(0))
    const again = world({ disk }).open()
    expect(again.logEndOffset).toBe(5)
    expect(allBaseOffsets(again)).toEqual([0, 1, 2, 3, 4])
  })

  test('everything that was written is there', () => {
    const around = world({ config: { segmentBytes: 600 } })
    fill(around.create(), 25)
    const again = world({ disk: around.disk.kill() }).open()
    expect(again.logEndOffset).toBe(25)
    expect(allBaseOffsets(again)).toHaveLength(25)
  })

  test('a tail that is torn at any byte is cut to the batch before it', () => {
    const around = world()
    const log = around.create()
    fill(log, 3)
    const good = log.byteLength
    append(log, batch({ count: 2 }))
    const bytes = around.disk.readFile(logFile)
    for (let length = good; length < bytes.length; length++) {
      const disk = around.disk.kill()
      disk.writeFile(logFile, bytes.subarray(0, length))
      const again = world({ disk }).open()
      expect(again.logEndOffset, `cut at ${length}`).toBe(3)
      expect(again.byteLength).toBe(good)
      expect(disk.fileSize(logFile)).toBe(good)
      expect(append(again, batch()).baseOffset).toBe(3)
      expect(allBaseOffsets(again)).toEqual([0, 1, 2, 3])
    }
  })

  test('the largest time of what is left is known after a cut, and after the next clean end', async () => {
    const around = world()
    fill(around.create(), 5)
    const disk = around.disk.kill()
    const bytes = disk.readFile(logFile)
    disk.writeFile(logFile, bytes.subarray(0, bytes.length - 3))
    const cut = world({ disk }).open()
    expect(cut.segments.map((segment) => segment.largestTimestampMs)).toEqual([startMs + 30])
    await cut.close()
    const again = world({ disk: disk.kill() }).open(clean)
    expect(again.segments.map((segment) => segment.largestTimestampMs)).toEqual([startMs + 30])
  })

  test('a flipped bit anywhere in the last batch cuts it', () => {
    const around = world()
    const log = around.create()
    fill(log, 2)
    const good = log.byteLength
    append(log, batch())
    const bytes = around.disk.readFile(logFile)
    // Base offset and leader epoch lie outside the CRC: a change that leaves them plausible cannot
    // be seen.
    const isCovered = (at: number): boolean => (at >= 8 && at < 12) || at >= 16
    const positions = [...bytes.keys()].filter((at) => at >= good && isCovered(at - good))
    for (const at of positions) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0x40
      const disk = around.disk.kill()
      disk.writeFile(logFile, damaged)
      const again = world({ disk }).open()
      expect(again.logEndOffset, `byte ${at}`).toBe(2)
    }
  })

  test('damage in an earlier segment drops what follows it', () => {
    const around = world({ config: { segmentBytes: 250 } })
    const log = around.create()
    fill(log, 8)
    const bytes = around.disk.readFile(logFile)
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1
    const disk = around.disk.kill()
    disk.writeFile(logFile, bytes)
    const again = world({ disk }).open()
    expect(again.logEndOffset).toBe(1)
    expect(append(again, batch()).baseOffset).toBe(1)
    expect(allBaseOffsets(again)).toEqual([0, 1])
  })

  test('a cut outlives power loss', async () => {
    const around = world()
    const log = around.create()
    fill(log, 5)
    await log.flush()
    const disk = around.disk.kill()
    const bytes = disk.readFile(logFile)
    disk.writeFile(logFile, Buffer.concat([bytes, bytes.subarray(0, 30)]))
    world({ disk }).open({ recoveryPoint: 5 })
    expect(disk.crash().readFile(logFile)).toEqual(bytes)
  })

  test('where nothing is left of a segment, nothing is left of its indexes', async () => {
    const around = world({ config: { indexIntervalBytes: 1 } })
    const log = around.create()
    fill(log, 10)
    await log.flush()
    const disk = around.disk.kill()
    disk.writeFile(logFile, Buffer.alloc(40))
    const again = world({ disk }).open()
    expect(again.logEndOffset).toBe(0)
    append(again, batch({ timestamp: startMs + 1000 }))
    await again.close()
    const last = world({ disk: disk.kill() }).open(clean)
    expect(last.segments.map((segment) => segment.largestTimestampMs)).toEqual([startMs + 1000])
  })

  test('what power loss brought back at the end of a segment is not served before the next', async () => {
    const around = world()
    const log = around.create()
    fill(log, 2)
    log.roll()
    fill(log, 2)
    await log.flush()
    const disk = around.disk.kill()
    const bytes = disk.readFile(logFile)
    disk.writeFile(logFile, Buffer.concat([bytes, bytes.subarray(0, 30)]))
    const again = world({ disk }).open({ recoveryPoint: 2 })
    expect(allBaseOffsets(again)).toEqual([0, 1, 2, 3])
    expect(disk.readFile(logFile)).toEqual(bytes)
  })

  test('what lies before the recovery point is not read again', async () => {
    const around = world()
    const log = around.create()
    fill(log, 40)
    await log.flush()
    const recoveryPoint = log.recoveryPoint
    fill(log, 5)
    const bytes = around.disk.readFile(logFile)
    // Damage that only a reader of the first batch would see.
    bytes[70] = (bytes[70] ?? 0) ^ 1
    const disk = around.disk.kill()
    disk.writeFile(logFile, bytes)
    const again = world({ disk }).open({ recoveryPoint })
    expect(recoveryPoint).toBe(40)
    expect(again.logEndOffset).toBe(45)
    expect(() => readBytes(again, 0)).toThrow('CORRUPT_MESSAGE')
    expect(baseOffsets(readBytes(again, 1))).toHaveLength(44)
  })

  test('an index that runs ahead of the log is cut with it', () => {
    const around = world()
    const log = around.create()
    fill(log, 30)
    const bytes = around.disk.readFile(logFile)
    const size = bytes.length / 30
    const disk = around.disk.kill()
    disk.writeFile(logFile, bytes.subarray(0, size * 10 + 5))
    const again = world({ disk }).open()
    expect(again.logEndOffset).toBe(10)
    fill(again, 20)
    expect(allBaseOffsets(again)).toHaveLength(30)
    expect(readBytes(again, 25).readBigInt64BE(0)).toBe(25n)
  })
})

describe('after power loss', () => {
  test('what was synced is there, whatever of the rest survived', async () => {
    const around = world()
    const log = around.create()
    fill(log, 10)
    await log.flush()
    fill(log, 10)
    for (let kept = 0; kept <= 1000; kept += 37) {
      const disk = around.disk.crash((path) => (path.endsWith('.log') ? kept : 0))
      const again = world({ disk }).open({ recoveryPoint: log.recoveryPoint })
      expect(again.logEndOffset).toBeGreaterThanOrEqual(10)
      expect(allBaseOffsets(again)).toHaveLength(again.logEndOffset)
    }
  })

  test('a log that lost more than its start offset begins anew there', () => {
    const around = world()
    fill(around.create(), 3)
    const again = world({ disk: around.disk.kill() }).open({ logStartOffset: 50 })
    expect([again.logStartOffset, again.logEndOffset]).toEqual([50, 50])
    expect(append(again, batch()).baseOffset).toBe(50)
    expect(allBaseOffsets(again)).toEqual([50])
  })
})

describe('indexes', () => {
  test('missing or damaged ones are rebuilt and lead to the right batches', async () => {
    const source = await closedDisk(60)
    const index = source.readFile(indexFile)
    const damages: ((disk: SimDisk) => void)[] = [
      (disk) => disk.remove(timeIndexFile),
      (disk) => disk.writeFile(indexFile, index.subarray(0, 9)),
      (disk) => disk.writeFile(indexFile, Buffer.concat([index, index])),
      (disk) => {
        const shifted = Buffer.from(index)
        shifted.writeInt32BE(shifted.readInt32BE(index.length - 4) + 1, index.length - 4)
        disk.writeFile(indexFile, shifted)
      },
    ]
    for (const damage of damages) {
      const disk = source.kill()
      damage(disk)
      const again = world({ disk }).open(clean)
      expect(again.logEndOffset).toBe(60)
      for (const offset of [0, 17, 42, 59]) {
        expect(baseOffsets(readBytes(again, offset))[0]).toBe(offset)
      }
      expect(now(again.offsetForTimestamp(startMs + 300, 'high-watermark'))?.offset).toBe(30)
    }
  })

  test('an index file without a log is removed', async () => {
    const disk = (await closedDisk(3)).kill()
    disk.writeFile(`${directory}/00000000000000000777.index`, Buffer.alloc(8))
    world({ disk }).open(clean)
    expect(disk.exists(`${directory}/00000000000000000777.index`)).toBe(false)
  })
})

describe('producers', () => {
  const send = (sequence: number): Buffer =>
    batch({ producerId: 7, producerEpoch: 0, baseSequence: sequence })

  test('are known after a kill as they were before it', () => {
    const around = world({ config: { segmentBytes: 400 } })
    const log = around.create()
    for (let n = 0; n < 12; n++) append(log, send(n))
    const again = world({ disk: around.disk.kill() }).open()
    expect(again.activeProducers()).toEqual(log.activeProducers())
    expect(append(again, send(11)).baseOffset).toBe(11)
    expect(append(again, send(12)).baseOffset).toBe(12)
    expect(() => append(again, send(14))).toThrow('OUT_OF_ORDER_SEQUENCE_NUMBER')
  })

  test('are rebuilt from the log when their snapshot is damaged', async () => {
    const around = world()
    const log = around.create()
    for (let n = 0; n < 4; n++) append(log, send(n))
    await log.close()
    const disk = around.disk.kill()
    disk.writeFile(`${directory}/00000000000000000004.snapshot`, Buffer.from('garbage'))
    const again = world({ disk }).open(clean)
    expect(again.activeProducers()).toEqual(log.activeProducers())
  })

  test('an open transaction and aborted ones are known after a kill', () => {
    const around = world()
    const log = around.create()
    const data = (producerId: number, sequence: number): Buffer =>
      batch({ producerId, producerEpoch: 0, baseSequence: sequence, isTransactional: true })
    append(log, data(7, 0))
    appendMarker(log, marker(7, false))
    append(log, data(8, 0))
    const again = world({ disk: around.disk.kill() }).open()
    expect(again.lastStableOffset).toBe(2)
    const read = again.read({ offset: 0, maxBytes: 999, minOneBatch: true, limit: 'last-stable' })
    expect(read.abortedTransactions).toEqual([{ producerId: 7, firstOffset: 0 }])
    read.records.release()
  })
})

describe('leftovers', () => {
  test('files that were on their way out are removed', async () => {
    const disk = (await closedDisk(3)).kill()
    const stray = ['00000000000000000000.log.deleted', '00000000000000000003.log.cleaned', 'x.tmp']
    for (const name of stray) disk.writeFile(`${directory}/${name}`, Buffer.alloc(3))
    world({ disk }).open(clean)
    for (const name of stray) expect(disk.exists(`${directory}/${name}`), name).toBe(false)
  })

  test('a complete result of compaction takes the place of what it replaces', async () => {
    const disk = (await closedDisk(6, { segmentBytes: 300 })).kill()
    const second = disk.list(directory).filter((name) => name.endsWith('.log'))[1] ?? ''
    // As if the first two segments had been compacted into a copy of the second.
    const swapped = Buffer.from(disk.readFile(`${directory}/${second}`))
    disk.writeFile(`${directory}/00000000000000000000.log.swap`, swapped)
    const again = world({ disk }).open()
    expect(again.logEndOffset).toBe(6)
    expect(disk.exists(`${directory}/${second}`)).toBe(false)
    expect(allBaseOffsets(again)[0]).toBe(Number(second.slice(0, 20)))
  })

  test('an unfinished swap behind a cleaned file is removed', async () => {
    const disk = (await closedDisk(3)).kill()
    disk.writeFile(`${directory}/00000000000000000000.log.cleaned`, Buffer.alloc(1))
    disk.writeFile(`${directory}/00000000000000000000.log.swap`, Buffer.alloc(1))
    const again = world({ disk }).open(clean)
    expect(again.logEndOffset).toBe(3)
    expect(disk.list(directory).some((name) => name.endsWith('.swap'))).toBe(false)
  })
})

describe('leader epochs', () => {
  test('each leadership begins where it wrote first, through restarts', async () => {
    const around = world()
    const log = around.create()
    fill(log, 3)
    await log.close()
    const second = world({ disk: around.disk.kill() })
    const led = second.open(clean, 1)
    fill(led, 2)
    const third = world({ disk: second.disk.kill() }).open({}, 2)
    expect(third.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 3 })
    expect(third.endOffsetForEpoch(1)).toEqual({ leaderEpoch: 1, endOffset: 5 })
    expect([0, 2, 3, 4, 5].map((offset) => third.leaderEpochForOffset(offset))).toEqual([
      0, 0, 1, 1, 2,
    ])
  })

  test('are found in the batches when the checkpoint is gone', () => {
    const around = world()
    fill(around.create(), 2)
    const disk = around.disk.kill()
    disk.remove(`${directory}/leader-epoch-checkpoint`)
    const again = world({ disk }).open({}, 3)
    expect(again.endOffsetForEpoch(0)).toEqual({ leaderEpoch: 0, endOffset: 2 })
  })
})

test('a damaged transaction index is found anew in the batches, also what began in the segment before', async () => {
  const around = world({ config: { segmentBytes: 400 } })
  const log = around.create()
  const producer = { producerId: 5, producerEpoch: 0, isTransactional: true }
  append(log, batch({ ...producer, baseSequence: 0 }))
  while (log.segments.length < 2) append(log, batch())
  const second = log.segments[1]?.baseOffset ?? 0
  append(log, batch({ ...producer, baseSequence: 1 }))
  const end = appendMarker(log, marker(5, false)).baseOffset
  append(log, batch())
  const expected = [{ producerId: 5, firstOffset: 0, lastOffset: end, lastStableOffset: end + 1 }]
  expect(log.segments[1]?.transactionIndex.entries).toMatchObject(expected)
  await log.close()
  const path = `${directory}/${String(second).padStart(20, '0')}.txnindex`
  const damaged = around.disk.readFile(path)
  around.disk.writeFile(path, damaged.subarray(0, 20))
  const again = around.open(clean)
  expect(again.segments[1]?.transactionIndex.entries).toEqual(expected)
  expect(around.disk.readFile(path).equals(damaged)).toBe(true)
})
