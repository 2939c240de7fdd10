// The files of snapshots: named as KRaft names them, whole or not there, and gone when retention says
// so, with the log below.
import { describe, expect, test } from 'vitest'
import { toOffset } from '../../../src/base/brands.ts'
import { encodeSnapshot } from '../../../src/catalog/snapshot.ts'
import { MetadataSnapshots } from '../../../src/storage/metadata-snapshots.ts'
import { SimDisk } from '../../../src/testing/sim-disk.ts'

const directory = '/data/__cluster_metadata-0'
const nowMs = 1_000_000
const clock = { nowMs: () => nowMs, monotonicMs: () => 0, after: () => () => undefined }

function bytesAt(lastTimestampMs: number): Buffer {
  const content = { raftState: new Map(), values: [] }
  return encodeSnapshot(content, { epoch: 1, lastTimestampMs, nowMs })
}

function open(disk: SimDisk, retention = { maxBytes: -1, maxMs: -1 }) {
  disk.makeDirectory(directory)
  const log = {
    directory,
    logStartOffset: 0,
    logEndOffset: 100,
    byteLength: 500,
    leaderEpochForOffset: () => 4,
    flush: () => Promise.resolve(),
    deleteRecordsBefore: (offset: number) => {
      log.logStartOffset = offset
      return toOffset(offset)
    },
  }
  return { log, snapshots: new MetadataSnapshots(log, { disk, clock }, retention) }
}

describe('snapshot files', () => {
  test('have the names that KRaft gives them', async () => {
    const disk = new SimDisk()
    const { snapshots } = open(disk)
    await snapshots.write({ endOffset: 42, epoch: 4 }, bytesAt(1))
    expect(disk.list(directory)).toEqual(['00000000000000000042-0000000004.checkpoint'])
    expect(snapshots.list()).toEqual([{ endOffset: 42, epoch: 4 }])
    expect(snapshots.epochBelow(42)).toBe(4)
  })

  test('go when they are old or too much, with the log below; the newest stays', async () => {
    for (const retention of [
      { maxBytes: 10, maxMs: -1 },
      { maxBytes: -1, maxMs: 1000 },
    ]) {
      const { log, snapshots } = open(new SimDisk(), retention)
      for (const endOffset of [10, 20, 30]) {
        await snapshots.write({ endOffset, epoch: 4 }, bytesAt(1))
      }
      await snapshots.applyRetention()
      expect(snapshots.list()).toEqual([{ endOffset: 30, epoch: 4 }])
      expect(log.logStartOffset).toBe(30)
    }
  })

  test('that were not finished or are of no use are removed at the start', () => {
    const disk = new SimDisk()
    disk.makeDirectory(directory)
    const names = ['10-0000000001.checkpoint.part', '11-0000000001.checkpoint.deleted']
    for (const name of names) {
      const path = `${directory}/${name.padStart(name.length + 18, '0')}`
      disk.replaceFile(path, Buffer.from('x'), { durable: true })
    }
    open(disk)
    expect(disk.list(directory)).toEqual([])
  })
})
