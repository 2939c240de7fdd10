import { expect, test } from 'vitest'
import { crc32c } from '../../../protocol/crc.ts'
import {
  decodeProducerSnapshot,
  encodeProducerSnapshot,
} from '../../../src/log/producer-snapshot.ts'

const entry = {
  producerId: 1,
  producerEpoch: 2,
  coordinatorEpoch: 3,
  lastTimestampMs: 4,
  transactionFirstOffset: 5,
  batches: [
    { lastSequence: 1, lastOffset: 2, offsetDelta: 0, timestampMs: 3 },
    { lastSequence: 6, lastOffset: 7, offsetDelta: 2, timestampMs: 4 },
  ],
}

test('a snapshot is version 1, a CRC over the rest, and 46 bytes per producer', () => {
  const bytes = encodeProducerSnapshot([entry])
  const body =
    '00000001' + // count
    '0000000000000001' + // producer id
    '0002' + // epoch
    '00000006' + // last sequence
    '0000000000000007' + // last offset
    '00000002' + // offset delta
    '0000000000000004' + // timestamp
    '00000003' + // coordinator epoch
    '0000000000000005' // first offset of the open transaction
  const crc = crc32c(Buffer.from(body, 'hex')).toString(16).padStart(8, '0')
  expect(bytes.toString('hex')).toBe('0001' + crc + body)
})

test('a snapshot reads back with the last batch of each producer', () => {
  const [read] = decodeProducerSnapshot(encodeProducerSnapshot([entry])) ?? []
  expect(read).toEqual({ ...entry, batches: entry.batches.slice(1) })
})

test('a producer without batches has none when it is read', () => {
  const bare = { ...entry, batches: [], transactionFirstOffset: -1 }
  expect(decodeProducerSnapshot(encodeProducerSnapshot([bare]))).toEqual([bare])
  expect(decodeProducerSnapshot(encodeProducerSnapshot([]))).toEqual([])
})

test('no damaged byte goes unnoticed', () => {
  const good = encodeProducerSnapshot([entry])
  for (let at = 0; at < good.length; at++) {
    const bad = Buffer.from(good)
    bad[at] = (bad[at] ?? 0) ^ 0x10
    expect(decodeProducerSnapshot(bad), `byte ${at}`).toBeUndefined()
    expect(decodeProducerSnapshot(good.subarray(0, at)), `cut at ${at}`).toBeUndefined()
  }
})
