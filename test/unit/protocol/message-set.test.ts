import { describe, expect, test } from 'vitest'
import { compressionCodecs } from '../../../protocol/compression.ts'
import { crc32 } from '../../../protocol/crc.ts'
import { KafkaError } from '../../../protocol/errors.ts'
import {
  buildMessageSet,
  checkMessageCrc,
  messageCompression,
  messageTimestamp,
  messageTimestampType,
  readMessages,
} from '../../../protocol/message-set.ts'
import type { LegacyMagic, NewMessage } from '../../../protocol/message-set.ts'
import { batchSize, batchSizeAt } from '../../../protocol/record-batch.ts'

const limitBytes = 1 << 20
const legacyCodecs = compressionCodecs.filter((codec) => codec !== 'zstd')

const messages: NewMessage[] = [
  { offset: 100, timestamp: 1_700_000_000_000, key: Buffer.from('a'), value: Buffer.from('1') },
  { offset: 103, timestamp: 1_700_000_000_900, key: null, value: Buffer.alloc(0) },
  { offset: 104, timestamp: 1_700_000_000_100, key: Buffer.alloc(0), value: null },
]

async function build(
  magic: LegacyMagic,
  codec: (typeof compressionCodecs)[number],
): Promise<Buffer> {
  return buildMessageSet({ magic, messages, timestampType: 'CreateTime' }, codec)
}

/** All messages of a set, entry by entry. */
async function readAll(set: Buffer): Promise<NewMessage[]> {
  const all: NewMessage[] = []
  for (let at = 0; at < set.length; at += batchSize(set, at)) {
    checkMessageCrc(set, at)
    const entry = await readMessages(set, at, limitBytes)
    for (const { offset, timestamp, key, value, isIntact } of entry) {
      expect(isIntact).toBe(true)
      all.push({ offset, timestamp, key, value })
    }
  }
  return all
}

async function errorNameOf(run: () => unknown): Promise<string> {
  try {
    await run()
  } catch (error) {
    if (error instanceof KafkaError) return error.errorName
    throw error
  }
  return 'NONE'
}

/** Puts the CRC right after a test has changed an entry. */
function seal(entry: Buffer): Buffer {
  entry.writeUInt32BE(crc32(entry, 16, batchSize(entry, 0)), 12)
  return entry
}

describe('a message set', () => {
  test('of magic 1 reads as it was built, with every codec that it may have', async () => {
    for (const codec of legacyCodecs) expect(await readAll(await build(1, codec))).toEqual(messages)
  })

  test('of magic 0 has no timestamps', async () => {
    const expected = messages.map((message) => ({ ...message, timestamp: -1 }))
    for (const codec of legacyCodecs) expect(await readAll(await build(0, codec))).toEqual(expected)
  })

  test('is one wrapper when compressed, with the last offset and the largest timestamp', async () => {
    const set = await build(1, 'gzip')
    expect(batchSizeAt(set, 0, set.length)).toBe(set.length)
    expect(set.readBigInt64BE(0)).toBe(104n)
    expect(messageTimestamp(set, 0)).toBe(1_700_000_000_900)
    expect(messageCompression(set, 0)).toBe('gzip')
    expect(messageTimestampType(set, 0)).toBe('CreateTime')
    expect(messageTimestampType(await build(0, 'gzip'), 0)).toBe('NoTimestampType')
  })

  test('takes the append time of its wrapper', async () => {
    const set = await buildMessageSet(
      { magic: 1, messages, timestampType: 'LogAppendTime', appendTime: 55 },
      'snappy',
    )
    const read = await readAll(set)
    expect(read.map((message) => message.timestamp)).toEqual([55, 55, 55])
    expect(messageTimestampType(set, 0)).toBe('LogAppendTime')
  })

  test('of nothing is nothing, and zstd came too late for it', async () => {
    const empty = { magic: 1, messages: [], timestampType: 'CreateTime' } as const
    expect(await buildMessageSet(empty, 'gzip')).toHaveLength(0)
    expect(await errorNameOf(() => build(1, 'zstd'))).toBe('UNSUPPORTED_COMPRESSION_TYPE')
  })

  test('keeps the bytes of Kafka for a known message', async () => {
    // The golden vector v0/none/one has this shape: 34 bytes, key "key", value "value" minus none.
    const one = { offset: 0, timestamp: -1, key: Buffer.from('key'), value: Buffer.from('value') }
    const set = await buildMessageSet(
      { magic: 0, messages: [one], timestampType: 'CreateTime' },
      'none',
    )
    expect(set).toHaveLength(34)
    expect(set.subarray(16).toString('hex')).toBe('0000000000036b65790000000576616c7565')
  })
})

describe('reading a message', () => {
  test('finds a wrong CRC', async () => {
    const set = await build(1, 'none')
    set[20]! ^= 1
    expect(await errorNameOf(() => checkMessageCrc(set, 0))).toBe('CORRUPT_MESSAGE')
  })

  test('refuses lengths that reach beyond the message', async () => {
    const set = await build(1, 'none')
    set.writeInt32BE(1000, 26)
    expect(await errorNameOf(() => readMessages(set, 0, limitBytes))).toBe('UNKNOWN_SERVER_ERROR')
  })

  test('takes a wrapper offset of 0 as librdkafka once wrote it', async () => {
    const set = await build(1, 'gzip')
    set.writeBigInt64BE(0n, 0)
    const read = await readMessages(seal(set), 0, limitBytes)
    expect(read.map((message) => message.offset)).toEqual([0, 3, 4])
  })

  test('refuses a wrapper offset below the last message inside', async () => {
    const set = await build(1, 'gzip')
    set.writeBigInt64BE(3n, 0)
    expect(await errorNameOf(() => readMessages(seal(set), 0, limitBytes))).toBe('INVALID_RECORD')
  })

  test('refuses wrappers in wrappers, empty ones, null ones and zstd', async () => {
    const wrap = (value: Buffer | null, attributes: number): Buffer => {
      const message = Buffer.alloc(34 + (value?.length ?? 0))
      message.writeInt32BE(message.length - 12, 8)
      message[16] = 1
      message[17] = attributes
      message.writeInt32BE(-1, 26)
      message.writeInt32BE(value === null ? -1 : value.length, 30)
      value?.copy(message, 34)
      return seal(message)
    }
    const { gzipSync } = await import('node:zlib')
    const nested = wrap(gzipSync(await build(1, 'gzip')), 1)
    for (const entry of [nested, wrap(gzipSync(''), 1), wrap(null, 1), wrap(Buffer.from('x'), 4)]) {
      expect(await errorNameOf(() => readMessages(entry, 0, limitBytes))).toBe('INVALID_RECORD')
    }
    const unknownCodec = wrap(Buffer.from('x'), 5)
    expect(await errorNameOf(() => readMessages(unknownCodec, 0, limitBytes))).toBe(
      'UNKNOWN_SERVER_ERROR',
    )
  })
})
