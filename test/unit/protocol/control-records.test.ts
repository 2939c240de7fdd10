import { describe, expect, test } from 'vitest'
import {
  buildControlBatch,
  buildEndTransactionMarker,
  controlTypes,
  readControlType,
  readEndTransactionMarker,
} from '../../../protocol/control-records.ts'
import {
  batchBaseSequence,
  batchIsControl,
  batchIsTransactional,
  batchPartitionLeaderEpoch,
  batchProducerEpoch,
  batchProducerId,
} from '../../../protocol/record-batch.ts'
import { readRecords } from '../../../protocol/records.ts'

const marker = {
  producerId: 9,
  producerEpoch: 2,
  isCommit: true,
  coordinatorEpoch: 17,
  timestamp: 1_700_000_000_000,
  partitionLeaderEpoch: 4,
}

describe('an end transaction marker', () => {
  test('is a transactional control batch of its producer, without a sequence', () => {
    const batch = buildEndTransactionMarker(marker)
    expect(batch).toHaveLength(78)
    expect(batchIsControl(batch, 0)).toBe(true)
    expect(batchIsTransactional(batch, 0)).toBe(true)
    expect(batchProducerId(batch, 0)).toBe(9)
    expect(batchProducerEpoch(batch, 0)).toBe(2)
    expect(batchBaseSequence(batch, 0)).toBe(-1)
    expect(batchPartitionLeaderEpoch(batch, 0)).toBe(4)
  })

  test('reads back as commit or abort with its coordinator epoch', async () => {
    for (const isCommit of [true, false]) {
      const batch = buildEndTransactionMarker({ ...marker, isCommit, baseOffset: 30 })
      const [record] = await readRecords(batch, 0, 1000)
      expect(record?.offset).toBe(30)
      expect(record?.key?.toString('hex')).toBe(isCommit ? '00000001' : '00000000')
      expect(record?.value?.toString('hex')).toBe('000000000011')
      const read = readEndTransactionMarker(record!)
      expect(read).toEqual({ isCommit, coordinatorEpoch: 17 })
    }
  })

  test('is refused when key or value are too short or have a negative version', () => {
    const key = Buffer.from('00000001', 'hex')
    for (const value of [null, Buffer.alloc(5), Buffer.from('ffff00000001', 'hex')]) {
      expect(() => readEndTransactionMarker({ key, value })).toThrow('INVALID_RECORD')
    }
    expect(() => readControlType(null)).toThrow('INVALID_RECORD')
    expect(() => readControlType(Buffer.alloc(3))).toThrow('INVALID_RECORD')
    expect(() => readControlType(Buffer.from('ffff0001', 'hex'))).toThrow('INVALID_RECORD')
  })
})

describe('other control records', () => {
  test('keep their type and value, and are no markers', async () => {
    for (const type of controlTypes.slice(2)) {
      const value = Buffer.from('0000', 'hex')
      const batch = buildControlBatch({ type, value, timestamp: 5, partitionLeaderEpoch: 1 })
      expect(batchIsTransactional(batch, 0)).toBe(false)
      const [record] = await readRecords(batch, 0, 1000)
      expect(readControlType(record?.key ?? null)).toBe(type)
      expect(record?.value).toEqual(value)
      expect(readEndTransactionMarker(record!)).toBeNull()
    }
  })

  test('of a type that nobody knows are UNKNOWN', () => {
    expect(readControlType(Buffer.from('00000063', 'hex'))).toBe('UNKNOWN')
    expect(readControlType(Buffer.from('0000ffff', 'hex'))).toBe('UNKNOWN')
  })
})
