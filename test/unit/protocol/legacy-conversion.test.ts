import { describe, expect, test } from 'vitest'
import { RecordValidationError } from '../../../protocol/batch-validation.ts'
import type { RecordRules } from '../../../protocol/batch-validation.ts'
import { compressionCodecs } from '../../../protocol/compression.ts'
import type { CompressionCodec } from '../../../protocol/compression.ts'
import { buildEndTransactionMarker } from '../../../protocol/control-records.ts'
import { crc32 } from '../../../protocol/crc.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import {
  checkMessageSet,
  convertMessageSet,
  convertToMessageSet,
  rebuildRecordBatch,
} from '../../../protocol/legacy-conversion.ts'
import {
  buildMessageSet,
  messageCompression,
  messageTimestamp,
  readMessages,
} from '../../../protocol/message-set.ts'
import type { LegacyMagic, NewMessage } from '../../../protocol/message-set.ts'
import {
  batchCompression,
  batchIsTransactional,
  batchMagic,
  batchMaxTimestamp,
  batchPartitionLeaderEpoch,
  batchProducerId,
  batchSize,
  batchTimestampType,
  checkBatchCrc,
} from '../../../protocol/record-batch.ts'
import {
  buildCompressedRecordBatch,
  buildRecordBatch,
  readRecords,
} from '../../../protocol/records.ts'

const limitBytes = 1 << 20
const nowMs = 1_700_000_000_000
const legacyCodecs = compressionCodecs.filter((codec) => codec !== 'zstd')
const rules: RecordRules = {
  isCompacted: false,
  timestampType: 'CreateTime',
  nowMs,
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
}
const options = {
  compression: 'producer',
  baseOffset: 500,
  partitionLeaderEpoch: 3,
  limitBytes,
} as const

const messages: NewMessage[] = [
  { offset: 0, timestamp: nowMs - 9, key: Buffer.from('a'), value: Buffer.from('1') },
  { offset: 1, timestamp: nowMs, key: null, value: null },
  { offset: 2, timestamp: nowMs - 5, key: Buffer.from('c'), value: Buffer.alloc(0) },
]

async function messageSet(magic: LegacyMagic, codec: CompressionCodec): Promise<Buffer> {
  return buildMessageSet({ magic, messages, timestampType: 'CreateTime' }, codec)
}

async function convert(set: Buffer, using = rules): Promise<Buffer> {
  const checked = checkMessageSet(set, 1_000_000)
  if (checked === null) throw new Error('the set is empty')
  return convertMessageSet(set, checked, using, options)
}

