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
}

export const defaultConsumerSettings: ConsumerSettings = {
  isolation: 'read_uncommitted',
  reset: 'latest',
  maxWaitMs: 500,
  minBytes: 1,
  maxBytes: 50 * 1024 * 1024,
  partitionMaxBytes: 1024 * 1024,
}

interface Place extends TopicPartition {
  /** -1: to be found by the reset. */
  offset: number
  leaderEpoch: number | null
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
  }

  /** Continues there, if the partition is assigned. */
  seek({ topic, partition, offset }: TopicPartition & { readonly offset: number }): void {
    const place = this.#places.get(partitionKey(topic, partition))
    if (place === undefined) return
    place.offset = offset
    place.leaderEpoch = null
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
      const fetched = await Promise.all(
        [...byLeader].map(([leader, places]) => this.#fetch(leader, places, waitMs)),
      )
      return fetched.flat()
    } catch (error) {
      const passes =
        error instanceof ConnectionLost || (error instanceof ClientError && error.retriable)
      if (!passes) throw error
      this.#leaders = new Map()
      await this.#cluster.sleep(this.#cluster.config.retryBackoffMs)
      return []
    }
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

  async #fetch(
    leader: number,
    places: readonly Place[],
    waitMs: number,
  ): Promise<readonly ConsumedRecord[]> {
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
    const records: ConsumedRecord[] = []
    for (const { topic, partitions } of response.responses) {
      for (const data of partitions) {
        const key = partitionKey(topic, data.partitionIndex)
        const place = this.#places.get(key)
        // Moved or taken away while the fetch was under way.
        if (place === undefined || place.offset !== asked.get(key)) continue
        records.push(...(await this.#take(place, data)))
      }
    }
    return records
  }

  async #take(
    place: Place,
    data: ResponseOf<'Fetch'>['responses'][number]['partitions'][number],
  ): Promise<readonly ConsumedRecord[]> {
    if (data.errorCode !== 0) {
      const error = clientError(data.errorCode)
      if (error.errorName === 'OFFSET_OUT_OF_RANGE') {
        if (this.#settings.reset === 'none') throw error
        place.offset = -1
        return []
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
    if (nextOffset > place.offset) place.leaderEpoch = leaderEpoch
    place.offset = nextOffset
    return records
  }
}
