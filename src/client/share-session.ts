// What a share consumer has open with one broker (KIP-932): the partitions that it fetches there, and the verdicts on
// records that it acquired there. The broker knows the session by its epoch, which counts the requests.
import { Acknowledgements, gapsIn, type AcknowledgeType } from './acknowledgements.ts'
import type { Cluster } from './cluster.ts'
import type { RequestOf, ResponseOf } from './connection.ts'
import { ClientError, clientError, ConnectionLost, throwOnError } from './errors.ts'
import { readFetched, type ConsumedRecord } from './fetched-records.ts'
import { partitionKey } from './topics.ts'

/** A record that nobody else gets while its acquisition lock lasts. */
export interface ShareRecord extends ConsumedRecord {
  /** How often it was handed out, this time included. */
  readonly deliveryCount: number
}

export interface SharedPartition {
  readonly topicId: string
  readonly topic: string
  readonly partition: number
}

export interface ShareFetchSettings {
  readonly groupId: string
  readonly memberId: string
  /** `fetch.max.wait.ms`. */
  readonly maxWaitMs: number
  /** `fetch.min.bytes`. */
  readonly minBytes: number
  /** `fetch.max.bytes`. */
  readonly maxBytes: number
  /** `max.poll.records`: how many are acquired at once; whole batches may be more. */
  readonly maxRecords: number
}

export interface SharedFetch {
  readonly records: readonly ShareRecord[]
  /** Verdicts that the broker refused: those records are handed out again. */
  readonly refused: readonly ClientError[]
  /** The session is lost, or a partition is led elsewhere: look again, after a pause. */
  readonly isAstray: boolean
}

type FetchedPartition = ResponseOf<'ShareFetch'>['responses'][number]['partitions'][number]
type Topics = RequestOf<'ShareAcknowledge'>['topics']

const epochs = { opening: 0, closing: -1 } as const
const epochMax = 0x7fffffff

/** The session with one broker. One request at a time. */
export class ShareSession {
  readonly #cluster: Cluster
  readonly #brokerId: number
  readonly #settings: ShareFetchSettings
  #epoch: number = epochs.opening
  /** What the broker knows the session to fetch. */
  #known: ReadonlyMap<string, SharedPartition> = new Map()
  #verdicts = new Map<string, { partition: SharedPartition; pending: Acknowledgements }>()

  constructor(cluster: Cluster, brokerId: number, settings: ShareFetchSettings) {
    this.#cluster = cluster
    this.#brokerId = brokerId
    this.#settings = settings
  }

  /** Notes a verdict on a record that this session has acquired; it goes with the next request. */
  acknowledge(partition: SharedPartition, offset: number, type: AcknowledgeType): void {
    this.#verdictsOn(partition).add({ firstOffset: offset, lastOffset: offset }, type)
  }

