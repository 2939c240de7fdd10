// Sends records: batches by partition, one on its way per partition (so that retries keep the order), sequence numbers
// so that a retry writes nothing twice.
import type { CompressionCodec } from '../../protocol/compression.ts'
import { buildCompressedRecordBatch, type NewRecord } from '../../protocol/records.ts'
import type { Random } from '../io/random.ts'
import type { Cluster } from './cluster.ts'
import { ClientError, clientError, ConnectionLost, throwOnError } from './errors.ts'
import { murmur2 } from './murmur2.ts'
import { partitionKey } from './topics.ts'

export interface ProducerSettings {
  /** `acks`: -1, 0 or 1. */
  readonly acks: -1 | 0 | 1
  readonly compression: CompressionCodec
  /** `batch.size`. */
  readonly batchBytes: number
  /** `linger.ms`. */
  readonly lingerMs: number
  /** `retries`. */
  readonly retries: number
  /** `delivery.timeout.ms`. */
  readonly deliveryTimeoutMs: number
  /** `buffer.memory`: beyond it `ready` waits. */
  readonly bufferBytes: number
  /** `max.request.size`: what one record may take. */
  readonly requestBytesMax: number
  /** `max.block.ms`: how long metadata may take. */
  readonly maxBlockMs: number
  /** `enable.idempotence`. */
  readonly idempotent: boolean
}

export const defaultProducerSettings: ProducerSettings = {
  acks: -1,
  compression: 'none',
  batchBytes: 16 * 1024,
  lingerMs: 5,
  retries: 2 ** 31 - 1,
  deliveryTimeoutMs: 120_000,
  bufferBytes: 32 * 1024 * 1024,
  requestBytesMax: 1024 * 1024,
  maxBlockMs: 60_000,
  idempotent: true,
}

export interface OutgoingRecord {
  readonly topic: string
  /** Absent: the key's, or one that changes from batch to batch. */
  readonly partition?: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: readonly { readonly key: string; readonly value: Buffer | null }[]
  /** Milliseconds. Default: now. */
  readonly timestamp?: number
}

/** Where a record has gone; offset -1 where acks=0 keeps the broker silent. */
export interface Delivery {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

interface Batch {
  readonly records: NewRecord[]
  readonly settle: {
    readonly resolve: (delivery: Delivery) => void
    readonly reject: (error: Error) => void
  }[]
  bytes: number
  readonly createdMs: number
}

/** The queue of one partition. */
interface Lane {
  readonly topic: string
  readonly partition: number
  readonly batches: Batch[]
  isSending: boolean
  /** Under which its sequence numbers count. */
  identity: Identity | null
  sequence: number
  cancelLinger: (() => void) | null
}

interface Identity {
  readonly producerId: number
  readonly producerEpoch: number
}

const recordOverheadBytes = 40
const metadataAgeMaxMs = 300_000

/** Buffers and sends records. `send` resolves when the broker has answered for the record. */
export class Producer {
  readonly #cluster: Cluster
  readonly #settings: ProducerSettings
  readonly #random: Random
  readonly #lanes = new Map<string, Lane>()
  readonly #leaders = new Map<string, readonly number[]>()
  readonly #metadataAtMs = new Map<string, number>()
  readonly #sticky = new Map<string, { partition: number; bytes: number }>()
  #identity: Promise<Identity> | null = null
  #bufferedBytes = 0
  #idle: (() => void)[] = []

  constructor(cluster: Cluster, settings: ProducerSettings, random: Random) {
    this.#cluster = cluster
    this.#settings = settings
    this.#random = random
  }

