// Requests encoded once, and where the few fields stand that the generator reads or changes afterwards.
// Produce v7 and Fetch v11: new enough for Apache Kafka 4, and of a fixed layout for one partition.
import { buildRecordBatch } from '../../protocol/records.ts'
import { encodeRequestFrame } from '../../test/support/wire-client.ts'

const produceVersion = 7
const fetchVersion = 11
const header = { correlationId: 1, clientId: 'ottla-bench' }
const timeoutMs = 30_000
/** As fetch.max.bytes of the clients. */
const fetchBytesMax = 50 << 20
const correlationIdBytes = 4
const lengthBytes = 4
const errorCodeBytes = 2
const offsetBytes = 8

/** One batch of `count` records of `recordBytes` bytes, that do not compress too well. */
export function batchOf(count: number, recordBytes: number): Buffer {
  const timestamp = Date.now()
  const records = Array.from({ length: count }, (_, at) => {
    const value = Buffer.alloc(recordBytes)
    for (let byte = 0; byte < recordBytes; byte++) value[byte] = (byte * 31 + at * 17) & 0x7f
    return { timestamp, key: null, value }
  })
  return buildRecordBatch({ records })
}

export function produceFrame(topic: string, partition: number, batch: Buffer): Buffer {
  return encodeRequestFrame(
    'Produce',
    produceVersion,
    {
      acks: -1,
      timeoutMs,
      topicData: [{ name: topic, partitionData: [{ index: partition, records: batch }] }],
    },
    header,
  )
}

/** The error code in a Produce response of one partition. */
export function produceError(head: Buffer, topic: string): number {
  const nameBytes = errorCodeBytes + Buffer.byteLength(topic)
  return head.readInt16BE(correlationIdBytes + lengthBytes + nameBytes + lengthBytes + lengthBytes)
}

/** A Fetch whose offset can be changed between requests. */
export class FetchFrame {
  readonly bytes: Buffer
  readonly #offsetAt: number

  constructor(
    topic: string,
    partition: number,
    limits: { maxWaitMs: number; minBytes: number; partitionMaxBytes: number },
  ) {
    const { partitionMaxBytes, ...wait } = limits
    const marker = 0x0102030405
    this.bytes = encodeRequestFrame(
      'Fetch',
      fetchVersion,
      {
        ...wait,
        maxBytes: fetchBytesMax,
        topics: [
          {
            topic,
            partitions: [{ partition, fetchOffset: marker, partitionMaxBytes }],
          },
        ],
        forgottenTopicsData: [],
      },
      header,
    )
    const pattern = Buffer.alloc(offsetBytes)
    pattern.writeBigInt64BE(BigInt(marker))
    this.#offsetAt = this.bytes.indexOf(pattern)
  }

  set offset(offset: number) {
    this.bytes.writeBigInt64BE(BigInt(offset), this.#offsetAt)
  }
}

/** Error code and bytes of records in a Fetch response of one partition. */
export function fetchAnswer(head: Buffer, topic: string): { error: number; recordBytes: number } {
  const throttleBytes = 4
  const sessionBytes = 4
  const beforeTopics = correlationIdBytes + throttleBytes + errorCodeBytes + sessionBytes
  const topError = head.readInt16BE(correlationIdBytes + throttleBytes)
  const topics = head.readInt32BE(beforeTopics)
  if (topError !== 0 || topics === 0) return { error: topError, recordBytes: 0 }
  const partitionAt = beforeTopics + lengthBytes + 2 + Buffer.byteLength(topic) + lengthBytes
  const errorAt = partitionAt + lengthBytes
  const error = head.readInt16BE(errorAt)
  const abortedAt = errorAt + errorCodeBytes + 3 * offsetBytes
  const aborted = Math.max(0, head.readInt32BE(abortedAt))
  const sizeAt = abortedAt + lengthBytes + aborted * 2 * offsetBytes + lengthBytes
  return { error, recordBytes: Math.max(0, head.readInt32BE(sizeAt)) }
}
