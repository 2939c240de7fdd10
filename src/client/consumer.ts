// Reads partitions: positions, fetches from the leaders, resets. Which partitions, others say: the user, or a group
// (group-member.ts).
import { ClientError, clientError, ConnectionLost, throwOnError } from './errors.ts'
import type { Cluster } from './cluster.ts'
import type { ResponseOf } from './connection.ts'
import { readFetched, type ConsumedRecord } from './fetched-records.ts'
import { listOffsets, offsetTimes, type Isolation } from './offsets.ts'
import { byTopic, leadersOf, partitionKey, type TopicPartition } from './topics.ts'

/** Where to begin when there is no offset, or when it lies outside the log. */
export type OffsetReset = 'earliest' | 'latest' | 'none'

export interface ConsumerSettings {
  readonly isolation: Isolation
  readonly reset: OffsetReset
  /** `fetch.max.wait.ms`. */
  readonly maxWaitMs: number
  /** `fetch.min.bytes`. */
  readonly minBytes: number
  /** `fetch.max.bytes`. */
  readonly maxBytes: number
  /** `max.partition.fetch.bytes`. */
  readonly partitionMaxBytes: number
  /** `max.poll.records`: what one `poll` gives at most. */
  readonly pollRecordsMax: number
}

export const defaultConsumerSettings: ConsumerSettings = {
  isolation: 'read_uncommitted',
  reset: 'latest',
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 50 * 1024 * 1024,
  partitionMaxBytes: 1024 * 1024,
  pollRecordsMax: 500,
}

interface Place extends TopicPartition {
  /** The next to hand out; -1: to be found by the reset. */
  offset: number
  leaderEpoch: number | null
}

/** Records of one partition that were fetched and not all handed out. */
interface Chunk {
  readonly place: Place
  readonly records: readonly ConsumedRecord[]
  /** How many of them were handed out. */
  read: number
  /** Where the partition goes on after them. */
  readonly nextOffset: number
  /** Of the last batch. */
  readonly leaderEpoch: number | null
}

/** The next offset to read of every partition assigned. */
export interface Position extends TopicPartition {
  readonly offset: number
  /** Of the last record that was read; null: it has none, or none was read. */
  readonly leaderEpoch: number | null
}

/** Reads the partitions that it is assigned. One `poll` at a time. */
export class Consumer {
  readonly #cluster: Cluster
  readonly #settings: ConsumerSettings
  #places = new Map<string, Place>()
  #leaders: ReadonlyMap<string, number> = new Map()
  #chunks: Chunk[] = []

  constructor(cluster: Cluster, settings: ConsumerSettings) {
    this.#cluster = cluster
    this.#settings = settings
  }