  /** Resolves when there is room for more records. */
  async ready(): Promise<void> {
    while (this.#bufferedBytes > this.#settings.bufferBytes) await this.#somethingSent()
  }

  /** Loads a topic's metadata, so that `send` can place records. @throws ClientError REQUEST_TIMED_OUT */
  async prepare(topic: string): Promise<void> {
    const nowMs = this.#cluster.clock.monotonicMs()
    const age = nowMs - (this.#metadataAtMs.get(topic) ?? -Infinity)
    if (age < metadataAgeMaxMs) return
    const { maxBlockMs } = this.#settings
    try {
      await this.#cluster.retrying(() => this.#loadLeaders(topic), 'Metadata', maxBlockMs)
    } catch (error) {
      if (error instanceof ClientError && error.retriable) {
        throw new ClientError(
          'REQUEST_TIMED_OUT',
          `Topic ${topic} not present in metadata after ${maxBlockMs} ms.`,
        )
      }
      throw error
    }
  }

  /** Queues a record of a prepared topic. */
  send(record: OutgoingRecord): Promise<Delivery> {
    const { requestBytesMax, batchBytes, lingerMs } = this.#settings
    const bytes = sizeOf(record)
    if (bytes > requestBytesMax) {
      return Promise.reject(
        new ClientError(
          'MESSAGE_TOO_LARGE',
          `The message is ${bytes} bytes when serialized which is larger than ${requestBytesMax}, which is the value of the max.request.size configuration.`,
        ),
      )
    }
    const lane = this.#laneOf(record.topic, record.partition ?? this.#place(record, bytes))
    const nowMs = this.#cluster.clock.monotonicMs()
    let batch = lane.batches.at(-1)
    const isFull = batch === undefined || batch.bytes + bytes > batchBytes
    if (batch === undefined || isFull || (lane.isSending && lane.batches.length === 1)) {
      batch = { records: [], settle: [], bytes: 0, createdMs: nowMs }
      lane.batches.push(batch)
    }
    const target = batch
    target.bytes += bytes
    this.#bufferedBytes += bytes
    target.records.push({
      timestamp: record.timestamp ?? this.#cluster.clock.nowMs(),
      key: record.key,
      value: record.value,
      headers: record.headers ?? [],
    })
    const delivered = new Promise<Delivery>((resolve, reject) => {
      target.settle.push({ resolve, reject })
    })
    if (lingerMs <= 0 || target.bytes >= batchBytes || lane.batches.length > 1) this.#start(lane)
    else
      lane.cancelLinger ??= this.#cluster.clock.after(
        lingerMs,
        () => this.#start(lane),
        'hold-process',
      )
    return delivered
  }

  /** Sends everything that waits, and resolves when all of it is settled. */
  async flush(): Promise<void> {
    for (const lane of this.#lanes.values()) this.#start(lane)
    while ([...this.#lanes.values()].some(({ batches }) => batches.length > 0)) {
      await this.#somethingSent()
    }
  }

  #somethingSent(): Promise<void> {
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  async #loadLeaders(topic: string): Promise<void> {
    const { topics } = await this.#cluster.metadata([topic], { create: true })
    const [found] = topics
    if (found === undefined) throw clientError(unknownTopicOrPartitionCode)
    throwOnError(found.errorCode)
    const leaders: number[] = []
    for (const { partitionIndex, leaderId } of found.partitions) leaders[partitionIndex] = leaderId
    this.#leaders.set(topic, leaders)
    this.#metadataAtMs.set(topic, this.#cluster.clock.monotonicMs())
  }

  #place(record: OutgoingRecord, bytes: number): number {
    const count = this.#leaders.get(record.topic)?.length ?? 1
    if (record.key !== null) return (murmur2(record.key) & 0x7fffffff) % count
    let sticky = this.#sticky.get(record.topic)
    if (sticky === undefined || sticky.bytes >= this.#settings.batchBytes) {
      const drawn = this.#random.bytes(4).readUInt32BE(0) % count
      sticky = { partition: drawn, bytes: 0 }
      this.#sticky.set(record.topic, sticky)
    }
    sticky.bytes += bytes
    return sticky.partition
  }

  #laneOf(topic: string, partition: number): Lane {
    const key = partitionKey(topic, partition)
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = {
        topic,
        partition,
        batches: [],
        isSending: false,
        identity: null,
        sequence: 0,
        cancelLinger: null,
      }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #start(lane: Lane): void {
    lane.cancelLinger?.()
    lane.cancelLinger = null
    if (!lane.isSending) void this.#drain(lane)
  }

