// kafkajs as its users set it up, for the tests: its four codecs registered, quiet logs, short
// retries; and the small waits that every client test needs.
import { compress as zstdCompress, decompress as zstdDecompress } from '@mongodb-js/zstd'
import kafkajs, {
  type Consumer,
  type EachMessagePayload,
  type Kafka,
  type KafkaConfig,
} from 'kafkajs'
import { compressFrameSync, decompressFrameSync } from 'lz4-napi'
import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'

/** snappyjs comes without types. */
const snappy = createRequire(import.meta.url)('snappyjs') as {
  compress(bytes: Buffer): Buffer
  uncompress(bytes: Buffer): Buffer
}
const { CompressionCodecs, CompressionTypes, logLevel } = kafkajs
const defaultWaitMs = 30_000
const pollMs = 20

/** What kafkajs expects of a codec; its encoder hands over the plain bytes. */
interface KafkajsCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

const codecs: Record<number, () => KafkajsCodec> = CompressionCodecs
codecs[CompressionTypes.Snappy] = () => ({
  compress: (encoder) => Promise.resolve(snappy.compress(encoder.buffer)),
  decompress: (bytes) => Promise.resolve(plainSnappy(bytes)),
})
codecs[CompressionTypes.LZ4] = () => ({
  compress: (encoder) => Promise.resolve(compressFrameSync(encoder.buffer)),
  decompress: (bytes) => Promise.resolve(decompressFrameSync(bytes)),
})
codecs[CompressionTypes.ZSTD] = () => ({
  compress: (encoder) => zstdCompress(encoder.buffer),
  decompress: (bytes) => zstdDecompress(bytes),
})

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const xerialHeaderBytes = 16

/** A bare block, or blocks in the xerial framing (as the Java client and brokers write). */
function plainSnappy(bytes: Buffer): Buffer {
  if (!bytes.subarray(0, xerialMagic.length).equals(xerialMagic)) return snappy.uncompress(bytes)
  const blocks: Buffer[] = []
  for (let at = xerialHeaderBytes; at < bytes.length;) {
    const size = bytes.readInt32BE(at)
    blocks.push(snappy.uncompress(bytes.subarray(at + 4, at + 4 + size)))
    at += 4 + size
  }
  return Buffer.concat(blocks)
}

/** A kafkajs client of the broker at `bootstrap`, that logs nothing. */
export function kafkaClient(bootstrap: string, config: Partial<KafkaConfig> = {}): Kafka {
  return new kafkajs.Kafka({
    clientId: 'ottla-test',
    brokers: [bootstrap],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 10 },
    ...config,
  })
}

/** A name that no other test has used, so that suites can share a broker. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(5).toString('hex')}`
}

/** Waits until `condition` holds; throws with `what` when it does not in time. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = defaultWaitMs,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await sleep(pollMs)
  }
}

/** One received message, flattened to what tests compare. */
export interface Received {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
  readonly timestamp: number
  readonly headers: Record<string, string | string[]>
}

export function toReceived({ topic, partition, message }: EachMessagePayload): Received {
  const headers: Record<string, string | string[]> = {}
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    if (value === undefined) continue
    headers[name] = Array.isArray(value) ? value.map(String) : value.toString()
  }
  return {
    topic,
    partition,
    offset: Number(message.offset),
    key: message.key?.toString() ?? null,
    value: message.value?.toString() ?? null,
    timestamp: Number(message.timestamp),
    headers,
  }
}

/** Runs `consumer` over `topics` from the beginning and returns the growing list of what arrives. */
export async function receiveAll(consumer: Consumer, topics: string[]): Promise<Received[]> {
  const received: Received[] = []
  await consumer.connect()
  await consumer.subscribe({ topics, fromBeginning: true })
  await consumer.run({
    eachMessage: (payload) => {
      received.push(toReceived(payload))
      return Promise.resolve()
    },
  })
  return received
}

/** Reads exactly the messages that `topic` holds now, through a group of its own, and stops. */
export async function readTopic(kafka: Kafka, topic: string, count: number): Promise<Received[]> {
  const consumer = kafka.consumer({ groupId: uniqueName('read'), maxWaitTimeInMs: 200 })
  try {
    const received = await receiveAll(consumer, [topic])
    await eventually(`${count} messages of ${topic}`, () => received.length >= count)
    return received
  } finally {
    await consumer.disconnect()
  }
}

/** Values by partition, in the order in which they arrived. */
export function valuesByPartition(received: readonly Received[]): Map<number, (string | null)[]> {
  const values = new Map<number, (string | null)[]>()
  for (const { partition, value } of received) {
    const list = values.get(partition) ?? []
    list.push(value)
    values.set(partition, list)
  }
  return values
}