  /** Reads these from now on, from their offsets; without one, from where the reset says. */
  assign(partitions: readonly (TopicPartition & { readonly offset?: number })[]): void {
    this.#places = new Map(
      partitions.map(({ topic, partition, offset = -1 }) => [
        partitionKey(topic, partition),
        { topic, partition, offset, leaderEpoch: null },
      ]),
    )
    this.#leaders = new Map()
    this.#chunks = []
  }

  /** Continues there, if the partition is assigned. */
  seek({ topic, partition, offset }: TopicPartition & { readonly offset: number }): void {
    const place = this.#places.get(partitionKey(topic, partition))
    if (place === undefined) return
    place.offset = offset
    place.leaderEpoch = null
    this.#chunks = this.#chunks.filter((chunk) => chunk.place !== place)
  }

  /** Positions that are known. */
  get positions(): readonly Position[] {
    return [...this.#places.values()].filter(({ offset }) => offset >= 0)
  }

  /** The next records, or none when nothing came within `timeoutMs`. */
  async poll(timeoutMs: number): Promise<readonly ConsumedRecord[]> {
    const { clock } = this.#cluster
    if (this.#places.size === 0) {
      await this.#cluster.sleep(Math.min(timeoutMs, this.#settings.maxWaitMs))
      return []
    }
    if (this.#chunks.length > 0) return this.#handOut()
    const deadlineMs = clock.monotonicMs() + timeoutMs
    try {
      await this.#findPositions()
      await this.#findLeaders()
      const waitMs = Math.max(
        0,
        Math.min(this.#settings.maxWaitMs, deadlineMs - clock.monotonicMs()),
      )
      const byLeader = new Map<number, Place[]>()
      for (const place of this.#places.values()) {
        const leader = this.#leaders.get(partitionKey(place.topic, place.partition)) ?? -1
        if (leader >= 0) byLeader.set(leader, [...(byLeader.get(leader) ?? []), place])
      }
      // All of them are waited for: no answer of this poll may come during the next.
      const fetches = await Promise.allSettled(
        [...byLeader].map(([leader, places]) => this.#fetch(leader, places, waitMs)),
      )
      for (const fetch of fetches) if (fetch.status === 'rejected') throw fetch.reason
      return this.#handOut()
    } catch (error) {
      const passes =
        error instanceof ConnectionLost || (error instanceof ClientError && error.retriable)
      if (!passes) throw error
      this.#leaders = new Map()
      await this.#cluster.sleep(this.#cluster.config.retryBackoffMs)
      return []
    }
  }

  #handOut(): readonly ConsumedRecord[] {
    const { pollRecordsMax } = this.#settings
    const records: ConsumedRecord[] = []
    while (records.length < pollRecordsMax) {
      const [chunk] = this.#chunks
      if (chunk === undefined) break
      const end = Math.min(chunk.records.length, chunk.read + pollRecordsMax - records.length)
      for (; chunk.read < end; chunk.read++) {
        const record = chunk.records[chunk.read]
        if (record !== undefined) records.push(record)
      }
      const next = chunk.records[chunk.read]
      chunk.place.offset = next?.offset ?? chunk.nextOffset
      chunk.place.leaderEpoch =
        next === undefined
          ? chunk.leaderEpoch
          : (records.at(-1)?.leaderEpoch ?? chunk.place.leaderEpoch)
      if (next === undefined) this.#chunks.shift()
    }
    return records
  }

  async #findPositions(): Promise<void> {
    const open = [...this.#places.values()].filter(({ offset }) => offset < 0)
    if (open.length === 0) return
    const { reset, isolation } = this.#settings
    if (reset === 'none') {
      const first = open[0]
      throw new Error(
        `Undefined offset with no reset policy for partitions: [${first?.topic}-${first?.partition}]`,
      )
    }
    const questions = open.map(({ topic, partition }) => ({
      topic,
      partition,
      timestamp: offsetTimes[reset],
    }))
    const answers = await listOffsets(this.#cluster, questions, isolation)
    for (const place of open) {
      const answer = answers.get(partitionKey(place.topic, place.partition))
      if (answer?.error !== null && answer !== undefined) throw answer.error
      place.offset = answer?.offset ?? -1
    }
  }

  async #findLeaders(): Promise<void> {
    if (this.#leaders.size > 0) return
    const topics = [...new Set([...this.#places.values()].map(({ topic }) => topic))]
    this.#leaders = await leadersOf(this.#cluster, topics)
  }

  async #fetch(leader: number, places: readonly Place[], waitMs: number): Promise<void> {
    const { minBytes, maxBytes, partitionMaxBytes, isolation } = this.#settings
    const connection = await this.#cluster.connectionTo(leader)
    const asked = new Map(
      places.map((place) => [partitionKey(place.topic, place.partition), place.offset]),
    )
    const response = await connection.call(
      'Fetch',
      {
        replicaId: -1,
        maxWaitMs: Math.round(waitMs),
        minBytes,
        maxBytes,
        isolationLevel: isolation === 'read_committed' ? 1 : 0,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [...byTopic(places)].map(([topic, items]) => ({
          topic,
          partitions: items.map(({ partition, offset }) => ({
            partition,
            fetchOffset: offset,
            partitionMaxBytes,
          })),
        })),
        forgottenTopicsData: [],
        rackId: '',
      },
      { timeoutMs: this.#cluster.config.requestTimeoutMs + waitMs },
    )
    throwOnError(response.errorCode)
    for (const { topic, partitions } of response.responses) {
      for (const data of partitions) {
        const key = partitionKey(topic, data.partitionIndex)
        const place = this.#places.get(key)
        // Moved or taken away while the fetch was under way.
        if (place === undefined || place.offset !== asked.get(key)) continue
        await this.#take(place, data)
      }
    }
  }

  async #take(
    place: Place,
    data: ResponseOf<'Fetch'>['responses'][number]['partitions'][number],
  ): Promise<void> {
    if (data.errorCode !== 0) {
      const error = clientError(data.errorCode)
      if (error.errorName === 'OFFSET_OUT_OF_RANGE') {
        if (this.#settings.reset === 'none') throw error
        place.offset = -1
        return
      }
      throw error
    }
    const committedOnly = this.#settings.isolation === 'read_committed'
    const { records, nextOffset, leaderEpoch } = await readFetched({
      topic: place.topic,
      partition: place.partition,
      fromOffset: place.offset,
      bytes: data.records ?? Buffer.alloc(0),
      aborted: committedOnly ? (data.abortedTransactions ?? []) : null,
    })
    if (nextOffset > place.offset) {
      this.#chunks.push({ place, records, read: 0, nextOffset, leaderEpoch })
    }
  }
}