  async #drain(lane: Lane): Promise<void> {
    lane.isSending = true
    for (let batch = lane.batches[0]; batch !== undefined; batch = lane.batches[0]) {
      try {
        const offset = await this.#deliver(lane, batch)
        for (const [index, { resolve }] of batch.settle.entries()) {
          const own = offset < 0 ? -1 : offset + index
          resolve({ topic: lane.topic, partition: lane.partition, offset: own })
        }
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error))
        for (const { reject } of batch.settle) reject(failure)
      }
      lane.batches.shift()
      this.#bufferedBytes -= batch.bytes
      const waiting = this.#idle
      this.#idle = []
      for (const wake of waiting) wake()
    }
    lane.isSending = false
  }

  /** Tries until it is delivered, refused for good, out of retries or out of time. */
  async #deliver(lane: Lane, batch: Batch): Promise<number> {
    const { retries, deliveryTimeoutMs } = this.#settings
    const { clock, config } = this.#cluster
    const identity = await this.#identified()
    if (lane.identity !== identity) {
      lane.identity = identity
      lane.sequence = 0
    }
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#sendOnce(lane, batch)
      } catch (error) {
        const passes =
          error instanceof ConnectionLost || (error instanceof ClientError && error.retriable)
        const late = clock.monotonicMs() - batch.createdMs > deliveryTimeoutMs
        if (!passes || late || attempt >= retries) {
          // It may have been written all the same: the next batch must not pass for its repetition.
          if (passes || isSequenceTrouble(error)) this.#identity = null
          throw error
        }
        await this.#cluster.sleep(config.retryBackoffMs)
        this.#metadataAtMs.delete(lane.topic)
        await this.prepare(lane.topic)
      }
    }
  }

  async #sendOnce(lane: Lane, batch: Batch): Promise<number> {
    const { acks, compression } = this.#settings
    const leader = this.#leaders.get(lane.topic)?.[lane.partition] ?? -1
    if (leader < 0) throw clientError(leaderNotAvailableCode)
    const { identity } = lane
    const records = await buildCompressedRecordBatch(
      {
        records: batch.records,
        ...(identity === null ? {} : { ...identity, baseSequence: lane.sequence }),
      },
      compression,
    )
    const request = {
      transactionalId: null,
      acks,
      timeoutMs: this.#cluster.config.requestTimeoutMs,
      topicData: [{ name: lane.topic, partitionData: [{ index: lane.partition, records }] }],
    }
    const connection = await this.#cluster.connectionTo(leader)
    if (acks === 0) {
      connection.tell('Produce', request)
      await connection.drained()
      return -1
    }
    const response = await connection.call('Produce', request)
    const answer = response.responses[0]?.partitionResponses[0]
    if (answer === undefined) throw clientError(unknownServerErrorCode)
    if (answer.errorCode !== duplicateSequenceCode) {
      throwOnError(answer.errorCode, answer.errorMessage)
    }
    lane.sequence = (lane.sequence + batch.records.length) & 0x7fffffff
    return answer.baseOffset
  }

  async #identified(): Promise<Identity | null> {
    if (!this.#settings.idempotent || this.#settings.acks !== -1) return null
    if (this.#identity !== null) return this.#identity
    const identity = this.#cluster.retrying(async () => {
      const response = await this.#cluster.any('InitProducerId', {
        transactionalId: null,
        transactionTimeoutMs: 2 ** 31 - 1,
      })
      throwOnError(response.errorCode)
      return { producerId: response.producerId, producerEpoch: response.producerEpoch }
    }, 'InitProducerId')
    this.#identity = identity
    identity.catch(() => {
      this.#identity = null
    })
    return identity
  }
}

function isSequenceTrouble(error: unknown): boolean {
  return (
    error instanceof ClientError &&
    (error.errorName === 'OUT_OF_ORDER_SEQUENCE_NUMBER' ||
      error.errorName === 'UNKNOWN_PRODUCER_ID' ||
      error.errorName === 'INVALID_PRODUCER_EPOCH')
  )
}

/** A batch that an earlier attempt had written: as good as written now. */
const duplicateSequenceCode = 46
const unknownServerErrorCode = -1
const unknownTopicOrPartitionCode = 3
const leaderNotAvailableCode = 5

function sizeOf({ key, value, headers = [] }: OutgoingRecord): number {
  let bytes = recordOverheadBytes + (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) bytes += header.key.length + (header.value?.length ?? 0) + 4
  return bytes
}
