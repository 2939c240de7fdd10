// A member of a share group on a simulated broker: heartbeats, fetches and acknowledges in short.
import { errorName } from '../../protocol/errors.ts'
import { buildRecordBatch, readRecords } from '../../protocol/records.ts'
import { batchSizeAt } from '../../protocol/record-batch.ts'
import type { SimBroker, SimConnection } from './sim-broker.ts'

export interface Range {
  readonly first: number
  readonly last: number
  readonly count: number
}

export interface Fetched {
  readonly error: string
  /** Of the first partition that the answer speaks of. */
  readonly acquired: readonly Range[]
  /** Values of the records that were acquired. */
  readonly values: readonly string[]
  readonly partitionError: string
  readonly acknowledgeError: string
}

export interface FetchOptions {
  readonly maxWaitMs?: number
  readonly maxRecords?: number
  readonly batchSize?: number
  readonly mode?: number
  readonly epoch?: number
  readonly version?: number
  /** first offset, last offset, types */
  readonly acknowledge?: readonly (readonly [number, number, readonly number[]])[]
  readonly isRenewAck?: boolean
}

export const types = { gap: 0, accept: 1, release: 2, reject: 3, renew: 4 } as const

export class ShareMember {
  readonly broker: SimBroker
  readonly groupId: string
  readonly memberId: string
  readonly topicId: string
  readonly connection: SimConnection
  memberEpoch = 0
  sessionEpoch = 0

  constructor(broker: SimBroker, groupId: string, memberId: string, topicId: string) {
    this.broker = broker
    this.groupId = groupId
    this.memberId = memberId
    this.topicId = topicId
    this.connection = broker.connect()
  }

  async heartbeat(names: readonly string[] | null, epoch = this.memberEpoch) {
    const request = {
      groupId: this.groupId,
      memberId: this.memberId,
      memberEpoch: epoch,
      rackId: null,
      subscribedTopicNames: names === null ? null : [...names],
    }
    const answer = await this.broker.ask('ShareGroupHeartbeat', 1, request, this.connection)
    if (answer.errorCode === 0) this.memberEpoch = answer.memberEpoch
    return { ...answer, error: errorName(answer.errorCode) }
  }

  async fetch(options: FetchOptions = {}): Promise<Fetched> {
    const isRenewAck = options.isRenewAck ?? false
    const batches = batchesOf(options.acknowledge ?? [])
    const answer = await this.broker.ask(
      'ShareFetch',
      options.version ?? 2,
      {
        groupId: this.groupId,
        memberId: this.memberId,
        shareSessionEpoch: options.epoch ?? this.sessionEpoch,
        maxWaitMs: options.maxWaitMs ?? 0,
        minBytes: isRenewAck ? 0 : 1,
        maxBytes: isRenewAck ? 0 : 1_000_000,
        maxRecords: isRenewAck ? 0 : (options.maxRecords ?? 500),
        batchSize: options.batchSize ?? 500,
        shareAcquireMode: options.mode ?? 0,
        isRenewAck,
        topics: [
          {
            topicId: this.topicId,
            partitions: [{ partitionIndex: 0, acknowledgementBatches: batches }],
          },
        ],
        forgottenTopicsData: [],
      },
      this.connection,
    )
    if (answer.errorCode === 0) this.sessionEpoch = (options.epoch ?? this.sessionEpoch) + 1
    const partition = answer.responses[0]?.partitions[0]
    const acquired = (partition?.acquiredRecords ?? []).map((range) => {
      const { firstOffset: first, lastOffset: last, deliveryCount: count } = range
      return { first, last, count }
    })
    const records = await recordsIn(bytesOf(partition?.records ?? null))
    const isAcquired = (offset: number) =>
      acquired.some(({ first, last }) => offset >= first && offset <= last)
    return {
      error: errorName(answer.errorCode),
      acquired,
      values: records.filter(({ offset }) => isAcquired(offset)).map(({ value }) => value),
      partitionError: errorName(partition?.errorCode ?? 0),
      acknowledgeError: errorName(partition?.acknowledgeErrorCode ?? 0),
    }
  }

  async acknowledge(
    first: number,
    last: number,
    ackTypes: readonly number[],
    more: { epoch?: number; isRenewAck?: boolean; version?: number } = {},
  ): Promise<{ error: string; partitionError: string }> {
    const answer = await this.broker.ask(
      'ShareAcknowledge',
      more.version ?? 2,
      {
        groupId: this.groupId,
        memberId: this.memberId,
        shareSessionEpoch: more.epoch ?? this.sessionEpoch,
        isRenewAck: more.isRenewAck ?? false,
        topics: [
          {
            topicId: this.topicId,
            partitions: [
              {
                partitionIndex: 0,
                acknowledgementBatches: batchesOf([[first, last, ackTypes]]),
              },
            ],
          },
        ],
      },
      this.connection,
    )
    if (answer.errorCode === 0) this.sessionEpoch = (more.epoch ?? this.sessionEpoch) + 1
    const partition = answer.responses[0]?.partitions[0]
    const partitionError = errorName(partition?.errorCode ?? 0)
    return { error: errorName(answer.errorCode), partitionError }
  }
}

/** Appends one batch of records with these values. */
export async function produceValues(
  broker: SimBroker,
  topic: string,
  values: readonly string[],
): Promise<void> {
  const records = buildRecordBatch({
    records: values.map((value) => ({
      timestamp: broker.clock.nowMs(),
      key: null,
      value: Buffer.from(value),
    })),
  })
  const answer = await broker.ask('Produce', 9, {
    transactionalId: null,
    acks: -1,
    timeoutMs: 1000,
    topicData: [{ name: topic, partitionData: [{ index: 0, records }] }],
  })
  const code = answer.responses[0]?.partitionResponses[0]?.errorCode
  if (code !== 0) throw new Error(`not produced: ${code}`)
}

function batchesOf(given: readonly (readonly [number, number, readonly number[]])[]) {
  return given.map(([firstOffset, lastOffset, acknowledgeTypes]) => ({
    firstOffset,
    lastOffset,
    acknowledgeTypes: [...acknowledgeTypes],
  }))
}

function bytesOf(records: unknown): Buffer {
  return records instanceof Buffer ? records : Buffer.alloc(0)
}

async function recordsIn(bytes: Buffer): Promise<{ offset: number; value: string }[]> {
  const found: { offset: number; value: string }[] = []
  for (let at = 0; at < bytes.length;) {
    const size = batchSizeAt(bytes, at, bytes.length)
    if (size < 0) break
    for (const record of await readRecords(bytes, at, 1 << 20)) {
      found.push({ offset: record.offset, value: record.value?.toString() ?? '' })
    }
    at += size
  }
  return found
}