async function failure(run: () => unknown): Promise<KafkaError> {
  try {
    await run()
  } catch (error) {
    if (error instanceof KafkaError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

async function readAll(set: Buffer): Promise<NewMessage[]> {
  const all: NewMessage[] = []
  for (let at = 0; at < set.length; at += batchSize(set, at)) {
    for (const { offset, timestamp, key, value } of await readMessages(set, at, limitBytes)) {
      all.push({ offset, timestamp, key, value })
    }
  }
  return all
}

describe('a message set on its way into the log', () => {
  test('becomes one batch with the codec, timestamps and contents that it had', async () => {
    for (const codec of legacyCodecs) {
      const batch = await convert(await messageSet(1, codec))
      expect(() => checkBatchCrc(batch, 0)).not.toThrow()
      expect(compressionCodecs[batchCompression(batch, 0)]).toBe(codec)
      expect(batchMaxTimestamp(batch, 0)).toBe(nowMs)
      expect(batchPartitionLeaderEpoch(batch, 0)).toBe(3)
      const read = await readRecords(batch, 0, limitBytes)
      const expected = messages.map((message, index) => ({
        ...message,
        offset: 500 + index,
        headers: [],
      }))
      expect(read).toEqual(expected)
    }
  })

  test('of magic 0 has no timestamps afterwards either, unless the topic sets the append time', async () => {
    for (const codec of legacyCodecs) {
      const batch = await convert(await messageSet(0, codec))
      expect(batchMaxTimestamp(batch, 0)).toBe(-1)
      const appended = await convert(await messageSet(0, codec), {
        ...rules,
        timestampType: 'LogAppendTime',
      })
      expect(batchTimestampType(appended, 0)).toBe('LogAppendTime')
      expect(batchMaxTimestamp(appended, 0)).toBe(nowMs)
    }
  })

  test('takes the topic codec where it has one, also zstd', async () => {
    const set = await messageSet(1, 'gzip')
    const checked = checkMessageSet(set, 1_000_000)!
    for (const compression of compressionCodecs) {
      const batch = await convertMessageSet(set, checked, rules, { ...options, compression })
      expect(compressionCodecs[batchCompression(batch, 0)]).toBe(compression)
      expect(await readRecords(batch, 0, limitBytes)).toHaveLength(3)
    }
  })

  test('without a complete message is null, which is no error', async () => {
    const set = await messageSet(1, 'gzip')
    expect(checkMessageSet(Buffer.alloc(0), 1000)).toBeNull()
    expect(checkMessageSet(set.subarray(0, -1), 1000)).toBeNull()
  })

  test('is refused for size, CRC, mixed magics and a second wrapper', async () => {
    const gzip = await messageSet(1, 'gzip')
    const plain = await messageSet(1, 'none')
    expect((await failure(() => checkMessageSet(gzip, 40))).errorName).toBe('MESSAGE_TOO_LARGE')
    const damaged = Buffer.from(plain)
    damaged[30]! ^= 1
    expect((await failure(() => checkMessageSet(damaged, 1000))).errorName).toBe('CORRUPT_MESSAGE')
    const mixed = Buffer.concat([plain, await messageSet(0, 'none')])
    const twice = Buffer.concat([gzip, gzip])
    for (const set of [mixed, twice]) {
      expect((await failure(() => checkMessageSet(set, 1000))).errorName).toBe('INVALID_RECORD')
    }
  })

  test('keeps the rules of its topic', async () => {
    const compacted = await failure(async () =>
      convert(await messageSet(1, 'gzip'), { ...rules, isCompacted: true }),
    )
    expect((compacted as RecordValidationError).recordErrors).toHaveLength(1)
    const late = { ...rules, timestampBeforeMaxMs: 4 }
    const error = await failure(async () => convert(await messageSet(1, 'none'), late))
    expect(error.errorName).toBe('INVALID_TIMESTAMP')
  })

  test('is refused for a wrong CRC or another magic inside its wrapper', async () => {
    const { gzipSync } = await import('node:zlib')
    const wrap = (inner: Buffer): Buffer => {
      const value = gzipSync(inner)
      const set = Buffer.alloc(34 + value.length)
      set.writeBigInt64BE(2n, 0)
      set.writeInt32BE(set.length - 12, 8)
      set[16] = 1
      set[17] = 1
      set.writeInt32BE(-1, 26)
      set.writeInt32BE(value.length, 30)
      value.copy(set, 34)
      set.writeUInt32BE(crc32(set, 16), 12)
      return set
    }
    const inner = await messageSet(1, 'none')
    inner[12]! ^= 1
    expect((await failure(() => convert(wrap(inner)))).errorName).toBe('CORRUPT_MESSAGE')
    const otherMagic = await failure(async () => convert(wrap(await messageSet(0, 'none'))))
    expect((otherMagic as RecordValidationError).recordErrors).toHaveLength(3)
  })
})

describe('a batch that is built anew', () => {
  test('keeps producer, transaction, headers and timestamps, with offsets in a row', async () => {
    const records = messages.map((message, index) => ({
      ...message,
      offset: index * 3,
      headers: [{ key: 'h', value: Buffer.from('x') }],
    }))
    const spec = {
      records,
      producerId: 8,
      producerEpoch: 1,
      baseSequence: 40,
      isTransactional: true,
    }
    for (const compression of compressionCodecs) {
      const batch = buildRecordBatch(spec)
      const rebuilt = await rebuildRecordBatch(batch, 0, rules, { ...options, compression })
      expect(() => checkBatchCrc(rebuilt, 0)).not.toThrow()
      expect(batchProducerId(rebuilt, 0)).toBe(8)
      expect(batchIsTransactional(rebuilt, 0)).toBe(true)
      const read = await readRecords(rebuilt, 0, limitBytes)
      expect(read).toEqual(records.map((record, index) => ({ ...record, offset: 500 + index })))
    }
  })
})

describe('batches on their way to an old consumer', () => {
  const records = messages.map((message, index) => ({
    ...message,
    offset: 10 + 2 * index,
    headers: [{ key: 'h', value: null }],
  }))

  function conversion(toMagic: LegacyMagic, firstOffset = 0) {
    return { toMagic, firstOffset, limitBytes }
  }

  test('lose their headers and keep offsets, codec and contents', async () => {
    for (const codec of legacyCodecs) {
      const batch = await buildCompressedRecordBatch({ records, baseOffset: 10 }, codec)
      for (const toMagic of [0, 1] as const) {
        const set = await convertToMessageSet(batch, conversion(toMagic))
        expect(batchMagic(set, 0)).toBe(toMagic)
        expect(messageCompression(set, 0)).toBe(codec)
        const expected = records.map(({ offset, timestamp, key, value }) => ({
          offset,
          timestamp: toMagic === 0 ? -1 : timestamp,
          key,
          value,
        }))
        expect(await readAll(set)).toEqual(expected)
      }
    }
  })

  test('begin at the offset asked for where they are not compressed', async () => {
    const plain = buildRecordBatch({ records, baseOffset: 10 })
    const offsets = async (batch: Buffer, firstOffset: number): Promise<number[]> => {
      const set = await convertToMessageSet(batch, conversion(1, firstOffset))
      return (await readAll(set)).map((message) => message.offset)
    }
    expect(await offsets(plain, 12)).toEqual([12, 14])
    expect(await offsets(plain, 15)).toEqual([])
    const gzip = await buildCompressedRecordBatch({ records, baseOffset: 10 }, 'gzip')
    expect(await offsets(gzip, 12)).toEqual([10, 12, 14])
  })

  test('have the append time in every message where the batch has it', async () => {
    const spec = {
      records,
      baseOffset: 10,
      timestampType: 'LogAppendTime',
      maxTimestamp: 99,
    } as const
    for (const codec of ['none', 'lz4'] as const) {
      const set = await convertToMessageSet(
        await buildCompressedRecordBatch(spec, codec),
        conversion(1),
      )
      expect(messageTimestamp(set, 0)).toBe(99)
      expect((await readAll(set)).map((message) => message.timestamp)).toEqual([99, 99, 99])
    }
  })

  test('are without control batches and without the cut batch at the end', async () => {
    const plain = buildRecordBatch({ records, baseOffset: 10 })
    const marker = buildEndTransactionMarker({
      producerId: 1,
      producerEpoch: 0,
      isCommit: true,
      coordinatorEpoch: 0,
      timestamp: nowMs,
      baseOffset: 15,
    })
    const log = Buffer.concat([plain, marker, plain.subarray(0, 80)])
    expect(await readAll(await convertToMessageSet(log, conversion(1)))).toHaveLength(3)
    expect(await convertToMessageSet(marker, conversion(0))).toHaveLength(0)
  })

  test('may not be zstd', async () => {
    const zstd = await buildCompressedRecordBatch({ records, baseOffset: 10 }, 'zstd')
    const error = await failure(() => convertToMessageSet(zstd, conversion(1)))
    expect(error.errorName).toBe('UNSUPPORTED_COMPRESSION_TYPE')
  })

  test('of magic 1, from an old log, stay as they are or become magic 0', async () => {
    for (const codec of legacyCodecs) {
      const old = await messageSet(1, codec)
      expect(await convertToMessageSet(old, conversion(1))).toEqual(old)
      const older = await convertToMessageSet(old, conversion(0))
      expect(batchMagic(older, 0)).toBe(0)
      expect(await readAll(older)).toEqual(
        messages.map((message) => ({ ...message, timestamp: -1 })),
      )
    }
  })
})