  /** Fetches from `wanted`, from now on these alone, and sends the verdicts. @throws ClientError for good */
  async fetch(wanted: readonly SharedPartition[], waitMs: number): Promise<SharedFetch> {
    const known = new Map(wanted.map((partition) => [keyOf(partition), partition]))
    const strays = [...this.#verdicts].some(([key]) => !known.has(key))
    const refused = strays ? await this.commit() : []
    const forgotten = [...this.#known].flatMap(([key, partition]) =>
      known.has(key) ? [] : [partition],
    )
    const fresh = wanted.filter((partition) => !this.#known.has(keyOf(partition)))
    const { groupId, memberId, minBytes, maxBytes, maxRecords } = this.#settings
    const request: RequestOf<'ShareFetch'> = {
      groupId,
      memberId,
      shareSessionEpoch: this.#epoch,
      maxWaitMs: Math.round(waitMs),
      minBytes,
      maxBytes,
      maxRecords,
      batchSize: maxRecords,
      topics: topicsOf(fresh, this.#takeVerdicts()),
      forgottenTopicsData: forgotten.map(({ topicId, partition }) => ({
        topicId,
        partitions: [partition],
      })),
    }
    this.#known = known
    const answer = await this.#call('ShareFetch', request, waitMs)
    if (answer instanceof ClientError) {
      return { records: [], refused: [...refused, answer], isAstray: true }
    }
    return this.#read(answer, refused)
  }

  /** Sends the verdicts now; what became of them. @throws ClientError for good */
  async commit(): Promise<readonly ClientError[]> {
    return this.#verdicts.size === 0 ? [] : this.#sendVerdicts(this.#epoch)
  }

  /** Sends the verdicts and gives back every other record that was acquired. @throws ClientError for good */
  async close(): Promise<readonly ClientError[]> {
    return this.#epoch === epochs.opening ? [] : this.#sendVerdicts(epochs.closing)
  }

  async #sendVerdicts(epoch: number): Promise<readonly ClientError[]> {
    const { groupId, memberId } = this.#settings
    // Opening a session with a verdict is refused: what it was about went with the old one.
    if (epoch === epochs.opening) {
      this.#verdicts.clear()
      return [new ClientError('SHARE_SESSION_NOT_FOUND')]
    }
    const topics = topicsOf([], this.#takeVerdicts())
    const request = { groupId, memberId, shareSessionEpoch: epoch, topics }
    const answer = await this.#call('ShareAcknowledge', request, 0)
    if (answer instanceof ClientError) return [answer]
    return answer.responses.flatMap(({ partitions }) =>
      partitions.flatMap(({ errorCode, errorMessage }) => errorOf(errorCode, errorMessage)),
    )
  }

  /** Counts the request. An error after which a new session helps is the answer; others are thrown. */
  async #call<Name extends 'ShareFetch' | 'ShareAcknowledge'>(
    api: Name,
    request: RequestOf<Name>,
    waitMs: number,
  ): Promise<ResponseOf<Name> | ClientError> {
    try {
      const connection = await this.#cluster.connectionTo(this.#brokerId)
      const timeoutMs = this.#cluster.config.requestTimeoutMs + waitMs
      const answer = await connection.call(api, request, { timeoutMs })
      throwOnError(answer.errorCode, answer.errorMessage)
      this.#epoch = this.#epoch === epochMax ? 1 : this.#epoch + 1
      return answer
    } catch (error) {
      this.#epoch = epochs.opening
      this.#known = new Map()
      this.#verdicts.clear()
      if (error instanceof ConnectionLost) return new ClientError('NETWORK_EXCEPTION')
      if (error instanceof ClientError && error.retriable) return error
      throw error
    }
  }

  async #read(
    answer: ResponseOf<'ShareFetch'>,
    before: readonly ClientError[],
  ): Promise<SharedFetch> {
    const records: ShareRecord[] = []
    const refused = [...before]
    let isAstray = false
    for (const { topicId, partitions } of answer.responses) {
      for (const data of partitions) {
        refused.push(...errorOf(data.acknowledgeErrorCode, data.acknowledgeErrorMessage))
        const place = [...this.#known.values()].find(
          (known) => known.topicId === topicId && known.partition === data.partitionIndex,
        )
        if (data.errorCode !== 0) {
          const error = clientError(data.errorCode, data.errorMessage)
          if (!error.retriable) throw error
          isAstray = true
        } else if (place !== undefined) records.push(...(await this.#take(place, data)))
      }
    }
    return { records, refused, isAstray }
  }

  /** The records that were acquired; where there is none, the broker is told. */
  async #take(place: SharedPartition, data: FetchedPartition): Promise<readonly ShareRecord[]> {
    const acquired = data.acquiredRecords
    if (acquired.length === 0) return []
    const { records } = await readFetched({
      topic: place.topic,
      partition: place.partition,
      fromOffset: 0,
      bytes: data.records ?? Buffer.alloc(0),
      aborted: null,
    })
    const mine = records.flatMap((record) => {
      const range = acquired.find(
        ({ firstOffset, lastOffset }) =>
          record.offset >= firstOffset && record.offset <= lastOffset,
      )
      return range === undefined ? [] : [{ ...record, deliveryCount: range.deliveryCount }]
    })
    const offsets = mine.map(({ offset }) => offset)
    for (const gap of gapsIn(acquired, offsets)) this.#verdictsOn(place).add(gap, 'gap')
    return mine
  }

  #verdictsOn(partition: SharedPartition): Acknowledgements {
    const key = keyOf(partition)
    const found = this.#verdicts.get(key)?.pending
    if (found !== undefined) return found
    const pending = new Acknowledgements()
    this.#verdicts.set(key, { partition, pending })
    return pending
  }

  #takeVerdicts(): readonly { partition: SharedPartition; pending: Acknowledgements }[] {
    const verdicts = this.#epoch === epochs.opening ? [] : [...this.#verdicts.values()]
    this.#verdicts.clear()
    return verdicts
  }
}

function keyOf({ topic, partition }: SharedPartition): string {
  return partitionKey(topic, partition)
}

function errorOf(code: number, message: string | null): readonly ClientError[] {
  return code === 0 ? [] : [clientError(code, message)]
}

/** Partitions that a session is to fetch from now on, and what is said of records, by topic. */
function topicsOf(
  fresh: readonly SharedPartition[],
  verdicts: readonly { partition: SharedPartition; pending: Acknowledgements }[],
): Topics {
  const batches = new Map(
    verdicts.map(({ partition, pending }) => [keyOf(partition), { partition, pending }]),
  )
  for (const partition of fresh) {
    const key = keyOf(partition)
    if (!batches.has(key)) batches.set(key, { partition, pending: new Acknowledgements() })
  }
  const topics = new Map<string, Topics[number]['partitions'][number][]>()
  for (const { partition, pending } of batches.values()) {
    const partitions = topics.get(partition.topicId) ?? []
    topics.set(partition.topicId, partitions)
    partitions.push({
      partitionIndex: partition.partition,
      acknowledgementBatches: pending.take(),
    })
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }))
}
